//! Subscriptions to streams, notified of new entries.
//!
//! A subscription keeps no notifications, only that there were some; entries are read when they are
//! sent. So its size does not depend on the number of entries or the speed of the client.

use std::{
    collections::{HashMap, hash_map::Entry},
    net::IpAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
};

use ipnet::IpNet;
use tokio::{select, sync::watch};
use tokio_util::sync::CancellationToken;

use super::LiveSettings;
use crate::{
    model::{NETWORK_FACTORS, Stream, networks_of},
    storage::{ChangeNotification, Storage, Subscription},
};

/// Maximum inboxes checked with one query.
const MAX_INBOXES_PER_QUERY: usize = 500;

/// All live subscriptions of an application.
pub(crate) struct LiveHub {
    storage: Arc<dyn Storage>,
    state: Mutex<HubState>,
    /// Cancelled when all waiting is over.
    shutdown: CancellationToken,
}

#[derive(Default)]
struct HubState {
    streams: HashMap<Stream, watch::Sender<()>>,
    /// The seats of each person, oldest first.
    persons: HashMap<String, Vec<Taken>>,
    /// How many seats clients without a person have, and how many of those are in each network.
    clients: usize,
    networks: HashMap<IpNet, usize>,
    total: usize,
    /// The number of the next seat.
    next: u64,
    /// Whether the listener runs; it starts with the first subscription.
    is_listening: bool,
}

/// The one that a seat is counted for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Holder {
    /// The person who signed in.
    Person(String),
    /// A client without a person, at an address if that is known.
    Client(Option<IpAddr>),
}

/// A seat as the hub knows it.
struct Taken {
    number: u64,
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

/// A subscription to one stream, released when it is dropped.
pub(crate) struct LiveSubscription {
    hub: Arc<LiveHub>,
    stream: Stream,
    number: u64,
    holder: Holder,
    signal: watch::Receiver<()>,
    /// Cancelled when all is over, or when a newer seat took this one's place.
    shutdown: CancellationToken,
}

impl LiveHub {
    pub(super) fn new(storage: Arc<dyn Storage>) -> Arc<Self> {
        Arc::new(Self {
            storage,
            state: Mutex::default(),
            shutdown: CancellationToken::new(),
        })
    }

    /// Ends all subscriptions, for good.
    pub(super) fn shut_down(&self) {
        self.shutdown.cancel();
    }

    /// Takes a seat for a stream. A person who has as many as one may have gets the new one in
    /// place of their oldest, which may be that of a client that went away without a word. Clients
    /// without a person are counted by network, and leave half of all seats to persons.
    pub(crate) fn subscribe(
        self: &Arc<Self>,
        stream: Stream,
        holder: Holder,
        settings: &LiveSettings,
    ) -> Result<LiveSubscription, SubscriptionLimit> {
        let mut state = self.state();
        state.make_room(&holder, settings)?;
        if self.shutdown.is_cancelled() || state.total >= settings.max_connections {
            return Err(SubscriptionLimit::Unavailable);
        }
        let over = self.shutdown.child_token();
        let number = state.take(&holder, &over);
        let notifications = state.streams.entry(stream.clone()).or_default().subscribe();
        if !state.is_listening {
            state.is_listening = true;
            tokio::spawn(run_listener(Arc::downgrade(self), self.storage.subscribe()));
        }
        drop(state);
        Ok(LiveSubscription {
            hub: Arc::clone(self),
            stream,
            number,
            holder,
            signal: notifications,
            shutdown: over,
        })
    }

    fn state(&self) -> MutexGuard<'_, HubState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notifies the subscriptions that a commit may concern.
    async fn dispatch(&self, notifications: ChangeNotification) {
        let ChangeNotification::Added { streams, delivered } = notifications else {
            return self.state().streams.values().for_each(notify_all);
        };
        self.notify(&streams);
        if delivered.is_empty() {
            return;
        }
        // Not who all got it, which may be a hundred thousand, but who of those here.
        let inboxes: Vec<Stream> = {
            let state = self.state();
            let inboxes = state.streams.keys();
            inboxes
                .filter(|stream| matches!(stream, Stream::Inbox(_)))
                .cloned()
                .collect()
        };
        for activity in &delivered {
            for some in inboxes.chunks(MAX_INBOXES_PER_QUERY) {
                let pairs: Vec<(Stream, &str)> = some
                    .iter()
                    .map(|inbox| (inbox.clone(), activity.as_str()))
                    .collect();
                match self.storage.contains(&pairs).await {
                    Ok(has) => {
                        let got = some.iter().zip(has).filter(|(_, has)| *has);
                        self.notify(got.map(|(inbox, _)| inbox));
                    }
                    Err(_) => self.notify(some),
                }
            }
        }
    }

