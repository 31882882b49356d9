//! Migrations, with a line in the log for each that may take long.

use std::{collections::BTreeMap, time::Instant};

use sqlx::migrate::{Migrate, MigrateError, Migrator};

use crate::storage::{Result, StorageError};

/// A database that a newer version of the program has written.
#[derive(Debug, thiserror::Error)]
#[error(
    "its tables were brought up to date by a newer version of this program (they are at \
     migration {found}, and this version knows none after {known}): start that version, or \
     restore a backup from before"
)]
struct Newer {
    found: i64,
    known: i64,
}

/// Brings the tables of a database up to date. Of several that begin at once, one does it.
pub(crate) async fn migrate<C: Migrate>(connection: &mut C, migrations: &Migrator) -> Result<()> {
    connection.lock().await.map_err(failed)?;
    connection.ensure_migrations_table().await.map_err(failed)?;
    if let Some(version) = connection.dirty_version().await.map_err(failed)? {
        return Err(failed(MigrateError::Dirty(version)));
    }
    let applied = connection.list_applied_migrations().await.map_err(failed)?;
    let applied: BTreeMap<i64, _> = applied
        .into_iter()
        .map(|m| (m.version, m.checksum))
        .collect();
    let unknown = applied
        .keys()
        .rfind(|version| !migrations.version_exists(**version));
    if let Some(found) = unknown.copied() {
        let known = migrations.iter().map(|one| one.version).max().unwrap_or(0);
        return Err(StorageError::Backend(Newer { found, known }.into()));
    }
    for migration in migrations.iter() {
        match applied.get(&migration.version) {
            Some(checksum) if *checksum == migration.checksum => {}
            Some(_) => return Err(failed(MigrateError::VersionMismatch(migration.version))),
            // A new database takes no time.
            None if applied.is_empty() => {
                connection.apply(migration).await.map_err(failed)?;
            }
            None => {
                let (version, name) = (migration.version, &*migration.description);
                tracing::info!(
                    version,
                    name,
                    "the tables are brought up to date; with a large database this takes a while"
                );
                let begun = Instant::now();
                connection.apply(migration).await.map_err(failed)?;
                let seconds = begun.elapsed().as_secs();
                tracing::info!(version, name, seconds, "the tables were brought up to date");
            }
        }
    }
    connection.unlock().await.map_err(failed)
}

/// Whether an error says that the database belongs to a newer version.
#[cfg(feature = "sqlite")]
pub(crate) fn is_of_newer_version(error: &StorageError) -> bool {
    std::error::Error::source(error).is_some_and(<dyn std::error::Error>::is::<Newer>)
}

fn failed(error: MigrateError) -> StorageError {
    StorageError::Backend(error.into())
}
