//! Parts that the shared code is generic over.

use super::{Postgres, driver::Server, search};
use crate::storage::{
    CredentialVersion, Result,
    sql::{
        credentials::DELETE_BATCH_SIZE,
        driver::args,
        index_task::IndexTask,
        leases::LeaseRequest,
        nonces::NonceRecorder,
        pool::Pool,
        store::{Caches, SqlStore},
    },
};

impl SqlStore for Postgres {
    type Connector = Server;

    fn pool(&self) -> &Pool<Server> {
        &self.pool
    }

    fn caches(&self) -> &Caches {
        &self.invalidation_log.caches
    }

    fn nonces(&self) -> &NonceRecorder {
        &self.nonces
    }

    fn credential_counter(&self) -> &CredentialVersion {
        &self.credential_version
    }

    async fn delete_batch(&self, sql: &str, before: i64) -> Result<u64> {
        let arguments = args![before, DELETE_BATCH_SIZE];
        Ok(self.pool.run(sql, &arguments).await?)
    }

    async fn lease(&self, request: LeaseRequest) -> Result<Vec<i64>> {
        let mut acquired = self.pool.acquire().await?;
        let leased = request.execute(acquired.connection()?).await?;
        acquired.release();
        Ok(leased)
    }

    async fn index(&self, task: IndexTask) -> Result<bool> {
        search::execute(&self.pool, &task).await
    }

    async fn delete_old_invalidations(&self) -> Result<()> {
        self.invalidation_log.delete_old_rows(&self.pool).await
    }
}
