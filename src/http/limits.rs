//! Rate limits, by the clock of the application.

use std::{array, hash::Hash, net::IpAddr, num::NonZero, sync::Arc, time::Duration};

use governor::{
    Quota, RateLimiter, clock::Clock, middleware::NoOpMiddleware, nanos::Nanos, state::StateStore,
};
use ipnet::IpNet;
use parking_lot::Mutex;

use crate::{
    App,
    app::Recent,
    model::{MAX_NETWORKS, NETWORK_FACTORS, networks_of},
};

/// Rate limit by key.
pub(super) type Limiter<K> = RateLimiter<K, Buckets<K>, AppClock, NoOpMiddleware<Nanos>>;

/// Makes a limiter by the clock of the application.
pub(super) fn limiter<K: Hash + Eq + Clone>(quota: Quota, app: &App) -> Arc<Limiter<K>> {
    let clock = AppClock(app.clone());
    Arc::new(RateLimiter::new(quota, Buckets::default(), clock))
}

/// Counts an attempt. An attempt above the limit is not counted; the error is how long to wait for
/// the next.
pub(super) fn check<K: Hash + Eq + Clone>(limiter: &Limiter<K>, key: &K) -> Result<(), Duration> {
    let checked = limiter.check_key(key);
    checked.map_err(|early| early.wait_time_from(limiter.clock().now()))
}

/// A number of attempts at once, and then one more in each period.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rate {
    pub(super) burst: u32,
    pub(super) period: Duration,
}

impl Rate {
    /// The rate of this and so many others.
    fn times(self, factor: u32) -> Self {
        Self {
            burst: self.burst.saturating_mul(factor),
            period: self.period / factor,
        }
    }

    pub(super) fn quota(self) -> Quota {
        let burst = NonZero::new(self.burst).unwrap_or(NonZero::<u32>::MIN);
        Quota::with_period(self.period)
            .unwrap_or_else(|| Quota::per_second(NonZero::<u32>::MIN))
            .allow_burst(burst)
    }
}

/// Rate limit of the networks of one width.
struct NetworkLimiter<K: Hash + Eq + Clone> {
    counting: Limiter<(K, IpNet)>,
    /// The same, which stores nothing.
    asking: Limiter<(K, IpNet)>,
}

impl<K: Hash + Eq + Clone> NetworkLimiter<K> {
    fn new(quota: Quota, app: &App) -> Self {
        let counting = Buckets::default();
        let asking = Buckets {
            states: Arc::clone(&counting.states),
            is_read_only: true,
        };
        let limiter = |states| RateLimiter::new(quota, states, AppClock(app.clone()));
        Self {
            counting: limiter(counting),
            asking: limiter(asking),
        }
    }
}

/// Rate limit by network, and by something else if it is given. Each [network](networks_of) that an
/// address is in has a limit of its own. So a client with many narrow networks has not as many
/// limits.
pub(super) struct Networks<K = ()>(Arc<[NetworkLimiter<K>; MAX_NETWORKS]>)
where
    K: Hash + Eq + Clone;

impl<K: Hash + Eq + Clone> Clone for Networks<K> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<K: Hash + Eq + Clone> Networks<K> {
    /// Makes a limit with the rate of the narrowest network.
    pub(super) fn new(rate: Rate, app: &App) -> Self {
        let rates = NETWORK_FACTORS.map(|factor| rate.times(factor));
        Self(Arc::new(array::from_fn(|width| {
            NetworkLimiter::new(rates[width].quota(), app)
        })))
    }

    /// Counts an attempt of a key from an address, as [`check`] does. All networks are asked before
    /// any is counted: an attempt that one refuses neither counts for another nor takes memory.
    pub(super) fn admit_key(&self, key: &K, address: IpAddr) -> Result<(), Duration> {
        let networks = || self.0.iter().zip(networks_of(address));
        let of = |network| (key.clone(), network);
        networks().try_for_each(|(limiter, network)| check(&limiter.asking, &of(network)))?;
        networks().try_for_each(|(limiter, network)| check(&limiter.counting, &of(network)))
    }
}

impl Networks {
    /// Counts an attempt from an address, as [`check`] does, if the address is known.
    pub(super) fn admit(&self, address: Option<IpAddr>) -> Result<(), Duration> {
        address.map_or(Ok(()), |address| self.admit_key(&(), address))
    }
}

/// The states of a limiter, by key.
pub(super) struct Buckets<K> {
    states: Arc<Mutex<Recent<K, Nanos>>>,
    is_read_only: bool,
}

