//! Rate limits of sign-in, and of what clients are given before anybody signs in.

use std::{
    net::{IpAddr, Ipv4Addr},
    sync::Arc,
    time::Duration,
};

use ipnet::IpNet;
use parking_lot::Mutex;

use crate::{
    App,
    app::Recent,
    http::limits::{Limiter, Networks, Rate, check, limiter},
    model::{Nickname, network_of},
    service::{Error, Result},
};

/// Attempts at the password of one account from one network.
const NAME_AND_NETWORK_RATE: Rate = per_minute(20, 10);
/// Attempts at the password of one account, from all networks it was never signed in from.
const NAME_RATE: Rate = per_minute(300, 100);
/// Attempts at the passwords of all accounts from one network, and as many at those of accounts
/// that somebody signed in to from there.
const NETWORK_RATE: Rate = per_minute(120, 60);
/// Attempts at the codes of one account from one network, of who knows its password.
const CODE_RATE: Rate = Rate {
    burst: 10,
    period: Duration::from_mins(1),
};
/// Attempts at the codes of one account, from all networks it was never signed in from. One of
/// 333,000 is right by chance.
const ALL_CODES_RATE: Rate = Rate {
    burst: 30,
    period: Duration::from_mins(3),
};
/// Request tokens, and tokens of clients, from one network. Web applications ask for all of their
/// users.
const TOKEN_RATE: Rate = per_minute(300, 300);

const fn per_minute(burst: u32, attempts: u32) -> Rate {
    Rate {
        burst,
        period: Duration::from_millis(60_000 / attempts as u64),
    }
}

/// An account, and the narrowest network that somebody signed in to it from.
type KnownPair = (Nickname, IpNet);

/// Counts attempts to sign in by account, by network, and by both; and requests for tokens by
/// network.
#[derive(Clone)]
pub(super) struct SignInLimiter {
    pairs: Networks<Nickname>,
    names: Arc<Limiter<Nickname>>,
    networks: Networks,
    tokens: Networks,
    codes: Networks<Nickname>,
    all_codes: Arc<Limiter<Nickname>>,
    known_codes: Arc<Limiter<KnownPair>>,
    known_pairs: Arc<Limiter<KnownPair>>,
    known_networks: Arc<Limiter<IpNet>>,
    signed_in: Arc<Mutex<Recent<KnownPair, ()>>>,
    /// Those that somebody signed in from with a code.
    code_proved: Arc<Mutex<Recent<KnownPair, ()>>>,
}

impl SignInLimiter {
    pub(super) fn new(app: &App) -> Self {
        Self {
            pairs: Networks::new(NAME_AND_NETWORK_RATE, app),
            names: limiter(NAME_RATE.quota(), app),
            networks: Networks::new(NETWORK_RATE, app),
            tokens: Networks::new(TOKEN_RATE, app),
            codes: Networks::new(CODE_RATE, app),
            all_codes: limiter(ALL_CODES_RATE.quota(), app),
            known_codes: limiter(CODE_RATE.quota(), app),
            known_pairs: limiter(NAME_AND_NETWORK_RATE.quota(), app),
            known_networks: limiter(NETWORK_RATE.quota(), app),
            signed_in: Arc::default(),
            code_proved: Arc::default(),
        }
    }

    /// Counts an attempt to sign in, unless it is above a limit: the error is how long to wait. An
    /// attempt that one limit refuses does not count for the next, so that no client locks an
    /// account for all others. A network from which somebody signed in to the account has limits of
    /// its own, for which neither its neighbours count nor attempts at accounts that are not known
    /// there.
    pub(super) fn check(&self, nickname: &str, address: Option<IpAddr>) -> Result<(), Duration> {
        // A text that is no nickname is nobody's, and needs no memory here.
        let Ok(nickname) = Nickname::parse(nickname) else {
            return self.networks.admit(address);
        };
        let known = (nickname, network_of(or_unknown(address)));
        if self.signed_in.lock().get(&known).is_some() {
            check(&self.known_pairs, &known)?;
            return address.map_or(Ok(()), |_| check(&self.known_networks, &known.1));
        }
        self.networks.admit(address)?;
        self.pairs.admit_key(&known.0, or_unknown(address))?;
        check(&self.names, &known.0)
    }

    /// Counts an attempt at a code of an account by who has its password, as [`check`](Self::check)
    /// does. A network is known by a code that was right: the password says nothing about it.
    pub(super) fn check_code(
        &self,
        nickname: &Nickname,
        address: Option<IpAddr>,
    ) -> Result<(), Duration> {
        let known = (nickname.clone(), network_of(or_unknown(address)));
        if self.code_proved.lock().get(&known).is_some() {
            return check(&self.known_codes, &known);
        }
        self.codes.admit_key(nickname, or_unknown(address))?;
        check(&self.all_codes, nickname)
    }

    /// Remembers that somebody signed in to an account from an address.
    pub(super) fn remember(&self, nickname: &Nickname, address: Option<IpAddr>) {
        let network = network_of(or_unknown(address));
        self.signed_in
            .lock()
            .insert((nickname.clone(), network), ());
    }

