//! How often a password may be tried.

use std::{hash::Hash, net::IpAddr, num::NonZero, sync::Arc};

use governor::{
    Quota, RateLimiter, clock::Clock, middleware::NoOpMiddleware, nanos::Nanos,
    state::keyed::DefaultKeyedStateStore,
};

use crate::{App, model::Nickname};

/// After so many keys, those that were not seen lately are forgotten.
const MANY: usize = 10_000;

/// For a name, from one address.
const A_PAIR: Quota = quota(20, 10);
/// For a name, from wherever: high, so that a few strangers can't keep its owner out.
const A_NAME: Quota = quota(300, 100);
/// From an address, for whatever name.
const AN_ADDRESS: Quota = quota(120, 60);

const fn quota(burst: u32, per_minute: u32) -> Quota {
    match (NonZero::new(burst), NonZero::new(per_minute)) {
        (Some(burst), Some(per_minute)) => Quota::per_minute(per_minute).allow_burst(burst),
        _ => Quota::per_minute(NonZero::<u32>::MIN),
    }
}

/// Counts by key.
pub(in crate::http) type Limiter<K> =
    RateLimiter<K, DefaultKeyedStateStore<K>, AppClock, NoOpMiddleware<Nanos>>;

/// Counts the tries for a name, those from an address, and those for a name from an address.
#[derive(Clone)]
pub(super) struct Limits {
    pairs: Arc<Limiter<(Nickname, Option<IpAddr>)>>,
    names: Arc<Limiter<Nickname>>,
    addresses: Arc<Limiter<IpAddr>>,
}

impl Limits {
    pub(super) fn new(app: &App) -> Self {
        Self {
            pairs: limiter(A_PAIR, app),
            names: limiter(A_NAME, app),
            addresses: limiter(AN_ADDRESS, app),
        }
    }

    /// Whether one more try is allowed. A try that one limit refuses does not count for the next: who
    /// goes on knocking at one door shuts no other.
    pub(super) fn allow(&self, nickname: &str, address: Option<IpAddr>) -> bool {
        let address = address.map(network);
        if !address.is_none_or(|address| is_within(&self.addresses, &address)) {
            return false;
        }
        // What is no nickname is nobody's, and costs no memory here.
        Nickname::parse(nickname).map_or(true, |nickname| {
            is_within(&self.pairs, &(nickname.clone(), address))
                && is_within(&self.names, &nickname)
        })
    }
}

/// A limiter by the clock of the application.
pub(in crate::http) fn limiter<K: Hash + Eq + Clone>(quota: Quota, app: &App) -> Arc<Limiter<K>> {
    let clock = AppClock(app.clone());
    Arc::new(RateLimiter::new(
        quota,
        DefaultKeyedStateStore::default(),
        clock,
    ))
}

/// Counts a try, unless it is one too many.
pub(in crate::http) fn is_within<K: Hash + Eq + Clone>(limiter: &Limiter<K>, key: &K) -> bool {
    if limiter.len() > MANY {
        limiter.retain_recent();
    }
    limiter.check_key(key).is_ok()
}

/// An address, or the network that one customer has of IPv6.
pub(in crate::http) fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => {
            let prefix = u128::from(address) & (u128::MAX << 64);
            IpAddr::V6(prefix.into())
        }
        v4 @ IpAddr::V4(_) => v4,
    }
}

/// The clock of the application, for the limiter.
#[derive(Clone)]
pub(in crate::http) struct AppClock(App);

impl Clock for AppClock {
    type Instant = Nanos;

    fn now(&self) -> Nanos {
        let since_1970 = self.0.clock().now().timestamp_nanos_opt();
        Nanos::new(
            since_1970
                .and_then(|n| u64::try_from(n).ok())
                .unwrap_or_default(),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::{ManualClock, Parts};

    /// How many of 20 tries from each of so many addresses are allowed.
    fn allowed(limits: &Limits, nickname: &str, addresses: u8) -> usize {
        let addresses = (0..addresses).map(|host| IpAddr::from([192, 0, 2, host]));
        addresses
            .flat_map(|address| [address; 20])
            .filter(|address| limits.allow(nickname, Some(*address)))
            .count()
    }

    #[test]
    fn a_name_can_be_tried_from_many_addresses_but_not_without_end() {
        let clock = Arc::new(ManualClock::at(1_700_000_000));
        let limits = Limits::new(&App::new(Parts {
            clock: clock.clone(),
            ..Parts::of_a_test("http://pump.test")
        }));
        assert_eq!(allowed(&limits, "alice", 20), 300);
        assert_eq!(allowed(&limits, "bob", 2), 40);
        clock.advance(60);
        assert_eq!(allowed(&limits, "alice", 20), 100);
    }

    #[test]
    fn an_ipv6_customer_is_one_network_and_an_ipv4_one_an_address() {
        for (address, counted) in [
            ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
            ("192.0.2.1", "192.0.2.1"),
            ("::ffff:192.0.2.1", "192.0.2.1"),
        ] {
            assert_eq!(network(address.parse().unwrap()).to_string(), counted);
        }
    }
}
