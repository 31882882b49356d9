//! How often mails can be asked for by people who are not signed in.

use std::{net::IpAddr, num::NonZero, sync::Arc, time::Duration};

use governor::Quota;

use crate::{
    App,
    http::oauth::limits::{Limiter, is_within, limiter, network},
    model::Nickname,
    service::{Error, ErrorKind, Result},
};

/// From an address, for whatever name.
const AN_ADDRESS: (u32, Duration) = (10, Duration::from_mins(1));
/// From an address, for accounts that are made there.
const NEWCOMERS: (u32, Duration) = (30, Duration::from_mins(1));
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

    /// Whether one more may be asked for.
    pub(super) fn allow(&self, nickname: &str, address: Option<IpAddr>) -> bool {
        address
            .map(network)
            .is_none_or(|address| is_within(&self.addresses, &address))
            && Nickname::parse(nickname).map_or(true, |name| is_within(&self.names, &name))
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

    /// Whether one more may be made; else 429.
    pub(in crate::http) fn admit(&self, address: Option<IpAddr>) -> Result<()> {
        if address
            .map(network)
            .is_none_or(|address| is_within(&self.0, &address))
        {
            return Ok(());
        }
        Err(Error::new(
            ErrorKind::TooManyRequests,
            "Too many accounts with mail addresses are made from here. Wait a while, then try again.",
        ))
    }
}

/// So many at once, and then one every so often.
fn quota((burst, every): (u32, Duration)) -> Quota {
    let burst = NonZero::new(burst).unwrap_or(NonZero::<u32>::MIN);
    Quota::with_period(every)
        .unwrap_or_else(|| Quota::per_minute(NonZero::<u32>::MIN))
        .allow_burst(burst)
}
