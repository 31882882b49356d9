//! Who waits for something new in which stream, and is woken when it comes.
//!
//! A seat keeps no news, only that there were some: what there is to see is read when it is sent. So
//! a seat is small however much comes, and however slowly it is read.

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
    storage::{News, Storage, Subscription},
};

/// The most inboxes that are looked into at once.
const AT_ONCE: usize = 500;

/// All seats of an application.
pub(crate) struct Hub {
    storage: Arc<dyn Storage>,
    state: Mutex<State>,
    /// Cancelled when all waiting is over.
    over: CancellationToken,
}

#[derive(Default)]
struct State {
    streams: HashMap<Stream, watch::Sender<()>>,
    /// The seats of each person, oldest first.
    persons: HashMap<String, Vec<Taken>>,
    /// How many seats clients without a person have, and how many of those are in each network.
    clients: usize,
    networks: HashMap<IpNet, usize>,
    all: usize,
    /// The number of the next seat.
    next: u64,
    /// Whether news are heard, which begins with the first seat.
    hearing: bool,
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

/// Why there is no seat.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NoSeat {
    /// Whoever asks has as many as one may have.
    TooManyOfOne,
    /// They are all taken, or it is over.
    None,
}

/// A place to wait for news of one stream. It is free again when it is dropped.
pub(crate) struct Seat {
    hub: Arc<Hub>,
    stream: Stream,
    number: u64,
    holder: Holder,
    news: watch::Receiver<()>,
    /// Cancelled when all is over, or when a newer seat took this one's place.
    over: CancellationToken,
}

impl Hub {
    pub(super) fn new(storage: Arc<dyn Storage>) -> Arc<Self> {
        Arc::new(Self {
            storage,
            state: Mutex::default(),
            over: CancellationToken::new(),
        })
    }

    /// Ends all waiting, for good.
    pub(super) fn end(&self) {
        self.over.cancel();
    }

    /// Takes a seat for a stream. A person who has as many as one may have gets the new one in place of
    /// their oldest, which may be that of a client that went away without a word. Clients without a person are
    /// counted by network, and leave half of all seats to persons.
    pub(crate) fn seat(
        self: &Arc<Self>,
        stream: Stream,
        holder: Holder,
        settings: &LiveSettings,
    ) -> Result<Seat, NoSeat> {
        let mut state = self.state();
        state.make_room(&holder, settings)?;
        if self.over.is_cancelled() || state.all >= settings.streams {
            return Err(NoSeat::None);
        }
        let over = self.over.child_token();
        let number = state.take(&holder, &over);
        let news = state.streams.entry(stream.clone()).or_default().subscribe();
        if !state.hearing {
            state.hearing = true;
            tokio::spawn(hear(Arc::downgrade(self), self.storage.news()));
        }
        drop(state);
        Ok(Seat {
            hub: Arc::clone(self),
            stream,
            number,
            holder,
            news,
            over,
        })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Wakes those whom news may concern.
    async fn spread(&self, news: News) {
        let News::Added { streams, delivered } = news else {
            return self.state().streams.values().for_each(wake);
        };
        self.wake(&streams);
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
            for some in inboxes.chunks(AT_ONCE) {
                let pairs: Vec<(Stream, &str)> = some
                    .iter()
                    .map(|inbox| (inbox.clone(), activity.as_str()))
                    .collect();
                match self.storage.contains(&pairs).await {
                    Ok(has) => {
                        let got = some.iter().zip(has).filter(|(_, has)| *has);
                        self.wake(got.map(|(inbox, _)| inbox));
                    }
                    Err(_) => self.wake(some),
                }
            }
        }
    }

    fn wake<'a>(&self, streams: impl IntoIterator<Item = &'a Stream>) {
        let state = self.state();
        let seats = streams
            .into_iter()
            .filter_map(|stream| state.streams.get(stream));
        seats.for_each(wake);
    }
}

impl State {
    /// Sees whether a holder may have one more seat; a person gives up the oldest for it.
    fn make_room(&mut self, holder: &Holder, settings: &LiveSettings) -> Result<(), NoSeat> {
        match holder {
            Holder::Person(person) => {
                let taken = self.persons.get(person).map_or(0, Vec::len);
                if taken >= settings.streams_of_one {
                    self.end_oldest(person);
                }
            }
            Holder::Client(address) => {
                if self.clients >= settings.streams.div_ceil(2) {
                    return Err(NoSeat::None);
                }
                let networks = address.iter().copied().flat_map(networks_of);
                for (network, factor) in networks.zip(NETWORK_FACTORS) {
                    let most = settings.streams_of_one.saturating_mul(factor as usize);
                    if self
                        .networks
                        .get(&network)
                        .is_some_and(|taken| *taken >= most)
                    {
                        return Err(NoSeat::TooManyOfOne);
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
        self.all += 1;
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
                self.all -= 1;
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
        self.all -= 1;
    }
}

fn wake(seats: &watch::Sender<()>) {
    seats.send_replace(());
}

/// Passes on the news as long as there is a hub and a store.
async fn hear(hub: Weak<Hub>, mut news: Subscription) {
    while let Some(news) = news.next().await {
        match hub.upgrade() {
            Some(hub) => hub.spread(news).await,
            None => return,
        }
    }
}

impl Seat {
    /// Ready when there was news since this was last ready, or since the seat was taken; and when it is
    /// over.
    pub(crate) async fn woken(&mut self) {
        select! {
            _ = self.news.changed() => {}
            () = self.over.cancelled() => {}
        }
    }

    /// Whether it is over.
    pub(crate) fn is_over(&self) -> bool {
        self.over.is_cancelled()
    }
}

impl Drop for Seat {
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
