//! Commits: one transaction for each, or for several, done again when it lost a race.
//!
//! A transaction locks the streams that it modifies before it assigns sequence numbers, all
//! transactions in one order. It does so at its beginning or, if it only inserts, by updating the
//! counters. So commits that share a stream are serialised, sequence numbers follow the order of
//! visibility, and a reader that polls with `since` misses nothing.

use std::sync::Arc;

use async_trait::async_trait;
use sqlx::{Connection, PgConnection, postgres::PgArguments, query::Query};

use super::{
    Postgres, accounts, bulk_insert::BulkInsert, credentials, entries, entry_batch, error, files,
    grants, group_commit::is_batchable, invalidation_log::InvalidationLog, jobs,
    locks::StreamLocks, object_batch::ObjectBatch, objects, pool::ConnectionPool,
};
use crate::storage::{
    Bucket, Change, ChangeNotification, Changes, Commit, CredentialVersion, CredentialVersioning,
    Invalidation, Result, StorageError, Subscription,
    sql::{
        batch::{BatchStep, batch_steps},
        grants::{REMOVE_AUTHORIZATION_SQL, REMOVE_BEARER_TOKEN_SQL, REVOKE_CODE_SQL},
    },
};

/// Attempts of a commit before it fails with a conflict.
const MAX_ATTEMPTS: u32 = 8;

/// Error of a part of a commit.
#[derive(Debug)]
pub(super) enum WriteError {
    /// The request can't be fulfilled.
    Rejected(StorageError),
    /// Error of the database.
    Database(sqlx::Error),
}

/// A statement, and what is bound to it.
pub(super) type PgQuery<'q> = Query<'q, sqlx::Postgres, PgArguments>;

/// The result of a part of a commit.
pub(super) type WriteResult<T = ()> = std::result::Result<T, WriteError>;

impl From<StorageError> for WriteError {
    fn from(error: StorageError) -> Self {
        Self::Rejected(error)
    }
}

impl From<sqlx::Error> for WriteError {
    fn from(error: sqlx::Error) -> Self {
        Self::Database(error)
    }
}

#[async_trait]
impl Commit for Postgres {
    async fn commit(&self, changes: Changes) -> Result<()> {
        let under_way = Arc::clone(&self.in_flight).read_owned().await;
        let _telling = self
            .notify_bridge
            .notify_on_drop(ChangeNotification::from_changes(&changes));
        let mut moving = BumpVersionOnDrop(
            CredentialVersion::is_affected_by(&changes).then_some(&self.credential_version),
        );
        let done = if is_batchable(&changes) {
            self.commit_batcher.submit(changes).await
        } else {
            let (pool, log) = (self.pool.clone(), Arc::clone(&self.invalidation_log));
            // A task of its own: whoever waits for it may go, but not before it is known what was
            // written.
            tokio::spawn(async move {
                let _under_way = under_way;
                write_changes(&pool, &log, &changes.iter().collect::<Vec<_>>()).await
            })
            .await
            .unwrap_or_else(|error| Err(StorageError::Backend(error.into())))
        };
        // Unless it can't be seen how many changes there were now, it need not be guessed.
        let known = match &done {
            Ok(()) if moving.0.is_some() => self.refresh_credential_version().await.is_ok(),
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

    fn subscribe(&self) -> Subscription {
        self.notify_bridge.subscribe(self.pool.options())
    }
}

/// Bumps the credential version when it is dropped, unless disarmed. A cancelled or disconnected
/// commit may have succeeded.
struct BumpVersionOnDrop<'a>(Option<&'a CredentialVersion>);

impl Drop for BumpVersionOnDrop<'_> {
    fn drop(&mut self) {
        if let Some(version) = self.0 {
            version.bump();
        }
    }
}

/// Writes changes, of one commit or of several: all of them or none.
pub(super) async fn write_changes(
    pool: &ConnectionPool,
    log: &InvalidationLog,
    changes: &[&Change],
) -> Result<()> {
    match write_with_retries(pool, log, changes).await {
        Ok(invalidation) => {
            log.modification_clock.record(&invalidation);
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
                log.disown_writes();
            }
            Err(error)
        }
    }
}

