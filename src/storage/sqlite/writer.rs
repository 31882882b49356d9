//! The one writer. It executes all waiting commands in one transaction with one `fsync`. Each
//! command succeeds or fails on its own.

use std::{error::Error, mem, sync::Arc};

use sqlx::{Connection, SqliteConnection};
use tokio::sync::{mpsc, oneshot};

use super::{expiry, room::Room};
use crate::storage::{
    Bucket, Change, ChangeBroadcaster, ChangeNotification, Changes, CredentialVersion,
    Invalidation, ModificationClock, Result, StorageError,
    sql::{
        apply::apply_steps, batch::batch_steps, credentials::CREDENTIAL_VERSION_SQL,
        driver::SqlConnection, request::request,
    },
};

/// Maximum commands in one transaction.
const MAX_BATCH_SIZE: usize = 256;

/// Channel capacity; senders block when it is full.
const CHANNEL_CAPACITY: usize = 1024;

/// Starts a transaction with the write lock.
const BEGIN_SQL: &str = "BEGIN IMMEDIATE";

/// A handle on the writer.
#[derive(Debug)]
pub(super) struct Writer(mpsc::Sender<QueuedCommand>);

/// A command with the channel for its reply.
struct QueuedCommand {
    command: WriterCommand,
    reply: oneshot::Sender<Result<bool>>,
}

/// Command to the writer.
pub(super) enum WriterCommand {
    /// Changes, to be durable when answered.
    Commit(Changes),
    /// To forget some of the tokens that expired before a time; answered with whether there may be
    /// more.
    DeleteExpired(i64),
    /// To forget some of the clients that are unused since before a time; answered likewise.
    ForgetClients(i64),
    /// To look whether other processes wrote anything.
    SyncChanges,
    /// To end, after all that came before.
    Close,
}

/// Receivers of the writer's notifications.
#[derive(Clone, Debug)]
pub(super) struct ChangeListeners {
    pub(super) broadcaster: ChangeBroadcaster,
    pub(super) credential_version: Arc<CredentialVersion>,
    pub(super) modification_clock: Arc<ModificationClock>,
    /// Told when the disk is found full.
    pub(super) room: Room,
}

impl Writer {
    /// Starts the writer, on the runtime this is called from. It tells what it has written, and
    /// ends with the last handle.
    pub(super) fn start(connection: SqliteConnection, listeners: ChangeListeners) -> Self {
        let (sender, receiver) = mpsc::channel(CHANNEL_CAPACITY);
        let task = WriterTask {
            connection,
            listeners,
            data_version: None,
        };
        tokio::spawn(task.run(receiver));
        Self(sender)
    }

    /// Whether it has ended, as it was told to or not. Then nothing can be written any more.
    pub(super) fn has_ended(&self) -> bool {
        self.0.is_closed()
    }

    /// Executes a command.
    pub(super) async fn send(&self, command: WriterCommand) -> Result<bool> {
        request(&self.0, |reply| QueuedCommand { command, reply }).await?
    }
}

impl WriterCommand {
    fn changes(&self) -> &[Change] {
        match self {
            Self::Commit(changes) => changes,
            Self::DeleteExpired(..) | Self::ForgetClients(..) | Self::SyncChanges | Self::Close => {
                &[]
            }
        }
    }

    /// Returns the notification to send when it is done.
    fn notification(&self) -> Option<ChangeNotification> {
        match self {
            Self::Commit(changes) => ChangeNotification::from_changes(changes),
            Self::DeleteExpired(..) | Self::ForgetClients(..) | Self::SyncChanges | Self::Close => {
                None
            }
        }
    }

    /// Whether it may change credentials that someone keeps.
    fn affects_credentials(&self) -> bool {
        match self {
            Self::Commit(changes) => CredentialVersion::is_affected_by(changes),
            Self::ForgetClients(..) => true,
            Self::DeleteExpired(..) | Self::SyncChanges | Self::Close => false,
        }
    }
}

/// Takes out the wish to close, if there is one. Commands of the same batch are still executed.
fn take_close(queued: &mut Vec<QueuedCommand>) -> Option<QueuedCommand> {
    let at = queued
        .iter()
        .position(|job| matches!(job.command, WriterCommand::Close))?;
    Some(queued.remove(at))
}

/// Takes out those who want to know what others wrote.
fn take_syncs(queued: &mut Vec<QueuedCommand>) -> Vec<QueuedCommand> {
    queued
        .extract_if(.., |job| matches!(job.command, WriterCommand::SyncChanges))
        .collect()
}

/// State of the writer task.
struct WriterTask {
    connection: SqliteConnection,
    listeners: ChangeListeners,
    /// Value of `PRAGMA data_version` at the last poll.
    data_version: Option<i64>,
}

