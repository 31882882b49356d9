//! How many connections there may be, in all and from one network.

use std::{
    collections::HashMap,
    net::{IpAddr, Ipv6Addr},
    sync::Arc,
};

use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use parking_lot::Mutex;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::{Limits, files};
use crate::app::Settings;

/// The network that a customer has of IPv6, and the one of a site or a small provider.
const NETWORK_V6: u8 = 64;
const SITE_V6: u8 = 48;

/// How many times as many connections a site may have as one of its networks.
const NETWORKS_PER_SITE: usize = 4;

/// The open connections.
pub(super) struct Admission {
    max: usize,
    max_per_network: usize,
    trusted: Vec<IpNet>,
    stopping: CancellationToken,
    open: Mutex<Open>,
}

#[derive(Default)]
struct Open {
    connections: HashMap<u64, Arc<State>>,
    networks: HashMap<IpNet, usize>,
    next: u64,
}

/// A request that is waited for.
#[derive(Clone, Copy)]
pub(super) struct Wait {
    since: Instant,
    /// When its head began to come. That of the first request of a connection is due at once.
    begun: Option<Instant>,
}

/// An open connection as its task and [`Admission`] share it.
pub(super) struct State {
    /// The networks that it counts for.
    networks: Vec<IpNet>,
    /// The request that it waits for; none while there is one.
    wait: Mutex<Option<Wait>>,
    /// Cancelled when it has to make room for another, or the server stops.
    pub(super) ended: CancellationToken,
}

impl Admission {
    /// Admits connections until `stopping` is cancelled, which ends them all.
    pub(super) fn new(settings: &Settings, stopping: &CancellationToken) -> Self {
        let connections = &settings.connections;
        // The rest is for the database, for uploads and for other hosts.
        let files = files::limit().map_or(usize::MAX, |files| files / 4 * 3);
        if files < connections.max {
            tracing::warn!(
                connections = files,
                "the limit of open files allows fewer connections than the settings"
            );
        }
        Self {
            max: connections.max.min(files),
            max_per_network: connections.max_per_network,
            trusted: settings.trusted_proxies.clone(),
            stopping: stopping.clone(),
            open: Mutex::default(),
        }
    }

    /// A place for a connection of this peer. Where all are taken, the connection that has waited
    /// longest for a request makes room; if there is none, there is no place.
    pub(super) fn admit(self: &Arc<Self>, peer: IpAddr) -> Option<Place> {
        let networks = self.networks(peer.to_canonical());
        let mut open = self.open.lock();
        for network in &networks {
            let count = open.networks.get(network).copied().unwrap_or_default();
            if count >= self.max_of(network) && !open.end_oldest_waiting(Some(network)) {
                return None;
            }
        }
        if open.connections.len() >= self.max && !open.end_oldest_waiting(None) {
            return None;
        }
        let state = Arc::new(State::new(networks, self.stopping.child_token()));
        let number = open.insert(Arc::clone(&state));
        drop(open);
        Some(Place {
            admission: Arc::clone(self),
            number,
            state,
        })
    }

    /// Ends the connection that has waited longest for a request, if there is one.
    pub(super) fn end_oldest_waiting(&self) {
        self.open.lock().end_oldest_waiting(None);
    }

    /// The networks that a peer counts for. Through a trusted proxy all clients come, so it has no
    /// limit of its own, and neither has the machine itself.
    fn networks(&self, peer: IpAddr) -> Vec<IpNet> {
        let is_exempt =
            peer.is_loopback() || self.trusted.iter().any(|trusted| trusted.contains(&peer));
        match peer {
            _ if is_exempt => Vec::new(),
            IpAddr::V4(peer) => vec![Ipv4Net::from(peer).into()],
            IpAddr::V6(peer) => vec![network_v6(peer, NETWORK_V6), network_v6(peer, SITE_V6)],
        }
    }

    fn max_of(&self, network: &IpNet) -> usize {
        match network {
            IpNet::V6(network) if network.prefix_len() == SITE_V6 => {
                self.max_per_network.saturating_mul(NETWORKS_PER_SITE)
            }
            _ => self.max_per_network,
        }
    }
}

fn network_v6(address: Ipv6Addr, prefix: u8) -> IpNet {
    Ipv6Net::new_assert(address, prefix).trunc().into()
}

impl Open {
    fn insert(&mut self, state: Arc<State>) -> u64 {
        for network in &state.networks {
            *self.networks.entry(*network).or_default() += 1;
        }
        let number = self.next;
        self.next += 1;
        self.connections.insert(number, state);
        number
    }

    /// Counts a connection no more, unless that was done before.
    fn remove(&mut self, number: u64) -> Option<Arc<State>> {
        let state = self.connections.remove(&number)?;
        for network in &state.networks {
            if let Some(count) = self.networks.get_mut(network) {
                *count -= 1;
                if *count == 0 {
                    self.networks.remove(network);
                }
            }
        }
        Some(state)
    }

