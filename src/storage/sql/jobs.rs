//! Jobs and codes, in either database.

use chrono::DateTime;
use serde_json::{Map, Value};
use sqlx::types::Json;

use crate::{
    model::{Code, CodePurpose, Job, Nickname, Secret},
    storage::{Result, StorageError},
};

/// The jobs of a queue ($1) that are due by a time ($2), so many ($3).
pub(crate) const LIST_DUE_JOBS_SQL: &str = "\
    SELECT id, queue, payload, due, attempts, version FROM jobs \
    WHERE queue = $1 AND due <= $2 ORDER BY due, pk LIMIT $3";

/// A job, by key ($1).
pub(crate) const FIND_JOB_SQL: &str =
    "SELECT id, queue, payload, due, attempts, version FROM jobs WHERE key = $1";

/// Stores a new job.
pub(crate) const INSERT_JOB_SQL: &str = "\
    INSERT INTO jobs (key, id, queue, payload, due, attempts, version) \
    VALUES ($1, $2, $3, $4, $5, $6, 1) ON CONFLICT (key) DO NOTHING";

/// Stores a job over the one there is; if a version is given ($7), only over that.
pub(crate) const UPDATE_JOB_SQL: &str = "\
    UPDATE jobs SET id = $2, queue = $3, payload = $4, due = $5, attempts = $6, \
    version = version + 1 WHERE key = $1 AND version = coalesce($7, version)";

/// Removes a job, by key ($1) and version ($2).
pub(crate) const DELETE_JOB_SQL: &str = "DELETE FROM jobs WHERE key = $1 AND version = $2";

/// Stores a code, if there is such an account.
pub(crate) const INSERT_CODE_SQL: &str = "\
    INSERT INTO codes (digest, purpose, nickname, subject, created, expires, used) \
    SELECT $1, $2, nickname, $4, $5, $6, $7 FROM accounts WHERE nickname = $3";

/// A code, by its digest ($1).
pub(crate) const FIND_CODE_SQL: &str = "SELECT * FROM codes WHERE digest = $1";

/// The newest code of someone ($1) for a purpose ($2).
pub(crate) const FIND_NEWEST_CODE_SQL: &str = "\
    SELECT * FROM codes WHERE nickname = $1 AND purpose = $2 \
    ORDER BY created DESC, pk DESC LIMIT 1";

/// Uses a code, by its digest ($1), that was not used and has not ended.
pub(crate) const USE_CODE_SQL: &str =
    "UPDATE codes SET used = true WHERE digest = $1 AND NOT used AND expires >= created";

/// Uses all codes for the purpose and the person of one, by its digest ($1).
pub(crate) const USE_RELATED_CODES_SQL: &str = "\
    UPDATE codes SET used = true WHERE NOT used AND (nickname, purpose) = \
    (SELECT c.nickname, c.purpose FROM codes c WHERE c.digest = $1)";

/// A row of `jobs`.
#[derive(sqlx::FromRow)]
pub(crate) struct JobRow {
    id: String,
    queue: String,
    payload: Json<Map<String, Value>>,
    due: i64,
    attempts: i64,
    version: i64,
}

/// A row of `codes`.
#[derive(sqlx::FromRow)]
pub(crate) struct CodeRow {
    digest: String,
    purpose: String,
    nickname: String,
    subject: String,
    created: i64,
    expires: i64,
    used: bool,
}

impl JobRow {
    /// The job.
    pub(crate) fn decode(self) -> Job {
        Job {
            id: self.id,
            queue: self.queue,
            payload: self.payload.0,
            due: DateTime::from_timestamp(self.due, 0).unwrap_or_default(),
            attempts: u32::try_from(self.attempts).unwrap_or(u32::MAX),
            version: self.version,
        }
    }
}

impl CodeRow {
    /// The code, if its row can be understood.
    pub(crate) fn decode(self) -> Result<Code> {
        let purpose = CodePurpose::parse(&self.purpose).ok_or_else(|| {
            StorageError::Corrupt(format!("the purpose of a code, '{}'", self.purpose))
        })?;
        let user = Nickname::parse(&self.nickname)
            .map_err(|error| StorageError::Corrupt(error.to_string()))?;
        Ok(Code {
            digest: Secret::new(self.digest),
            purpose,
            user,
            target: self.subject,
            created: DateTime::from_timestamp(self.created, 0).unwrap_or_default(),
            expires: DateTime::from_timestamp(self.expires, 0).unwrap_or_default(),
            used: self.used,
        })
    }
}