impl WriterTask {
    async fn run(mut self, mut receiver: mpsc::Receiver<QueuedCommand>) {
        let mut queued = Vec::new();
        let mut last = None;
        while last.is_none() && receiver.recv_many(&mut queued, MAX_BATCH_SIZE).await > 0 {
            last = take_close(&mut queued);
            let syncs = take_syncs(&mut queued);
            if !syncs.is_empty() {
                self.sync_changes(syncs).await;
            }
            self.run_batch(mem::take(&mut queued)).await;
        }
        // Whoever comes now is told, and does not wait for an answer that never comes.
        drop(receiver);
        // The last connection to close brings the log home into the file.
        if let Err(error) = self.connection.close().await {
            tracing::warn!(%error, "the store was not closed cleanly");
        }
        if let Some(last) = last {
            // The receiver may be gone (request cancelled).
            let _ = last.reply.send(Ok(true));
        }
    }

    /// Looks whether another connection has written anything since the last look. Ours are no
    /// others.
    async fn sync_changes(&mut self, queued: Vec<QueuedCommand>) {
        let looked = self.connection.scalar("PRAGMA data_version", &[]).await;
        let version = looked.as_ref().ok().copied().flatten();
        if version.is_none() || version != self.data_version {
            self.listeners.modification_clock.record(&Invalidation::All);
        }
        self.data_version = version;
        let failure = looked.err().map(|error| error.to_string());
        for job in queued {
            // The receiver may be gone (request cancelled).
            let _ = job.reply.send(match &failure {
                None => Ok(true),
                Some(cause) => Err(StorageError::Unavailable(cause.clone().into())),
            });
        }
    }

    /// Does jobs in one transaction, and answers them when it is through.
    async fn run_batch(&mut self, queued: Vec<QueuedCommand>) {
        if queued.is_empty() {
            return;
        }
        let (commands, answers): (Vec<WriterCommand>, Vec<_>) = queued
            .into_iter()
            .map(|job| (job.command, job.reply))
            .unzip();
        let done = match self.run_transaction(commands).await {
            Ok(done) => {
                for result in &done {
                    self.listeners.room.note(result);
                }
                done
            }
            Err(error) => {
                let cause = error
                    .source()
                    .map_or_else(|| error.to_string(), ToString::to_string);
                tracing::error!(cause, "writing failed");
                // Perhaps SQLite has ended the transaction by itself; then there is nothing to
                // undo.
                let _ = self.execute("ROLLBACK").await;
                // Or it has done it all.
                self.listeners.credential_version.bump();
                self.listeners.modification_clock.record(&Invalidation::All);
                let full = matches!(error, StorageError::Full(_));
                self.listeners.room.note::<()>(&Err(error));
                let failure = || match cause.clone().into() {
                    cause if full => StorageError::Full(cause),
                    cause => StorageError::Unavailable(cause),
                };
                answers.iter().map(|_| Err(failure())).collect()
            }
        };
        for (reply, result) in answers.into_iter().zip(done) {
            // The receiver may be gone (request cancelled).
            let _ = reply.send(result);
        }
    }

    /// Does all of it or, on an error of the database itself, nothing. Of the parts some may fail.
    async fn run_transaction(&mut self, commands: Vec<WriterCommand>) -> Result<Vec<Result<bool>>> {
        self.execute(BEGIN_SQL).await?;
        let mut buckets = Vec::new();
        let done = match self.apply_batched(&commands).await {
            Ok(places) => {
                buckets = places;
                commands.iter().map(|_| Ok(true)).collect()
            }
            Err(error) => {
                let error = self.restart_transaction(error).await?;
                match &*commands {
                    [WriterCommand::Commit(_)] => vec![Err(error)],
                    works => self.apply_individually(works, &mut buckets).await?,
                }
            }
        };
        let counted = if commands.iter().any(WriterCommand::affects_credentials) {
            self.connection.scalar(CREDENTIAL_VERSION_SQL, &[]).await?
        } else {
            None
        };
        self.execute("COMMIT").await?;
        if let Some(count) = counted {
            self.listeners.credential_version.observe(count);
        }
        let written = commands
            .iter()
            .zip(&done)
            .filter(|(_, result)| result.is_ok());
        let written: Vec<&WriterCommand> = written.map(|(command, _)| command).collect();
        let changes = written.iter().flat_map(|work| work.changes());
        self.listeners
            .modification_clock
            .record(&Invalidation::of_changes_and_entries(changes, buckets));
        for news in written.iter().filter_map(|work| work.notification()) {
            self.listeners.broadcaster.send(news);
        }
        Ok(done)
    }

    /// Does all parts as if they were one, which takes fewer statements. If one fails all have to
    /// be done [`apply_individually`](Self::apply_individually).
    async fn apply_batched(&mut self, commands: &[WriterCommand]) -> Result<Vec<Bucket>> {
        let mut all: Vec<&Change> = Vec::new();
        for command in commands {
            match command {
                WriterCommand::Commit(changes) => all.extend(changes),
                WriterCommand::DeleteExpired(..)
                | WriterCommand::ForgetClients(..)
                | WriterCommand::SyncChanges
                | WriterCommand::Close => {
                    return Err(StorageError::Conflict("work of another kind".into()));
                }
            }
        }
        Ok(apply_steps(&mut self.connection, batch_steps(&all)).await?)
    }