impl<K> Default for Buckets<K> {
    fn default() -> Self {
        Self {
            states: Arc::default(),
            is_read_only: false,
        }
    }
}

impl<K: Hash + Eq + Clone> StateStore for Buckets<K> {
    type Key = K;

    fn measure_and_replace<T, F, E>(&self, key: &K, measure: F) -> Result<T, E>
    where
        F: Fn(Option<Nanos>) -> Result<(T, Nanos), E>,
    {
        let mut states = self.states.lock();
        let (outcome, state) = measure(states.get(key))?;
        if !self.is_read_only {
            states.insert(key.clone(), state);
        }
        Ok(outcome)
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
    use super::*;
    use crate::app::{AppParts, MAX_RECENT_KEYS, ManualClock};

    const RATE: Rate = Rate {
        burst: 2,
        period: Duration::from_secs(30),
    };

    fn app() -> (App, Arc<ManualClock>) {
        let clock = Arc::new(ManualClock::at(1_700_000_000));
        let app = App::new(AppParts {
            clock: clock.clone(),
            ..AppParts::of_a_test("http://pump.test")
        });
        (app, clock)
    }

    #[test]
    fn rate_limit_admits_exactly_after_retry_after() {
        let (app, clock) = app();
        let limiter = limiter(RATE.quota(), &app);
        assert_eq!([(); 2].map(|()| check(&limiter, &1)), [Ok(()); 2]);
        assert_eq!(check(&limiter, &1), Err(Duration::from_secs(30)));
        assert_eq!(check(&limiter, &2), Ok(()));
        clock.advance(29);
        assert_eq!(check(&limiter, &1), Err(Duration::from_secs(1)));
        clock.advance(1);
        assert_eq!(check(&limiter, &1), Ok(()));
    }

    #[test]
    fn a_wider_ipv6_network_has_a_limit_of_its_own() {
        let (app, _) = app();
        let networks = Networks::new(RATE, &app);
        let admitted = |addresses: &dyn Fn(u16) -> String| {
            let addresses = (0..100).map(|number| addresses(number).parse().unwrap());
            addresses
                .filter(|address| networks.admit(Some(*address)).is_ok())
                .count()
        };
        assert_eq!(admitted(&|n| format!("2001:db8:1:1::{n:x}")), 2);
        assert_eq!(admitted(&|n| format!("2001:db8:1:{:x}::1", n + 2)), 4);
        assert_eq!(admitted(&|n| format!("2001:db8:{:x}::1", n + 2)), 12);
        assert_eq!(admitted(&|n| format!("2001:db9:{:x}::1", n + 2)), 18);
        assert_eq!(admitted(&|n| format!("192.0.2.{n}")), 100);
        assert_eq!(networks.admit(None), Ok(()));
    }

    #[test]
    fn refused_attempts_make_no_network_forget_its_limit() {
        let (app, _) = app();
        let networks = Networks::new(RATE, &app);
        let home = Some("192.0.2.1".parse().unwrap());
        assert_eq!([(); 2].map(|()| networks.admit(home)), [Ok(()); 2]);
        let admitted = (0..3 * MAX_RECENT_KEYS).filter(|number| {
            let (site, subnet) = (number >> 14, number & 0x3fff);
            let address = format!("2001:db8:{site:x}:{subnet:x}::1").parse().unwrap();
            networks.admit(Some(address)).is_ok()
        });
        assert_eq!(admitted.count(), 12);
        assert!(networks.admit(home).is_err());
    }

    #[test]
    fn a_network_at_its_limit_leaves_that_of_its_site_to_others() {
        let (app, _) = app();
        let networks = Networks::new(RATE, &app);
        let admit = |address: &str| networks.admit(Some(address.parse().unwrap())).is_ok();
        let of_one = [(); 50].map(|()| admit("2001:db8:1:1::1"));
        assert_eq!(of_one.into_iter().filter(|admitted| *admitted).count(), 2);
        assert!(admit("2001:db8:1:2::1"));
    }

    #[test]
    fn a_limit_in_use_is_not_forgotten() {
        let (app, _) = app();
        let limiter = limiter(RATE.quota(), &app);
        let mut busy = 0;
        for key in 1..5 * MAX_RECENT_KEYS {
            limiter.check_key(&key).unwrap();
            busy += usize::from(limiter.check_key(&0).is_ok());
        }
        assert_eq!(busy, 2);
    }
}
