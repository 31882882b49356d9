//! Positions and audiences that are no more, for clients that go on from an item they saw before.

use serde_json::Value;
use sqlx::types::Json;

use super::{
    audience,
    dialect::Dialect,
    driver::{Column, SqlRow, args},
    key,
    store::SqlStore,
};
use crate::{
    model::{Access, AudienceMember, Viewer, access},
    storage::{Result, remember},
};

/// The number of an item, by key ($2), in a stream ($1) that it was taken out of.
pub(crate) const POSITION_SQL: &str = "\
    SELECT r.seq FROM removed_entries r WHERE r.stream = $1 \
    AND r.item = (SELECT o.pk FROM objects o WHERE o.key = $2)";

/// The author of an object, by key ($1), its audience, and the former one.
pub(crate) const AUDIENCES_SQL: &str =
    "SELECT o.author, o.audience, o.former_audiences FROM objects o WHERE o.key = $1";

/// Whether an item, by key ($1), is in one of some streams, by keys ($2), or was.
pub(crate) fn is_or_was_in_sql(dialect: Dialect) -> String {
    let (begin, end) = dialect.choose(
        (
            "EXISTS (SELECT 1 FROM json_each($2) k CROSS JOIN streams s ON s.key = unhex(k.value)",
            ")",
        ),
        (
            "count(*) > 0 FROM unnest($2::bytea[]) AS k (key) \
             CROSS JOIN LATERAL (SELECT pk FROM streams WHERE key = k.key OFFSET 0) s",
            "",
        ),
    );
    format!(
        "SELECT {begin} WHERE coalesce((SELECT e.seq FROM entries e WHERE e.stream = s.pk \
           AND e.item = (SELECT o.pk FROM objects o WHERE o.key = $1)), \
         (SELECT r.seq FROM removed_entries r WHERE r.stream = s.pk \
           AND r.item = (SELECT o.pk FROM objects o WHERE o.key = $1))) IS NOT NULL{end}"
    )
}

/// Returns the number of an item in a stream that it was taken out of.
pub(super) async fn position(
    store: &impl SqlStore,
    stream: i64,
    item: &str,
) -> Result<Option<i64>> {
    let arguments = args![stream, key::digest_key(item)];
    let found = store
        .pool()
        .find(POSITION_SQL, &arguments, |row| Ok(row.at(0)?));
    found.await
}

/// Whether a viewer may read an object, or could, as
/// [`Objects::was_readable`](crate::storage::Objects::was_readable) promises it.
pub(super) async fn was_readable<S: SqlStore>(
    store: &S,
    id: &str,
    viewer: Viewer<'_>,
) -> Result<bool> {
    let key = args![key::digest_key(id)];
    let found = store.pool().find(AUDIENCES_SQL, &key, decode_audiences);
    let Some((author, all)) = found.await? else {
        return Ok(false);
    };
    match (access(author.as_deref(), &all, viewer), viewer) {
        (Access::Granted, _) => Ok(true),
        (Access::IfMemberOf(streams), Viewer::Person(person)) => {
            let streams: Vec<_> = streams
                .iter()
                .map(|stream| key::stream_key(stream))
                .collect();
            let arguments = args![key::digest_key(person), streams];
            let sql = is_or_was_in_sql(S::DIALECT);
            Ok(store.pool().scalar(&sql, &arguments).await?)
        }
        _ => Ok(false),
    }
}

/// The author of an object, and all that are or were in its audience.
fn decode_audiences(row: &impl SqlRow) -> Result<(Option<String>, Vec<AudienceMember>)> {
    let Json(now): Json<Value> = row.at(1)?;
    let mut all = audience::from_json(&now)?;
    all.extend(decode_former(row.at(2)?)?);
    Ok((row.at(0)?, all))
}

/// Returns the former audience to store of an object whose audience is replaced.
pub(super) fn remember_replaced(former: Option<Json<Value>>, replaced: &Value) -> Result<Value> {
    let former = remember(decode_former(former)?, &audience::from_json(replaced)?);
    Ok(audience::split(&former).json)
}

/// A former audience, as it is stored.
fn decode_former(former: Option<Json<Value>>) -> Result<Vec<AudienceMember>> {
    former.map_or(Ok(Vec::new()), |Json(json)| audience::from_json(&json))
}
