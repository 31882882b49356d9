//! How often something may be done: counters by the clock of the application.

use std::{hash::Hash, net::IpAddr, sync::Arc, time::Duration};

use governor::{
    Quota, RateLimiter, clock::Clock, middleware::NoOpMiddleware, nanos::Nanos,
    state::keyed::DefaultKeyedStateStore,
};

use crate::App;

/// After so many keys, those that were not seen lately are forgotten.
const MANY: usize = 10_000;

/// Counts by key.
pub(super) type Limiter<K> =
    RateLimiter<K, DefaultKeyedStateStore<K>, AppClock, NoOpMiddleware<Nanos>>;

/// A limiter by the clock of the application.
pub(super) fn limiter<K: Hash + Eq + Clone>(quota: Quota, app: &App) -> Arc<Limiter<K>> {
    let clock = AppClock(app.clone());
    Arc::new(RateLimiter::new(
        quota,
        DefaultKeyedStateStore::default(),
        clock,
    ))
}

/// Counts a try. One too many is not counted; the error is how long to wait for the next.
pub(super) fn admit<K: Hash + Eq + Clone>(limiter: &Limiter<K>, key: &K) -> Result<(), Duration> {
    if limiter.len() > MANY {
        limiter.retain_recent();
    }
    let checked = limiter.check_key(key);
    checked.map_err(|early| early.wait_time_from(limiter.clock().now()))
}

/// Counts a try by the network that it came from, as [`admit`] does, if that is known.
pub(super) fn admit_from(
    limiter: &Limiter<IpAddr>,
    address: Option<IpAddr>,
) -> Result<(), Duration> {
    address.map_or(Ok(()), |address| admit(limiter, &network(address)))
}

/// An address, or the network that one customer has of IPv6.
pub(super) fn network(address: IpAddr) -> IpAddr {
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
pub(super) struct AppClock(App);

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
    use std::num::NonZero;

    use super::*;
    use crate::app::{ManualClock, Parts};

    #[test]
    fn who_waits_as_long_as_they_are_told_is_admitted_and_not_before() {
        let clock = Arc::new(ManualClock::at(1_700_000_000));
        let app = App::new(Parts {
            clock: clock.clone(),
            ..Parts::of_a_test("http://pump.test")
        });
        let quota = Quota::per_minute(NonZero::new(2).unwrap());
        let limiter = limiter(quota, &app);
        assert_eq!([(); 2].map(|()| admit(&limiter, &1)), [Ok(()); 2]);
        assert_eq!(admit(&limiter, &1), Err(Duration::from_secs(30)));
        assert_eq!(admit(&limiter, &2), Ok(()));
        clock.advance(29);
        assert_eq!(admit(&limiter, &1), Err(Duration::from_secs(1)));
        clock.advance(1);
        assert_eq!(admit(&limiter, &1), Ok(()));
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
