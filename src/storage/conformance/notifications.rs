//! Hearing of commits.

use std::time::Duration;

use tokio::time::timeout;

use super::fixtures::{activity, commit, deliver, note, ok, push, put, residents};
use crate::{
    model::Stream,
    storage::{ChangeNotification, Storage, Subscription},
};

/// How long to wait for news that should come soon.
const NOTIFICATION_TIMEOUT: Duration = Duration::from_secs(20);

/// Waits for news that concern something and come when it can be read.
async fn told(
    store: &dyn Storage,
    news: &mut Subscription,
    (stream, item): (&Stream, &str),
    concern: impl Fn(&[Stream], &[String]) -> bool,
) {
    loop {
        let Ok(Some(next)) = timeout(NOTIFICATION_TIMEOUT, news.next()).await else {
            panic!("{item} came into the stream '{stream}', but nobody was told")
        };
        let concerned = match &next {
            ChangeNotification::Added { streams, delivered } => concern(streams, delivered),
            ChangeNotification::Resync => true,
        };
        let pairs = [(stream.clone(), item)];
        if concerned && ok(store.contains(&pairs).await, "Looking into a stream") == [true] {
            return;
        }
        assert!(
            !concerned || next == ChangeNotification::Resync,
            "{next:?} was told before it could be read"
        );
    }
}

/// A push is told with its stream, and not before it can be read.
pub async fn push_is_notified_once_readable(store: &dyn Storage) {
    let stream = Stream::Outbox("p".into());
    commit(store, vec![put(note("early")), push(&stream, "early")]).await;
    let mut news = store.subscribe();
    for item in ["n", "m"] {
        commit(store, vec![put(note(item)), push(&stream, item)]).await;
        let named = |streams: &[Stream], _: &[String]| streams.contains(&stream);
        told(store, &mut news, (&stream, item), named).await;
    }
}

/// A delivery is told with its activity, however many get it.
pub async fn delivery_is_notified_once_readable(store: &dyn Storage) {
    commit(store, residents(&["p", "q"])).await;
    let followers = Stream::Followers("p".into());
    commit(store, vec![push(&followers, "q")]).await;
    let mut news = store.subscribe();
    let changes = vec![put(activity("a")), deliver("a", &[], &[], &[followers])];
    commit(store, changes).await;
    let inbox = Stream::Inbox("q".into());
    let named = |_: &[Stream], delivered: &[String]| delivered == ["a"];
    told(store, &mut news, (&inbox, "a"), named).await;
}

/// There may be several who listen, and some may have gone.
pub async fn all_who_listen_are_told(store: &dyn Storage) {
    let (mut one, mut two, gone) = (store.subscribe(), store.subscribe(), store.subscribe());
    drop(gone);
    let stream = Stream::Outbox("p".into());
    commit(store, vec![put(note("n")), push(&stream, "n")]).await;
    for news in [&mut one, &mut two] {
        let named = |streams: &[Stream], _: &[String]| streams.contains(&stream);
        told(store, news, (&stream, "n"), named).await;
    }
}
