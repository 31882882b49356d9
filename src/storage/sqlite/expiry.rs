//! Deletion of what has expired, so many rows at once that other writes need not wait long.

use sqlx::SqliteConnection;

use crate::storage::{
    Result,
    sql::{
        credentials::{DELETE_BATCH_SIZE, EXPIRING_ROWS, FORGET_UNUSED_CLIENTS},
        driver::{SqlConnection, args},
    },
};

/// Deletes some of the rows that expired before a time; returns whether there may be more.
pub(super) async fn delete_expired(connection: &mut SqliteConnection, before: i64) -> Result<bool> {
    let mut more = false;
    for (table, key, time, retention) in EXPIRING_ROWS {
        let sql = format!(
            "DELETE FROM {table} WHERE ({key}) IN \
             (SELECT {key} FROM {table} WHERE {time} < $1 LIMIT $2)"
        );
        let arguments = args![before - retention, DELETE_BATCH_SIZE];
        let deleted = connection.run(&sql, &arguments).await?;
        more |= deleted == u64::from(DELETE_BATCH_SIZE);
    }
    Ok(more)
}

/// Deletes some of the clients that are unused since before a time; returns whether there may be
/// more.
pub(super) async fn forget_clients(connection: &mut SqliteConnection, before: i64) -> Result<bool> {
    let arguments = args![before, DELETE_BATCH_SIZE];
    let deleted = connection.run(FORGET_UNUSED_CLIENTS, &arguments).await?;
    Ok(deleted == u64::from(DELETE_BATCH_SIZE))
}
