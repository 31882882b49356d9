//! Commits: one transaction for each, or for several, done again when it lost a race.
//!
//! A transaction locks the streams it will add to or take from before it numbers anything, in one order for all: at its
//! beginning or, where it only adds and files, by counting what it files. So
//! commits that share a stream follow each other, entries are numbered in the order in which they
//! become visible, and a reader who asks for what is newer than an entry misses nothing.

use std::sync::Arc;

use async_trait::async_trait;
use sqlx::{Connection, PgConnection, postgres::PgArguments, query::Query};

use super::{
    Postgres, accounts, add::Added, connections::Connections, credentials, desk::is_light, entries,
    error, files, filing, grants, jobs, ledger::Ledger, locks::Locks, objects, post::Post,
};
use crate::storage::{
    Change, Changes, Commit, Epoch, Epochs, News, Place, Result, StorageError, Subscription,
    Touched,
    sql::{
        grants::{REMOVE_AUTHORIZATION, REMOVE_BEARER_TOKEN, REVOKE_CODE},
        steps::{Step, steps},
    },
};

/// How often a commit is tried before its caller is told that it lost.
const TRIES: u32 = 8;

/// Why a part of a commit did not go well.
#[derive(Debug)]
pub(super) enum Failure {
    /// What was asked for can't be done.
    Refused(StorageError),
    /// The database said no.
    Database(sqlx::Error),
}

/// A statement, and what is bound to it.
pub(super) type Asked<'q> = Query<'q, sqlx::Postgres, PgArguments>;

/// The result of a part of a commit.
pub(super) type Outcome<T = ()> = std::result::Result<T, Failure>;

impl From<StorageError> for Failure {
    fn from(error: StorageError) -> Self {
        Self::Refused(error)
    }
}

impl From<sqlx::Error> for Failure {
    fn from(error: sqlx::Error) -> Self {
        Self::Database(error)
    }
}

#[async_trait]
impl Commit for Postgres {
    async fn commit(&self, changes: Changes) -> Result<()> {
        let under_way = Arc::clone(&self.under_way).read_owned().await;
        let _telling = self.wire.telling(News::of(&changes));
        let mut moving = Moving(Epoch::may_touch(&changes).then_some(&self.epoch));
        let done = if is_light(&changes) {
            self.desk.ask(changes).await
        } else {
            let (pool, ledger) = (self.pool.clone(), Arc::clone(&self.ledger));
            // A task of its own: whoever waits for it may go, but not before it is known what was written.
            tokio::spawn(async move {
                let _under_way = under_way;
                write(&pool, &ledger, &changes.iter().collect::<Vec<_>>()).await
            })
            .await
            .unwrap_or_else(|error| Err(StorageError::Backend(error.into())))
        };
        // Unless it can't be seen how many changes there were now, it need not be guessed.
        let known = match &done {
            Ok(()) if moving.0.is_some() => self.look_at_credentials().await.is_ok(),
            Ok(()) => true,
            Err(error) => !matches!(
                error,
                StorageError::Unavailable(_) | StorageError::Backend(_)
            ),
        };
        if known {
            moving.0 = None;
        }
        done
    }

    fn news(&self) -> Subscription {
        self.wire.subscribe(self.pool.options())
    }
}

/// Moves the epoch on when it is dropped, unless that was taken out: who does not wait any more, or is told
/// that the connection broke, may have committed all the same.
struct Moving<'a>(Option<&'a Epoch>);

impl Drop for Moving<'_> {
    fn drop(&mut self) {
        if let Some(epoch) = self.0 {
            epoch.move_on();
        }
    }
}

/// Writes changes, of one commit or of several: all of them or none.
pub(super) async fn write(pool: &Connections, ledger: &Ledger, changes: &[&Change]) -> Result<()> {
    match written(pool, ledger, changes).await {
        Ok(touched) => {
            ledger.marks.touch(&touched);
            Ok(())
        }
        Err(error) => {
            // It may have been done all the same, or be done yet.
            if !matches!(
                error,
                StorageError::Missing(_)
                    | StorageError::AlreadyExists(_)
                    | StorageError::Conflict(_)
            ) {
                ledger.lose_track();
            }
            Err(error)
        }
    }
}

