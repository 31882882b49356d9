//! Work on the search index.

use sqlx::{Connection, PgConnection};

use super::driver::Server;
use crate::storage::{
    Result, StorageError,
    sql::{
        driver::{SqlConnection, args},
        error::has_code,
        index_task::IndexTask,
        pool::Pool,
        search::index_older,
        write::WriteResult,
    },
};

/// Errors of PostgreSQL for a configuration that is not there: by its name, by that of its schema,
/// and for what can't be a name.
const UNKNOWN_CONFIGURATION: [&str; 3] = ["42704", "3F000", "42602"];

/// Does work on the index, in a transaction of its own.
pub(super) async fn execute(pool: &Pool<Server>, task: &IndexTask) -> Result<bool> {
    let mut taken = pool.acquire().await?;
    // Dropped before its end, a transaction is rolled back.
    let mut transaction = taken.connection()?.begin().await?;
    let done = match task {
        IndexTask::SetLanguage(language) => set_language(&mut transaction, language).await?,
        IndexTask::IndexOlder(count) => index_older(&mut *transaction, *count).await?,
    };
    transaction.commit().await?;
    taken.release();
    Ok(done)
}

/// Has all documents made anew if the language is another one.
async fn set_language(connection: &mut PgConnection, language: &str) -> WriteResult<bool> {
    let sql = "SELECT $1::text::regconfig";
    match connection.run(sql, &args![language]).await {
        Err(error) if has_code(&error, &UNKNOWN_CONFIGURATION) => {
            let unknown = format!("the text search configuration '{language}'");
            return Err(StorageError::Missing(unknown).into());
        }
        known => known?,
    };
    let sql = "UPDATE search_state SET language = $1, \
               unindexed = (SELECT coalesce(max(pk), 0) FROM objects) WHERE language <> $1";
    Ok(connection.run(sql, &args![language]).await? > 0)
}
