//! Positions and audiences that are no more, from the database.

use async_trait::async_trait;
use sqlx::{PgConnection, types::Json};

use super::{Postgres, commit::WriteResult, error::map_error};
use crate::{
    model::{AudienceMember, Stream},
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
            .bind(key::digest_key(item))
            .fetch_optional(&self.pool)
            .await
            .map_err(map_error)
    }

    async fn audiences(&self, id: &str) -> Result<Option<Row>> {
        sqlx::query_as(AUDIENCES)
            .bind(key::digest_key(id))
            .fetch_optional(&self.pool)
            .await
            .map_err(map_error)
    }

    async fn is_or_was_in(&self, item: &str, streams: &[&Stream]) -> Result<bool> {
        let sql = format!(
            "SELECT count(*) > 0 FROM unnest($2::bytea[]) AS k (key) \
             CROSS JOIN LATERAL (SELECT pk FROM streams WHERE key = k.key OFFSET 0) s \
             WHERE {IS_OR_WAS_IN}"
        );
        let keys: Vec<Vec<u8>> = streams
            .iter()
            .map(|stream| key::stream_key(stream))
            .collect();
        sqlx::query_scalar(&sql)
            .bind(key::digest_key(item))
            .bind(keys)
            .fetch_one(&self.pool)
            .await
            .map_err(map_error)
    }
}

/// Notes the former audience of an object.
pub(super) async fn note_audience(
    connection: &mut PgConnection,
    object: i64,
    former: &[AudienceMember],
) -> WriteResult {
    sqlx::query("UPDATE objects SET former = $2 WHERE pk = $1")
        .bind(object)
        .bind(Json(audience::split(former).json))
        .execute(connection)
        .await?;
    Ok(())
}
