//! The store in PostgreSQL: some connections, and as many nodes on one database as you like.

mod bulk_insert;
mod commit;
mod driver;
mod entry_batch;
mod group_commit;
mod invalidation_log;
mod locks;
mod nonces;
mod notify_bridge;
mod object_batch;
mod pooler;
mod search;
mod store;
mod transaction;

use std::sync::Arc;

use async_trait::async_trait;
use sqlx::{ConnectOptions, Connection, Executor, migrate::Migrator, postgres::PgConnectOptions};
use tokio::{sync::RwLock, time::timeout};

use super::{
    CredentialVersion, Result, Storage, StorageError,
    sql::{
        migrate::migrate,
        nonces::NonceRecorder,
        pool::{ACQUIRE_TIMEOUT, Pool},
    },
};
use driver::Server;
use group_commit::CommitBatcher;
use invalidation_log::InvalidationLog;
use nonces::NonceTable;
use notify_bridge::NotifyBridge;

static MIGRATIONS: Migrator = sqlx::migrate!("migrations/postgres");

/// Maximum connections of a node.
const MAX_CONNECTIONS: u32 = 16;

/// Session settings: idle transactions are terminated, lock waits are bounded, and commits are
/// synchronous.
///
/// And that a statement is planned once, for whatever it is given: to plan it anew takes longer
/// than most take. Index scans are forced: generic plans made before the first ANALYZE would keep
/// sequential scans. Sorts are discouraged, since the planner can't know how few entries of a long
/// stream are wanted. JIT is off, because unavoidable sorts then look expensive enough to be
/// compiled.
const SESSION_SQL: &str = "\
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
    pool: Pool<Server>,
    nonces: NonceRecorder,
    commit_batcher: CommitBatcher,
    settlement_batcher: CommitBatcher,
    /// Held by commits as long as they last, so that they end before the store is closed.
    in_flight: Arc<RwLock<()>>,
    notify_bridge: Arc<NotifyBridge>,
    credential_version: Arc<CredentialVersion>,
    invalidation_log: Arc<InvalidationLog>,
}

impl Postgres {
    /// Connects to a database, and brings its tables up to date. Of several nodes that start at
    /// once one does that, and the others wait for it.
    pub async fn open(options: PgConnectOptions) -> Result<Self> {
        let options = options.disable_statement_logging();
        // One connection first: it says why it can't be made, where others try until they tire.
        let mut first = timeout(ACQUIRE_TIMEOUT, options.connect())
            .await
            .map_err(|late| StorageError::Unavailable(late.into()))??;
        timeout(ACQUIRE_TIMEOUT, pooler::refuse(&mut first, &options))
            .await
            .map_err(|late| StorageError::Unavailable(late.into()))??;
        // Else every start logs that the table of migrations is there already.
        first.execute("SET client_min_messages = warning").await?;
        migrate(&mut first, &MIGRATIONS).await?;
        let log = Arc::new(InvalidationLog::new());
        first.close().await?;
        let pool = Pool::new(Server(options.clone()), MAX_CONNECTIONS);
        let notify_bridge = Arc::new(NotifyBridge::start(&pool));
        Ok(Self {
            commit_batcher: CommitBatcher::start(&pool, &log),
            settlement_batcher: CommitBatcher::start(&pool, &log),
            in_flight: Arc::default(),
            nonces: NonceRecorder::start(NonceTable::new(options)),
            credential_version: Arc::default(),
            invalidation_log: log,
            pool,
            notify_bridge,
        })
    }
}

#[async_trait]
impl Storage for Postgres {
    async fn ping(&self) -> Result<()> {
        self.pool.run("SELECT 1", &[]).await?;
        Ok(())
    }

    fn connections(&self) -> Option<(u32, u32)> {
        Some(self.pool.usage())
    }

    async fn close(&self) {
        let _all = self.in_flight.write().await;
        self.notify_bridge.close().await;
        self.nonces.close().await;
        self.pool.close().await;
    }
}
