//! Log of invalidations between nodes, written in the transactions that cause them. No committed
//! write is missed, even if a node dies.

use std::{
    hash::{BuildHasher, RandomState},
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::{Duration, Instant},
};

use async_trait::async_trait;
use parking_lot::Mutex;
use sqlx::{PgConnection, Row, postgres::PgRow};

use super::{
    Postgres,
    driver::{PgQuery, Server},
};
use crate::storage::{
    Bucket, ChangeTracking, Invalidation, ModificationClock, Result, StorageError,
    sql::{driver::args, pool::Pool, store::Caches, write::WriteResult},
};

/// Retention of a row, as a Postgres interval.
const ROW_RETENTION: &str = "10 minutes";

/// Time without a poll after which a node may have missed rows.
const MAX_POLL_GAP: Duration = Duration::from_mins(5);

/// Invalidations by this node, and those polled from others.
#[derive(Debug)]
pub(super) struct InvalidationLog {
    /// Its number, by chance.
    node: AtomicI64,
    pub(super) modification_clock: Arc<ModificationClock>,
    pub(super) caches: Caches,
    poll_state: Mutex<PollState>,
}

/// Transactions are numbered when they begin to write, and end in another order: which of them had
/// ended says a snapshot, as the database writes it.
#[derive(Debug, Default)]
struct PollState {
    /// When this was looked at.
    polled_at: Option<Instant>,
    snapshot: Option<String>,
}

impl PollState {
    /// The snapshot of the last look, if what came since is still all there.
    fn last_snapshot(&self) -> Option<String> {
        let recent = self
            .polled_at
            .is_some_and(|at| at.elapsed() <= MAX_POLL_GAP);
        self.snapshot.clone().filter(|_| recent)
    }
}

/// Returns the current snapshot, whether the transaction id went backwards (database replaced), and
/// the buckets invalidated by nodes other than $2 since snapshot $1.
const POLL_SQL: &str = "\
    SELECT pg_current_snapshot()::text AS snapshot, \
    pg_snapshot_xmax(pg_current_snapshot()) < pg_snapshot_xmin($1::text::pg_snapshot) AS back, \
    t.xid IS NOT NULL AS other, t.buckets \
    FROM (SELECT coalesce($1::text::pg_snapshot, pg_current_snapshot())) since (last) \
    LEFT JOIN invalidations t ON t.node_id <> $2 AND t.xid >= pg_snapshot_xmin(since.last) \
    AND NOT pg_visible_in_snapshot(t.xid, since.last)";

impl InvalidationLog {
    pub(super) fn new() -> Self {
        let modification_clock = Arc::new(ModificationClock::multi_node());
        Self {
            node: AtomicI64::new(random_node_id()),
            caches: Caches::new(&modification_clock),
            modification_clock,
            poll_state: Mutex::default(),
        }
    }

    /// Something may have been written, or be written yet, and nobody knows what: from now on it is
    /// as if another node had.
    pub(super) fn disown_writes(&self) {
        self.node.store(random_node_id(), Ordering::SeqCst);
        self.modification_clock.record(&Invalidation::All);
    }

    /// Records, in a transaction, the buckets that it writes to.
    pub(super) async fn record(
        &self,
        connection: &mut PgConnection,
        invalidation: &Invalidation,
    ) -> WriteResult {
        if !invalidation.is_empty() {
            let query = sqlx::query("INSERT INTO invalidations (node_id, buckets) VALUES ($1, $2)");
            self.bind(invalidation, query).execute(connection).await?;
        }
        Ok(())
    }

    /// Binds a row, as columns.
    pub(super) fn bind<'q>(&self, invalidation: &Invalidation, query: PgQuery<'q>) -> PgQuery<'q> {
        let buckets = match invalidation {
            Invalidation::All => None,
            Invalidation::Buckets(buckets) => {
                let bytes = buckets.iter().flat_map(|bucket| bucket.to_bytes());
                Some(bytes.collect::<Vec<u8>>())
            }
        };
        query.bind(self.node.load(Ordering::SeqCst)).bind(buckets)
    }

    /// Deletes rows that every polling node has seen.
    pub(super) async fn delete_old_rows(&self, pool: &Pool<Server>) -> Result<()> {
        let sql = "DELETE FROM invalidations WHERE created_at < now() - $1::text::interval";
        pool.run(sql, &args![ROW_RETENTION]).await?;
        Ok(())
    }

    async fn poll(&self, pool: &Pool<Server>) -> Result<()> {
        let began = Instant::now();
        let before = self.poll_state.lock().last_snapshot();
        let arguments = args![&before, self.node.load(Ordering::SeqCst)];
        let rows = pool.all(POLL_SQL, &arguments).await?;
        self.apply_poll(&rows, began, before.is_some())
            .map_err(|error| StorageError::Backend(error.into()))
    }

    /// Takes note of what was found by a look that began then, and whether that is all that came
    /// since another.
    fn apply_poll(&self, rows: &[PgRow], began: Instant, all: bool) -> sqlx::Result<()> {
        let mut seen = self.poll_state.lock();
        for (number, row) in rows.iter().enumerate() {
            if number == 0 {
                if !all || row.try_get("back")? {
                    self.caches.clear();
                    self.modification_clock.record(&Invalidation::All);
                }
                // Of two looks at once the older may be the last here: then some is seen twice.
                seen.snapshot = Some(row.try_get("snapshot")?);
            }
            if row.try_get("other")? {
                self.modification_clock
                    .record(&decode_invalidation(row.try_get("buckets")?));
            }
        }
        seen.polled_at = seen.polled_at.max(Some(began));
        Ok(())
    }
}

/// Returns a random node id.
fn random_node_id() -> i64 {
    // The keys of the standard library's hashes are chance, and nothing else is to be read from a
    // number of a node.
    RandomState::new().hash_one(0).cast_signed()
}

fn decode_invalidation(bytes: Option<&[u8]>) -> Invalidation {
    match bytes {
        None => Invalidation::All,
        Some(_) => Invalidation::Buckets(decode_buckets(bytes).collect()),
    }
}

/// Decodes the buckets of a row.
pub(super) fn decode_buckets(bytes: Option<&[u8]>) -> impl Iterator<Item = Bucket> {
    let (pairs, _) = bytes.unwrap_or_default().as_chunks();
    pairs.iter().copied().map(Bucket::from_bytes)
}

#[async_trait]
impl ChangeTracking for Postgres {
    fn modification_clock(&self) -> Option<&ModificationClock> {
        Some(&self.invalidation_log.modification_clock)
    }

    async fn sync_changes(&self) -> Result<()> {
        self.invalidation_log.poll(&self.pool).await
    }
}
