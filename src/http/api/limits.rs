//! Rate limits of registrations, by network, of changes of an account, and of what peers deliver.

use std::{net::IpAddr, sync::Arc, time::Duration};

use crate::{
    App, Context,
    http::limits::{Limiter, Networks, Rate, check, limiter},
    model::{ClientIdentity, Nickname, host_of_id, site_of},
    service::{Error, Result},
};

/// How long it takes until a network at its limit may register one more.
const PERIOD: Duration = Duration::from_mins(2);

/// For one network, claims of identity: a server has one for each person who writes to one here.
const CLAIM_RATE: Rate = Rate {
    burst: 1000,
    period: Duration::from_secs(1),
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

/// Activities that one site delivers, and those of one person: each comes once for every follower
/// here. Honest servers stay far below.
const SITE_DELIVERY_RATE: Rate = Rate {
    burst: 10_000,
    period: Duration::from_millis(10),
};
const PERSON_DELIVERY_RATE: Rate = Rate {
    burst: 2000,
    period: Duration::from_millis(50),
};

/// Searches of one person, client or network.
const SEARCH_RATE: Rate = Rate {
    burst: 60,
    period: Duration::from_secs(1),
};

/// Counts the clients, those of other servers, and the accounts that are registered, each by
/// network.
#[derive(Clone)]
pub(super) struct Registrations {
    clients: Networks,
    accounts: Networks,
    servers: Networks,
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
            servers: Networks::new(CLAIM_RATE, app),
        }
    }

    /// Counts a client that is registered or changed; else 429.
    pub(super) fn admit_client(&self, address: Option<IpAddr>) -> Result<()> {
        admit(&self.clients, address, "clients")
    }

    /// Counts a client of another server, before its identity is verified; else 429.
    pub(super) fn admit_server(&self, address: Option<IpAddr>) -> Result<()> {
        admit(&self.servers, address, "clients")
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

/// Counts the activities that peers deliver.
#[derive(Clone)]
pub(super) struct PeerDeliveries {
    sites: Arc<Limiter<String>>,
    persons: Arc<Limiter<String>>,
}

impl PeerDeliveries {
    pub(super) fn new(app: &App) -> Self {
        Self {
            sites: limiter(SITE_DELIVERY_RATE.quota(), app),
            persons: limiter(PERSON_DELIVERY_RATE.quota(), app),
        }
    }

    /// Counts one more by the identity of a client; else 429.
    pub(super) fn admit(&self, identity: &ClientIdentity) -> Result<()> {
        let admitted = match identity {
            ClientIdentity::Host(host) => check(&self.sites, &site_of(host)),
            ClientIdentity::Person(person) => check(&self.persons, person).and_then(|()| {
                let host = host_of_id(person).unwrap_or_default();
                check(&self.sites, &site_of(&host))
            }),
        };
        admitted.map_err(|wait| {
            Error::too_many_requests("Too many activities. Wait a while, then try again.", wait)
                .phrased("failure-too-often")
        })
    }
}

/// Counts searches: those of a person by the person, others by network.
#[derive(Clone)]
pub(super) struct Searches {
    persons: Arc<Limiter<String>>,
    networks: Networks,
}

impl Searches {
    pub(super) fn new(app: &App) -> Self {
        Self {
            persons: limiter(SEARCH_RATE.quota(), app),
            networks: Networks::new(SEARCH_RATE, app),
        }
    }

    /// Counts one more; else 429.
    pub(super) fn admit(&self, ctx: &Context, address: Option<IpAddr>) -> Result<()> {
        let admitted = match ctx.account() {
            Some(account) => check(&self.persons, &account.person),
            None => self.networks.admit(address),
        };
        admitted.map_err(|wait| {
            let sentence = "That was searched too often. Wait a moment, then try again.";
            Error::too_many_requests(sentence, wait)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::{AppParts, ManualClock};

    #[test]
    fn deliveries_of_one_person_and_of_one_host_are_limited() {
        let clock = Arc::new(ManualClock::at(1_700_000_000));
        let deliveries = PeerDeliveries::new(&App::new(AppParts {
            clock: clock.clone(),
            ..AppParts::of_a_test("http://pump.test")
        }));
        let admitted = |identity: ClientIdentity| {
            let tries = (0..12_000).filter(|_| deliveries.admit(&identity).is_ok());
            tries.count()
        };
        let person = |name: &str| ClientIdentity::Person(format!("acct:{name}@h.test"));
        assert_eq!(admitted(person("zed")), 2000);
        assert_eq!(admitted(person("yan")), 2000);
        assert_eq!(admitted(ClientIdentity::Host("a.h.test".into())), 6000);
        assert_eq!(admitted(ClientIdentity::Host("b.h.test".into())), 0);
        assert_eq!(admitted(ClientIdentity::Host("other.test".into())), 10_000);
        clock.advance(1);
        assert_eq!(admitted(person("zed")), 20);
        let refused = deliveries.admit(&person("zed")).unwrap_err();
        assert_eq!(refused.retry_after(), Some(Duration::from_millis(50)));
    }
}
