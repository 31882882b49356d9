//! Positions and audiences that are no more, from the database.

use super::{Postgres, error::map_error};
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

impl_history!(Postgres, pool, map_error, {
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
});
