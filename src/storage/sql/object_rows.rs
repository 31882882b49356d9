//! Rows of objects.

use std::sync::Arc;

use serde_json::Value;
use sqlx::types::Json;

use super::{
    audience::{self, AudienceParts},
    driver::{Argument, SqlRow, args},
    key,
    store::SqlStore,
};
use crate::{
    model::{Body, Object, search_name},
    storage::Result,
};

/// Reads the columns of `query::OBJECT_COLUMNS`, which come first in a row.
pub(super) fn cached_object(store: &impl SqlStore, row: &impl SqlRow) -> Result<Arc<Object>> {
    let (pk, version) = (row.at(0)?, row.at(1)?);
    let cache = &store.caches().decoded_objects;
    cache.get_or_decode(pk, version, || decode_object(row))
}

/// Decodes the same columns.
pub(super) fn decode_object(row: &impl SqlRow) -> Result<Object> {
    let Json(audience): Json<Value> = row.at(6)?;
    let body = Body::from_text(row.text_at(9)?);
    Ok(Object {
        version: row.at(1)?,
        id: row.at(2)?,
        uuid: row.at(3)?,
        object_type: row.at(4)?,
        author: row.at(5)?,
        audience: audience::from_json(&audience)?,
        published_by: row.at(7)?,
        deleted: row.at(8)?,
        body: body.map_err(|error| sqlx::Error::Decode(error.into()))?,
    })
}

/// Columns of a new object but for the version, which [`object_arguments`] are for.
pub(crate) const NEW_OBJECT_COLUMNS: &str = "\
    key, id, uuid, object_type, author, audience, public, published_by, deleted, body, name";

/// Number of [`NEW_OBJECT_COLUMNS`].
pub(crate) const NEW_OBJECT_COLUMN_COUNT: usize = 11;

/// Returns the values of a new object.
pub(crate) fn object_arguments<'a>(
    object: &'a Object,
    parts: &'a AudienceParts<'_>,
) -> [Argument<'a>; NEW_OBJECT_COLUMN_COUNT] {
    args![
        key::digest_key(&object.id),
        &object.id,
        &object.uuid,
        &object.object_type,
        &object.author,
        &parts.json,
        parts.public,
        &object.published_by,
        object.deleted,
        object.body.raw(),
        search_name(object),
    ]
}