    /// Ends the connection, of those in a network, that has waited longest. It isn't counted from
    /// then on.
    fn end_oldest_waiting(&mut self, network: Option<&IpNet>) -> bool {
        let waiting = self.connections.iter().filter_map(|(number, state)| {
            let is_there = network.is_none_or(|network| state.networks.contains(network));
            let since = state.wait().filter(|_| is_there)?.since;
            Some((since, *number))
        });
        let oldest = waiting.min().and_then(|(_, number)| self.remove(number));
        if let Some(oldest) = &oldest {
            oldest.ended.cancel();
        }
        oldest.is_some()
    }
}

impl State {
    fn new(networks: Vec<IpNet>, ended: CancellationToken) -> Self {
        let now = Instant::now();
        Self {
            networks,
            wait: Mutex::new(Some(Wait {
                since: now,
                begun: Some(now),
            })),
            ended,
        }
    }

    /// The request that it waits for; none while there is one.
    pub(super) fn wait(&self) -> Option<Wait> {
        *self.wait.lock()
    }

    /// Says that there is a request.
    pub(super) fn begin_request(&self) {
        *self.wait.lock() = None;
    }

    /// Says that the request is answered.
    pub(super) fn end_request(&self) {
        *self.wait.lock() = Some(Wait {
            since: Instant::now(),
            begun: None,
        });
    }

    /// Says that bytes came, which begin a head if one is waited for.
    pub(super) fn note_bytes(&self) {
        if let Some(wait) = &mut *self.wait.lock() {
            wait.begun.get_or_insert_with(Instant::now);
        }
    }
}

impl Wait {
    /// When the head must have come.
    pub(super) fn deadline(self, limits: &Limits) -> Instant {
        match self.begun {
            Some(begun) => begun + limits.head,
            None => self.since + limits.idle,
        }
    }
}

/// The place of an open connection, which is free again when this is dropped.
pub(super) struct Place {
    admission: Arc<Admission>,
    number: u64,
    pub(super) state: Arc<State>,
}

impl Drop for Place {
    fn drop(&mut self) {
        self.admission.open.lock().remove(self.number);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn admission(max: usize, max_per_network: usize) -> Arc<Admission> {
        let urls = crate::model::Urls::new(&"http://pump.test".parse().unwrap()).unwrap();
        let mut settings = Settings::new(urls);
        settings.connections.max = max;
        settings.connections.max_per_network = max_per_network;
        settings.trusted_proxies = vec!["10.0.0.0/8".parse().unwrap()];
        Arc::new(Admission::new(&settings, &CancellationToken::new()))
    }

    /// A connection from this peer with a request in flight.
    fn busy(admission: &Arc<Admission>, peer: &str) -> Option<Place> {
        let place = admission.admit(peer.parse().unwrap())?;
        place.state.begin_request();
        Some(place)
    }

    /// How many of so many busy connections from each of these peers there is a place for.
    fn busy_of(admission: &Arc<Admission>, each: usize, peers: &[&str]) -> usize {
        let peers = peers.iter().flat_map(|peer| vec![*peer; each]);
        let places: Vec<_> = peers.filter_map(|peer| busy(admission, peer)).collect();
        places.len()
    }

    #[test]
    fn a_network_has_its_share_and_proxies_and_the_machine_have_all() {
        let admission = admission(100, 3);
        for (peers, places) in [
            (&["192.0.2.1", "::ffff:192.0.2.1"][..], 3),
            (&["192.0.2.1", "192.0.2.2"], 6),
            (&["2001:db8::1", "2001:db8::2"], 3),
            (&["2001:db8::1", "2001:db8:0:1::1"], 6),
            (&["127.0.0.1", "::1", "10.1.2.3", "::ffff:10.1.2.3"], 40),
        ] {
            assert_eq!(busy_of(&admission, 10, peers), places, "{peers:?}");
        }
        let site: Vec<_> = (0..10).map(|i| format!("2001:db8:0:{i}::1")).collect();
        let site: Vec<_> = site.iter().map(String::as_str).collect();
        assert_eq!(busy_of(&admission, 3, &site), 12);
    }

    #[test]
    fn there_are_no_more_in_all_than_set_and_places_are_free_again() {
        let admission = admission(5, 3);
        for _ in 0..2 {
            assert_eq!(
                busy_of(&admission, 3, &["192.0.2.1", "192.0.2.2", "127.0.0.1"]),
                5
            );
        }
        assert!(admission.open.lock().connections.is_empty());
        assert!(admission.open.lock().networks.is_empty());
    }

    #[test]
    fn the_connection_that_waits_longest_makes_room() {
        let admission = admission(3, 2);
        let admit = |peer: &str| admission.admit(peer.parse().unwrap());
        let is_ended = |place: &Option<Place>| place.as_ref().unwrap().state.ended.is_cancelled();
        let first = busy(&admission, "192.0.2.1");
        let second = admit("192.0.2.1");
        let third = admit("192.0.2.2");
        // Of its own network.
        let fourth = admit("192.0.2.1");
        assert_eq!(
            [&first, &second, &third].map(is_ended),
            [false, true, false]
        );
        // Of all, and what was ended gives no place back twice.
        drop(second);
        let fifth = admit("192.0.2.3");
        assert_eq!([&third, &fourth].map(is_ended), [true, false]);
        for place in [&fourth, &fifth] {
            place.as_ref().unwrap().state.begin_request();
        }
        assert!(admit("192.0.2.4").is_none());
        drop(first);
        assert!(admit("192.0.2.4").is_some());
    }
}
