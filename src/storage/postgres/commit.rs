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
    Postgres, bulk_insert::BulkInsert, entry_batch, error, group_commit::is_batchable,
    invalidation_log::InvalidationLog, locks::StreamLocks, object_batch::ObjectBatch,
    pool::ConnectionPool,
};
pub(super) use crate::storage::sql::write::{WriteError, WriteResult};
use crate::storage::{
    Bucket, Change, ChangeNotification, Changes, Commit, CredentialVersion, CredentialVersioning,
    Invalidation, Result, StorageError, Subscription,
    sql::{
        batch::{BatchStep, batch_steps},
        write::define_apply_single,
    },
};

/// Attempts of a commit before it fails with a conflict.
const MAX_ATTEMPTS: u32 = 8;

/// A statement, and what is bound to it.
pub(super) type PgQuery<'q> = Query<'q, sqlx::Postgres, PgArguments>;

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

/// Applies changes; returns the buckets of the streams that received entries.
async fn apply_changes(
    connection: &mut PgConnection,
    changes: &[&Change],
) -> WriteResult<Vec<Bucket>> {
    apply_steps(connection, batch_steps(changes)).await
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

define_apply_single!(PgConnection);
