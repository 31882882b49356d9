//! Parts that the shared code is generic over, and commits.

use async_trait::async_trait;

use super::{Sqlite, driver::Reader};
use crate::storage::{
    Changes, Commit, CredentialVersion, Result, Subscription,
    sql::{
        index_task::IndexTask,
        leases::LeaseRequest,
        nonces::NonceRecorder,
        pool::Pool,
        store::{Caches, SqlStore},
    },
};

impl SqlStore for Sqlite {
    type Connector = Reader;

    fn pool(&self) -> &Pool<Reader> {
        &self.readers
    }

    fn caches(&self) -> &Caches {
        &self.caches
    }

    fn nonces(&self) -> &NonceRecorder {
        &self.nonces
    }

    fn credential_counter(&self) -> &CredentialVersion {
        &self.listeners.credential_version
    }

    async fn delete_batch(&self, sql: &str, before: i64) -> Result<u64> {
        self.writer.delete(sql.into(), before).await
    }

    async fn lease(&self, request: LeaseRequest) -> Result<Vec<i64>> {
        self.writer.lease(request).await
    }

    async fn index(&self, task: IndexTask) -> Result<bool> {
        self.writer.index(task).await
    }
}

#[async_trait]
impl Commit for Sqlite {
    async fn commit(&self, changes: Changes) -> Result<()> {
        self.writer.commit(changes).await
    }

    fn subscribe(&self) -> Subscription {
        self.listeners.broadcaster.subscribe()
    }
}
