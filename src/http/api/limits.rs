//! Rate limits of registrations, by network, and of changes of an account.

use std::{net::IpAddr, sync::Arc, time::Duration};

use crate::{
    App, Context,
    http::limits::{Limiter, Networks, Rate, check, limiter},
    model::Nickname,
    service::{Error, Result},
};

/// How long it takes until a network at its limit may register one more.
const PERIOD: Duration = Duration::from_mins(2);

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

/// Counts the clients and the accounts that are registered, each by network.
#[derive(Clone)]
pub(super) struct Registrations {
    clients: Networks,
    accounts: Networks,
}

impl Registrations {
    pub(super) fn new(app: &App) -> Self {
        let rate = Rate {
            burst: app.settings().registration.per_network,
            period: PERIOD,
        };
        Self {
            clients: Networks::new(rate, app),
            accounts: Networks::new(rate, app),
        }
    }

    /// Counts a client that is registered or changed; else 429.
    pub(super) fn admit_client(&self, address: Option<IpAddr>) -> Result<()> {
        admit(&self.clients, address, "clients")
    }

    /// Counts an account that is registered; else 429.
    pub(super) fn admit_account(&self, address: Option<IpAddr>) -> Result<()> {
        admit(&self.accounts, address, "accounts")
    }
}

fn admit(networks: &Networks, address: Option<IpAddr>, what: &str) -> Result<()> {
    networks.admit(address).map_err(|wait| {
        let sentence =
            format!("Too many {what} are registered from here. Wait a while, then try again.");
        Error::too_many_requests(sentence, wait)
    })
}

/// Counts the changes of an account. That of its address tries a password, and may have a mail
/// written; all others hash one.
#[derive(Clone)]
pub(super) struct AccountChanges {
    addresses: Arc<Limiter<Nickname>>,
    passwords: Arc<Limiter<Nickname>>,
}

impl AccountChanges {
    pub(super) fn new(app: &App) -> Self {
        Self {
            addresses: limiter(ADDRESS_CHANGE_RATE.quota(), app),
            passwords: limiter(PASSWORD_CHANGE_RATE.quota(), app),
        }
    }

    /// Counts one more of the caller's own account, with an address or without; else 429.
    pub(super) fn admit(&self, ctx: &Context, has_address: bool) -> Result<()> {
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
