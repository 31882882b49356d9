//! Rows with a version that counts their changes.

use super::{
    driver::{SqlConnection, args},
    key,
    record::Record,
    write::WriteResult,
};
use crate::storage::{Expect, StorageError};

/// Statements about the rows of a table, each with its key as the first argument.
pub(super) struct VersionedTable {
    /// Stores a new row, with version 1. Its fields but for the version follow.
    pub(super) insert: &'static str,
    /// Stores a row over the one there is; if a version is given, as the last argument, only over
    /// that.
    pub(super) update: &'static str,
    /// Removes the row of a version ($2).
    pub(super) delete: &'static str,
}

/// Stores a record under its id. The last of its fields is the version. Preconditions are part of
/// the statements, since two concurrent commits could both pass a separate check.
pub(super) async fn put(
    connection: &mut impl SqlConnection,
    table: &VersionedTable,
    (id, record): (&str, &impl Record),
    expect: Expect,
) -> WriteResult {
    let (replaces, adds, version) = match expect {
        Expect::Absent => (false, true, None),
        Expect::Present => (true, false, None),
        Expect::Version(version) => (true, false, Some(version)),
        Expect::Any => (true, true, None),
    };
    let mut arguments = Vec::from(args![key::digest_key(id)]);
    arguments.extend(record.arguments());
    arguments.pop();
    let mut done = false;
    if adds {
        done = connection.run(table.insert, &arguments).await? > 0;
    }
    if replaces && !done {
        arguments.push(version.into());
        done = connection.run(table.update, &arguments).await? > 0;
    }
    match expect {
        _ if done => Ok(()),
        Expect::Absent => Err(StorageError::AlreadyExists(id.into()).into()),
        Expect::Present => Err(StorageError::Missing(id.into()).into()),
        // With whatever there is, it was removed in between.
        Expect::Version(_) | Expect::Any => Err(StorageError::Conflict(id.into()).into()),
    }
}

/// Removes the row of an id and a version.
pub(super) async fn remove(
    connection: &mut impl SqlConnection,
    table: &VersionedTable,
    id: &str,
    version: i64,
) -> WriteResult {
    let arguments = args![key::digest_key(id), version];
    match connection.run(table.delete, &arguments).await? {
        0 => Err(StorageError::Conflict(id.into()).into()),
        _ => Ok(()),
    }
}
