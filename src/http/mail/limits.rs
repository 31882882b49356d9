//! How often mails can be asked for by people who are not signed in.

use std::{net::IpAddr, sync::Arc, time::Duration};

use crate::{
    App, Context,
    http::limits::{Limiter, Networks, Rate, check, limiter},
    model::Nickname,
    service::{Error, Result},
};

/// From one network, for all accounts.
const NETWORK_RATE: Rate = Rate {
    burst: 10,
    period: Duration::from_mins(1),
};
/// For one account, from all networks.
const NAME_RATE: Rate = Rate {
    burst: 5,
    period: Duration::from_mins(20),
};
/// For one account, changes of its address.
const ADDRESS_CHANGE_RATE: Rate = Rate {
    burst: 20,
    period: Duration::from_mins(1),
};

/// Counts the mails that are asked for, by account and by network.
#[derive(Clone)]
pub(super) struct MailLimiter {
    names: Arc<Limiter<Nickname>>,
    networks: Networks,
}

impl MailLimiter {
    pub(super) fn new(app: &App) -> Self {
        Self {
            names: limiter(NAME_RATE.quota(), app),
            networks: Networks::new(NETWORK_RATE, app),
        }
    }

    /// Counts one more that is asked for; else 429.
    pub(super) fn check(&self, nickname: &str, address: Option<IpAddr>) -> Result<()> {
        let admitted = self.networks.admit(address).and_then(|()| {
            Nickname::parse(nickname).map_or(Ok(()), |name| check(&self.names, &name))
        });
        admitted.map_err(|wait| {
            let sentence = "That was asked too often. Wait a while, then try again.";
            Error::too_many_requests(sentence, wait)
        })
    }
}

/// Counts the changes of an account's address: each tries a password, and may have a mail written.
#[derive(Clone)]
pub(crate) struct AddressChanges(Arc<Limiter<Nickname>>);

impl AddressChanges {
    pub(crate) fn new(app: &App) -> Self {
        Self(limiter(ADDRESS_CHANGE_RATE.quota(), app))
    }

    /// Counts one more of the caller's own account; else 429.
    pub(crate) fn admit(&self, ctx: &Context) -> Result<()> {
        let account = ctx.account().ok_or_else(Error::not_logged_in)?;
        check(&self.0, &account.nickname).map_err(|wait| {
            let sentence = "The address was changed too often. Wait a while, then try again.";
            Error::too_many_requests(sentence, wait)
        })
    }
}
