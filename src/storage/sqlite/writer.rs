//! The one writer. It executes all waiting commits in one transaction with one `fsync`. Each commit
//! succeeds or fails on its own.

use std::sync::Arc;

use sqlx::{Connection, SqliteConnection};
use tokio::sync::mpsc;

use super::room::Room;
use crate::storage::{
    Bucket, Change, ChangeBroadcaster, ChangeNotification, Changes, CredentialVersion,
    Invalidation, ModificationClock, Result, StorageError,
    sql::{
        apply::apply_steps,
        batch::batch_steps,
        credentials::{CREDENTIAL_VERSION_SQL, DELETE_BATCH_SIZE},
        driver::{SqlConnection, args},
        index_task::IndexTask,
        leases::LeaseRequest,
        request::{Reply, describe, reply, request},
    },
};

/// Maximum commands that are executed together.
const MAX_BATCH_SIZE: usize = 256;

/// Channel capacity; senders block when it is full.
const CHANNEL_CAPACITY: usize = 1024;

/// Starts a transaction with the write lock.
const BEGIN_SQL: &str = "BEGIN IMMEDIATE";

/// A handle on the writer.
#[derive(Debug)]
pub(super) struct Writer(mpsc::Sender<WriterCommand>);

/// Command to the writer, with the channel for its reply.
enum WriterCommand {
    /// Changes, to be durable when answered.
    Commit(Changes, Reply<Result<()>>),
    /// A statement that deletes so many ($2) rows from before a time ($1); answered with their
    /// number.
    Delete(String, i64, Reply<Result<u64>>),
    /// A lease of hosts; answered with their primary keys.
    Lease(LeaseRequest, Reply<Result<Vec<i64>>>),
    /// Work on the search index; answered with whether there is more of it.
    Index(IndexTask, Reply<Result<bool>>),
    /// To look whether other processes wrote anything.
    SyncChanges(Reply<Result<()>>),
    /// To end, after all that came before.
    Close(Reply<()>),
}

/// Commit with the channel for its reply.
type QueuedCommit = (Changes, Reply<Result<()>>);

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

    /// Commits changes.
    pub(super) async fn commit(&self, changes: Changes) -> Result<()> {
        request(&self.0, |reply| WriterCommand::Commit(changes, reply)).await?
    }

    /// Executes a statement that deletes [so many](DELETE_BATCH_SIZE) rows ($2) from before a time
    /// ($1); returns their number.
    pub(super) async fn delete(&self, sql: String, before: i64) -> Result<u64> {
        request(&self.0, |reply| WriterCommand::Delete(sql, before, reply)).await?
    }

    /// Leases hosts; returns their primary keys.
    pub(super) async fn lease(&self, lease: LeaseRequest) -> Result<Vec<i64>> {
        request(&self.0, |reply| WriterCommand::Lease(lease, reply)).await?
    }

    /// Does work on the search index; returns whether there is more of it.
    pub(super) async fn index(&self, task: IndexTask) -> Result<bool> {
        request(&self.0, |reply| WriterCommand::Index(task, reply)).await?
    }

    /// Looks whether other processes wrote anything.
    pub(super) async fn sync_changes(&self) -> Result<()> {
        request(&self.0, WriterCommand::SyncChanges).await?
    }

    /// Ends the writer after all that came before. Fails if it has ended already.
    pub(super) async fn close(&self) -> Result<()> {
        request(&self.0, WriterCommand::Close).await
    }
}

/// State of the writer task.
struct WriterTask {
    connection: SqliteConnection,
    listeners: ChangeListeners,
    /// Value of `PRAGMA data_version` at the last poll.
    data_version: Option<i64>,
}

impl WriterTask {
    async fn run(mut self, mut receiver: mpsc::Receiver<WriterCommand>) {
        let mut queued = Vec::new();
        let mut last = None;
        while last.is_none() && receiver.recv_many(&mut queued, MAX_BATCH_SIZE).await > 0 {
            let (mut commits, mut syncs) = (Vec::new(), Vec::new());
            for command in queued.drain(..) {
                match command {
                    WriterCommand::Commit(changes, reply) => commits.push((changes, reply)),
                    WriterCommand::Delete(sql, before, answer) => {
                        reply(answer, self.delete(&sql, before).await);
                    }
                    WriterCommand::Lease(lease, answer) => {
                        let leased = lease.execute(&mut self.connection).await;
                        let leased = leased.map_err(StorageError::from);
                        self.listeners.room.note(&leased);
                        reply(answer, leased);
                    }
                    WriterCommand::Index(task, answer) => reply(answer, self.index(&task).await),
                    WriterCommand::SyncChanges(reply) => syncs.push(reply),
                    WriterCommand::Close(reply) => last = Some(reply),
                }
            }
            if !syncs.is_empty() {
                self.sync_changes(syncs).await;
            }
            if !commits.is_empty() {
                self.commit_batch(commits).await;
            }
        }
        // Callers that come now get an error, and do not wait for ever.
        drop(receiver);
        // The last connection to close brings the log home into the file.
        if let Err(error) = self.connection.close().await {
            tracing::warn!(%error, "the store was not closed cleanly");
        }
        if let Some(last) = last {
            reply(last, ());
        }
    }

    /// Looks whether another connection has written anything since the last look. Ours are no
    /// others.
    async fn sync_changes(&mut self, replies: Vec<Reply<Result<()>>>) {
        let looked = self.connection.scalar("PRAGMA data_version", &[]).await;
        let version = looked.as_ref().ok().copied().flatten();
        if version.is_none() || version != self.data_version {
            self.listeners.modification_clock.record(&Invalidation::All);
        }
        self.data_version = version;
        let failure = looked.err().map(|error| error.to_string());
        for answer in replies {
            let failure = failure.clone().map(Into::into);
            reply(
                answer,
                failure.map_or(Ok(()), |cause| Err(StorageError::Unavailable(cause))),
            );
        }
    }

