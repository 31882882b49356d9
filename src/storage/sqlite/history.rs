//! Positions and audiences that are no more, from a file.

use sqlx::SqliteConnection;

use super::{Sqlite, error::map_error, hex_json_array};
use crate::{
    model::Stream,
    storage::{
        Result,
        sql::{
            history::{IS_OR_WAS_IN, impl_history},
            key,
        },
    },
};

/// Notes the position of an item ($1) in so many ($3) streams but one, by key ($2), before it is
/// taken out of them.
pub(super) const WITHDRAWN: &str = "\
    INSERT OR REPLACE INTO removed (item, stream, seq) SELECT item, stream, seq FROM entries \
    WHERE item = $1 AND stream <> coalesce((SELECT pk FROM streams WHERE key = $2), 0) \
    ORDER BY stream LIMIT $3";

/// Whether an item, by key ($1), is in one of some streams, by keys ($2), or was.
fn is_or_was_in() -> String {
    format!(
        "SELECT EXISTS (SELECT 1 FROM json_each($2) k \
         CROSS JOIN streams s ON s.key = unhex(k.value) WHERE {IS_OR_WAS_IN})"
    )
}

impl_history!(Sqlite, readers, map_error, {
    async fn is_or_was_in(&self, item: &str, streams: &[&Stream]) -> Result<bool> {
        sqlx::query_scalar(&is_or_was_in())
            .bind(key::digest_key(item))
            .bind(hex_json_array(
                streams.iter().map(|stream| key::stream_key(stream)),
            ))
            .fetch_one(&self.readers)
            .await
            .map_err(map_error)
    }
});

/// Notes the position of an item that was taken out of a stream.
pub(super) async fn note_position(
    connection: &mut SqliteConnection,
    item: i64,
    stream: i64,
    seq: i64,
) -> Result<()> {
    sqlx::query("INSERT OR REPLACE INTO removed (item, stream, seq) VALUES ($1, $2, $3)")
        .bind(item)
        .bind(stream)
        .bind(seq)
        .execute(connection)
        .await
        .map(drop)
        .map_err(map_error)
}

#[cfg(test)]
mod tests {
    use sqlx::Row as _;

    use super::*;
    use crate::storage::sql::history::{AUDIENCES, POSITION};

    #[tokio::test]
    async fn history_is_read_by_index() {
        let store = Sqlite::temporary().await.unwrap();
        for sql in [POSITION, AUDIENCES, &is_or_was_in()] {
            let sql = format!("EXPLAIN QUERY PLAN {sql}");
            for step in sqlx::query(&sql).fetch_all(&store.readers).await.unwrap() {
                let step: String = step.get("detail");
                let scans = step.starts_with("SCAN")
                    && !step.contains("VIRTUAL TABLE")
                    && !step.contains("CONSTANT ROW");
                assert!(!scans, "{step}: {sql}");
            }
        }
    }
}
