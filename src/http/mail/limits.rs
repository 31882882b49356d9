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
/// For one account, changes of its address.
const ADDRESS_CHANGE_RATE: Rate = Rate {
    burst: 20,
    period: Duration::from_mins(1),
};

/// For one account, changes of what is not its address.
const PASSWORD_CHANGE_RATE: Rate = Rate {
    burst: 20,
    period: Duration::from_secs(6),
};

/// Counts the mails that are asked for, by network. By account there is no limit, with which
/// anybody could close the way in to its owner: mails are counted by recipient.
#[derive(Clone)]
pub(super) struct MailLimiter(Networks);

impl MailLimiter {
    pub(super) fn new(app: &App) -> Self {
        Self(Networks::new(NETWORK_RATE, app))
    }

    /// Counts one more that is asked for; else 429.
    pub(super) fn check(&self, address: Option<IpAddr>) -> Result<()> {
        self.0.admit(address).map_err(|wait| {
            let sentence = "That was asked too often. Wait a while, then try again.";
            Error::too_many_requests(sentence, wait)
        })
    }
}

/// Counts the changes of an account. That of its address tries a password, and may have a mail
/// written; all others hash one.
#[derive(Clone)]
pub(crate) struct AccountChanges {
    addresses: Arc<Limiter<Nickname>>,
    passwords: Arc<Limiter<Nickname>>,
}

impl AccountChanges {
    pub(crate) fn new(app: &App) -> Self {
        Self {
            addresses: limiter(ADDRESS_CHANGE_RATE.quota(), app),
            passwords: limiter(PASSWORD_CHANGE_RATE.quota(), app),
        }
    }

    /// Counts one more of the caller's own account, with an address or without; else 429.
    pub(crate) fn admit(&self, ctx: &Context, has_address: bool) -> Result<()> {
        let account = ctx.account().ok_or_else(Error::not_logged_in)?;
        let (limiter, changed) = if has_address {
            (&self.addresses, "address")
        } else {
            (&self.passwords, "account")
        };
        check(limiter, &account.nickname).map_err(|wait| {
            let sentence =
                format!("The {changed} was changed too often. Wait a while, then try again.");
            Error::too_many_requests(sentence, wait)
        })
    }
}
