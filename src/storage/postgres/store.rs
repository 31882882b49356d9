//! Reads.

use std::collections::HashMap;

use sqlx::Row;

use super::{Postgres, driver::Server};
use crate::{
    model::{Stream, Viewer},
    storage::{
        CredentialVersion, Result,
        sql::{
            credentials::DELETE_BATCH_SIZE,
            dialect::Dialect,
            driver::args,
            key::{self, Key},
            nonces::NonceRecorder,
            pool::Pool,
            query,
            store::{Caches, Preview, SqlStore},
        },
    },
};

/// Streams by their keys: likes, replies and shares ($1) by the index of just those that there are
/// (0015), which is small, for nobody likes most things; and others ($3).
const PREVIEWED_STREAMS_SQL: &str = "\
    SELECT * FROM streams WHERE key = ANY($1) \
    AND split_part(name, ' ', 1) IN ('likes', 'replies', 'shares') \
    UNION ALL SELECT * FROM streams WHERE key = ANY($3)";

impl SqlStore for Postgres {
    type Connector = Server;

    fn pool(&self) -> &Pool<Server> {
        &self.pool
    }

    fn caches(&self) -> &Caches {
        &self.invalidation_log.caches
    }

    fn nonces(&self) -> &NonceRecorder {
        &self.nonces
    }

    fn credential_counter(&self) -> &CredentialVersion {
        &self.credential_version
    }

    async fn find_previews(
        &self,
        streams: &[Stream],
        count: u32,
        viewer: Viewer<'_>,
    ) -> Result<Vec<Option<Preview>>> {
        let sql = format!(
            "SELECT s.key, {}, ARRAY(SELECT id FROM ({}) AS t ORDER BY seq DESC) \
             FROM ({PREVIEWED_STREAMS_SQL}) s",
            query::preview_total(viewer, 4),
            query::preview_items(Dialect::Postgres, viewer, 4),
        );
        let keys: Vec<Key> = streams.iter().map(key::stream_key).collect();
        let (mut reactions, mut others) = (Vec::new(), Vec::new());
        for (stream, key) in streams.iter().zip(&keys) {
            match stream.reaction_target() {
                Some(_) => reactions.push(*key),
                None => others.push(*key),
            }
        }
        let mut arguments = Vec::from(args![reactions, count, others]);
        query::add_viewer(&mut arguments, viewer);
        let previews = self.pool.list(&sql, &arguments, |row| {
            let (key, total): (Key, _) = (row.try_get(0)?, row.try_get(1)?);
            let items = row.try_get(2)?;
            Ok((key, Preview { total, items }))
        });
        let found: HashMap<Key, Preview> = previews.await?.into_iter().collect();
        Ok(keys.iter().map(|key| found.get(key).cloned()).collect())
    }

    async fn delete_batch(&self, sql: &str, before: i64) -> Result<u64> {
        let arguments = args![before, DELETE_BATCH_SIZE];
        Ok(self.pool.run(sql, &arguments).await?)
    }

    async fn delete_old_invalidations(&self) -> Result<()> {
        self.invalidation_log.delete_old_rows(&self.pool).await
    }
}
