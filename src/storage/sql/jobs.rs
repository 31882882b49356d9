//! Jobs, in either database.

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::{
    driver::args,
    key,
    record::{Record, record},
    store::SqlStore,
    versioned::VersionedTable,
};
use crate::{
    model::Job,
    storage::{Jobs, Result},
};

/// The table.
pub(super) const JOBS: VersionedTable = VersionedTable {
    insert: "\
        INSERT INTO jobs (key, id, queue, payload, due, attempts, version) \
        VALUES ($1, $2, $3, $4, $5, $6, 1) ON CONFLICT (key) DO NOTHING",
    update: "\
        UPDATE jobs SET id = $2, queue = $3, payload = $4, due = $5, attempts = $6, \
        version = version + 1 WHERE key = $1 AND version = coalesce($7, version)",
    delete: "DELETE FROM jobs WHERE key = $1 AND version = $2",
};

record!(Job {
    id,
    queue,
    payload,
    due,
    attempts,
    version
});

#[async_trait]
impl<S: SqlStore> Jobs for S {
    async fn list_due_jobs(&self, queue: &str, now: DateTime<Utc>, count: u32) -> Result<Vec<Job>> {
        let sql = "SELECT id, queue, payload, due, attempts, version FROM jobs \
                   WHERE queue = $1 AND due <= $2 ORDER BY due, pk LIMIT $3";
        let arguments = args![queue, now.timestamp(), count];
        self.pool().list(sql, &arguments, Job::decode).await
    }

    async fn find_job(&self, id: &str) -> Result<Option<Job>> {
        let sql = "SELECT id, queue, payload, due, attempts, version FROM jobs WHERE key = $1";
        let key = args![key::digest_key(id)];
        self.pool().find(sql, &key, Job::decode).await
    }
}
