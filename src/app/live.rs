//! Subscriptions to streams, notified of new entries.
//!
//! A subscription keeps no notifications, only that there were some; entries are read when they are
//! sent. So its size does not depend on the number of entries or the speed of the client.

use std::{
    collections::HashMap,
    sync::{Arc, Weak},
};

use parking_lot::Mutex;
use tokio::{select, sync::watch};
use tokio_util::sync::CancellationToken;

use super::{
    LiveSettings,
    seats::{Holder, Seats, SubscriptionLimit},
};
use crate::{
    model::Stream,
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
    seats: Seats,
    /// Whether the listener runs; it starts with the first subscription.
    is_listening: bool,
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

    /// Returns the number of subscriptions.
    pub(crate) fn count(&self) -> usize {
        self.state.lock().seats.count()
    }

    /// Ends all subscriptions, for good.
    pub(super) fn shut_down(&self) {
        self.shutdown.cancel();
    }

    /// Takes a [seat](Seats) for a stream.
    pub(crate) fn subscribe(
        self: &Arc<Self>,
        stream: Stream,
        holder: Holder,
        settings: &LiveSettings,
    ) -> Result<LiveSubscription, SubscriptionLimit> {
        let mut state = self.state.lock();
        if self.shutdown.is_cancelled() {
            return Err(SubscriptionLimit::Unavailable);
        }
        state.seats.make_room(&holder, settings)?;
        let over = self.shutdown.child_token();
        let number = state.seats.take(&holder, &over);
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

    /// Notifies the subscriptions that a commit may concern.
    async fn dispatch(&self, notifications: ChangeNotification) {
        let ChangeNotification::Added { streams, delivered } = notifications else {
            return self.state.lock().streams.values().for_each(notify_all);
        };
        self.notify(&streams);
        if delivered.is_empty() {
            return;
        }
        // Not who all got it, which may be a hundred thousand, but who of those here.
        let inboxes: Vec<Stream> = {
            let state = self.state.lock();
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
        let state = self.state.lock();
        let seats = streams
            .into_iter()
            .filter_map(|stream| state.streams.get(stream));
        seats.for_each(notify_all);
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
        let mut state = self.hub.state.lock();
        state.seats.free(&self.holder, self.number);
        // One's own receiver is still there.
        let last = |seats: &watch::Sender<()>| seats.receiver_count() <= 1;
        if state.streams.get(&self.stream).is_some_and(last) {
            state.streams.remove(&self.stream);
        }
    }
}
