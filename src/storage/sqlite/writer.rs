//! The one writer. It takes all the work that waits and does it in one transaction, so that a disk
//! wait is shared by all who wait for it; each piece of work succeeds or fails by itself.

use std::{error::Error, mem, sync::Arc};

use sqlx::{Connection, SqliteConnection};
use tokio::sync::{mpsc, oneshot};

use super::{commit::apply, credentials, error::failed, room::Room};
use crate::storage::{
    Bulletin, Change, Changes, Epoch, Marks, News, Place, Result, StorageError, Touched,
};

/// The most pieces of work in one transaction.
const BATCH: usize = 256;

/// How many may wait before those who come have to wait to wait.
const WAITING: usize = 1024;

/// Begins, as the only one who writes.
const BEGIN: &str = "BEGIN IMMEDIATE";

/// A handle on the writer.
#[derive(Debug)]
pub(super) struct Writer(mpsc::Sender<Job>);

/// A piece of work, and whom to answer.
struct Job {
    work: Work,
    answer: oneshot::Sender<Result<bool>>,
}

/// What can be asked for.
pub(super) enum Work {
    /// Changes, to be durable when answered.
    Commit(Changes),
    /// To forget tokens that expired before a time, so many of a kind at most; answered with whether
    /// there were that many.
    Forget(i64, u32),
    /// To forget clients that are unused since before a time, so many at most; answered likewise.
    ForgetClients(i64, u32),
    /// To look whether other processes wrote anything.
    Look,
    /// To end, after all that came before.
    Close,
}

/// Whom the writer tells that something was written.
#[derive(Clone, Debug)]
pub(super) struct Told {
    pub(super) bulletin: Bulletin,
    pub(super) epoch: Arc<Epoch>,
    pub(super) marks: Arc<Marks>,
    /// Told when the disk is found full.
    pub(super) room: Room,
}

impl Writer {
    /// Starts the writer, on the runtime this is called from. It tells what it has written, and ends with
    /// the last handle.
    pub(super) fn start(connection: SqliteConnection, told: Told) -> Self {
        let (sender, receiver) = mpsc::channel(WAITING);
        let desk = Desk {
            connection,
            told,
            others: None,
        };
        tokio::spawn(desk.work(receiver));
        Self(sender)
    }

    /// Whether it has ended, as it was told to or not. Then nothing can be written any more.
    pub(super) fn has_ended(&self) -> bool {
        self.0.is_closed()
    }

    /// Has a piece of work done.
    pub(super) async fn ask(&self, work: Work) -> Result<bool> {
        let (answer, answered) = oneshot::channel();
        let gone = || StorageError::Unavailable("the store was closed".into());
        let sent = self.0.send(Job { work, answer }).await;
        sent.map_err(|_| gone())?;
        answered.await.map_err(|_| gone())?
    }
}

impl Work {
    fn changes(&self) -> &[Change] {
        match self {
            Self::Commit(changes) => changes,
            Self::Forget(..) | Self::ForgetClients(..) | Self::Look | Self::Close => &[],
        }
    }

    /// What there is to tell when it is done.
    fn news(&self) -> Option<News> {
        match self {
            Self::Commit(changes) => News::of(changes),
            Self::Forget(..) | Self::ForgetClients(..) | Self::Look | Self::Close => None,
        }
    }

    /// Whether it may change credentials that someone keeps.
    fn touches_credentials(&self) -> bool {
        match self {
            Self::Commit(changes) => Epoch::may_touch(changes),
            Self::ForgetClients(..) => true,
            Self::Forget(..) | Self::Look | Self::Close => false,
        }
    }
}

/// Takes out the wish to close, if there is one. What came together with it is still done.
fn take_close(jobs: &mut Vec<Job>) -> Option<Job> {
    let at = jobs
        .iter()
        .position(|job| matches!(job.work, Work::Close))?;
    Some(jobs.remove(at))
}

/// Takes out those who want to know what others wrote.
fn take_looks(jobs: &mut Vec<Job>) -> Vec<Job> {
    jobs.extract_if(.., |job| matches!(job.work, Work::Look))
        .collect()
}

/// Where the writer works.
struct Desk {
    connection: SqliteConnection,
    told: Told,
    /// What SQLite says of what other connections wrote, when it was asked last.
    others: Option<i64>,
}

