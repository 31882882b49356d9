//! Seats of live subscriptions: how many there are, and who has them.

use std::{
    cmp::Reverse,
    collections::{HashMap, hash_map::Entry},
    net::IpAddr,
};

use ipnet::IpNet;
use tokio_util::sync::CancellationToken;

use super::LiveSettings;
use crate::model::{NETWORK_FACTORS, networks_of};

/// All seats that are taken.
///
/// A person at the limit gets a new one in place of their oldest, which may be that of a client
/// that went away without a word. Where all are taken, somebody with fewer gets one in place of the
/// oldest of the person, and then the network, with the most. So neither one person nor one network
/// with many accounts keeps all others out. Clients without a person are counted by network, and
/// leave half of all seats to persons.
#[derive(Default)]
pub(super) struct Seats {
    /// The seats of each person, oldest first.
    persons: HashMap<String, Vec<Taken>>,
    /// How many seats of persons are in each network.
    person_networks: NetworkCounts,
    /// How many seats clients without a person have, and how many of those are in each network.
    clients: usize,
    client_networks: NetworkCounts,
    total: usize,
    /// The number of the next seat.
    next: u64,
}

/// The one that a seat is counted for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Holder {
    /// The person who signed in, at an address if that is known.
    Person(String, Option<IpAddr>),
    /// A client without a person, at an address if that is known.
    Client(Option<IpAddr>),
}

/// A seat of a person.
struct Taken {
    number: u64,
    address: Option<IpAddr>,
    over: CancellationToken,
}

/// Reason why a subscription was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SubscriptionLimit {
    /// The client has reached its limit.
    PerClient,
    /// The limit of all clients is reached, or the hub is shut down.
    Unavailable,
}

impl Seats {
    /// Returns the number of seats that are taken.
    pub(super) fn count(&self) -> usize {
        self.total
    }

    /// Sees whether a holder may have one more seat, and ends another one if it takes its place.
    pub(super) fn make_room(
        &mut self,
        holder: &Holder,
        settings: &LiveSettings,
    ) -> Result<(), SubscriptionLimit> {
        match holder {
            Holder::Person(person, address) => {
                let taken = self.persons.get(person).map_or(0, Vec::len);
                if taken >= settings.max_connections_per_client {
                    self.end_oldest(person);
                } else if self.total >= settings.max_connections {
                    let share = (taken + 1, self.person_networks.load(*address, 1));
                    self.end_one_above(share);
                }
            }
            Holder::Client(address) => {
                if self.clients >= settings.max_connections.div_ceil(2) {
                    return Err(SubscriptionLimit::Unavailable);
                }
                let load = self.client_networks.load(*address, 1);
                if load > settings.max_connections_per_client {
                    return Err(SubscriptionLimit::PerClient);
                }
            }
        }
        if self.total >= settings.max_connections {
            return Err(SubscriptionLimit::Unavailable);
        }
        Ok(())
    }

    /// Counts one more seat, and returns its number.
    pub(super) fn take(&mut self, holder: &Holder, over: &CancellationToken) -> u64 {
        let number = self.next;
        self.next += 1;
        self.total += 1;
        match holder {
            Holder::Person(person, address) => {
                self.person_networks.add(*address);
                let taken = self.persons.entry(person.clone()).or_default();
                taken.push(Taken {
                    number,
                    address: *address,
                    over: over.clone(),
                });
            }
            Holder::Client(address) => {
                self.clients += 1;
                self.client_networks.add(*address);
            }
        }
        number
    }

    /// Counts one seat less, unless it was ended before.
    pub(super) fn free(&mut self, holder: &Holder, number: u64) {
        match holder {
            Holder::Person(person, _) => {
                self.free_of_person(person, number);
            }
            Holder::Client(address) => {
                self.total -= 1;
                self.clients -= 1;
                self.client_networks.remove(*address);
            }
        }
    }

    /// Ends the seat with the largest share, the oldest of several, if that is above one. A share
    /// is how many seats the person has, and then the load of the network. A listener that
    /// lost a seat can't take one back in this way, since nobody is above them.
    fn end_one_above(&mut self, share: (usize, usize)) {
        let taken = self.persons.iter().flat_map(|(person, taken)| {
            let count = taken.len();
            taken.iter().map(move |seat| (person, count, seat))
        });
        let largest = taken
            .map(|(person, count, seat)| {
                let load = self.person_networks.load(seat.address, 0);
                ((count, load), Reverse(seat.number), person)
            })
            .max();
        if let Some((largest, Reverse(number), person)) = largest
            && largest > share
        {
            let person = person.clone();
            self.end(&person, number);
        }
    }

