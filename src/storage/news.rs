//! News of commits, for those who wait for something to come.

use tokio::sync::broadcast::{self, error::RecvError};

use super::Change;
use crate::model::Stream;

/// How many news are kept for a subscriber who is busy.
const KEPT: usize = 1024;

/// What was committed, as far as those need to know who wait for something new in a stream. It says
/// where to look, not what is there: who may see it is found by reading.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum News {
    /// Something was added.
    Added {
        /// To these streams.
        streams: Vec<Stream>,
        /// To the inboxes that have these activities.
        delivered: Vec<String>,
    },
    /// Anything may have happened: some news were lost.
    Anything,
}

impl News {
    /// The news of a commit, if it added anything to streams.
    pub fn of(changes: &[Change]) -> Option<Self> {
        let (mut streams, mut delivered) = (Vec::new(), Vec::new());
        for change in changes {
            match change {
                Change::Push { stream, .. } => streams.push(stream.clone()),
                Change::Deliver(delivery) => delivered.push(delivery.activity.clone()),
                _ => {}
            }
        }
        let some = !streams.is_empty() || !delivered.is_empty();
        some.then_some(Self::Added { streams, delivered })
    }
}

/// Where news are told and heard within a process: all that a backend needs that is used by one process
/// only. After a commit it [`tell`](Self::tell)s, and [`news`](super::Commit::news) is
/// [`subscribe`](Self::subscribe).
#[derive(Clone, Debug)]
pub struct Bulletin(broadcast::Sender<News>);

impl Default for Bulletin {
    fn default() -> Self {
        Self(broadcast::Sender::new(KEPT))
    }
}

impl Bulletin {
    /// Tells those who have subscribed. It waits for nobody: who falls far behind loses news, and is told that.
    pub fn tell(&self, news: News) {
        // An error says that nobody listens.
        let _ = self.0.send(news);
    }

    /// Begins to listen.
    pub fn subscribe(&self) -> Subscription {
        Subscription(self.0.subscribe())
    }
}

/// The news since it was made.
#[derive(Debug)]
pub struct Subscription(broadcast::Receiver<News>);

impl Subscription {
    /// The next news; `None` when there will be no more. Nothing is lost if this is not waited for to its
    /// end.
    pub async fn next(&mut self) -> Option<News> {
        match self.0.recv().await {
            Ok(news) => Some(news),
            Err(RecvError::Lagged(_)) => Some(News::Anything),
            Err(RecvError::Closed) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn who_falls_behind_is_told_that_anything_may_have_happened() {
        let bulletin = Bulletin::default();
        let mut subscription = bulletin.subscribe();
        let news = News::of(&[Change::Push {
            stream: Stream::Users,
            item: "x".into(),
            class: None,
            duplicate: crate::storage::Duplicate::Refuse,
        }])
        .unwrap();
        for _ in 0..=KEPT {
            bulletin.tell(news.clone());
        }
        assert_eq!(subscription.next().await, Some(News::Anything));
        assert_eq!(subscription.next().await, Some(news));
    }
}