/// The same; tells what was touched.
async fn write_with_retries(
    pool: &ConnectionPool,
    log: &InvalidationLog,
    changes: &[&Change],
) -> Result<Invalidation> {
    let mut tries = 1;
    loop {
        match attempt_write(pool, log, changes).await {
            Ok(invalidation) => return Ok(invalidation),
            Err(WriteError::Rejected(error)) => return Err(error),
            Err(WriteError::Database(error))
                if error::is_retryable_conflict(&error) && tries < MAX_ATTEMPTS =>
            {
                tracing::debug!(%error, tries, "commit conflicted and is retried");
                tries += 1;
            }
            Err(WriteError::Database(error)) => return Err(error::map_error(error)),
        }
    }
}

async fn attempt_write(
    pool: &ConnectionPool,
    log: &InvalidationLog,
    changes: &[&Change],
) -> WriteResult<Invalidation> {
    let steps = batch_steps(changes);
    let locks = StreamLocks::of(changes);
    let named = Invalidation::of_changes_and_entries(changes.iter().copied(), []);
    let mut taken = pool.acquire().await?;
    if let Some(post) = BulkInsert::from_steps(&steps)
        && let Some(buckets) = post.write(&locks, log, &named, taken.connection()?).await?
    {
        taken.release();
        return Ok(named.with(buckets));
    }
    // Dropped before its end, a transaction is rolled back.
    let mut transaction = taken.connection()?.begin().await?;
    locks.acquire(&mut transaction).await?;
    let invalidation = named.with(apply_steps(&mut transaction, steps).await?);
    log.record(&mut transaction, &invalidation).await?;
    transaction.commit().await?;
    taken.release();
    Ok(invalidation)
}

/// Applies the steps; returns the buckets of the streams that received entries.
async fn apply_steps(
    connection: &mut PgConnection,
    steps: Vec<BatchStep<'_>>,
) -> WriteResult<Vec<Bucket>> {
    let mut buckets = Vec::new();
    for step in steps {
        match step {
            BatchStep::InsertObjects(objects) => {
                ObjectBatch::new(objects).insert(connection).await?;
            }
            BatchStep::InsertEntries(entries) => {
                buckets.extend(entry_batch::insert_entries(connection, &entries).await?);
            }
            BatchStep::Single(change) => apply_single(connection, change).await?,
        }
    }
    Ok(buckets)
}

/// Applies one change.
async fn apply_single(connection: &mut PgConnection, change: &Change) -> WriteResult {
    match change {
        Change::PutObject { object, expect } => {
            objects::put_object(connection, object, *expect).await
        }
        Change::Push {
            stream,
            item,
            class,
            duplicate,
        } => entries::push_item(connection, stream, item, *class, *duplicate).await,
        Change::RemoveItem { stream, item } => entries::remove_item(connection, stream, item).await,
        Change::RemoveFromStreams {
            item,
            except,
            limit: most,
        } => entries::remove_from_streams(connection, item, except, *most).await,
        Change::Clear(stream) => entries::clear_stream(connection, stream).await,
        Change::CheckName { stream, name } => entries::check_name(connection, stream, name).await,
        // Steps have none, but it is the same.
        Change::Deliver(_) => {
            Box::pin(apply_steps(connection, batch_steps(&[change]))).await?;
            Ok(())
        }
        Change::PutAccount { account, expect } => {
            accounts::put_account(connection, account, *expect).await
        }
        Change::RemoveAccount(nickname) => accounts::remove_account(connection, nickname).await,
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
            let removed =
                grants::delete_by_digest(connection, REMOVE_AUTHORIZATION_SQL, digest).await?;
            credentials::ensure_found(removed, "that authorization")
        }
        Change::PutBearerToken(token) => grants::put_bearer_token(connection, token).await,
        Change::RemoveBearerToken(digest) => {
            let removed =
                grants::delete_by_digest(connection, REMOVE_BEARER_TOKEN_SQL, digest).await?;
            credentials::ensure_found(removed, "that bearer token")
        }
        Change::RevokeCode(digest) => {
            grants::delete_by_digest(connection, REVOKE_CODE_SQL, digest).await?;
            Ok(())
        }
        Change::Revoke(revocation) => grants::revoke_grants(connection, revocation).await,
        Change::RevokePending(user) => grants::revoke_pending(connection, user).await,
        Change::PutCode(code) => jobs::put_code(connection, code).await,
        Change::UseCode(digest) => jobs::use_code(connection, digest).await,
        Change::PutJob { job, expect } => jobs::put_job(connection, job, *expect).await,
        Change::RemoveJob { id, version } => jobs::remove_job(connection, id, *version).await,
        Change::PutMedia(media) => files::put_media(connection, media).await,
    }
}