    /// Ends the oldest seat of a person.
    fn end_oldest(&mut self, person: &str) {
        let oldest = self.persons.get(person).and_then(|taken| taken.first());
        if let Some(number) = oldest.map(|oldest| oldest.number) {
            self.end(person, number);
        }
    }

    /// Ends a seat of a person. It is free at once, whenever its listener notices.
    fn end(&mut self, person: &str, number: u64) {
        if let Some(ended) = self.free_of_person(person, number) {
            ended.over.cancel();
        }
    }

    fn free_of_person(&mut self, person: &str, number: u64) -> Option<Taken> {
        let taken = self.persons.get_mut(person)?;
        let at = taken.iter().position(|seat| seat.number == number)?;
        let freed = taken.remove(at);
        if taken.is_empty() {
            self.persons.remove(person);
        }
        self.person_networks.remove(freed.address);
        self.total -= 1;
        Some(freed)
    }
}

/// How many seats are in each network.
#[derive(Default)]
struct NetworkCounts(HashMap<IpNet, usize>);

impl NetworkCounts {
    /// Returns how many seats the networks of an address have with so many more: the highest count,
    /// where a wider network has as many times more as its [factor](NETWORK_FACTORS).
    fn load(&self, address: Option<IpAddr>, more: usize) -> usize {
        let networks = address.into_iter().flat_map(networks_of);
        let loads = networks.zip(NETWORK_FACTORS).map(|(network, factor)| {
            let count = self.0.get(&network).copied().unwrap_or_default();
            (count + more).div_ceil(factor as usize)
        });
        loads.max().unwrap_or_default()
    }

    fn add(&mut self, address: Option<IpAddr>) {
        for network in address.into_iter().flat_map(networks_of) {
            *self.0.entry(network).or_default() += 1;
        }
    }

    fn remove(&mut self, address: Option<IpAddr>) {
        for network in address.into_iter().flat_map(networks_of) {
            if let Entry::Occupied(mut count) = self.0.entry(network) {
                *count.get_mut() -= 1;
                if *count.get() == 0 {
                    count.remove();
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::AppParts;

    /// Seats of which each takes its own, and tells of those that were ended.
    struct Room {
        seats: Seats,
        settings: LiveSettings,
        taken: Vec<(String, CancellationToken)>,
    }

    impl Room {
        fn of(max_connections: usize) -> Self {
            let mut settings = AppParts::of_a_test("http://pump.test").settings.live;
            settings.max_connections = max_connections;
            Self {
                seats: Seats::default(),
                settings,
                taken: Vec::new(),
            }
        }

        fn take(&mut self, person: &str, address: &str) -> bool {
            let holder = Holder::Person(person.to_owned(), Some(address.parse().unwrap()));
            if self.seats.make_room(&holder, &self.settings).is_err() {
                return false;
            }
            let over = CancellationToken::new();
            self.seats.take(&holder, &over);
            self.taken.push((person.to_owned(), over));
            true
        }

        fn count(&self, of: &str) -> usize {
            let taken = self.taken.iter();
            taken
                .filter(|(person, over)| person.starts_with(of) && !over.is_cancelled())
                .count()
        }
    }

    #[test]
    fn a_first_seat_takes_the_place_of_the_tenth_of_another() {
        let mut room = Room::of(50);
        for number in 0..50 {
            assert!(room.take(&format!("m{}", number / 10), "192.0.2.1"));
        }
        for number in 0..9 {
            assert!(room.take("alice", "192.0.2.2"), "{number}");
        }
        assert_eq!((room.count("alice"), room.count("m")), (9, 41));
        assert!(
            !room.take("alice", "192.0.2.2"),
            "nobody has more than she would"
        );
        assert!(!room.take("m0", "192.0.2.1"));
        assert_eq!(room.seats.total, 50);
    }

    #[test]
    fn one_network_with_many_accounts_keeps_no_other_out() {
        let mallory = |number: u16| format!("2001:db8:1:{number:x}::1");
        let mut room = Room::of(30);
        for number in 0..30 {
            assert!(room.take(&format!("m{number}"), &mallory(number)));
        }
        assert!(!room.take("m30", &mallory(30)));
        for host in 1..=4 {
            assert!(room.take(&format!("a{host}"), &format!("192.0.2.{host}")));
        }
        assert_eq!((room.count("a"), room.count("m")), (4, 26));
        assert!(
            !room.take("a1", "192.0.2.1"),
            "a second one takes nobody's first"
        );
    }
}
