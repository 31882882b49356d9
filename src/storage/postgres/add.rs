//! New objects, many at once.

use serde_json::Value;
use sqlx::{PgConnection, types::Json};

use super::commit::Outcome;
use crate::{
    model::{Object, called},
    storage::{
        StorageError,
        sql::{
            audience::{self, Parts},
            key,
        },
    },
};

/// Stores objects, of which the columns come; none whose key or uuid is there.
const ADD: &str = "\
    INSERT INTO objects \
    (key, id, uuid, object_type, author, audience, public, post, deleted, version, body, name) \
    SELECT key, id, uuid, object_type, author, audience, public, post, deleted, 1, body::json, name \
    FROM unnest($1::bytea[], $2::text[], $3::text[], $4::text[], $5::text[], $6::jsonb[], \
      $7::bool[], $8::text[], $9::bool[], $10::text[], $11::text[]) WITH ORDINALITY AS o \
      (key, id, uuid, object_type, author, audience, public, post, deleted, body, name, number) \
    ORDER BY number ON CONFLICT DO NOTHING RETURNING key";

/// Says of objects, by key, that they are for the members of streams, by key: these were made at the start of the
/// commit.
const FOR_MEMBERS: &str = "\
    INSERT INTO audience_streams (object, stream) SELECT o.pk, s.pk \
    FROM unnest($1::bytea[], $2::bytea[]) AS a (object, stream) \
    JOIN objects o ON o.key = a.object JOIN streams s ON s.key = a.stream";

/// Says of objects, by key, that they are for persons, by key; and tells of a person that is not stored.
const FOR_PERSONS: &str = "\
    WITH persons AS (SELECT a.object, p.pk, a.number \
      FROM unnest($1::bytea[], $2::bytea[]) WITH ORDINALITY AS a (object, person, number) \
      LEFT JOIN objects p ON p.key = a.person), \
    added AS (INSERT INTO audience_persons (object, person) SELECT o.pk, p.pk \
      FROM persons p JOIN objects o ON o.key = p.object WHERE p.pk IS NOT NULL) \
    SELECT number FROM persons WHERE pk IS NULL LIMIT 1";

/// Stores objects that must not be there.
pub(super) async fn add(connection: &mut PgConnection, objects: &[&Object]) -> Outcome {
    let parted: Vec<(&Object, Parts<'_>)> = objects
        .iter()
        .map(|object| (*object, audience::parts(&object.audience)))
        .collect();
    insert(connection, &parted).await?;
    let (of, streams) = pairs(&parted, |parts| {
        parts.streams.iter().map(|s| key::of_stream(s)).collect()
    });
    if !streams.is_empty() {
        let query = sqlx::query(FOR_MEMBERS).bind(of).bind(streams);
        query.execute(&mut *connection).await?;
    }
    let (of, persons) = pairs(&parted, |parts| {
        parts.persons.iter().map(|id| key::of(id)).collect()
    });
    if persons.is_empty() {
        return Ok(());
    }
    let query = sqlx::query_scalar(FOR_PERSONS).bind(of).bind(persons);
    let missing: Option<i64> = query.fetch_optional(connection).await?;
    let Some(number) = missing else { return Ok(()) };
    let mut persons = parted.iter().flat_map(|(_, parts)| &parts.persons);
    let id = usize::try_from(number - 1)
        .ok()
        .and_then(|at| persons.nth(at));
    let id = id.copied().unwrap_or_default();
    Err(StorageError::Missing(id.into()).into())
}

async fn insert(connection: &mut PgConnection, objects: &[(&Object, Parts<'_>)]) -> Outcome {
    let texts = |text: fn(&Object) -> &str| -> Vec<&str> {
        objects.iter().map(|(object, _)| text(object)).collect()
    };
    let perhaps = |text: fn(&Object) -> Option<&str>| -> Vec<Option<&str>> {
        objects.iter().map(|(object, _)| text(object)).collect()
    };
    let keys: Vec<Vec<u8>> = objects.iter().map(|(o, _)| key::of(&o.id)).collect();
    let audiences: Vec<Json<&Value>> = objects.iter().map(|(_, p)| Json(&p.json)).collect();
    let public: Vec<bool> = objects.iter().map(|(_, parts)| parts.public).collect();
    let deleted: Vec<bool> = objects.iter().map(|(object, _)| object.deleted).collect();
    let names: Vec<Option<String>> = objects.iter().map(|(object, _)| called(object)).collect();
    let added: Vec<Vec<u8>> = sqlx::query_scalar(ADD)
        .bind(&keys)
        .bind(texts(|object| &object.id))
        .bind(texts(|object| &object.uuid))
        .bind(texts(|object| &object.object_type))
        .bind(perhaps(|object| object.author.as_deref()))
        .bind(audiences)
        .bind(public)
        .bind(perhaps(|object| object.post.as_deref()))
        .bind(deleted)
        .bind(texts(|object| object.body.text()))
        .bind(names)
        .fetch_all(connection)
        .await?;
    // Of two of one id the second is too many.
    let late = keys.iter().enumerate().find(|(at, key)| {
        let before = keys[..*at].contains(key);
        before || !added.contains(key)
    });
    match late {
        Some((at, _)) => Err(StorageError::AlreadyExists(objects[at].0.id.clone()).into()),
        None => Ok(()),
    }
}

/// The keys of objects, each as often as there are keys in its parts, and those.
fn pairs(
    objects: &[(&Object, Parts<'_>)],
    keys: fn(&Parts<'_>) -> Vec<Vec<u8>>,
) -> (Vec<Vec<u8>>, Vec<Vec<u8>>) {
    let pairs = objects.iter().flat_map(|(object, parts)| {
        let object = key::of(&object.id);
        keys(parts)
            .into_iter()
            .map(move |key| (object.clone(), key))
    });
    pairs.unzip()
}
