//! The store in PostgreSQL: some connections, and as many nodes on one database as you like.

mod accounts;
mod add;
mod commit;
mod connections;
mod credentials;
mod desk;
mod entries;
mod error;
mod files;
mod filing;
mod grants;
mod history;
mod jobs;
mod ledger;
mod locks;
mod news;
mod nonces;
mod numbers;
mod objects;
mod pooler;
mod post;
mod streams;

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use sqlx::{ConnectOptions, Connection, migrate::Migrator, postgres::PgConnectOptions};
use tokio::{sync::RwLock, time::timeout};

use super::{
    Epoch, Result, Storage, StorageError,
    sql::{migrate::migrate, nonces::Nonces, totals::Totals},
};
use connections::Connections;
use desk::Desk;
pub(super) use error::failed;
use ledger::Ledger;
use news::Wire;
use nonces::Table;

static MIGRATIONS: Migrator = sqlx::migrate!("migrations/postgres");

/// How many connections one node may have.
const CONNECTIONS: u32 = 16;

/// How long to wait for one of them.
const PATIENCE: Duration = Duration::from_secs(5);

/// What is set for each connection: whoever holds a lock and falls silent loses it, nobody waits for one
/// for ever, and where commits need not reach the disk, ours do.
///
/// And that a statement is planned once, for whatever it is given: to plan it anew takes longer than most take. It is
/// to go by index, since a connection, and so its plans, may be as young as the database: then it takes
/// tables to be small for as long as nobody has counted them anew, and would go on reading them from end to end. And in the
/// order of the index: it can't know how few of the entries of a long stream are wanted, and would collect and sort all.
/// (What can't be done without that is made to look so expensive that it would be compiled.)
const SESSION: &str = "\
    SELECT set_config('idle_in_transaction_session_timeout', '30s', false), \
    set_config('lock_timeout', '10s', false), \
    set_config('plan_cache_mode', 'force_generic_plan', false), \
    set_config('enable_seqscan', 'off', false), set_config('enable_hashjoin', 'off', false), \
    set_config('enable_mergejoin', 'off', false), set_config('enable_bitmapscan', 'off', false), \
    set_config('jit', 'off', false), \
    CASE WHEN current_setting('synchronous_commit') = 'off' \
    THEN set_config('synchronous_commit', 'on', false) END";

/// The store in a PostgreSQL database.
#[derive(Clone, Debug)]
pub struct Postgres {
    pool: Connections,
    totals: Arc<Totals>,
    nonces: Nonces,
    desk: Desk,
    /// Held by commits as long as they last, so that they end before the store is closed.
    under_way: Arc<RwLock<()>>,
    wire: Arc<Wire>,
    epoch: Arc<Epoch>,
    ledger: Arc<Ledger>,
}

impl Postgres {
    /// Connects to a database, and brings its tables up to date. Of several nodes that start at once
    /// one does that, and the others wait for it.
    pub async fn open(options: PgConnectOptions) -> Result<Self> {
        let options = options.disable_statement_logging();
        // One connection first: it says why it can't be made, where others try until they tire.
        let mut first = timeout(PATIENCE, options.connect())
            .await
            .map_err(|late| StorageError::Unavailable(late.into()))?
            .map_err(failed)?;
        timeout(PATIENCE, pooler::refuse(&mut first, &options))
            .await
            .map_err(|late| StorageError::Unavailable(late.into()))??;
        migrate(&mut first, &MIGRATIONS).await?;
        let ledger = Arc::new(Ledger::new());
        first.close().await.map_err(failed)?;
        let pool = Connections::new(options.clone(), CONNECTIONS);
        let wire = Arc::new(Wire::start(&pool));
        Ok(Self {
            desk: Desk::start(&pool, &ledger),
            under_way: Arc::default(),
            nonces: Nonces::start(Table::of(options)),
            epoch: Arc::default(),
            totals: Arc::new(Totals::new(Arc::clone(&ledger.marks))),
            ledger,
            pool,
            wire,
        })
    }
}

#[async_trait]
impl Storage for Postgres {
    async fn ping(&self) -> Result<()> {
        sqlx::query("SELECT 1")
            .execute(&self.pool)
            .await
            .map_err(failed)?;
        Ok(())
    }

    async fn close(&self) {
        let _all = self.under_way.write().await;
        self.wire.close().await;
        self.nonces.close().await;
        self.pool.close().await;
    }
}
