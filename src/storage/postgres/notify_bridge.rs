//! Notifications to all nodes, by LISTEN and NOTIFY.
//!
//! A NOTIFY in a transaction keeps every other such transaction of the database from committing
//! until this one is on the disk. So a commit doesn't notify: what many commits have to tell is
//! sent together, after them, in a transaction that waits for no disk.

use std::{
    collections::BTreeSet,
    mem,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use parking_lot::Mutex;
use serde_json::Value;
use sqlx::{
    Executor,
    postgres::{PgConnectOptions, PgListener, PgPoolOptions},
};
use tokio::{
    sync::mpsc,
    task::JoinSet,
    time::{sleep, timeout},
};

use super::driver::Server;
use crate::{
    model::{AudienceMember, Stream},
    storage::{
        ChangeBroadcaster, ChangeNotification, Subscription,
        sql::{
            audience,
            pool::Pool,
            request::{Reply, reply, request},
        },
    },
};

const NOTIFY_CHANNEL: &str = "hydraulics";

/// Maximum bytes of one notification; the database allows 7999.
const MAX_PAYLOAD_BYTES: usize = 7900;

/// The notification of [`ChangeNotification::Resync`].
const RESYNC_PAYLOAD: &str = "[]";

/// Channel capacity of outgoing notifications.
const CHANNEL_CAPACITY: usize = 1024;

/// Pause after sending, in which notifications are merged. Sending costs as much as a read.
const DEBOUNCE: Duration = Duration::from_millis(10);

/// How long to wait for the database before something is wrong, and before it is tried again.
const DATABASE_TIMEOUT: Duration = Duration::from_secs(5);
const RECONNECT_DELAY: Duration = Duration::from_secs(1);

/// Idle time after which the connection is tested.
const KEEPALIVE_AFTER: Duration = Duration::from_secs(30);

/// Sends this node's notifications and receives those of all nodes. It ends with the last handle.
#[derive(Debug)]
pub(super) struct NotifyBridge {
    broadcaster: ChangeBroadcaster,
    outgoing: mpsc::Sender<OutgoingMessage>,
    /// Whether notifications were lost because the channel was full.
    lost: Arc<AtomicBool>,
    listeners: Mutex<JoinSet<()>>,
}

enum OutgoingMessage {
    Notification(ChangeNotification),
    /// To send what came before, and then say so.
    Flush(Reply<()>),
}

impl NotifyBridge {
    /// Starts the sender on the current runtime.
    pub(super) fn start(pool: &Pool<Server>) -> Self {
        let (outgoing, incoming) = mpsc::channel(CHANNEL_CAPACITY);
        let lost = Arc::<AtomicBool>::default();
        tokio::spawn(run_sender(pool.clone(), incoming, Arc::clone(&lost)));
        Self {
            broadcaster: ChangeBroadcaster::default(),
            outgoing,
            lost,
            listeners: Mutex::default(),
        }
    }

    /// Sends a notification, if there is one, without waiting.
    pub(super) fn notify(&self, notification: Option<ChangeNotification>) {
        let Some(notification) = notification else {
            return;
        };
        let message = OutgoingMessage::Notification(notification);
        if self.outgoing.try_send(message).is_err() {
            self.lost.store(true, Ordering::Release);
        }
    }

    /// Subscribes; the first subscription starts the listener.
    pub(super) fn subscribe(&self, options: &PgConnectOptions) -> Subscription {
        let subscription = self.broadcaster.subscribe();
        let mut hearing = self.listeners.lock();
        if hearing.is_empty() {
            hearing.spawn(listen(options.clone(), self.broadcaster.clone()));
        }
        subscription
    }

    /// Sends pending notifications, if the database answers soon, and stops listening.
    pub(super) async fn close(&self) {
        // In vain or not: the others look for themselves.
        let flushed = request(&self.outgoing, OutgoingMessage::Flush);
        let _ = timeout(RECONNECT_DELAY, flushed).await;
        let hearing = mem::take(&mut *self.listeners.lock());
        drop(hearing);
    }
}

/// Sends notifications in batches.
async fn run_sender(
    pool: Pool<Server>,
    mut incoming: mpsc::Receiver<OutgoingMessage>,
    lost: Arc<AtomicBool>,
) {
    let mut messages = Vec::new();
    while incoming.recv_many(&mut messages, CHANNEL_CAPACITY).await > 0 {
        let (mut notification, mut flushes) = (Vec::new(), Vec::new());
        for message in messages.drain(..) {
            match message {
                OutgoingMessage::Notification(one) => notification.push(one),
                OutgoingMessage::Flush(answer) => flushes.push(answer),
            }
        }
        if lost.swap(false, Ordering::AcqRel) {
            notification = vec![ChangeNotification::Resync];
        }
        let mut payloads = encode_payloads(&notification);
        while let Err(error) = notify(&pool, &payloads).await {
            if pool.is_closed() {
                return;
            }
            tracing::warn!(%error, "notifications could not be sent; retrying");
            payloads = vec![RESYNC_PAYLOAD.into()];
            sleep(RECONNECT_DELAY).await;
        }
        for answer in flushes {
            reply(answer, ());
        }
        sleep(DEBOUNCE).await;
    }
}

async fn notify(pool: &Pool<Server>, payloads: &[String]) -> sqlx::Result<()> {
    if payloads.is_empty() {
        return Ok(());
    }
    let query = sqlx::query(
        "SELECT pg_notify($1, payload) FROM unnest($2::text[]) AS n (payload) \
         WHERE set_config('synchronous_commit', 'off', true) = 'off'",
    );
    let query = query.bind(NOTIFY_CHANNEL).bind(payloads);
    let mut acquired = pool.acquire().await?;
    query.execute(acquired.connection()?).await?;
    acquired.release();
    Ok(())
}

/// Encodes notifications as JSON arrays of activity ids and streams.
fn encode_payloads(notification: &[ChangeNotification]) -> Vec<String> {
    let mut words = BTreeSet::new();
    for news in notification {
        let ChangeNotification::Added { streams, delivered } = news else {
            return vec![RESYNC_PAYLOAD.into()];
        };
        words.extend(
            delivered
                .iter()
                .map(|id| Value::from(id.as_str()).to_string()),
        );
        words.extend(streams.iter().map(|stream| stream_json(stream).to_string()));
    }
    let mut payloads: Vec<String> = Vec::new();
    for word in words {
        if word.len() + 2 > MAX_PAYLOAD_BYTES {
            return vec![RESYNC_PAYLOAD.into()];
        }
        match payloads.last_mut() {
            Some(payload) if payload.len() + word.len() + 2 <= MAX_PAYLOAD_BYTES => {
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

/// Encodes a stream as in audiences.
fn stream_json(stream: &Stream) -> Value {
    let mut json = audience::split(&[AudienceMember::Members(stream.clone())]).json;
    json.get_mut(0).map(Value::take).unwrap_or_default()
}

/// Decodes a notification. An unknown payload comes from a newer node.
fn decode_payload(payload: &str) -> ChangeNotification {
    let (mut streams, mut delivered) = (Vec::new(), Vec::new());
    let words: Vec<Value> = serde_json::from_str(payload).unwrap_or_default();
    for word in words {
        match word {
            Value::String(id) => delivered.push(id),
            word => match audience::from_json(&Value::from(vec![word])).as_deref() {
                Ok([AudienceMember::Members(stream)]) => streams.push(stream.clone()),
                _ => return ChangeNotification::Resync,
            },
        }
    }
    if streams.is_empty() && delivered.is_empty() {
        return ChangeNotification::Resync;
    }
    ChangeNotification::Added { streams, delivered }
}

/// Receives notifications of all nodes, this one included, forever.
async fn listen(options: PgConnectOptions, broadcaster: ChangeBroadcaster) {
    loop {
        match listen_once(&options, &broadcaster).await {
            Ok(()) => tracing::debug!("notification connection was lost; reconnecting"),
            Err(error) => {
                tracing::warn!(%error, "notification listener failed; reconnecting");
                sleep(RECONNECT_DELAY).await;
            }
        }
    }
}

/// Receives notifications on a separate connection, until it breaks.
async fn listen_once(
    options: &PgConnectOptions,
    broadcaster: &ChangeBroadcaster,
) -> sqlx::Result<()> {
    let one = PgPoolOptions::new()
        .max_connections(1)
        .max_lifetime(None)
        .idle_timeout(None)
        .acquire_timeout(DATABASE_TIMEOUT)
        .connect_lazy_with(options.clone());
    let mut listener = PgListener::connect_with(&one).await?;
    listener.eager_reconnect(false);
    listener.listen(NOTIFY_CHANNEL).await?;
    // Notifications from before this were missed.
    broadcaster.send(ChangeNotification::Resync);
    loop {
        match timeout(KEEPALIVE_AFTER, listener.try_recv()).await {
            Ok(Ok(Some(notification))) => broadcaster.send(decode_payload(notification.payload())),
            Ok(Ok(None)) => return Ok(()),
            Ok(Err(error)) => return Err(error),
            Err(_) => match timeout(DATABASE_TIMEOUT, listener.execute("SELECT 1")).await {
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

    fn added(streams: Vec<Stream>, delivered: &[&str]) -> ChangeNotification {
        ChangeNotification::Added {
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
        let [payload] = &*encode_payloads(std::slice::from_ref(&told)) else {
            panic!("it is short")
        };
        assert_eq!(decode_payload(payload), told);
        assert!(encode_payloads(&[]).is_empty());
    }

    #[test]
    fn notifications_are_merged_and_split_to_size() {
        let inbox = |number| Stream::Inbox(format!("acct:somebody{number}@pump.example"));
        let notification: Vec<ChangeNotification> = (0..2000)
            .map(|number| added(vec![Stream::Users, inbox(number % 1000)], &[]))
            .collect();
        let payloads = encode_payloads(&notification);
        assert!(
            payloads
                .iter()
                .all(|payload| payload.len() <= MAX_PAYLOAD_BYTES)
        );
        let told: Vec<Stream> = payloads
            .iter()
            .flat_map(|payload| match super::decode_payload(payload) {
                ChangeNotification::Added { streams, .. } => streams,
                ChangeNotification::Resync => panic!("{payload}"),
            })
            .collect();
        assert_eq!(told.len(), 1001);
    }

    #[test]
    fn oversized_or_unknown_payload_is_resync() {
        let long = added(vec![], &["short", &"x".repeat(8000)]);
        for told in [long, ChangeNotification::Resync] {
            assert_eq!(encode_payloads(&[told]), [RESYNC_PAYLOAD]);
        }
        for payload in [
            RESYNC_PAYLOAD,
            "",
            "{}",
            "[1]",
            "[[\"members\",\"dreams\",\"x\"]]",
            "[\"public\"]x",
        ] {
            assert_eq!(
                decode_payload(payload),
                ChangeNotification::Resync,
                "{payload}"
            );
        }
    }
}
