//! How often mails can be asked for by people who are not signed in.

use std::{net::IpAddr, num::NonZero, sync::Arc, time::Duration};

use governor::Quota;

use crate::{
    App, Context,
    http::limits::{Limiter, admit, admit_from, limiter},
    model::Nickname,
    service::{Error, Result},
};

/// From an address, for whatever name.
const AN_ADDRESS: (u32, Duration) = (10, Duration::from_mins(1));
/// From an address, for accounts that are made there.
const NEWCOMERS: (u32, Duration) = (30, Duration::from_mins(1));
/// For an account, changes of its address.
const ADDRESS_CHANGES: (u32, Duration) = (20, Duration::from_mins(1));
/// For a name, from wherever.
const A_NAME: (u32, Duration) = (5, Duration::from_mins(20));

/// Counts the mails asked for for a name, and those asked for from an address.
#[derive(Clone)]
pub(super) struct Limits {
    names: Arc<Limiter<Nickname>>,
    addresses: Arc<Limiter<IpAddr>>,
}

impl Limits {
    pub(super) fn new(app: &App) -> Self {
        Self {
            names: limiter(quota(A_NAME), app),
            addresses: limiter(quota(AN_ADDRESS), app),
        }
    }

    /// Counts one more that is asked for; else 429.
    pub(super) fn admit(&self, nickname: &str, address: Option<IpAddr>) -> Result<()> {
        let admitted = admit_from(&self.addresses, address).and_then(|()| {
            Nickname::parse(nickname).map_or(Ok(()), |name| admit(&self.names, &name))
        });
        admitted.map_err(|wait| {
            let sentence = "That was asked too often. Wait a while, then try again.";
            Error::too_often(sentence, wait)
        })
    }
}

/// Counts the accounts with a mail address that are made from an address: each has this server write to
/// whoever that is.
#[derive(Clone)]
pub(in crate::http) struct Newcomers(Arc<Limiter<IpAddr>>);

impl Newcomers {
    pub(in crate::http) fn new(app: &App) -> Self {
        Self(limiter(quota(NEWCOMERS), app))
    }

    /// Counts one more that is made; else 429.
    pub(in crate::http) fn admit(&self, address: Option<IpAddr>) -> Result<()> {
        admit_from(&self.0, address).map_err(|wait| {
            let sentence = "Too many accounts with mail addresses are made from here. Wait a while, \
                            then try again.";
            Error::too_often(sentence, wait)
        })
    }
}

/// Counts the changes of an account's address: each tries a password, and may have a mail written.
#[derive(Clone)]
pub(in crate::http) struct AddressChanges(Arc<Limiter<Nickname>>);

impl AddressChanges {
    pub(in crate::http) fn new(app: &App) -> Self {
        Self(limiter(quota(ADDRESS_CHANGES), app))
    }

    /// Counts one more of the caller's own account; else 429.
    pub(in crate::http) fn admit(&self, ctx: &Context) -> Result<()> {
        let account = ctx.account().ok_or_else(Error::not_logged_in)?;
        admit(&self.0, &account.nickname).map_err(|wait| {
            let sentence = "The address was changed too often. Wait a while, then try again.";
            Error::too_often(sentence, wait)
        })
    }
}

/// So many at once, and then one every so often.
fn quota((burst, every): (u32, Duration)) -> Quota {
    let burst = NonZero::new(burst).unwrap_or(NonZero::<u32>::MIN);
    Quota::with_period(every)
        .unwrap_or_else(|| Quota::per_minute(NonZero::<u32>::MIN))
        .allow_burst(burst)
}
