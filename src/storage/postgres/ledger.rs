//! What nodes tell each other of what they wrote, in the transactions in which they write it: so nothing that was
//! committed is missed, whoever dies.

use std::{
    hash::{BuildHasher, RandomState},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicI64, Ordering},
    },
    time::{Duration, Instant},
};

use async_trait::async_trait;
use sqlx::{PgConnection, Row, postgres::PgRow};

use super::{
    Postgres,
    commit::{Asked, Outcome},
    connections::Connections,
    error::failed,
};
use crate::storage::{
    Freshness, Marks, Place, Result, StorageError, Touched,
    sql::{numbers::Numbers, shelf::Shelf},
};

/// How long a row stays, as Postgres says it.
const KEPT: &str = "10 minutes";

/// A node that did not look for so long may have missed rows.
const LONG: Duration = Duration::from_mins(5);

/// What this node wrote, and what it has seen of what others wrote.
#[derive(Debug)]
pub(super) struct Ledger {
    /// Its number, by chance.
    node: AtomicI64,
    pub(super) marks: Arc<Marks>,
    /// What is known by number, which another database would have given to other things.
    pub(super) shelf: Shelf,
    pub(super) numbers: Numbers,
    seen: Mutex<Seen>,
}

/// Transactions are numbered when they begin to write, and end in another order: which of them had ended says a
/// snapshot, as the database writes it.
#[derive(Debug, Default)]
struct Seen {
    /// When this was looked at.
    at: Option<Instant>,
    snapshot: Option<String>,
}

impl Seen {
    /// The snapshot of the last look, if what came since is still all there.
    fn last(&self) -> Option<String> {
        let recent = self.at.is_some_and(|at| at.elapsed() <= LONG);
        self.snapshot.clone().filter(|_| recent)
    }
}

/// What has come since a look, by its snapshot ($1), or since now without one: the next snapshot, whether numbers have
/// gone back since (another database may have taken the place of this one), and what others than a node ($2) wrote that had
/// ended by then, and had not at the last.
const LOOK: &str = "\
    SELECT pg_current_snapshot()::text AS snapshot, \
    pg_snapshot_xmax(pg_current_snapshot()) < pg_snapshot_xmin($1::text::pg_snapshot) AS back, \
    t.xid IS NOT NULL AS other, t.places \
    FROM (SELECT coalesce($1::text::pg_snapshot, pg_current_snapshot())) since (last) \
    LEFT JOIN touched t ON t.node <> $2 AND t.xid >= pg_snapshot_xmin(since.last) \
    AND NOT pg_visible_in_snapshot(t.xid, since.last)";

impl Ledger {
    pub(super) fn new() -> Self {
        Self {
            node: AtomicI64::new(chance()),
            marks: Arc::new(Marks::shared()),
            shelf: Shelf::default(),
            numbers: Numbers::default(),
            seen: Mutex::default(),
        }
    }

    /// Something may have been written, or be written yet, and nobody knows what: from now on it is as if another
    /// node had.
    pub(super) fn lose_track(&self) {
        self.node.store(chance(), Ordering::SeqCst);
        self.marks.touch(&Touched::Everything);
    }

    /// Puts down, in a transaction, what it touches.
    pub(super) async fn record(&self, connection: &mut PgConnection, touched: &Touched) -> Outcome {
        if !touched.is_nothing() {
            let query = sqlx::query("INSERT INTO touched (node, places) VALUES ($1, $2)");
            self.bind(touched, query).execute(connection).await?;
        }
        Ok(())
    }

    /// Binds a row, as columns.
    pub(super) fn bind<'q>(&self, touched: &Touched, query: Asked<'q>) -> Asked<'q> {
        let places = match touched {
            Touched::Everything => None,
            Touched::Places(places) => {
                let bytes = places.iter().flat_map(|place| place.to_bytes());
                Some(bytes.collect::<Vec<u8>>())
            }
        };
        query.bind(self.node.load(Ordering::SeqCst)).bind(places)
    }

    /// Forgets what all who look now and then have seen.
    pub(super) async fn forget(&self, pool: &Connections) -> Result<()> {
        sqlx::query("DELETE FROM touched WHERE at < now() - $1::text::interval")
            .bind(KEPT)
            .execute(pool)
            .await
            .map_err(failed)?;
        Ok(())
    }

    async fn look(&self, pool: &Connections) -> Result<()> {
        let began = Instant::now();
        let before = self.seen().last();
        let rows = sqlx::query(LOOK)
            .bind(&before)
            .bind(self.node.load(Ordering::SeqCst))
            .fetch_all(pool)
            .await
            .map_err(failed)?;
        self.take(&rows, began, before.is_some())
            .map_err(|error| StorageError::Backend(error.into()))
    }

    /// Takes note of what was found by a look that began then, and whether that is all that came since another.
    fn take(&self, rows: &[PgRow], began: Instant, all: bool) -> sqlx::Result<()> {
        let mut seen = self.seen();
        for (number, row) in rows.iter().enumerate() {
            if number == 0 {
                if !all || row.try_get("back")? {
                    self.shelf.clear();
                    self.numbers.clear();
                    self.marks.touch(&Touched::Everything);
                }
                // Of two looks at once the older may be the last here: then some is seen twice.
                seen.snapshot = Some(row.try_get("snapshot")?);
            }
            if row.try_get("other")? {
                self.marks.touch(&touched(row.try_get("places")?));
            }
        }
        seen.at = seen.at.max(Some(began));
        Ok(())
    }

    /// What a thread that panicked left behind lacks something at most, that is then seen again.
    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A number that no other node has.
fn chance() -> i64 {
    // The keys of the standard library's hashes are chance, and nothing else is to be read from a number of a node.
    RandomState::new().hash_one(0).cast_signed()
}

fn touched(bytes: Option<&[u8]>) -> Touched {
    match bytes {
        None => Touched::Everything,
        Some(_) => Touched::Places(places(bytes).collect()),
    }
}

/// Places as they stand in a row; none if there are none.
pub(super) fn places(bytes: Option<&[u8]>) -> impl Iterator<Item = Place> {
    let (pairs, _) = bytes.unwrap_or_default().as_chunks();
    pairs.iter().copied().map(Place::from_bytes)
}

#[async_trait]
impl Freshness for Postgres {
    fn marks(&self) -> Option<&Marks> {
        Some(&self.ledger.marks)
    }

    async fn look_at_marks(&self) -> Result<()> {
        self.ledger.look(&self.pool).await
    }
}
