//! Writes of the search index.

use sqlx::SqliteConnection;

use super::driver::{json_array, write_hex};
use crate::{
    model::Object,
    storage::{
        StorageError,
        sql::{
            driver::{SqlConnection, args},
            index_task::IndexTask,
            search::{IndexRow, index_older},
            write::WriteResult,
        },
    },
};

/// Adds entries ($1): the key of the object, its text, and its marks.
const INSERT_ENTRIES_SQL: &str = "\
    INSERT INTO search_index (rowid, text, marks) \
    SELECT o.pk, r.value ->> 1, r.value ->> 2 FROM json_each($1) r \
    CROSS JOIN objects o ON o.key = unhex(r.value ->> 0)";

/// Adds the entries of new objects.
pub(super) async fn insert_entries(
    connection: &mut SqliteConnection,
    objects: &[&Object],
) -> WriteResult {
    let rows: Vec<IndexRow> = objects.iter().filter_map(|one| IndexRow::of(one)).collect();
    if rows.is_empty() {
        return Ok(());
    }
    let rows = json_array(&rows, |row, json| {
        json.push('[');
        write_hex(&row.key, json);
        json.push(',');
        json.push_str(&serde_json::Value::from(row.text.as_str()).to_string());
        json.push_str(",\"");
        json.push_str(&row.marks);
        json.push_str("\"]");
    });
    connection.run(INSERT_ENTRIES_SQL, &args![rows]).await?;
    Ok(())
}

impl IndexTask {
    /// Does the work, in a transaction that is open.
    pub(super) async fn execute(&self, connection: &mut SqliteConnection) -> WriteResult<bool> {
        match self {
            Self::SetLanguage(language) => set_language(connection, language).await,
            Self::IndexOlder(count) => index_older(connection, *count).await,
        }
    }
}

/// Makes the index anew if its language is another one.
async fn set_language(connection: &mut SqliteConnection, language: &str) -> WriteResult<bool> {
    let stemmer = match language {
        "simple" => "",
        "english" => "porter ",
        _ => {
            let unknown = format!("the search language '{language}' of SQLite");
            return Err(StorageError::Missing(unknown).into());
        }
    };
    let sql = "SELECT language FROM search_state";
    let stands: Option<String> = connection.scalar(sql, &[]).await?;
    if stands.as_deref() == Some(language) {
        return Ok(false);
    }
    let sql = format!(
        "DROP TABLE search_index; CREATE VIRTUAL TABLE search_index USING fts5 (text, marks, \
         content = '', contentless_delete = 1, \
         tokenize = '{stemmer}unicode61 remove_diacritics 2'); \
         UPDATE search_state SET language = $1, \
         unindexed = (SELECT coalesce(max(pk), 0) FROM objects)"
    );
    connection.run(&sql, &args![language]).await?;
    Ok(true)
}

#[cfg(test)]
mod tests {
    use crate::{
        model::{SearchQuery, Viewer},
        storage::{
            search::search_parts,
            sql::{dialect::Dialect, driver::Column, search::search_sql},
            sqlite::Sqlite,
        },
    };

    #[tokio::test]
    async fn search_reads_the_index_from_its_newest_row() {
        let store = Sqlite::temporary().await.unwrap();
        let query = SearchQuery::parse("tea").unwrap();
        for (viewer, parts) in [
            (Viewer::Anonymous, 1),
            (Viewer::Unrestricted, 2),
            (Viewer::Person("x"), 3),
        ] {
            let sql = search_sql(Dialect::Sqlite, &search_parts(&query, viewer), viewer);
            let sql = format!("EXPLAIN QUERY PLAN {sql}");
            let rows = store.readers.all(&sql, &[]).await.unwrap();
            let steps: Vec<String> = rows.iter().map(|row| row.at(3).unwrap()).collect();
            // In the order of row numbers, the highest first.
            let in_order = "SCAN search_index VIRTUAL TABLE INDEX 192:M";
            let matches = steps.iter().filter(|step| step.starts_with(in_order));
            assert_eq!(matches.count(), parts, "{steps:?}");
            let own = ["VIRTUAL TABLE", "SCAN m", "SCAN t", "SCAN (subquery"];
            for step in &steps {
                let is_own = own.iter().any(|own| step.contains(own));
                assert!(!step.starts_with("SCAN") || is_own, "{step}");
            }
        }
    }
}
