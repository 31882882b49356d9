//! Rate limits, by the clock of the application.

use std::{
    array,
    collections::HashMap,
    hash::Hash,
    mem,
    net::IpAddr,
    num::NonZero,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use governor::{
    Quota, RateLimiter, clock::Clock, middleware::NoOpMiddleware, nanos::Nanos, state::StateStore,
};
use ipnet::IpNet;

use crate::{
    App,
    model::{MAX_NETWORKS, NETWORK_FACTORS, networks_of},
};

/// How many keys a [`Recent`] map takes before it forgets those that were not used since it last
/// did. It holds at most twice as many.
const MAX_RECENT_KEYS: usize = 10_000;

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
type NetworkLimiter<K> = Arc<Limiter<(K, IpNet)>>;

/// Rate limit by network, and by something else if it is given: each [network](networks_of) that an
/// address is in has a limit of its own, so that whoever has many narrow networks has not as many
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
            limiter(rates[width].quota(), app)
        })))
    }

    /// Counts an attempt of a key from an address, as [`check`] does.
    pub(super) fn admit_key(&self, key: &K, address: IpAddr) -> Result<(), Duration> {
        let mut networks = self.0.iter().zip(networks_of(address));
        networks.try_for_each(|(limiter, network)| check(limiter, &(key.clone(), network)))
    }
}

impl Networks {
    /// Counts an attempt from an address, as [`check`] does, if the address is known.
    pub(super) fn admit(&self, address: Option<IpAddr>) -> Result<(), Duration> {
        address.map_or(Ok(()), |address| self.admit_key(&(), address))
    }
}

/// Map of a bounded number of keys, without those that were not used for the longest time.
pub(super) struct Recent<K, V> {
    young: HashMap<K, V>,
    old: HashMap<K, V>,
}

impl<K, V> Default for Recent<K, V> {
    fn default() -> Self {
        Self {
            young: HashMap::new(),
            old: HashMap::new(),
        }
    }
}

impl<K: Hash + Eq + Clone, V: Copy> Recent<K, V> {
    /// Returns the value of a key, which counts as used.
    pub(super) fn get(&mut self, key: &K) -> Option<V> {
        if let Some(value) = self.young.get(key) {
            return Some(*value);
        }
        let (key, value) = self.old.remove_entry(key)?;
        self.insert(key, value);
        Some(value)
    }

    /// Sets the value of a key.
    pub(super) fn insert(&mut self, key: K, value: V) {
        if self.young.len() >= MAX_RECENT_KEYS && !self.young.contains_key(&key) {
            self.old = mem::take(&mut self.young);
        }
        self.young.insert(key, value);
    }
}

/// The states of a limiter, by key.
pub(super) struct Buckets<K>(Mutex<Recent<K, Nanos>>);

impl<K> Default for Buckets<K> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<K: Hash + Eq + Clone> StateStore for Buckets<K> {
    type Key = K;

    fn measure_and_replace<T, F, E>(&self, key: &K, measure: F) -> Result<T, E>
    where
        F: Fn(Option<Nanos>) -> Result<(T, Nanos), E>,
    {
        let mut states = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (outcome, state) = measure(states.get(key))?;
        states.insert(key.clone(), state);
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
    use crate::app::{AppParts, ManualClock};

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
    fn the_keys_of_a_limiter_are_bounded_and_those_in_use_stay() {
        let (app, _) = app();
        let limiter = limiter(RATE.quota(), &app);
        let mut busy = 0;
        for key in 1..5 * MAX_RECENT_KEYS {
            limiter.check_key(&key).unwrap();
            busy += usize::from(limiter.check_key(&0).is_ok());
        }
        assert_eq!(busy, 2, "a limit in use is not forgotten");
        let states = Buckets::<usize>::default();
        let mut states = states.0.lock().unwrap();
        for key in 0..5 * MAX_RECENT_KEYS {
            states.insert(key, Nanos::new(0));
            assert!(states.young.len() + states.old.len() <= 2 * MAX_RECENT_KEYS);
        }
    }
}
