//! Who waits for something new in which stream, and is woken when it comes.
//!
//! A seat keeps no news, only that there were some: what there is to see is read when it is sent. So
//! a seat is small however much comes, and however slowly it is read.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
};

use tokio::{select, sync::watch};

use super::LiveSettings;
use crate::{
    model::Stream,
    storage::{News, Storage, Subscription},
};

/// The most inboxes that are looked into at once.
const AT_ONCE: usize = 500;

/// All seats of an application.
pub(crate) struct Hub {
    storage: Arc<dyn Storage>,
    state: Mutex<State>,
    /// Whether it is over.
    over: watch::Sender<bool>,
}

#[derive(Default)]
struct State {
    streams: HashMap<Stream, watch::Sender<()>>,
    /// How many seats each has.
    taken: HashMap<String, usize>,
    all: usize,
    /// Whether news are heard, which begins with the first seat.
    hearing: bool,
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
    who: Option<String>,
    news: watch::Receiver<()>,
    over: watch::Receiver<bool>,
}

impl Hub {
    pub(super) fn new(storage: Arc<dyn Storage>) -> Arc<Self> {
        Arc::new(Self {
            storage,
            state: Mutex::default(),
            over: watch::Sender::new(false),
        })
    }

    /// Ends all waiting, for good.
    pub(super) fn end(&self) {
        self.over.send_replace(true);
    }

    /// Takes a seat for a stream. Seats are counted by whoever takes them, as far as that is known.
    pub(crate) fn seat(
        self: &Arc<Self>,
        stream: Stream,
        who: Option<String>,
        settings: &LiveSettings,
    ) -> Result<Seat, NoSeat> {
        let mut state = self.state();
        let over = self.over.subscribe();
        if *over.borrow() || state.all >= settings.streams {
            return Err(NoSeat::None);
        }
        if let Some(who) = &who {
            let taken = state.taken.get(who).copied().unwrap_or_default();
            if taken >= settings.streams_of_one {
                return Err(NoSeat::TooManyOfOne);
            }
            state.taken.insert(who.clone(), taken + 1);
        }
        state.all += 1;
        let news = state.streams.entry(stream.clone()).or_default().subscribe();
        if !state.hearing {
            state.hearing = true;
            tokio::spawn(hear(Arc::downgrade(self), self.storage.news()));
        }
        drop(state);
        Ok(Seat {
            hub: Arc::clone(self),
            stream,
            who,
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
        // An error says that the hub is gone, which is not while there is a seat, and is the end, too.
        select! {
            _ = self.news.changed() => {}
            _ = self.over.wait_for(|over| *over) => {}
        }
    }

    /// Whether it is over.
    pub(crate) fn is_over(&self) -> bool {
        *self.over.borrow()
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut state = self.hub.state();
        state.all -= 1;
        if let Some(who) = &self.who
            && let Some(taken) = state.taken.get_mut(who)
        {
            *taken -= 1;
            if *taken == 0 {
                state.taken.remove(who);
            }
        }
        // One's own receiver is still there.
        let last = |seats: &watch::Sender<()>| seats.receiver_count() <= 1;
        if state.streams.get(&self.stream).is_some_and(last) {
            state.streams.remove(&self.stream);
        }
    }
}
