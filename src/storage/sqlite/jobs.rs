//! Jobs and codes.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use sqlx::{SqliteConnection, types::Json};

use super::{Sqlite, error::map_error};
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
impl Jobs for Sqlite {
    async fn list_due_jobs(&self, queue: &str, now: DateTime<Utc>, count: u32) -> Result<Vec<Job>> {
        let rows: Vec<JobRow> = sqlx::query_as(jobs::LIST_DUE_JOBS_SQL)
            .bind(queue)
            .bind(now.timestamp())
            .bind(count)
            .fetch_all(&self.readers)
            .await
            .map_err(map_error)?;
        Ok(rows.into_iter().map(JobRow::decode).collect())
    }

    async fn find_job(&self, id: &str) -> Result<Option<Job>> {
        let row: Option<JobRow> = sqlx::query_as(jobs::FIND)
            .bind(key::digest_key(id))
            .fetch_optional(&self.readers)
            .await
            .map_err(map_error)?;
        Ok(row.map(JobRow::decode))
    }
}

#[async_trait]
impl Codes for Sqlite {
    async fn find_code(&self, digest: &str) -> Result<Option<Code>> {
        let row: Option<CodeRow> = sqlx::query_as(jobs::FIND_CODE_SQL)
            .bind(digest)
            .fetch_optional(&self.readers)
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
            .fetch_optional(&self.readers)
            .await
            .map_err(map_error)?;
        row.map(CodeRow::decode).transpose()
    }
}

/// Stores a job.
pub(super) async fn put_job(
    connection: &mut SqliteConnection,
    job: &Job,
    expect: Expect,
) -> Result<()> {
    let stored: Option<i64> = sqlx::query_scalar("SELECT version FROM jobs WHERE key = $1")
        .bind(key::digest_key(&job.id))
        .fetch_optional(&mut *connection)
        .await
        .map_err(map_error)?;
    expect.check(stored, &job.id)?;
    let statement = match stored {
        Some(_) => jobs::UPDATE_JOB_SQL,
        None => jobs::INSERT_JOB_SQL,
    };
    let query = sqlx::query(statement)
        .bind(key::digest_key(&job.id))
        .bind(&job.id)
        .bind(&job.queue)
        .bind(Json(&job.payload))
        .bind(job.due.timestamp())
        .bind(job.attempts);
    let query = match stored {
        Some(version) => query.bind(version),
        None => query,
    };
    query.execute(connection).await.map_err(map_error)?;
    Ok(())
}

/// Removes a job of a version.
pub(super) async fn remove_job(
    connection: &mut SqliteConnection,
    id: &str,
    version: i64,
) -> Result<()> {
    let removed = sqlx::query(jobs::DELETE_JOB_SQL)
        .bind(key::digest_key(id))
        .bind(version)
        .execute(connection)
        .await
        .map_err(map_error)?;
    match removed.rows_affected() {
        0 => Err(StorageError::Conflict(id.into())),
        _ => Ok(()),
    }
}

/// Stores a code.
pub(super) async fn put_code(connection: &mut SqliteConnection, code: &Code) -> Result<()> {
    let known: Option<CodeRow> = sqlx::query_as(jobs::FIND_CODE_SQL)
        .bind(code.digest.expose())
        .fetch_optional(&mut *connection)
        .await
        .map_err(map_error)?;
    if known.is_some() {
        return Err(StorageError::AlreadyExists("that code".into()));
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
        .await
        .map_err(map_error)?;
    match done.rows_affected() {
        0 => Err(StorageError::Missing(code.user.to_string())),
        _ => Ok(()),
    }
}

/// Uses a code, and with it the others for the same purpose.
pub(super) async fn use_code(connection: &mut SqliteConnection, digest: &str) -> Result<()> {
    let used = sqlx::query(jobs::USE_CODE_SQL)
        .bind(digest)
        .execute(&mut *connection)
        .await
        .map_err(map_error)?;
    if used.rows_affected() == 0 {
        let known: Option<CodeRow> = sqlx::query_as(jobs::FIND_CODE_SQL)
            .bind(digest)
            .fetch_optional(connection)
            .await
            .map_err(map_error)?;
        let what = "that code".into();
        return Err(match known {
            Some(_) => StorageError::Conflict(what),
            None => StorageError::Missing(what),
        });
    }
    sqlx::query(jobs::USE_RELATED_CODES_SQL)
        .bind(digest)
        .execute(connection)
        .await
        .map_err(map_error)?;
    Ok(())
}