    async fn delete(&mut self, sql: &str, before: i64) -> Result<u64> {
        let arguments = args![before, DELETE_BATCH_SIZE];
        let deleted = self.connection.run(sql, &arguments).await;
        let deleted = deleted.map_err(StorageError::from);
        self.listeners.room.note(&deleted);
        deleted
    }

    async fn index(&mut self, task: &IndexTask) -> Result<bool> {
        self.execute(BEGIN_SQL).await?;
        let done = match task.execute(&mut self.connection).await {
            Ok(done) => self.execute("COMMIT").await.map(|()| done),
            Err(error) => Err(error.into()),
        };
        self.listeners.room.note(&done);
        match done {
            Err(error) => Err(self.undo("ROLLBACK", error).await?),
            done => done,
        }
    }

    /// Executes commits in one transaction, and replies when it is through.
    async fn commit_batch(&mut self, queued: Vec<QueuedCommit>) {
        let (commits, replies): (Vec<Changes>, Vec<_>) = queued.into_iter().unzip();
        let done = match self.run_transaction(&commits).await {
            Ok(done) => {
                for result in &done {
                    self.listeners.room.note(result);
                }
                done
            }
            Err(error) => {
                let cause = describe(&error);
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
                replies.iter().map(|_| Err(failure())).collect()
            }
        };
        for (answer, result) in replies.into_iter().zip(done) {
            reply(answer, result);
        }
    }

    /// Does all of it or, on an error of the database itself, nothing. Of the commits some may
    /// fail.
    async fn run_transaction(&mut self, commits: &[Changes]) -> Result<Vec<Result<()>>> {
        self.execute(BEGIN_SQL).await?;
        let mut buckets = Vec::new();
        let all: Vec<&Change> = commits.iter().flatten().collect();
        // As if they were one, which takes fewer statements.
        let done = match self.apply(&all, &mut buckets).await {
            Ok(()) => commits.iter().map(|_| Ok(())).collect(),
            Err(error) => {
                // There is no savepoint for that: each page that is changed would be kept as it
                // was, for what hardly ever happens.
                let error = self.undo("ROLLBACK; BEGIN IMMEDIATE", error).await?;
                match commits {
                    [_] => vec![Err(error)],
                    _ => self.apply_individually(commits, &mut buckets).await?,
                }
            }
        };
        let mut counted = None;
        if commits
            .iter()
            .any(|changes| CredentialVersion::is_affected_by(changes))
        {
            counted = self.connection.scalar(CREDENTIAL_VERSION_SQL, &[]).await?;
        }
        self.execute("COMMIT").await?;
        if let Some(count) = counted {
            self.listeners.credential_version.observe(count);
        }
        let written = commits.iter().zip(&done);
        let written = written.filter(|(_, result)| result.is_ok());
        let written = written.map(|(changes, _)| changes);
        let invalidation = Invalidation::of_changes_and_entries(written.clone().flatten(), buckets);
        self.listeners.modification_clock.record(&invalidation);
        for news in written.filter_map(|changes| ChangeNotification::from_changes(changes)) {
            self.listeners.broadcaster.send(news);
        }
        Ok(done)
    }

    async fn apply_individually(
        &mut self,
        commits: &[Changes],
        buckets: &mut Vec<Bucket>,
    ) -> Result<Vec<Result<()>>> {
        let mut done = Vec::with_capacity(commits.len());
        for changes in commits {
            self.execute("SAVEPOINT part").await?;
            let changes: Vec<&Change> = changes.iter().collect();
            let result = match self.apply(&changes, buckets).await {
                Err(error) => Err(self.undo("ROLLBACK TO part", error).await?),
                done => done,
            };
            self.execute("RELEASE part").await?;
            done.push(result);
        }
        Ok(done)
    }

    /// Undoes what failed, and gives back why it did. A full disk, for one, makes SQLite end the
    /// transaction: then there is nothing to go back to, and what was said first is what is wrong.
    async fn undo(&mut self, statement: &'static str, error: StorageError) -> Result<StorageError> {
        match self.execute(statement).await {
            Ok(()) => Ok(error),
            Err(_) => Err(error),
        }
    }

    /// Applies changes, and adds the buckets of the streams that received entries.
    async fn apply(&mut self, changes: &[&Change], buckets: &mut Vec<Bucket>) -> Result<()> {
        buckets.extend(apply_steps(&mut self.connection, batch_steps(changes)).await?);
        Ok(())
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
        let commits = [("a", 1), ("b", 1_000_000), ("c", 1)]
            .map(|(id, length)| writer.commit(token(id, length)));
        for done in futures_util::future::join_all(commits).await {
            let Err(StorageError::Full(cause)) = done else {
                panic!("the disk is full: {done:?}")
            };
            assert!(cause.to_string().contains("full"), "{cause}");
        }
        let gone = folder.path().join("none/x");
        room.require(&gone).await.expect_err("it was full");
        writer.commit(token("d", 1)).await.unwrap();
        for (id, stored) in [("a", false), ("b", false), ("c", false), ("d", true)] {
            let found = store.find_request_token(id).await.unwrap();
            assert_eq!(found.is_some(), stored, "{id}");
        }
    }

    #[tokio::test]
    async fn a_store_that_can_not_be_written_is_not_ready() {
        let store = Sqlite::temporary().await.unwrap();
        store.ping().await.unwrap();
        store.writer.close().await.unwrap();
        let pinged = store.ping().await;
        assert!(
            matches!(pinged, Err(StorageError::Unavailable(_))),
            "{pinged:?}"
        );
    }
}
