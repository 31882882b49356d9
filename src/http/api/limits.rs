//! Rate limit of registrations: what a server keeps for clients that it knows nothing of.

use std::{net::IpAddr, time::Duration};

use crate::{
    App,
    http::limits::{Networks, Rate},
    service::{Error, Result},
};

/// How long it takes until a network at its limit may register one more.
const PERIOD: Duration = Duration::from_mins(2);

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
