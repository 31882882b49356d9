//! Jobs and codes.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use sqlx::{PgConnection, types::Json};

use super::{Postgres, commit::Outcome, error::failed};
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
impl Jobs for Postgres {
    async fn list_due_jobs(&self, queue: &str, now: DateTime<Utc>, count: u32) -> Result<Vec<Job>> {
        let rows: Vec<JobRow> = sqlx::query_as(jobs::DUE)
            .bind(queue)
            .bind(now.timestamp())
            .bind(i64::from(count))
            .fetch_all(&self.pool)
            .await
            .map_err(failed)?;
        Ok(rows.into_iter().map(JobRow::read).collect())
    }

    async fn find_job(&self, id: &str) -> Result<Option<Job>> {
        let row: Option<JobRow> = sqlx::query_as(jobs::FIND)
            .bind(key::of(id))
            .fetch_optional(&self.pool)
            .await
            .map_err(failed)?;
        Ok(row.map(JobRow::read))
    }
}

#[async_trait]
impl Codes for Postgres {
    async fn find_code(&self, digest: &str) -> Result<Option<Code>> {
        let row: Option<CodeRow> = sqlx::query_as(jobs::CODE)
            .bind(digest)
            .fetch_optional(&self.pool)
            .await
            .map_err(failed)?;
        row.map(CodeRow::read).transpose()
    }

    async fn find_newest_code(&self, user: &Nickname, purpose: Purpose) -> Result<Option<Code>> {
        let row: Option<CodeRow> = sqlx::query_as(jobs::NEWEST_CODE)
            .bind(user.as_str())
            .bind(purpose.as_str())
            .fetch_optional(&self.pool)
            .await
            .map_err(failed)?;
        row.map(CodeRow::read).transpose()
    }
}

/// Stores a job. What is expected is part of the statements: two commits that look at the same time would
/// both find what they want.
pub(super) async fn put(connection: &mut PgConnection, job: &Job, expect: Expect) -> Outcome {
    let (replaces, adds, version) = match expect {
        Expect::Absent => (false, true, None),
        Expect::Present => (true, false, None),
        Expect::Version(version) => (true, false, Some(version)),
        Expect::Anything => (true, true, None),
    };
    let bound = |statement| {
        sqlx::query(statement)
            .bind(key::of(&job.id))
            .bind(&job.id)
            .bind(&job.queue)
            .bind(Json(&job.payload))
            .bind(job.due.timestamp())
            .bind(i64::from(job.attempts))
    };
    let mut done = false;
    if adds {
        let added = bound(jobs::ADD).execute(&mut *connection).await?;
        done = added.rows_affected() > 0;
    }
    if replaces && !done {
        let query = bound(jobs::REPLACE).bind(version);
        done = query.execute(connection).await?.rows_affected() > 0;
    }
    let what = job.id.clone();
    match expect {
        _ if done => Ok(()),
        Expect::Absent => Err(StorageError::AlreadyExists(what).into()),
        Expect::Present => Err(StorageError::Missing(what).into()),
        // With whatever there is, it was removed in between.
        Expect::Version(_) | Expect::Anything => Err(StorageError::Conflict(what).into()),
    }
}

/// Removes a job of a version.
pub(super) async fn remove(connection: &mut PgConnection, id: &str, version: i64) -> Outcome {
    let removed = sqlx::query(jobs::REMOVE)
        .bind(key::of(id))
        .bind(version)
        .execute(connection)
        .await?;
    match removed.rows_affected() {
        0 => Err(StorageError::Conflict(id.into()).into()),
        _ => Ok(()),
    }
}

/// Stores a code.
pub(super) async fn put_code(connection: &mut PgConnection, code: &Code) -> Outcome {
    let known: Option<CodeRow> = sqlx::query_as(jobs::CODE)
        .bind(code.digest.expose())
        .fetch_optional(&mut *connection)
        .await?;
    if known.is_some() {
        return Err(StorageError::AlreadyExists("that code".into()).into());
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
        .await?;
    match done.rows_affected() {
        0 => Err(StorageError::Missing(code.user.to_string()).into()),
        _ => Ok(()),
    }
}

/// Uses a code, and with it the others for the same purpose.
pub(super) async fn use_code(connection: &mut PgConnection, digest: &str) -> Outcome {
    // The row is locked by this, so that of two uses one finds it used.
    let used = sqlx::query(jobs::USE_CODE)
        .bind(digest)
        .execute(&mut *connection)
        .await?;
    if used.rows_affected() == 0 {
        let known: Option<CodeRow> = sqlx::query_as(jobs::CODE)
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
    sqlx::query(jobs::USE_OTHERS)
        .bind(digest)
        .execute(connection)
        .await?;
    Ok(())
}
