//! Parts of a SQL backend that the shared code is generic over.

use std::sync::Arc;

use super::{
    count_caches::VisibleCountCache,
    decoded_objects::DecodedObjectCache,
    dialect::Dialect,
    driver::SqlConnection,
    index_task::IndexTask,
    leases::LeaseRequest,
    nonces::NonceRecorder,
    pool::{Connector, Pool},
    primary_keys::PrimaryKeyCache,
};
use crate::storage::{ChangeTracking, CredentialVersion, ModificationClock, Result};

/// Backend in a SQL database. It reads from a pool, and has caches of what it read.
pub(crate) trait SqlStore: ChangeTracking + Sized {
    /// Database that it is in.
    const DIALECT: Dialect = <Self::Connector as Connector>::Connection::DIALECT;

    type Connector: Connector;

    fn pool(&self) -> &Pool<Self::Connector>;

    fn caches(&self) -> &Caches;

    fn nonces(&self) -> &NonceRecorder;

    fn credential_counter(&self) -> &CredentialVersion;

    /// Executes a statement that deletes [so many](super::credentials::DELETE_BATCH_SIZE) rows ($2)
    /// from before a time ($1); returns their number.
    fn delete_batch(&self, sql: &str, before: i64) -> impl Future<Output = Result<u64>> + Send;

    /// Leases hosts; returns their primary keys.
    fn lease(&self, request: LeaseRequest) -> impl Future<Output = Result<Vec<i64>>> + Send;

    /// Does work on the search index; returns whether there is more of it.
    fn index(&self, task: IndexTask) -> impl Future<Output = Result<bool>> + Send;

    /// Deletes invalidations that every node has seen, if they are stored.
    fn delete_old_invalidations(&self) -> impl Future<Output = Result<()>> + Send {
        async { Ok(()) }
    }
}

/// Caches of what was read from a database. Those by primary key are wrong for another database.
#[derive(Debug)]
pub(crate) struct Caches {
    pub(crate) decoded_objects: DecodedObjectCache,
    pub(crate) primary_keys: PrimaryKeyCache,
    pub(crate) visible_counts: VisibleCountCache,
}

impl Caches {
    pub(crate) fn new(clock: &Arc<ModificationClock>) -> Self {
        Self {
            decoded_objects: DecodedObjectCache::default(),
            primary_keys: PrimaryKeyCache::default(),
            visible_counts: VisibleCountCache::new(Arc::clone(clock)),
        }
    }

    /// Clears those by primary key, since the database may be another one.
    #[cfg(feature = "postgres")]
    pub(crate) fn clear(&self) {
        self.decoded_objects.clear();
        self.primary_keys.clear();
    }
}
