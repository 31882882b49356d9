//! Positions and audiences that are no more, from the database.

use async_trait::async_trait;
use sqlx::{PgConnection, types::Json};

use super::{Postgres, commit::Outcome, error::failed};
use crate::{
    model::{Address, Stream},
    storage::{
        Result,
        sql::{
            audience,
            history::{AUDIENCES, History, IS_OR_WAS_IN, POSITION, Row},
            key,
        },
    },
};

#[async_trait]
impl History for Postgres {
    async fn position(&self, stream: i64, item: &str) -> Result<Option<i64>> {
        sqlx::query_scalar(POSITION)
            .bind(stream)
            .bind(key::of(item))
            .fetch_optional(&self.pool)
            .await
            .map_err(failed)
    }

    async fn audiences(&self, id: &str) -> Result<Option<Row>> {
        sqlx::query_as(AUDIENCES)
            .bind(key::of(id))
            .fetch_optional(&self.pool)
            .await
            .map_err(failed)
    }

    async fn is_or_was_in(&self, item: &str, streams: &[&Stream]) -> Result<bool> {
        let sql = format!(
            "SELECT count(*) > 0 FROM unnest($2::bytea[]) AS k (key) \
             CROSS JOIN LATERAL (SELECT pk FROM streams WHERE key = k.key OFFSET 0) s \
             WHERE {IS_OR_WAS_IN}"
        );
        let keys: Vec<Vec<u8>> = streams
            .iter()
            .map(|stream| key::of_stream(stream))
            .collect();
        sqlx::query_scalar(&sql)
            .bind(key::of(item))
            .bind(keys)
            .fetch_one(&self.pool)
            .await
            .map_err(failed)
    }
}

/// Notes the former audience of an object.
pub(super) async fn note_audience(
    connection: &mut PgConnection,
    object: i64,
    former: &[Address],
) -> Outcome {
    sqlx::query("UPDATE objects SET former = $2 WHERE pk = $1")
        .bind(object)
        .bind(Json(audience::parts(former).json))
        .execute(connection)
        .await?;
    Ok(())
}