    async fn apply_individually(
        &mut self,
        commands: &[WriterCommand],
        buckets: &mut Vec<Bucket>,
    ) -> Result<Vec<Result<bool>>> {
        let mut done = Vec::with_capacity(commands.len());
        for command in commands {
            self.execute("SAVEPOINT part").await?;
            let result = match self.apply_one(command, buckets).await {
                Err(error) => Err(self.rollback_to_savepoint(error).await?),
                done => done,
            };
            self.execute("RELEASE part").await?;
            done.push(result);
        }
        Ok(done)
    }

    /// Undoes what failed together, and gives back why it did. There is no savepoint for that: each
    /// page that is changed would be kept as it was, for what hardly ever happens.
    async fn restart_transaction(&mut self, error: StorageError) -> Result<StorageError> {
        match self.execute("ROLLBACK; BEGIN IMMEDIATE").await {
            Ok(()) => Ok(error),
            Err(_) => Err(error),
        }
    }

    /// Goes back to where a part that failed began, and gives back why it failed. A full disk, for
    /// one, makes SQLite end the transaction: then there is no part to go back to, and what was
    /// said first is what is wrong.
    async fn rollback_to_savepoint(&mut self, error: StorageError) -> Result<StorageError> {
        match self.execute("ROLLBACK TO part").await {
            Ok(()) => Ok(error),
            Err(_) => Err(error),
        }
    }

    async fn apply_one(
        &mut self,
        command: &WriterCommand,
        buckets: &mut Vec<Bucket>,
    ) -> Result<bool> {
        match command {
            WriterCommand::Commit(changes) => {
                let changes: Vec<&Change> = changes.iter().collect();
                let steps = batch_steps(&changes);
                buckets.extend(apply_steps(&mut self.connection, steps).await?);
                Ok(true)
            }
            WriterCommand::DeleteExpired(before) => {
                expiry::delete_expired(&mut self.connection, *before).await
            }
            WriterCommand::ForgetClients(before) => {
                expiry::forget_clients(&mut self.connection, *before).await
            }
            // Taken out before; nothing is to be done for it here.
            WriterCommand::SyncChanges | WriterCommand::Close => Ok(true),
        }
    }

    async fn execute(&mut self, statement: &'static str) -> Result<()> {
        self.connection.run(statement, &[]).await?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use sqlx::{ConnectOptions, sqlite::SqliteConnectOptions};

    use super::*;
    use crate::{
        model::{RequestToken, Secret},
        storage::{Change, Credentials, Expect, Storage, sqlite::Sqlite},
    };

    fn token(token: &str, length: usize) -> Changes {
        let token = RequestToken {
            token: token.into(),
            secret: Secret::new("s"),
            client: "c".into(),
            callback: "x".repeat(length),
            user: None,
            verifier: None,
            approved: false,
            expires: DateTime::default(),
        };
        let expect = Expect::Absent;
        vec![Change::PutRequestToken { token, expect }]
    }

    #[tokio::test]
    async fn full_disk_is_reported_and_leaves_no_partial_commit() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("store.sqlite");
        let store = Sqlite::open(&file).await.unwrap();
        let options = SqliteConnectOptions::new().filename(&file);
        let mut small = options.connect().await.unwrap();
        let pages: i64 = sqlx::query_scalar("PRAGMA page_count")
            .fetch_one(&mut small)
            .await
            .unwrap();
        sqlx::query(&format!("PRAGMA max_page_count = {}", pages + 20))
            .execute(&mut small)
            .await
            .unwrap();
        let room = Room::default();
        let writer = Writer::start(
            small,
            ChangeListeners {
                broadcaster: ChangeBroadcaster::default(),
                credential_version: Arc::default(),
                modification_clock: Arc::new(ModificationClock::single_node()),
                room: room.clone(),
            },
        );
        let command = [("a", 1), ("b", 1_000_000), ("c", 1)]
            .map(|(id, length)| writer.send(WriterCommand::Commit(token(id, length))));
        for done in futures_util::future::join_all(command).await {
            let Err(StorageError::Full(cause)) = done else {
                panic!("the disk is full: {done:?}")
            };
            assert!(cause.to_string().contains("full"), "{cause}");
        }
        let gone = folder.path().join("none/x");
        room.require(&gone).await.expect_err("it was full");
        writer
            .send(WriterCommand::Commit(token("d", 1)))
            .await
            .unwrap();
        for (id, stored) in [("a", false), ("b", false), ("c", false), ("d", true)] {
            let found = store.find_request_token(id).await.unwrap();
            assert_eq!(found.is_some(), stored, "{id}");
        }
    }

    #[tokio::test]
    async fn a_store_that_can_not_be_written_is_not_ready() {
        let store = Sqlite::temporary().await.unwrap();
        store.ping().await.unwrap();
        store.writer.send(WriterCommand::Close).await.unwrap();
        let pinged = store.ping().await;
        assert!(
            matches!(pinged, Err(StorageError::Unavailable(_))),
            "{pinged:?}"
        );
    }
}
