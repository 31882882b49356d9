//! Streams, in either database.

use std::collections::HashSet;

use async_trait::async_trait;

use super::{
    driver::{SqlRow, args},
    key, page,
    previews::list_previews,
    query,
    store::SqlStore,
};
use crate::{
    model::{Page, PageRequest, Stream, StreamPreview, Viewer},
    storage::{Result, Streams},
};

#[async_trait]
impl<S: SqlStore> Streams for S {
    async fn list(
        &self,
        stream: &Stream,
        request: &PageRequest,
        viewer: Viewer<'_>,
    ) -> Result<Page> {
        page::read_page(self, stream, request, viewer).await
    }

    async fn previews(
        &self,
        streams: &[Stream],
        count: u32,
        viewer: Viewer<'_>,
    ) -> Result<Vec<StreamPreview>> {
        list_previews(self, streams, count, viewer).await
    }

    async fn contains(&self, pairs: &[(Stream, &str)]) -> Result<Vec<bool>> {
        let keys: Vec<_> = pairs
            .iter()
            .map(|(stream, id)| (key::stream_key(stream), key::digest_key(id)))
            .collect();
        let sql = query::contained_pairs(S::DIALECT);
        let places = self.pool().list(sql, &args![keys], decode_place).await?;
        let contained: HashSet<i64> = places.into_iter().collect();
        let places = (0_i64..).take(pairs.len());
        Ok(places.map(|place| contained.contains(&place)).collect())
    }

    async fn items_after(
        &self,
        stream: &Stream,
        after: u64,
        count: u32,
    ) -> Result<Vec<(u64, String)>> {
        let after = i64::try_from(after).unwrap_or(i64::MAX);
        let arguments = args![key::stream_key(stream), after, count];
        let sql = query::items(S::DIALECT);
        self.pool().list(&sql, &arguments, decode_item).await
    }

    async fn is_in_other_stream(&self, item: &str, except: &Stream) -> Result<bool> {
        let keys = args![key::digest_key(item), key::stream_key(except)];
        let found = self.pool().scalar(query::IS_IN_OTHER_STREAM_SQL, &keys);
        Ok(found.await?)
    }
}

fn decode_place(row: &impl SqlRow) -> Result<i64> {
    Ok(row.at(0)?)
}

fn decode_item(row: &impl SqlRow) -> Result<(u64, String)> {
    let seq: i64 = row.at(0)?;
    Ok((seq.unsigned_abs(), row.at(1)?))
}
