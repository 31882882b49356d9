//! Jobs, in either database.

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::{
    driver::{SqlConnection, args},
    key,
    record::{Record, record},
    store::SqlStore,
    write::WriteResult,
};
use crate::{
    model::Job,
    storage::{Expect, Jobs, Result, StorageError},
};

/// Stores a new job.
const INSERT_JOB_SQL: &str = "\
    INSERT INTO jobs (key, id, queue, payload, due, attempts, version) \
    VALUES ($1, $2, $3, $4, $5, $6, 1) ON CONFLICT (key) DO NOTHING";

/// Stores a job over the one there is; if a version is given ($7), only over that.
const UPDATE_JOB_SQL: &str = "\
    UPDATE jobs SET id = $2, queue = $3, payload = $4, due = $5, attempts = $6, \
    version = version + 1 WHERE key = $1 AND version = coalesce($7, version)";

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

/// Stores a job. Preconditions are part of the statements, since two concurrent commits could both
/// pass a separate check.
pub(super) async fn put_job(
    connection: &mut impl SqlConnection,
    job: &Job,
    expect: Expect,
) -> WriteResult {
    let (replaces, adds, version) = match expect {
        Expect::Absent => (false, true, None),
        Expect::Present => (true, false, None),
        Expect::Version(version) => (true, false, Some(version)),
        Expect::Any => (true, true, None),
    };
    let mut arguments = Vec::from(args![key::digest_key(&job.id)]);
    arguments.extend(job.arguments());
    arguments[6] = version.into();
    let mut done = false;
    if adds {
        let inserted = connection.run(INSERT_JOB_SQL, &arguments[..6]).await?;
        done = inserted > 0;
    }
    if replaces && !done {
        done = connection.run(UPDATE_JOB_SQL, &arguments).await? > 0;
    }
    let id = job.id.clone();
    match expect {
        _ if done => Ok(()),
        Expect::Absent => Err(StorageError::AlreadyExists(id).into()),
        Expect::Present => Err(StorageError::Missing(id).into()),
        // With whatever there is, it was removed in between.
        Expect::Version(_) | Expect::Any => Err(StorageError::Conflict(id).into()),
    }
}

/// Removes a job of a version.
pub(super) async fn remove_job(
    connection: &mut impl SqlConnection,
    id: &str,
    version: i64,
) -> WriteResult {
    let sql = "DELETE FROM jobs WHERE key = $1 AND version = $2";
    let arguments = args![key::digest_key(id), version];
    match connection.run(sql, &arguments).await? {
        0 => Err(StorageError::Conflict(id.into()).into()),
        _ => Ok(()),
    }
}