/// Implements [`Jobs`](crate::storage::Jobs) and [`Codes`](crate::storage::Codes) for a store with a
/// pool, and the writes for its type of connection.
macro_rules! impl_jobs {
    ($store:ty, $pool:ident, $map_error:path, $connection:ty) => {
        const _: () = {
            use ::async_trait::async_trait;
            use ::chrono::{DateTime, Utc};

            use $crate::{
                model::{Code, CodePurpose, Job, Nickname},
                storage::{
                    Codes, Jobs, Result,
                    sql::{
                        jobs::{self, CodeRow, JobRow},
                        key,
                    },
                },
            };

            #[async_trait]
            impl Jobs for $store {
                async fn list_due_jobs(
                    &self,
                    queue: &str,
                    now: DateTime<Utc>,
                    count: u32,
                ) -> Result<Vec<Job>> {
                    let rows: Vec<JobRow> = sqlx::query_as(jobs::LIST_DUE_JOBS_SQL)
                        .bind(queue)
                        .bind(now.timestamp())
                        .bind(i64::from(count))
                        .fetch_all(&self.$pool)
                        .await
                        .map_err($map_error)?;
                    Ok(rows.into_iter().map(JobRow::decode).collect())
                }

                async fn find_job(&self, id: &str) -> Result<Option<Job>> {
                    let row: Option<JobRow> = sqlx::query_as(jobs::FIND_JOB_SQL)
                        .bind(key::digest_key(id))
                        .fetch_optional(&self.$pool)
                        .await
                        .map_err($map_error)?;
                    Ok(row.map(JobRow::decode))
                }
            }

            #[async_trait]
            impl Codes for $store {
                async fn find_code(&self, digest: &str) -> Result<Option<Code>> {
                    let row: Option<CodeRow> = sqlx::query_as(jobs::FIND_CODE_SQL)
                        .bind(digest)
                        .fetch_optional(&self.$pool)
                        .await
                        .map_err($map_error)?;
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
                        .fetch_optional(&self.$pool)
                        .await
                        .map_err($map_error)?;
                    row.map(CodeRow::decode).transpose()
                }
            }
        };

        /// Stores a job. Preconditions are part of the statements, since two concurrent commits
        /// could both pass a separate check.
        pub(super) async fn put_job(
            connection: &mut $connection,
            job: &$crate::model::Job,
            expect: $crate::storage::Expect,
        ) -> $crate::storage::sql::write::WriteResult {
            use $crate::storage::{
                Expect, StorageError,
                sql::{
                    jobs::{INSERT_JOB_SQL, UPDATE_JOB_SQL},
                    key,
                },
            };

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
                    .bind(sqlx::types::Json(&job.payload))
                    .bind(job.due.timestamp())
                    .bind(i64::from(job.attempts))
            };
            let mut done = false;
            if adds {
                let added = bound(INSERT_JOB_SQL).execute(&mut *connection).await?;
                done = added.rows_affected() > 0;
            }
            if replaces && !done {
                let query = bound(UPDATE_JOB_SQL).bind(version);
                done = query.execute(connection).await?.rows_affected() > 0;
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
            connection: &mut $connection,
            id: &str,
            version: i64,
        ) -> $crate::storage::sql::write::WriteResult {
            use $crate::storage::{
                StorageError,
                sql::{jobs::DELETE_JOB_SQL, key},
            };

            let removed = sqlx::query(DELETE_JOB_SQL)
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
        pub(super) async fn put_code(
            connection: &mut $connection,
            code: &$crate::model::Code,
        ) -> $crate::storage::sql::write::WriteResult {
            use $crate::storage::{
                StorageError,
                sql::{
                    jobs::{CodeRow, FIND_CODE_SQL, INSERT_CODE_SQL},
                    write::ensure_found,
                },
            };

            let known: Option<CodeRow> = sqlx::query_as(FIND_CODE_SQL)
                .bind(code.digest.expose())
                .fetch_optional(&mut *connection)
                .await?;
            if known.is_some() {
                return Err(StorageError::AlreadyExists("that code".into()).into());
            }
            let done = sqlx::query(INSERT_CODE_SQL)
                .bind(code.digest.expose())
                .bind(code.purpose.as_str())
                .bind(code.user.as_str())
                .bind(&code.target)
                .bind(code.created.timestamp())
                .bind(code.expires.timestamp())
                .bind(code.used)
                .execute(connection)
                .await?;
            ensure_found(done.rows_affected(), code.user.as_str())
        }

        /// Uses a code, and with it the others for the same purpose.
        pub(super) async fn use_code(
            connection: &mut $connection,
            digest: &str,
        ) -> $crate::storage::sql::write::WriteResult {
            use $crate::storage::{
                StorageError,
                sql::jobs::{CodeRow, FIND_CODE_SQL, USE_CODE_SQL, USE_RELATED_CODES_SQL},
            };

            // The row is locked by this, so that of two uses one finds it used.
            let used = sqlx::query(USE_CODE_SQL)
                .bind(digest)
                .execute(&mut *connection)
                .await?;
            if used.rows_affected() == 0 {
                let known: Option<CodeRow> = sqlx::query_as(FIND_CODE_SQL)
                    .bind(digest)
                    .fetch_optional(connection)
                    .await?;
                let code = "that code".into();
                return Err(match known {
                    Some(_) => StorageError::Conflict(code),
                    None => StorageError::Missing(code),
                }
                .into());
            }
            sqlx::query(USE_RELATED_CODES_SQL)
                .bind(digest)
                .execute(connection)
                .await?;
            Ok(())
        }
    };
}

pub(crate) use impl_jobs;
