//! How often a password may be tried.

use std::{net::IpAddr, num::NonZero, sync::Arc};

use governor::{
    Quota, RateLimiter, clock::Clock, middleware::NoOpMiddleware, nanos::Nanos,
    state::keyed::DefaultKeyedStateStore,
};

use crate::{App, model::Nickname};

/// After so many keys, those that were not seen lately are forgotten.
const MANY: usize = 10_000;

const A_NAME: Quota = quota(20, 10);
const AN_ADDRESS: Quota = quota(120, 60);

const fn quota(burst: u32, per_minute: u32) -> Quota {
    match (NonZero::new(burst), NonZero::new(per_minute)) {
        (Some(burst), Some(per_minute)) => Quota::per_minute(per_minute).allow_burst(burst),
        _ => Quota::per_minute(NonZero::<u32>::MIN),
    }
}

type Limiter<K> = RateLimiter<K, DefaultKeyedStateStore<K>, AppClock, NoOpMiddleware<Nanos>>;

/// Counts the tries for a name, and those from an address.
#[derive(Clone)]
pub(super) struct Limits {
    names: Arc<Limiter<Nickname>>,
    addresses: Arc<Limiter<IpAddr>>,
}

impl Limits {
    pub(super) fn new(app: &App) -> Self {
        let clock = AppClock(app.clone());
        Self {
            names: Arc::new(RateLimiter::new(
                A_NAME,
                DefaultKeyedStateStore::default(),
                clock.clone(),
            )),
            addresses: Arc::new(RateLimiter::new(
                AN_ADDRESS,
                DefaultKeyedStateStore::default(),
                clock,
            )),
        }
    }

    /// Whether one more try is allowed.
    pub(super) fn allow(&self, nickname: &str, address: Option<IpAddr>) -> bool {
        if self.names.len() > MANY {
            self.names.retain_recent();
        }
        if self.addresses.len() > MANY {
            self.addresses.retain_recent();
        }
        let address_may =
            address.is_none_or(|address| self.addresses.check_key(&network(address)).is_ok());
        // What is no nickname is nobody's, and costs no memory here.
        let name_may = Nickname::parse(nickname)
            .map_or(true, |nickname| self.names.check_key(&nickname).is_ok());
        address_may && name_may
    }
}

/// An address, or the network that one customer has of IPv6.
fn network(address: IpAddr) -> IpAddr {
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
struct AppClock(App);

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
