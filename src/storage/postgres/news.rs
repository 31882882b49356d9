//! News for all nodes, by LISTEN and NOTIFY.
//!
//! A NOTIFY in a transaction keeps every other such transaction of the database from committing until
//! this one is on the disk. So a commit doesn't notify: what many commits have to tell is sent
//! together, after them, in a transaction that waits for no disk.

use std::{
    collections::BTreeSet,
    fmt, mem,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use serde_json::Value;
use sqlx::{
    Executor,
    postgres::{PgConnectOptions, PgListener, PgPoolOptions},
};
use tokio::{
    sync::{mpsc, oneshot},
    task::JoinSet,
    time::{sleep, timeout},
};

use super::connections::Connections;
use crate::{
    model::{Address, Stream},
    storage::{Bulletin, News, Subscription, sql::audience},
};

const CHANNEL: &str = "hydraulics";

/// The most bytes of one notification; the database takes 7999.
const LONGEST: usize = 7900;

/// The notification of [`News::Anything`].
const ANYTHING: &str = "[]";

/// How many news may wait to be sent.
const WAITING: usize = 1024;

/// How long to gather news after some were sent: nobody notices, and to send them costs as much as a read.
const GATHERING: Duration = Duration::from_millis(10);

/// How long to wait for the database before something is wrong, and before it is tried again.
const PATIENCE: Duration = Duration::from_secs(5);
const BETWEEN: Duration = Duration::from_secs(1);

/// After so much silence the connection is tried out: one that broke without a word says nothing either.
const SILENCE: Duration = Duration::from_secs(30);

/// Sends the news of this node, and hears those of all. It ends with the last handle.
pub(super) struct Wire {
    bulletin: Bulletin,
    outgoing: mpsc::Sender<Message>,
    /// Whether news were lost because too many waited.
    lost: Arc<AtomicBool>,
    hearing: Mutex<JoinSet<()>>,
}

enum Message {
    News(News),
    /// To send what came before, and then say so.
    Flush(oneshot::Sender<()>),
}

/// Tells news when it is dropped.
pub(super) struct Telling<'a>(&'a Wire, Option<News>);

impl Wire {
    /// Begins to send, on the runtime this is called from.
    pub(super) fn start(pool: &Connections) -> Self {
        let (outgoing, incoming) = mpsc::channel(WAITING);
        let lost = Arc::<AtomicBool>::default();
        tokio::spawn(send(pool.clone(), incoming, Arc::clone(&lost)));
        Self {
            bulletin: Bulletin::default(),
            outgoing,
            lost,
            hearing: Mutex::default(),
        }
    }

    /// News to be told at the end of a commit, however it ends: who does not wait for it any more, or is
    /// told that the connection broke, may have committed all the same.
    pub(super) fn telling(&self, news: Option<News>) -> Telling<'_> {
        Telling(self, news)
    }

    /// Begins to listen, once there is someone to listen for.
    pub(super) fn subscribe(&self, options: &PgConnectOptions) -> Subscription {
        let subscription = self.bulletin.subscribe();
        let mut hearing = self.hearing.lock().unwrap_or_else(PoisonError::into_inner);
        if hearing.is_empty() {
            hearing.spawn(hear(options.clone(), self.bulletin.clone()));
        }
        subscription
    }

    /// Sends what waits, if the database answers soon, and hears no more.
    pub(super) async fn close(&self) {
        let (answer, answered) = oneshot::channel();
        if self.outgoing.send(Message::Flush(answer)).await.is_ok() {
            // In vain or not: the others look for themselves.
            let _ = timeout(BETWEEN, answered).await;
        }
        let hearing = mem::take(&mut *self.hearing.lock().unwrap_or_else(PoisonError::into_inner));
        drop(hearing);
    }
}

impl fmt::Debug for Wire {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Wire").finish_non_exhaustive()
    }
}

impl Drop for Telling<'_> {
    fn drop(&mut self) {
        let Some(news) = self.1.take() else { return };
        if self.0.outgoing.try_send(Message::News(news)).is_err() {
            self.0.lost.store(true, Ordering::Release);
        }
    }
}

/// Sends what comes, as much at once as waits.
async fn send(pool: Connections, mut incoming: mpsc::Receiver<Message>, lost: Arc<AtomicBool>) {
    let mut messages = Vec::new();
    while incoming.recv_many(&mut messages, WAITING).await > 0 {
        let (mut news, mut flushes) = (Vec::new(), Vec::new());
        for message in messages.drain(..) {
            match message {
                Message::News(one) => news.push(one),
                Message::Flush(answer) => flushes.push(answer),
            }
        }
        if lost.swap(false, Ordering::AcqRel) {
            news = vec![News::Anything];
        }
        let mut payloads = payloads(&news);
        while let Err(error) = notify(&pool, &payloads).await {
            if pool.are_closed() {
                return;
            }
            tracing::warn!(%error, "other nodes could not be told of news; they will be");
            payloads = vec![ANYTHING.into()];
            sleep(BETWEEN).await;
        }
        for answer in flushes {
            // Who does not wait any more needs no answer.
            let _ = answer.send(());
        }
        sleep(GATHERING).await;
    }
}

async fn notify(pool: &Connections, payloads: &[String]) -> sqlx::Result<()> {
    if payloads.is_empty() {
        return Ok(());
    }
    sqlx::query(
        "SELECT pg_notify($1, payload) FROM unnest($2::text[]) AS n (payload) \
         WHERE set_config('synchronous_commit', 'off', true) = 'off'",
    )
    .bind(CHANNEL)
    .bind(payloads)
    .execute(pool)
    .await
    .map(drop)
}