/// The same; tells what was touched.
async fn written(pool: &Connections, ledger: &Ledger, changes: &[&Change]) -> Result<Touched> {
    let mut tries = 1;
    loop {
        match attempt(pool, ledger, changes).await {
            Ok(touched) => return Ok(touched),
            Err(Failure::Refused(error)) => return Err(error),
            Err(Failure::Database(error)) if error::is_lost_race(&error) && tries < TRIES => {
                tracing::debug!(%error, tries, "a commit lost a race and is done again");
                tries += 1;
            }
            Err(Failure::Database(error)) => return Err(error::failed(error)),
        }
    }
}

async fn attempt(pool: &Connections, ledger: &Ledger, changes: &[&Change]) -> Outcome<Touched> {
    let steps = steps(changes);
    let locks = Locks::of(changes);
    let named = Touched::exactly(changes.iter().copied(), []);
    let mut taken = pool.take().await?;
    if let Some(post) = Post::of(&steps)
        && let Some(filed) = post
            .write(&locks, ledger, &named, taken.connection()?)
            .await?
    {
        taken.give_back();
        return Ok(named.and(filed));
    }
    // Dropped before its end, a transaction is rolled back.
    let mut transaction = taken.connection()?.begin().await?;
    locks.take(&mut transaction).await?;
    let touched = named.and(apply(&mut transaction, steps).await?);
    ledger.record(&mut transaction, &touched).await?;
    transaction.commit().await?;
    taken.give_back();
    Ok(touched)
}

/// Does the steps; tells what was filed where.
async fn apply(connection: &mut PgConnection, steps: Vec<Step<'_>>) -> Outcome<Vec<Place>> {
    let mut filed = Vec::new();
    for step in steps {
        match step {
            Step::Add(objects) => Added::of(objects).store(connection).await?,
            Step::File(filing) => filed.extend(filing::file(connection, &filing).await?),
            Step::Alone(change) => alone(connection, change).await?,
        }
    }
    Ok(filed)
}

/// Applies one change.
async fn alone(connection: &mut PgConnection, change: &Change) -> Outcome {
    match change {
        Change::PutObject { object, expect } => objects::put(connection, object, *expect).await,
        Change::Push {
            stream,
            item,
            class,
            duplicate,
        } => entries::push(connection, stream, item, *class, *duplicate).await,
        Change::Pull { stream, item } => entries::pull(connection, stream, item).await,
        Change::Withdraw { item, but, most } => {
            entries::withdraw(connection, item, but, *most).await
        }
        Change::Clear(stream) => entries::clear(connection, stream).await,
        Change::CheckName { stream, name } => entries::check_name(connection, stream, name).await,
        // Steps have none, but it is the same.
        Change::Deliver(_) => {
            Box::pin(apply(connection, steps(&[change]))).await?;
            Ok(())
        }
        Change::PutAccount { account, expect } => accounts::put(connection, account, *expect).await,
        Change::RemoveAccount(nickname) => accounts::remove(connection, nickname).await,
        Change::PutClient(client) => credentials::put_client(connection, client).await,
        Change::RemoveClient(id) => credentials::remove_client(connection, id).await,
        Change::PutRequestToken { token, expect } => {
            credentials::put_request_token(connection, token, *expect).await
        }
        Change::RemoveRequestToken(token) => {
            credentials::remove_request_token(connection, token).await
        }
        Change::PutAccessToken(token) => credentials::put_access_token(connection, token).await,
        Change::RemoveAccessToken(token) => {
            credentials::remove_access_token(connection, token).await
        }
        Change::PutAuthorization(authorization) => {
            grants::put_authorization(connection, authorization).await
        }
        Change::RemoveAuthorization(digest) => {
            let removed = grants::remove(connection, REMOVE_AUTHORIZATION, digest).await?;
            credentials::some(removed, "that authorization")
        }
        Change::PutBearerToken(token) => grants::put_bearer_token(connection, token).await,
        Change::RemoveBearerToken(digest) => {
            let removed = grants::remove(connection, REMOVE_BEARER_TOKEN, digest).await?;
            credentials::some(removed, "that bearer token")
        }
        Change::RevokeCode(digest) => {
            grants::remove(connection, REVOKE_CODE, digest).await?;
            Ok(())
        }
        Change::Revoke(revocation) => grants::revoke(connection, revocation).await,
        Change::RevokePending(user) => grants::revoke_pending(connection, user).await,
        Change::PutCode(code) => jobs::put_code(connection, code).await,
        Change::UseCode(digest) => jobs::use_code(connection, digest).await,
        Change::PutJob { job, expect } => jobs::put(connection, job, *expect).await,
        Change::RemoveJob { id, version } => jobs::remove(connection, id, *version).await,
        Change::PutMedia(media) => files::put(connection, media).await,
    }
}
