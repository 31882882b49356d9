//! Reads and commits.

use std::collections::{BTreeSet, HashMap};

use async_trait::async_trait;
use serde_json::json;
use sqlx::{Row, types::Json};

use super::{Sqlite, driver::Reader};
use crate::{
    model::{Stream, Viewer},
    storage::{
        Changes, Commit, CredentialVersion, Result, Subscription,
        sql::{
            dialect::Dialect,
            driver::args,
            key,
            nonces::NonceRecorder,
            pool::Pool,
            query,
            store::{Caches, Preview, SqlStore},
        },
    },
};

/// Finds streams by their keys ($1), and likes, replies and shares by object ids ($3) in the
/// partial index of 0015, which is small.
const PREVIEWED_STREAMS_SQL: &str = "\
    SELECT k.pk FROM streams k WHERE k.key IN (SELECT unhex(value) FROM json_each($1)) \
    UNION ALL SELECT o.pk FROM json_each($3) i CROSS JOIN streams o INDEXED BY streams_thing \
    ON substr(o.name, instr(o.name, ' ') + 1) = i.value \
    WHERE (o.name GLOB 'likes *' OR o.name GLOB 'replies *' OR o.name GLOB 'shares *')";

/// The names of streams, their totals and their newest ($2) ids. A person's key and id are $4 and
/// $5.
pub(super) fn previews_sql(viewer: Viewer<'_>) -> String {
    format!(
        "SELECT s.name, {}, (SELECT json_group_array(id ORDER BY seq DESC) FROM ({})) \
         FROM streams s WHERE s.pk IN ({PREVIEWED_STREAMS_SQL})",
        query::preview_total(viewer, 4),
        query::preview_items(Dialect::Sqlite, viewer, 4),
    )
}

impl SqlStore for Sqlite {
    type Connector = Reader;

    fn pool(&self) -> &Pool<Reader> {
        &self.readers
    }

    fn caches(&self) -> &Caches {
        &self.caches
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
        let targets: BTreeSet<&str> = streams.iter().filter_map(Stream::reaction_target).collect();
        let targets = (!targets.is_empty()).then(|| json!(targets).to_string());
        let others = streams
            .iter()
            .filter(|stream| stream.reaction_target().is_none());
        let others: Vec<_> = others.map(key::stream_key).collect();
        let mut arguments = Vec::from(args![others, count, targets]);
        query::add_viewer(&mut arguments, viewer);
        let sql = previews_sql(viewer);
        let previews = self.readers.list(&sql, &arguments, |row| {
            let (name, total): (String, _) = (row.try_get(0)?, row.try_get(1)?);
            let Json(items) = row.try_get(2)?;
            Ok((name, Preview { total, items }))
        });
        let found: HashMap<String, Preview> = previews.await?.into_iter().collect();
        let found = streams.iter().map(|stream| found.get(&stream.to_string()));
        Ok(found.map(Option::<&Preview>::cloned).collect())
    }

    async fn delete_batch(&self, sql: &str, before: i64) -> Result<u64> {
        self.writer.delete(sql.into(), before).await
    }
}

#[async_trait]
impl Commit for Sqlite {
    async fn commit(&self, changes: Changes) -> Result<()> {
        self.writer.commit(changes).await
    }

    fn subscribe(&self) -> Subscription {
        self.broadcaster.subscribe()
    }
}