    fn notify<'a>(&self, streams: impl IntoIterator<Item = &'a Stream>) {
        let state = self.state();
        let seats = streams
            .into_iter()
            .filter_map(|stream| state.streams.get(stream));
        seats.for_each(notify_all);
    }
}

impl HubState {
    /// Sees whether a holder may have one more seat; a person gives up the oldest for it.
    fn make_room(
        &mut self,
        holder: &Holder,
        settings: &LiveSettings,
    ) -> Result<(), SubscriptionLimit> {
        match holder {
            Holder::Person(person) => {
                let taken = self.persons.get(person).map_or(0, Vec::len);
                if taken >= settings.max_connections_per_client {
                    self.end_oldest(person);
                }
            }
            Holder::Client(address) => {
                if self.clients >= settings.max_connections.div_ceil(2) {
                    return Err(SubscriptionLimit::Unavailable);
                }
                let networks = address.iter().copied().flat_map(networks_of);
                for (network, factor) in networks.zip(NETWORK_FACTORS) {
                    let most = settings
                        .max_connections_per_client
                        .saturating_mul(factor as usize);
                    if self
                        .networks
                        .get(&network)
                        .is_some_and(|taken| *taken >= most)
                    {
                        return Err(SubscriptionLimit::PerClient);
                    }
                }
            }
        }
        Ok(())
    }

    /// Counts one more seat, and returns its number.
    fn take(&mut self, holder: &Holder, over: &CancellationToken) -> u64 {
        let number = self.next;
        self.next += 1;
        self.total += 1;
        match holder {
            Holder::Person(person) => {
                let over = over.clone();
                let taken = self.persons.entry(person.clone()).or_default();
                taken.push(Taken { number, over });
            }
            Holder::Client(address) => {
                self.clients += 1;
                for network in address.iter().copied().flat_map(networks_of) {
                    *self.networks.entry(network).or_default() += 1;
                }
            }
        }
        number
    }

    /// Ends the oldest seat of a person. It is free at once, whenever its listener notices.
    fn end_oldest(&mut self, person: &str) {
        let oldest = self.persons.get(person).and_then(|taken| taken.first());
        if let Some(Taken { number, over }) = oldest {
            over.cancel();
            let number = *number;
            self.free_of_person(person, number);
        }
    }

    /// Counts one seat less, unless it was ended before.
    fn free(&mut self, holder: &Holder, number: u64) {
        match holder {
            Holder::Person(person) => self.free_of_person(person, number),
            Holder::Client(address) => {
                self.total -= 1;
                self.clients -= 1;
                for network in address.iter().copied().flat_map(networks_of) {
                    if let Entry::Occupied(mut taken) = self.networks.entry(network) {
                        *taken.get_mut() -= 1;
                        if *taken.get() == 0 {
                            taken.remove();
                        }
                    }
                }
            }
        }
    }

    fn free_of_person(&mut self, person: &str, number: u64) {
        let Some(taken) = self.persons.get_mut(person) else {
            return;
        };
        let Some(at) = taken.iter().position(|seat| seat.number == number) else {
            return;
        };
        taken.remove(at);
        if taken.is_empty() {
            self.persons.remove(person);
        }
        self.total -= 1;
    }
}

fn notify_all(seats: &watch::Sender<()>) {
    seats.send_replace(());
}

/// Forwards notifications while the hub and the store exist.
async fn run_listener(hub: Weak<LiveHub>, mut notifications: Subscription) {
    while let Some(news) = notifications.next().await {
        match hub.upgrade() {
            Some(hub) => hub.dispatch(news).await,
            None => return,
        }
    }
}

impl LiveSubscription {
    /// Resolves after a notification since the last call, or at shutdown.
    pub(crate) async fn notified(&mut self) {
        select! {
            _ = self.signal.changed() => {}
            () = self.shutdown.cancelled() => {}
        }
    }

    /// Whether the hub is shut down.
    pub(crate) fn is_shut_down(&self) -> bool {
        self.shutdown.is_cancelled()
    }
}

impl Drop for LiveSubscription {
    fn drop(&mut self) {
        let mut state = self.hub.state();
        state.free(&self.holder, self.number);
        // One's own receiver is still there.
        let last = |seats: &watch::Sender<()>| seats.receiver_count() <= 1;
        if state.streams.get(&self.stream).is_some_and(last) {
            state.streams.remove(&self.stream);
        }
    }
}