impl Desk {
    async fn work(mut self, mut receiver: mpsc::Receiver<Job>) {
        let mut jobs = Vec::new();
        let mut last = None;
        while last.is_none() && receiver.recv_many(&mut jobs, BATCH).await > 0 {
            last = take_close(&mut jobs);
            let looks = take_looks(&mut jobs);
            if !looks.is_empty() {
                self.look(looks).await;
            }
            self.batch(mem::take(&mut jobs)).await;
        }
        // Whoever comes now is told, and does not wait for an answer that never comes.
        drop(receiver);
        // The last connection to close brings the log home into the file.
        if let Err(error) = self.connection.close().await {
            tracing::warn!(%error, "the store was not closed cleanly");
        }
        if let Some(last) = last {
            // Who does not wait any more needs no answer.
            let _ = last.answer.send(Ok(true));
        }
    }

    /// Looks whether another connection has written anything since the last look. Ours are no others.
    async fn look(&mut self, jobs: Vec<Job>) {
        let looked = sqlx::query_scalar("PRAGMA data_version")
            .fetch_one(&mut self.connection)
            .await;
        match &looked {
            Ok(others) if self.others == Some(*others) => {}
            _ => self.told.marks.touch(&Touched::Everything),
        }
        self.others = looked.as_ref().ok().copied();
        let failure = looked.err().map(|error| error.to_string());
        for job in jobs {
            // Who does not wait any more needs no answer.
            let _ = job.answer.send(match &failure {
                None => Ok(true),
                Some(cause) => Err(StorageError::Unavailable(cause.clone().into())),
            });
        }
    }

    /// Does jobs in one transaction, and answers them when it is through.
    async fn batch(&mut self, jobs: Vec<Job>) {
        if jobs.is_empty() {
            return;
        }
        let (works, answers): (Vec<Work>, Vec<_>) =
            jobs.into_iter().map(|job| (job.work, job.answer)).unzip();
        let done = match self.transact(works).await {
            Ok(done) => {
                for result in &done {
                    self.told.room.note(result);
                }
                done
            }
            Err(error) => {
                let cause = error
                    .source()
                    .map_or_else(|| error.to_string(), ToString::to_string);
                tracing::error!(cause, "writing failed");
                // Perhaps SQLite has ended the transaction by itself; then there is nothing to undo.
                let _ = self.execute("ROLLBACK").await;
                // Or it has done it all.
                self.told.epoch.move_on();
                self.told.marks.touch(&Touched::Everything);
                let full = matches!(error, StorageError::Full(_));
                self.told.room.note::<()>(&Err(error));
                let failure = || match cause.clone().into() {
                    cause if full => StorageError::Full(cause),
                    cause => StorageError::Unavailable(cause),
                };
                answers.iter().map(|_| Err(failure())).collect()
            }
        };
        for (answer, result) in answers.into_iter().zip(done) {
            // Who does not wait any more needs no answer.
            let _ = answer.send(result);
        }
    }

    /// Does all of it or, on an error of the database itself, nothing. Of the parts some may fail.
    async fn transact(&mut self, works: Vec<Work>) -> Result<Vec<Result<bool>>> {
        self.execute(BEGIN).await?;
        let mut filed = Vec::new();
        let done = match self.together(&works).await {
            Ok(places) => {
                filed = places;
                works.iter().map(|_| Ok(true)).collect()
            }
            Err(error) => {
                let error = self.begin_anew(error).await?;
                match &*works {
                    [Work::Commit(_)] => vec![Err(error)],
                    works => self.apart(works, &mut filed).await?,
                }
            }
        };
        let counted = if works.iter().any(Work::touches_credentials) {
            Some(credentials::counted(&mut self.connection).await?)
        } else {
            None
        };
        self.execute("COMMIT").await?;
        if let Some(count) = counted {
            self.told.epoch.see(count);
        }
        let written = works.iter().zip(&done).filter(|(_, result)| result.is_ok());
        let written: Vec<&Work> = written.map(|(work, _)| work).collect();
        let changes = written.iter().flat_map(|work| work.changes());
        self.told.marks.touch(&Touched::exactly(changes, filed));
        for news in written.iter().filter_map(|work| work.news()) {
            self.told.bulletin.tell(news);
        }
        Ok(done)
    }

