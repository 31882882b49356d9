//! The text of what is asked of jobs and codes, and their rows; the same in both databases.

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
pub(crate) const FIND: &str =
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
