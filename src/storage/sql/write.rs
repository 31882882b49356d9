//! Results of writes, and those that each database does in its own way.

use super::{
    batch::EntryBatch,
    driver::{SqlConnection, args},
    key, query,
};
use crate::{
    model::{Object, Stream, case_fold},
    storage::{Bucket, StorageError},
};

/// Error of a part of a commit.
#[derive(Debug)]
pub(crate) enum WriteError {
    /// The request can't be fulfilled.
    Rejected(StorageError),
    /// Error of the database, before it is mapped to the contract.
    Database(sqlx::Error),
}

/// The result of a part of a commit.
pub(crate) type WriteResult<T = ()> = Result<T, WriteError>;

impl From<StorageError> for WriteError {
    fn from(error: StorageError) -> Self {
        Self::Rejected(error)
    }
}

impl From<sqlx::Error> for WriteError {
    fn from(error: sqlx::Error) -> Self {
        Self::Database(error)
    }
}

impl From<WriteError> for StorageError {
    fn from(error: WriteError) -> Self {
        match error {
            WriteError::Rejected(error) => error,
            WriteError::Database(error) => error.into(),
        }
    }
}

/// Returns an error unless a statement affected a row: then its target is missing.
pub(crate) fn ensure_found(rows: u64, target: &str) -> WriteResult {
    match rows {
        0 => Err(StorageError::Missing(target.into()).into()),
        _ => Ok(()),
    }
}

/// Returns the error for the id at a place, of which there is no object.
pub(crate) fn missing_at<'a>(
    mut ids: impl Iterator<Item = &'a &'a str>,
    place: Option<i64>,
) -> WriteError {
    let id = place.and_then(|place| ids.nth(usize::try_from(place).ok()?));
    StorageError::Missing(id.copied().unwrap_or_default().into()).into()
}

/// Deletes the row of an id ($1), which must be there.
pub(super) async fn delete_one(
    connection: &mut impl SqlConnection,
    sql: &str,
    id: &str,
    target: &str,
) -> WriteResult {
    ensure_found(connection.run(sql, &args![id]).await?, target)
}

/// Connection with the writes of many rows at once, which each database does in its own way.
pub(crate) trait BatchWrites: SqlConnection {
    /// Stores objects that must not be there.
    fn insert_objects(&mut self, objects: &[&Object]) -> impl Future<Output = WriteResult> + Send;

    /// Inserts entries; returns the buckets of their streams.
    fn insert_entries(
        &mut self,
        entries: &EntryBatch<'_>,
    ) -> impl Future<Output = WriteResult<Vec<Bucket>>> + Send;
}

/// Refuses if an item of a stream has that name.
pub(super) async fn check_name(
    connection: &mut impl SqlConnection,
    stream: &Stream,
    name: &str,
) -> WriteResult {
    let arguments = args![key::stream_key(stream), case_fold(name), name];
    match connection.scalar(query::HAS_NAME, &arguments).await? {
        Some(true) => Err(StorageError::AlreadyExists(name.into()).into()),
        _ => Ok(()),
    }
}
