//! What nodes tell each other of what they wrote, in the transactions in which they write it: so nothing that was
//! committed is missed, whoever dies.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
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
use crate::storage::{Freshness, Marks, Place, Result, StorageError, Touched};

/// How long a row stays, as Postgres says it.
const KEPT: &str = "10 minutes";

/// A node that did not look for so long may have missed rows.
const LONG: Duration = Duration::from_mins(5);

/// What this node wrote, and what it has seen of what others wrote.
#[derive(Debug)]
pub(super) struct Ledger {
    /// Its number among the nodes there ever were.
    node: i64,
    pub(super) marks: Arc<Marks>,
    seen: Mutex<Seen>,
}

/// Transactions are numbered when they begin to write, and end in another order: all before one number have ended,
/// and of those after it some.
#[derive(Debug, Default)]
struct Seen {
    /// When this was looked at.
    at: Option<Instant>,
    /// Before this transaction everything was seen.
    until: u64,
    /// After it, these.
    beyond: BTreeSet<u64>,
}

impl Ledger {
    pub(super) async fn open(connection: &mut PgConnection) -> sqlx::Result<Self> {
        let node = sqlx::query_scalar("SELECT nextval('nodes')")
            .fetch_one(connection)
            .await?;
        Ok(Self {
            node,
            marks: Arc::new(Marks::shared()),
            seen: Mutex::default(),
        })
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
        query.bind(self.node).bind(places)
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
        let from = self.seen().until;
        let rows = sqlx::query(
            "SELECT pg_snapshot_xmin(pg_current_snapshot())::text AS until, \
             t.xid::text AS xid, t.places \
             FROM (VALUES (1)) one LEFT JOIN touched t ON t.xid >= $1::text::xid8 AND t.node <> $2",
        )
        .bind(from.to_string())
        .bind(self.node)
        .fetch_all(pool)
        .await
        .map_err(failed)?;
        self.take(&rows, began)
            .map_err(|error| StorageError::Backend(error.into()))
    }

    /// Takes note of what was found by a look that began then.
    fn take(&self, rows: &[PgRow], began: Instant) -> sqlx::Result<()> {
        let mut seen = self.seen();
        // The first time there may be anything, too.
        if seen.at.is_none_or(|at| at.elapsed() > LONG) {
            self.marks.touch(&Touched::Everything);
        }
        for row in rows {
            let until = number(row.try_get("until")?)?;
            seen.until = seen.until.max(until);
            let Some(xid) = row.try_get::<Option<&str>, _>("xid")? else {
                continue;
            };
            if seen.beyond.insert(number(xid)?) {
                self.marks.touch(&touched(row.try_get("places")?));
            }
        }
        let until = seen.until;
        seen.beyond = seen.beyond.split_off(&until);
        seen.at = seen.at.max(Some(began));
        Ok(())
    }

    /// What a thread that panicked left behind lacks something at most, that is then seen again.
    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn number(text: &str) -> sqlx::Result<u64> {
    text.parse()
        .map_err(|error| sqlx::Error::Decode(Box::new(error)))
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