    /// Remembers that somebody gave a code of an account that was right, from an address.
    pub(super) fn remember_code(&self, nickname: &Nickname, address: Option<IpAddr>) {
        self.remember(nickname, address);
        let network = network_of(or_unknown(address));
        self.code_proved
            .lock()
            .insert((nickname.clone(), network), ());
    }

    /// Counts a request for a token that nobody has signed in for; else 429.
    pub(super) fn admit_token(&self, address: Option<IpAddr>) -> Result<()> {
        self.tokens.admit(address).map_err(|wait| {
            let sentence =
                "Too many tokens are asked for from here. Wait a moment, then try again.";
            Error::too_many_requests(sentence, wait)
        })
    }
}

/// The address, or one that stands for all clients whose address is unknown.
fn or_unknown(address: Option<IpAddr>) -> IpAddr {
    address.unwrap_or(Ipv4Addr::UNSPECIFIED.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::{AppParts, ManualClock};

    fn limits() -> (SignInLimiter, Arc<ManualClock>) {
        let clock = Arc::new(ManualClock::at(1_700_000_000));
        let limits = SignInLimiter::new(&App::new(AppParts {
            clock: clock.clone(),
            ..AppParts::of_a_test("http://pump.test")
        }));
        (limits, clock)
    }

    /// How many of 20 attempts from each of so many addresses are allowed.
    fn allowed(
        limits: &SignInLimiter,
        nickname: &str,
        addresses: u32,
        address: impl Fn(u32) -> IpAddr,
    ) -> usize {
        let addresses = (0..addresses).map(address);
        addresses
            .flat_map(|address| [address; 20])
            .filter(|address| limits.check(nickname, Some(*address)).is_ok())
            .count()
    }

    fn v4(host: u32) -> IpAddr {
        Ipv4Addr::from_bits(0xC000_0200 + host).into()
    }

    /// Addresses of one /48, each in another /64.
    fn of_one_site(subnet: u32) -> IpAddr {
        format!("2001:db8:1:{subnet:x}::1").parse().unwrap()
    }

    #[test]
    fn a_name_can_be_tried_from_many_addresses_but_not_without_end() {
        let (limits, clock) = limits();
        assert_eq!(allowed(&limits, "alice", 20, v4), 300);
        assert_eq!(allowed(&limits, "bob", 2, v4), 40);
        clock.advance(60);
        assert_eq!(allowed(&limits, "alice", 20, v4), 100);
    }

    #[test]
    fn one_ipv6_site_does_not_lock_an_account() {
        let (limits, _) = limits();
        assert_eq!(allowed(&limits, "alice", 1000, of_one_site), 60);
        assert_eq!(limits.check("alice", Some(v4(1))), Ok(()));
        let of_one_provider = |site: u32| format!("2001:db8:{site:x}::1").parse().unwrap();
        allowed(&limits, "alice", 1000, of_one_provider);
        assert_eq!(limits.check("alice", Some(v4(1))), Ok(()));
    }

    #[test]
    fn a_network_that_signed_in_before_is_not_locked_out() {
        let (limits, _) = limits();
        let home: IpAddr = "2001:db9::1".parse().unwrap();
        let alice = Nickname::parse("alice").unwrap();
        limits.remember(&alice, Some(home));
        assert_eq!(allowed(&limits, "alice", 100, v4), 300);
        assert_eq!(allowed(&limits, "bob", 100, v4), 300);
        assert_eq!(
            limits.check("alice", Some("2001:db9::2".parse().unwrap())),
            Ok(())
        );
        assert!(limits.check("bob", Some(home)).is_err());
        assert!(limits.check("alice", Some(v4(200))).is_err());
    }

    #[test]
    fn a_known_home_has_limits_of_its_own() {
        let (limits, clock) = limits();
        let alice = Nickname::parse("alice").unwrap();
        for home in [of_one_site(7), v4(7)] {
            // Neighbours and classmates have used up all that they can.
            allowed(&limits, "alice", 1000, of_one_site);
            for name in [
                "alice", "bob", "carol", "dave", "erin", "frank", "grace", "heidi",
            ] {
                allowed(&limits, name, 1, |_| home);
            }
            assert!(limits.check("alice", Some(home)).is_err());
            limits.remember(&alice, Some(home));
            assert_eq!(allowed(&limits, "alice", 2, |_| home), 20);
            clock.advance(60);
            assert_eq!(allowed(&limits, "alice", 2, |_| home), 10);
        }
    }
    #[test]
    fn a_password_alone_makes_no_network_known_for_codes() {
        let (limits, _) = limits();
        let alice = Nickname::parse("alice").unwrap();
        let allowed = |remember: fn(&SignInLimiter, &Nickname, Option<IpAddr>)| {
            let addresses = (0..100).map(of_one_site).map(Some);
            let attempts = addresses.flat_map(|address| {
                remember(&limits, &alice, address);
                [address; 2]
            });
            attempts
                .filter(|address| limits.check_code(&alice, *address).is_ok())
                .count()
        };
        assert!(allowed(SignInLimiter::remember) <= 30);
        assert_eq!(allowed(SignInLimiter::remember_code), 200);
    }
}
