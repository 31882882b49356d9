//! Jobs and codes.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use sqlx::{SqliteConnection, types::Json};

use super::{Sqlite, error::failed};
use crate::{
    model::{Code, Job, Nickname, Purpose},
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
        let rows: Vec<JobRow> = sqlx::query_as(jobs::DUE)
            .bind(queue)
            .bind(now.timestamp())
            .bind(count)
            .fetch_all(&self.readers)
            .await
            .map_err(failed)?;
        Ok(rows.into_iter().map(JobRow::read).collect())
    }

    async fn find_job(&self, id: &str) -> Result<Option<Job>> {
        let row: Option<JobRow> = sqlx::query_as(jobs::FIND)
            .bind(key::of(id))
            .fetch_optional(&self.readers)
            .await
            .map_err(failed)?;
        Ok(row.map(JobRow::read))
    }
}

#[async_trait]
impl Codes for Sqlite {
    async fn find_code(&self, digest: &str) -> Result<Option<Code>> {
        let row: Option<CodeRow> = sqlx::query_as(jobs::CODE)
            .bind(digest)
            .fetch_optional(&self.readers)
            .await
            .map_err(failed)?;
        row.map(CodeRow::read).transpose()
    }

    async fn find_newest_code(&self, user: &Nickname, purpose: Purpose) -> Result<Option<Code>> {
        let row: Option<CodeRow> = sqlx::query_as(jobs::NEWEST_CODE)
            .bind(user.as_str())
            .bind(purpose.as_str())
            .fetch_optional(&self.readers)
            .await
            .map_err(failed)?;
        row.map(CodeRow::read).transpose()
    }
}

/// Stores a job.
pub(super) async fn put(
    connection: &mut SqliteConnection,
    job: &Job,
    expect: Expect,
) -> Result<()> {
    let stored: Option<i64> = sqlx::query_scalar("SELECT version FROM jobs WHERE key = $1")
        .bind(key::of(&job.id))
        .fetch_optional(&mut *connection)
        .await
        .map_err(failed)?;
    expect.check(stored, &job.id)?;
    let statement = match stored {
        Some(_) => jobs::REPLACE,
        None => jobs::ADD,
    };
    let query = sqlx::query(statement)
        .bind(key::of(&job.id))
        .bind(&job.id)
        .bind(&job.queue)
        .bind(Json(&job.payload))
        .bind(job.due.timestamp())
        .bind(job.attempts);
    let query = match stored {
        Some(version) => query.bind(version),
        None => query,
    };
    query.execute(connection).await.map_err(failed)?;
    Ok(())
}

/// Removes a job of a version.
pub(super) async fn remove(
    connection: &mut SqliteConnection,
    id: &str,
    version: i64,
) -> Result<()> {
    let removed = sqlx::query(jobs::REMOVE)
        .bind(key::of(id))
        .bind(version)
        .execute(connection)
        .await
        .map_err(failed)?;
    match removed.rows_affected() {
        0 => Err(StorageError::Conflict(id.into())),
        _ => Ok(()),
    }
}

/// Stores a code.
pub(super) async fn put_code(connection: &mut SqliteConnection, code: &Code) -> Result<()> {
    let known: Option<CodeRow> = sqlx::query_as(jobs::CODE)
        .bind(code.digest.expose())
        .fetch_optional(&mut *connection)
        .await
        .map_err(failed)?;
    if known.is_some() {
        return Err(StorageError::AlreadyExists("that code".into()));
    }
    let done = sqlx::query(jobs::PUT_CODE)
        .bind(code.digest.expose())
        .bind(code.purpose.as_str())
        .bind(code.user.as_str())
        .bind(&code.subject)
        .bind(code.created.timestamp())
        .bind(code.expires.timestamp())
        .bind(code.used)
        .execute(connection)
        .await
        .map_err(failed)?;
    match done.rows_affected() {
        0 => Err(StorageError::Missing(code.user.to_string())),
        _ => Ok(()),
    }
}

/// Uses a code, and with it the others for the same purpose.
pub(super) async fn use_code(connection: &mut SqliteConnection, digest: &str) -> Result<()> {
    let used = sqlx::query(jobs::USE_CODE)
        .bind(digest)
        .execute(&mut *connection)
        .await
        .map_err(failed)?;
    if used.rows_affected() == 0 {
        let known: Option<CodeRow> = sqlx::query_as(jobs::CODE)
            .bind(digest)
            .fetch_optional(connection)
            .await
            .map_err(failed)?;
        let what = "that code".into();
        return Err(match known {
            Some(_) => StorageError::Conflict(what),
            None => StorageError::Missing(what),
        });
    }
    sqlx::query(jobs::USE_OTHERS)
        .bind(digest)
        .execute(connection)
        .await
        .map_err(failed)?;
    Ok(())
}
