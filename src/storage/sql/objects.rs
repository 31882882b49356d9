//! Objects: rows and writes, in either database.

/// Binds the values of a new object: all columns but the version, from `key` to `name`.
macro_rules! bind_object {
    ($query:expr, $object:expr, $parts:expr) => {
        $query
            .bind($crate::storage::sql::key::digest_key(&$object.id))
            .bind(&$object.id)
            .bind(&$object.uuid)
            .bind(&$object.object_type)
            .bind(&$object.author)
            .bind(sqlx::types::Json(&$parts.json))
            .bind($parts.public)
            .bind(&$object.published_by)
            .bind($object.deleted)
            .bind($object.body.raw())
            .bind($crate::model::search_name($object))
    };
}

/// Defines how a row of an object is read.
macro_rules! define_object_rows {
    ($store:ty, $map_error:path, $row:ty) => {
        impl $store {
            /// Reads the columns of [`query::OBJECT_COLUMNS`], which come first in a row.
            pub(super) fn cached_object(
                &self,
                row: &$row,
            ) -> $crate::storage::Result<std::sync::Arc<$crate::model::Object>> {
                use $crate::storage::sql::primary_keys::ObjectLookup;

                let pk = row.try_get(0).map_err($map_error)?;
                let version = row.try_get(1).map_err($map_error)?;
                self.decoded_objects()
                    .get_or_decode(pk, version, || decode_object(row))
            }
        }

        fn decode_object(row: &$row) -> $crate::storage::Result<$crate::model::Object> {
            use $crate::{
                model::{Body, Object},
                storage::sql::audience,
            };

            let read = || -> sqlx::Result<(Object, serde_json::Value)> {
                let sqlx::types::Json(audience) = row.try_get(6)?;
                let body: &str = row.try_get_unchecked(9)?;
                let body =
                    Body::from_text(body).map_err(|error| sqlx::Error::Decode(error.into()))?;
                let object = Object {
                    version: row.try_get(1)?,
                    id: row.try_get(2)?,
                    uuid: row.try_get(3)?,
                    object_type: row.try_get(4)?,
                    author: row.try_get(5)?,
                    audience: Vec::new(),
                    published_by: row.try_get(7)?,
                    deleted: row.try_get(8)?,
                    body,
                };
                Ok((object, audience))
            };
            let (object, json) = read().map_err($map_error)?;
            Ok(Object {
                audience: audience::from_json(&json)?,
                ..object
            })
        }
    };
}

/// Defines `put_object` for a type of connection: `$find` is the statement that reads what is
/// stored under a key ($1) or a UUID ($2), and `$body` casts a text to the type of a body.
macro_rules! define_object_writes {
    ($connection:ty, $find:literal, $body:literal) => {
        use $crate::{
            model::Object,
            storage::{
                Expect, StorageError,
                sql::{
                    audience::{self, AudienceParts},
                    history, key,
                    objects::bind_object,
                    write::WriteResult,
                },
            },
        };

        /// The stored state of an object that is to be put.
        #[derive(sqlx::FromRow)]
        struct StoredObject {
            pk: i64,
            id: String,
            version: i64,
            public: bool,
            audience: sqlx::types::Json<serde_json::Value>,
        }

        /// Stores an object.
        pub(super) async fn put_object(
            connection: &mut $connection,
            object: &Object,
            expect: Expect,
        ) -> WriteResult {
            let stored = find_stored(connection, object, expect).await?;
            let parts = audience::split(&object.audience);
            let Some(stored) = stored else {
                let pk = insert_object(connection, object, &parts).await?;
                add_audience_rows(connection, pk, &parts).await?;
                return Ok(());
            };
            let is_readdressed = stored.audience.0 != parts.json;
            update_object(connection, &stored, object, &parts, is_readdressed).await?;
            if stored.public != parts.public {
                update_visibility(connection, stored.pk, parts.public).await?;
            }
            if is_readdressed {
                remove_audience_rows(connection, stored.pk).await?;
                add_audience_rows(connection, stored.pk, &parts).await?;
            }
            Ok(())
        }

        /// Finds what is there, and checks what was expected of it.
        async fn find_stored(
            connection: &mut $connection,
            object: &Object,
            expect: Expect,
        ) -> WriteResult<Option<StoredObject>> {
            let rows: Vec<StoredObject> = sqlx::query_as($find)
                .bind(key::digest_key(&object.id))
                .bind(&object.uuid)
                .fetch_all(connection)
                .await?;
            let (own, others): (Vec<_>, Vec<_>) =
                rows.into_iter().partition(|stored| stored.id == object.id);
            let stored = own.into_iter().next();
            expect.check(stored.as_ref().map(|stored| stored.version), &object.id)?;
            if others.is_empty() {
                Ok(stored)
            } else {
                Err(StorageError::AlreadyExists(object.uuid.clone()).into())
            }
        }

        async fn insert_object(
            connection: &mut $connection,
            object: &Object,
            parts: &AudienceParts<'_>,
        ) -> WriteResult<i64> {
            let sql = concat!(
                "INSERT INTO objects (key, id, uuid, object_type, author, audience, public, post, \
                 deleted, body, name, version) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10",
                $body,
                ", $11, 1) RETURNING pk"
            );
            let query = bind_object!(sqlx::query_scalar(sql), object, parts);
            Ok(query.fetch_one(connection).await?)
        }

        /// Replaces an object; one that is readdressed keeps the addresses that it had. These are
        /// many, and read only then.
        async fn update_object(
            connection: &mut $connection,
            stored: &StoredObject,
            object: &Object,
            parts: &AudienceParts<'_>,
            is_readdressed: bool,
        ) -> WriteResult {
            let mut former = None;
            if is_readdressed {
                let before = sqlx::query_scalar(history::FORMER_AUDIENCE)
                    .bind(stored.pk)
                    .fetch_one(&mut *connection)
                    .await?;
                former = Some(history::remember_replaced(before, &stored.audience)?);
            }
            let sql = concat!(
                "UPDATE objects SET object_type = $2, author = $3, audience = $4, public = $5, \
                 post = $6, deleted = $7, version = version + 1, body = $8",
                $body,
                ", name = $9, former = coalesce($10, former) WHERE pk = $1"
            );
            sqlx::query(sql)
                .bind(stored.pk)
                .bind(&object.object_type)
                .bind(&object.author)
                .bind(sqlx::types::Json(&parts.json))
                .bind(parts.public)
                .bind(&object.published_by)
                .bind(object.deleted)
                .bind(object.body.raw())
                .bind($crate::model::search_name(object))
                .bind(former)
                .execute(connection)
                .await?;
            Ok(())
        }

        /// Removes the rows that say whom an object is for.
        async fn remove_audience_rows(connection: &mut $connection, object: i64) -> WriteResult {
            for statement in [
                "DELETE FROM audience_persons WHERE object = $1",
                "DELETE FROM audience_streams WHERE object = $1",
            ] {
                sqlx::query(statement)
                    .bind(object)
                    .execute(&mut *connection)
                    .await?;
            }
            Ok(())
        }
    };
}

pub(crate) use {bind_object, define_object_rows, define_object_writes};
