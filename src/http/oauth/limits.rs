//! How often a password may be tried.

use std::{net::IpAddr, num::NonZero, sync::Arc, time::Duration};

use governor::Quota;

use crate::{
    App,
    http::limits::{Limiter, admit, admit_from, limiter, network},
    model::Nickname,
};

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

    /// Counts one more try, unless it is one too many: the error is how long to wait. A try that one limit
    /// refuses does not count for the next: who goes on knocking at one door shuts no other.
    pub(super) fn admit(&self, nickname: &str, address: Option<IpAddr>) -> Result<(), Duration> {
        admit_from(&self.addresses, address)?;
        // What is no nickname is nobody's, and costs no memory here.
        let Ok(nickname) = Nickname::parse(nickname) else {
            return Ok(());
        };
        admit(&self.pairs, &(nickname.clone(), address.map(network)))?;
        admit(&self.names, &nickname)
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
            .filter(|address| limits.admit(nickname, Some(*address)).is_ok())
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
}