/// News as notifications: JSON arrays of activities' ids and of streams.
fn payloads(news: &[News]) -> Vec<String> {
    let mut words = BTreeSet::new();
    for news in news {
        let News::Added { streams, delivered } = news else {
            return vec![ANYTHING.into()];
        };
        words.extend(
            delivered
                .iter()
                .map(|id| Value::from(id.as_str()).to_string()),
        );
        words.extend(streams.iter().map(|stream| word(stream).to_string()));
    }
    let mut payloads: Vec<String> = Vec::new();
    for word in words {
        if word.len() + 2 > LONGEST {
            return vec![ANYTHING.into()];
        }
        match payloads.last_mut() {
            Some(payload) if payload.len() + word.len() + 2 <= LONGEST => {
                payload.push(',');
                payload.push_str(&word);
            }
            _ => payloads.push(format!("[{word}")),
        }
    }
    for payload in &mut payloads {
        payload.push(']');
    }
    payloads
}

/// A stream as it stands in audiences.
fn word(stream: &Stream) -> Value {
    let mut json = audience::parts(&[Address::Members(stream.clone())]).json;
    json.get_mut(0).map(Value::take).unwrap_or_default()
}

/// Reads a notification. What can't be read is from a node that knows more than we do.
fn news(payload: &str) -> News {
    let (mut streams, mut delivered) = (Vec::new(), Vec::new());
    let words: Vec<Value> = serde_json::from_str(payload).unwrap_or_default();
    for word in words {
        match word {
            Value::String(id) => delivered.push(id),
            word => match audience::from_json(&Value::from(vec![word])).as_deref() {
                Ok([Address::Members(stream)]) => streams.push(stream.clone()),
                _ => return News::Anything,
            },
        }
    }
    if streams.is_empty() && delivered.is_empty() {
        return News::Anything;
    }
    News::Added { streams, delivered }
}

/// Hears all nodes, this one too, for ever.
async fn hear(options: PgConnectOptions, bulletin: Bulletin) {
    loop {
        match connected(&options, &bulletin).await {
            Ok(()) => tracing::debug!("the connection for news was lost and is made anew"),
            Err(error) => {
                tracing::warn!(%error, "news of other nodes can't be heard; trying again");
                sleep(BETWEEN).await;
            }
        }
    }
}

/// Hears them as long as the connection lasts, which is none of the pool.
async fn connected(options: &PgConnectOptions, bulletin: &Bulletin) -> sqlx::Result<()> {
    let one = PgPoolOptions::new()
        .max_connections(1)
        .max_lifetime(None)
        .idle_timeout(None)
        .acquire_timeout(PATIENCE)
        .connect_lazy_with(options.clone());
    let mut listener = PgListener::connect_with(&one).await?;
    listener.eager_reconnect(false);
    listener.listen(CHANNEL).await?;
    // Whatever was said before now was not heard.
    bulletin.tell(News::Anything);
    loop {
        match timeout(SILENCE, listener.try_recv()).await {
            Ok(Ok(Some(notification))) => bulletin.tell(news(notification.payload())),
            Ok(Ok(None)) => return Ok(()),
            Ok(Err(error)) => return Err(error),
            Err(_) => match timeout(PATIENCE, listener.execute("SELECT 1")).await {
                Ok(answered) => {
                    answered?;
                }
                Err(_) => return Ok(()),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn added(streams: Vec<Stream>, delivered: &[&str]) -> News {
        News::Added {
            streams,
            delivered: delivered.iter().map(ToString::to_string).collect(),
        }
    }

    #[test]
    fn news_read_back_from_their_notification() {
        let lists = Stream::Lists {
            owner: "a".into(),
            object_type: "b".into(),
        };
        let told = added(vec![Stream::Inbox("x \"y\"".into()), lists], &["1", "2"]);
        let [payload] = &*payloads(std::slice::from_ref(&told)) else {
            panic!("it is short")
        };
        assert_eq!(news(payload), told);
        assert!(payloads(&[]).is_empty());
    }

    #[test]
    fn what_many_commits_tell_is_said_once_and_cut_to_size() {
        let inbox = |number| Stream::Inbox(format!("acct:somebody{number}@pump.example"));
        let news: Vec<News> = (0..2000)
            .map(|number| added(vec![Stream::Users, inbox(number % 1000)], &[]))
            .collect();
        let payloads = payloads(&news);
        assert!(payloads.iter().all(|payload| payload.len() <= LONGEST));
        let told: Vec<Stream> = payloads
            .iter()
            .flat_map(|payload| match super::news(payload) {
                News::Added { streams, .. } => streams,
                News::Anything => panic!("{payload}"),
            })
            .collect();
        assert_eq!(told.len(), 1001);
    }

    #[test]
    fn what_does_not_fit_or_is_not_understood_may_be_anything() {
        let long = added(vec![], &["short", &"x".repeat(8000)]);
        for told in [long, News::Anything] {
            assert_eq!(payloads(&[told]), [ANYTHING]);
        }
        for payload in [
            ANYTHING,
            "",
            "{}",
            "[1]",
            "[[\"members\",\"dreams\",\"x\"]]",
            "[\"public\"]x",
        ] {
            assert_eq!(news(payload), News::Anything, "{payload}");
        }
    }
}
