//! Jobs and codes.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use sqlx::{PgConnection, types::Json};

use super::{Postgres, commit::WriteResult, error::map_error};
use crate::{
    model::{Code, CodePurpose, Job, Nickname},
    storage::{
        Codes, Expect, Jobs, Result, StorageError,
        sql::{
            jobs::{self, CodeRow, JobRow},
            key,
        },
    },
};

#[async_trait]
impl Jobs for Postgres {
    async fn list_due_jobs(&self, queue: &str, now: DateTime<Utc>, count: u32) -> Result<Vec<Job>> {
        let rows: Vec<JobRow> = sqlx::query_as(jobs::LIST_DUE_JOBS_SQL)
            .bind(queue)
            .bind(now.timestamp())
            .bind(i64::from(count))
            .fetch_all(&self.pool)
            .await
            .map_err(map_error)?;
        Ok(rows.into_iter().map(JobRow::decode).collect())
    }

    async fn find_job(&self, id: &str) -> Result<Option<Job>> {
        let row: Option<JobRow> = sqlx::query_as(jobs::FIND)
            .bind(key::digest_key(id))
            .fetch_optional(&self.pool)
            .await
            .map_err(map_error)?;
        Ok(row.map(JobRow::decode))
    }
}

#[async_trait]
impl Codes for Postgres {
    async fn find_code(&self, digest: &str) -> Result<Option<Code>> {
        let row: Option<CodeRow> = sqlx::query_as(jobs::FIND_CODE_SQL)
            .bind(digest)
            .fetch_optional(&self.pool)
            .await
            .map_err(map_error)?;
        row.map(CodeRow::decode).transpose()
    }

    async fn find_newest_code(
        &self,
        user: &Nickname,
        purpose: CodePurpose,
    ) -> Result<Option<Code>> {
        let row: Option<CodeRow> = sqlx::query_as(jobs::FIND_NEWEST_CODE_SQL)
            .bind(user.as_str())
            .bind(purpose.as_str())
            .fetch_optional(&self.pool)
            .await
            .map_err(map_error)?;
        row.map(CodeRow::decode).transpose()
    }
}

/// Stores a job. Preconditions are part of the statements, since two concurrent commits could both
/// pass a separate check.
pub(super) async fn put_job(
    connection: &mut PgConnection,
    job: &Job,
    expect: Expect,
) -> WriteResult {
    let (replaces, adds, version) = match expect {
        Expect::Absent => (false, true, None),
        Expect::Present => (true, false, None),
        Expect::Version(version) => (true, false, Some(version)),
        Expect::Any => (true, true, None),
    };
    let bound = |statement| {
        sqlx::query(statement)
            .bind(key::digest_key(&job.id))
            .bind(&job.id)
            .bind(&job.queue)
            .bind(Json(&job.payload))
            .bind(job.due.timestamp())
            .bind(i64::from(job.attempts))
    };
    let mut done = false;
    if adds {
        let added = bound(jobs::INSERT_JOB_SQL)
            .execute(&mut *connection)
            .await?;
        done = added.rows_affected() > 0;
    }
    if replaces && !done {
        let query = bound(jobs::UPDATE_JOB_SQL).bind(version);
        done = query.execute(connection).await?.rows_affected() > 0;
    }
    let what = job.id.clone();
    match expect {
        _ if done => Ok(()),
        Expect::Absent => Err(StorageError::AlreadyExists(what).into()),
        Expect::Present => Err(StorageError::Missing(what).into()),
        // With whatever there is, it was removed in between.
        Expect::Version(_) | Expect::Any => Err(StorageError::Conflict(what).into()),
    }
}

/// Removes a job of a version.
pub(super) async fn remove_job(
    connection: &mut PgConnection,
    id: &str,
    version: i64,
) -> WriteResult {
    let removed = sqlx::query(jobs::DELETE_JOB_SQL)
        .bind(key::digest_key(id))
        .bind(version)
        .execute(connection)
        .await?;
    match removed.rows_affected() {
        0 => Err(StorageError::Conflict(id.into()).into()),
        _ => Ok(()),
    }
}

/// Stores a code.
pub(super) async fn put_code(connection: &mut PgConnection, code: &Code) -> WriteResult {
    let known: Option<CodeRow> = sqlx::query_as(jobs::FIND_CODE_SQL)
        .bind(code.digest.expose())
        .fetch_optional(&mut *connection)
        .await?;
    if known.is_some() {
        return Err(StorageError::AlreadyExists("that code".into()).into());
    }
    let done = sqlx::query(jobs::INSERT_CODE_SQL)
        .bind(code.digest.expose())
        .bind(code.purpose.as_str())
        .bind(code.user.as_str())
        .bind(&code.target)
        .bind(code.created.timestamp())
        .bind(code.expires.timestamp())
        .bind(code.used)
        .execute(connection)
        .await?;
    match done.rows_affected() {
        0 => Err(StorageError::Missing(code.user.to_string()).into()),
        _ => Ok(()),
    }
}

/// Uses a code, and with it the others for the same purpose.
pub(super) async fn use_code(connection: &mut PgConnection, digest: &str) -> WriteResult {
    // The row is locked by this, so that of two uses one finds it used.
    let used = sqlx::query(jobs::USE_CODE_SQL)
        .bind(digest)
        .execute(&mut *connection)
        .await?;
    if used.rows_affected() == 0 {
        let known: Option<CodeRow> = sqlx::query_as(jobs::FIND_CODE_SQL)
            .bind(digest)
            .fetch_optional(connection)
            .await?;
        let what = "that code".into();
        return Err(match known {
            Some(_) => StorageError::Conflict(what),
            None => StorageError::Missing(what),
        }
        .into());
    }
    sqlx::query(jobs::USE_RELATED_CODES_SQL)
        .bind(digest)
        .execute(connection)
        .await?;
    Ok(())
}
