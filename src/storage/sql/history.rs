//! Positions and audiences that are no more, for clients that go on from an item they saw before.

use async_trait::async_trait;
use serde_json::Value;
use sqlx::types::Json;

use super::audience;
use crate::{
    model::{Access, AudienceMember, Stream, Viewer, access},
    storage::{Result, remember},
};

/// The number of an item, by key ($2), in a stream ($1) that it was taken out of.
pub(crate) const POSITION: &str = "\
    SELECT r.seq FROM removed r WHERE r.stream = $1 \
    AND r.item = (SELECT o.pk FROM objects o WHERE o.key = $2)";

/// The author of an object, by key ($1), its audience, and the former one.
pub(crate) const AUDIENCES: &str =
    "SELECT o.author, o.audience, o.former FROM objects o WHERE o.key = $1";

/// That an item, by key ($1), is in the stream `s`, or was.
pub(crate) const IS_OR_WAS_IN: &str = "\
    coalesce((SELECT e.seq FROM entries e WHERE e.stream = s.pk \
      AND e.item = (SELECT o.pk FROM objects o WHERE o.key = $1)), \
    (SELECT r.seq FROM removed r WHERE r.stream = s.pk \
      AND r.item = (SELECT o.pk FROM objects o WHERE o.key = $1))) IS NOT NULL";

/// A row of [`AUDIENCES`].
pub(crate) type Row = (Option<String>, Json<Value>, Option<Json<Value>>);

/// Reads of what is no more.
#[async_trait]
pub(crate) trait History {
    /// The number of an item in a stream that it was taken out of.
    async fn position(&self, stream: i64, item: &str) -> Result<Option<i64>>;

    /// The [audiences](AUDIENCES) of an object.
    async fn audiences(&self, id: &str) -> Result<Option<Row>>;

    /// Whether an item is in one of these streams, or was.
    async fn is_or_was_in(&self, item: &str, streams: &[&Stream]) -> Result<bool>;
}

/// Whether a viewer may read an object, or could, as
/// [`Objects::was_readable`](crate::storage::Objects::was_readable) promises it.
pub(crate) async fn was_readable(
    store: &impl History,
    id: &str,
    viewer: Viewer<'_>,
) -> Result<bool> {
    let Some((author, Json(now), former)) = store.audiences(id).await? else {
        return Ok(false);
    };
    let mut all = audience::from_json(&now)?;
    all.extend(read_former(former)?);
    match (access(author.as_deref(), &all, viewer), viewer) {
        (Access::Granted, _) => Ok(true),
        (Access::IfMemberOf(streams), Viewer::Person(person)) => {
            store.is_or_was_in(person, &streams).await
        }
        _ => Ok(false),
    }
}

/// The addresses that the audience of an object had before it was replaced, by primary key ($1).
pub(crate) const FORMER_AUDIENCE: &str = "SELECT former FROM objects WHERE pk = $1";

/// Returns the former audience to store of an object whose audience is replaced.
pub(crate) fn remember_replaced(
    former: Option<Json<Value>>,
    replaced: &Value,
) -> Result<Json<Value>> {
    let former = remember(read_former(former)?, &audience::from_json(replaced)?);
    Ok(Json(audience::split(&former).json))
}

/// A former audience, as it is stored.
fn read_former(former: Option<Json<Value>>) -> Result<Vec<AudienceMember>> {
    former.map_or(Ok(Vec::new()), |Json(json)| audience::from_json(&json))
}

/// Implements [`History`] for a store with a pool. `is_or_was_in` is the backend's own.
macro_rules! impl_history {
    ($store:ty, $pool:ident, $map_error:path, { $($is_or_was_in:tt)* }) => {
        #[::async_trait::async_trait]
        impl $crate::storage::sql::history::History for $store {
            async fn position(
                &self,
                stream: i64,
                item: &str,
            ) -> $crate::storage::Result<Option<i64>> {
                sqlx::query_scalar($crate::storage::sql::history::POSITION)
                    .bind(stream)
                    .bind($crate::storage::sql::key::digest_key(item))
                    .fetch_optional(&self.$pool)
                    .await
                    .map_err($map_error)
            }

            async fn audiences(
                &self,
                id: &str,
            ) -> $crate::storage::Result<Option<$crate::storage::sql::history::Row>> {
                sqlx::query_as($crate::storage::sql::history::AUDIENCES)
                    .bind($crate::storage::sql::key::digest_key(id))
                    .fetch_optional(&self.$pool)
                    .await
                    .map_err($map_error)
            }

            $($is_or_was_in)*
        }
    };
}

pub(crate) use impl_history;
