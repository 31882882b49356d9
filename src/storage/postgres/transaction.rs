//! Transactions of a commit, or of several, done again when they lost a race.
//!
//! A transaction locks the streams that it modifies before it assigns sequence numbers, all
//! transactions in one order. It does so at its beginning or, if it only inserts, by updating the
//! counters. So commits that share a stream are serialised, sequence numbers follow the order of
//! visibility, and a reader that polls with `since` misses nothing.

use sqlx::Connection;

use super::{
    bulk_insert::BulkInsert, driver::Server, invalidation_log::InvalidationLog, locks::StreamLocks,
};
use crate::storage::{
    Change, Invalidation, Result, StorageError,
    sql::{
        apply::apply_steps,
        batch::batch_steps,
        error::is_retryable_conflict,
        pool::Pool,
        write::{WriteError, WriteResult},
    },
};

/// Attempts of a commit before it fails with a conflict.
const MAX_ATTEMPTS: u32 = 8;

/// Writes changes, of one commit or of several: all of them or none.
pub(super) async fn write_changes(
    pool: &Pool<Server>,
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
    pool: &Pool<Server>,
    log: &InvalidationLog,
    changes: &[&Change],
) -> Result<Invalidation> {
    let mut tries = 1;
    loop {
        match attempt_write(pool, log, changes).await {
            Ok(invalidation) => return Ok(invalidation),
            Err(WriteError::Database(error)) if is_retryable_conflict(&error) => {
                if tries == MAX_ATTEMPTS {
                    return Err(StorageError::Conflict("what was to be changed".into()));
                }
                tracing::debug!(%error, tries, "commit conflicted and is retried");
                tries += 1;
            }
            Err(error) => return Err(error.into()),
        }
    }
}

async fn attempt_write(
    pool: &Pool<Server>,
    log: &InvalidationLog,
    changes: &[&Change],
) -> WriteResult<Invalidation> {
    let steps = batch_steps(changes);
    let locks = StreamLocks::of(changes);
    let named = Invalidation::of_changes_and_entries(changes.iter().copied(), []);
    let mut taken = pool.acquire().await?;
    if let Some(bulk_insert) = BulkInsert::from_steps(&steps)
        && let Some(buckets) = bulk_insert
            .write(&locks, log, &named, taken.connection()?)
            .await?
    {
        taken.release();
        return Ok(named.with(buckets));
    }
    // Dropped before its end, a transaction is rolled back.
    let mut transaction = taken.connection()?.begin().await?;
    locks.acquire(&mut transaction).await?;
    let invalidation = named.with(apply_steps(&mut *transaction, steps).await?);
    log.record(&mut transaction, &invalidation).await?;
    transaction.commit().await?;
    taken.release();
    Ok(invalidation)
}