    /// Does all parts as if they were one, which takes fewer statements. If one fails all have to be done
    /// [`apart`](Self::apart).
    async fn together(&mut self, works: &[Work]) -> Result<Vec<Place>> {
        let mut all: Vec<&Change> = Vec::new();
        for work in works {
            match work {
                Work::Commit(changes) => all.extend(changes),
                Work::Forget(..) | Work::ForgetClients(..) | Work::Look | Work::Close => {
                    return Err(StorageError::Conflict("work of another kind".into()));
                }
            }
        }
        apply(&mut self.connection, &all).await
    }

    async fn apart(&mut self, works: &[Work], filed: &mut Vec<Place>) -> Result<Vec<Result<bool>>> {
        let mut done = Vec::with_capacity(works.len());
        for work in works {
            self.execute("SAVEPOINT part").await?;
            let result = match self.part(work, filed).await {
                Err(error) => Err(self.back(error).await?),
                done => done,
            };
            self.execute("RELEASE part").await?;
            done.push(result);
        }
        Ok(done)
    }

    /// Undoes what failed together, and gives back why it did. There is no savepoint for that: each page that
    /// is changed would be kept as it was, for what hardly ever happens.
    async fn begin_anew(&mut self, error: StorageError) -> Result<StorageError> {
        match self.execute("ROLLBACK; BEGIN IMMEDIATE").await {
            Ok(()) => Ok(error),
            Err(_) => Err(error),
        }
    }

    /// Goes back to where a part that failed began, and gives back why it failed. A full disk, for one,
    /// makes SQLite end the transaction: then there is no part to go back to, and what was said first is what is
    /// wrong.
    async fn back(&mut self, error: StorageError) -> Result<StorageError> {
        match self.execute("ROLLBACK TO part").await {
            Ok(()) => Ok(error),
            Err(_) => Err(error),
        }
    }

    async fn part(&mut self, work: &Work, filed: &mut Vec<Place>) -> Result<bool> {
        match work {
            Work::Commit(changes) => {
                let changes: Vec<&Change> = changes.iter().collect();
                filed.extend(apply(&mut self.connection, &changes).await?);
                Ok(true)
            }
            Work::Forget(before, count) => {
                credentials::forget(&mut self.connection, *before, *count).await
            }
            Work::ForgetClients(before, count) => {
                credentials::forget_clients(&mut self.connection, *before, *count).await
            }
            // Taken out before; nothing is to be done for it here.
            Work::Look | Work::Close => Ok(true),
        }
    }

    async fn execute(&mut self, statement: &'static str) -> Result<()> {
        sqlx::query(statement)
            .execute(&mut self.connection)
            .await
            .map(drop)
            .map_err(failed)
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
    async fn a_full_disk_is_named_as_what_is_wrong_and_leaves_nothing_by_half() {
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
            Told {
                bulletin: Bulletin::default(),
                epoch: Arc::default(),
                marks: Arc::new(Marks::alone()),
                room: room.clone(),
            },
        );
        let work = [("a", 1), ("b", 1_000_000), ("c", 1)]
            .map(|(id, length)| writer.ask(Work::Commit(token(id, length))));
        for done in futures_util::future::join_all(work).await {
            let Err(StorageError::Full(cause)) = done else {
                panic!("the disk is full: {done:?}")
            };
            assert!(cause.to_string().contains("full"), "{cause}");
        }
        let gone = folder.path().join("none/x");
        room.require(&gone).await.expect_err("it was full");
        writer.ask(Work::Commit(token("d", 1))).await.unwrap();
        for (id, stored) in [("a", false), ("b", false), ("c", false), ("d", true)] {
            let found = store.find_request_token(id).await.unwrap();
            assert_eq!(found.is_some(), stored, "{id}");
        }
    }

    #[tokio::test]
    async fn a_store_that_can_not_be_written_is_not_ready() {
        let store = Sqlite::temporary().await.unwrap();
        store.ping().await.unwrap();
        store.writer.ask(Work::Close).await.unwrap();
        let pinged = store.ping().await;
        assert!(
            matches!(pinged, Err(StorageError::Unavailable(_))),
            "{pinged:?}"
        );
    }
}
