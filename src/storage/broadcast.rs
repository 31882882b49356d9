//! Broadcast of commits to those who wait for new entries.

use tokio::sync::broadcast::{self, error::RecvError};

use super::Change;
use crate::model::Stream;

/// Notifications buffered for a slow subscriber.
const CHANNEL_CAPACITY: usize = 1024;

/// Notification of a commit for those who wait for new entries of a stream. It says where to look,
/// not what is there: who may see it is found by reading.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ChangeNotification {
    /// Something was added.
    Added {
        /// To these streams.
        streams: Vec<Stream>,
        /// To the inboxes that have these activities.
        delivered: Vec<String>,
    },
    /// Notifications were lost, so any stream may have changed.
    Resync,
}

impl ChangeNotification {
    /// Returns the notification of a commit, if it added entries.
    pub fn from_changes(changes: &[Change]) -> Option<Self> {
        let (mut streams, mut delivered) = (Vec::new(), Vec::new());
        for change in changes {
            let effects = change.effects();
            streams.extend(effects.stream.filter(|_| effects.added.is_some()).cloned());
            delivered.extend(effects.delivery.map(|delivery| delivery.activity.clone()));
        }
        let some = !streams.is_empty() || !delivered.is_empty();
        some.then_some(Self::Added { streams, delivered })
    }
}

/// Broadcast of notifications within a process; a backend of a single process needs no more. After
/// a commit it [`send`](Self::send)s, and [`news`](super::Commit::subscribe) is
/// [`subscribe`](Self::subscribe).
#[derive(Clone, Debug)]
pub struct ChangeBroadcaster(broadcast::Sender<ChangeNotification>);

impl Default for ChangeBroadcaster {
    fn default() -> Self {
        Self(broadcast::Sender::new(CHANNEL_CAPACITY))
    }
}

impl ChangeBroadcaster {
    /// Sends to all subscribers without waiting. A subscriber that lags behind receives
    /// [`Resync`](ChangeNotification::Resync).
    pub fn send(&self, news: ChangeNotification) {
        // An error says that nobody listens.
        let _ = self.0.send(news);
    }

    /// Begins to listen.
    pub fn subscribe(&self) -> Subscription {
        Subscription(self.0.subscribe())
    }
}

/// Notifications since the subscription began.
#[derive(Debug)]
pub struct Subscription(broadcast::Receiver<ChangeNotification>);

impl Subscription {
    /// Returns the next notification; `None` after the last. Cancel-safe.
    pub async fn next(&mut self) -> Option<ChangeNotification> {
        match self.0.recv().await {
            Ok(news) => Some(news),
            Err(RecvError::Lagged(_)) => Some(ChangeNotification::Resync),
            Err(RecvError::Closed) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn lagging_subscriber_receives_resync() {
        let broadcaster = ChangeBroadcaster::default();
        let mut subscription = broadcaster.subscribe();
        let news = ChangeNotification::from_changes(&[Change::Push {
            stream: Stream::Users,
            item: "x".into(),
            class: None,
            duplicate: crate::storage::Duplicate::Reject,
        }])
        .unwrap();
        for _ in 0..=CHANNEL_CAPACITY {
            broadcaster.send(news.clone());
        }
        assert_eq!(subscription.next().await, Some(ChangeNotification::Resync));
        assert_eq!(subscription.next().await, Some(news));
    }
}
