//! Metadata of files, in either database.

macro_rules! select_media {
    ($condition:literal) => {
        concat!(
            "SELECT m.path, o.id, m.media_type, m.size FROM media m \
             JOIN objects o ON o.pk = m.object WHERE ",
            $condition
        )
    };
}

/// A file, by path ($1).
pub(crate) const FIND_MEDIA_SQL: &str = select_media!("m.path = $1");

/// The files of an object, by key ($1).
pub(crate) const LIST_MEDIA_SQL: &str = select_media!("o.key = $1 ORDER BY m.path");

/// How many files there are from a path ($1) up to another ($2), and their bytes; without
/// tombstones.
pub(crate) const UPLOADED: &str = "\
    SELECT COUNT(*), CAST(COALESCE(SUM(m.size), 0) AS BIGINT) \
    FROM media m JOIN objects o ON o.pk = m.object \
    WHERE m.path >= $1 AND m.path < $2 AND NOT o.deleted";

/// Stores the path ($1) of a file, its object ($2), media type ($3) and size ($4).
pub(crate) const INSERT_MEDIA_SQL: &str = "\
    INSERT INTO media (path, object, media_type, size) VALUES ($1, $2, $3, $4) \
    ON CONFLICT DO NOTHING";

/// Implements [`Files`](crate::storage::Files) for a store with a pool, and the write for its type
/// of connection.
macro_rules! impl_files {
    ($store:ty, $pool:ident, $map_error:path, $connection:ty) => {
        const _: () = {
            use ::async_trait::async_trait;

            use $crate::{
                model::{Media, Nickname, Uploaded},
                storage::{
                    Files, Result,
                    sql::{
                        files::{FIND_MEDIA_SQL, LIST_MEDIA_SQL, UPLOADED},
                        key,
                        rows::MediaRow,
                    },
                },
            };

            #[async_trait]
            impl Files for $store {
                async fn find_media(&self, path: &str) -> Result<Option<Media>> {
                    let row: Option<MediaRow> = sqlx::query_as(FIND_MEDIA_SQL)
                        .bind(path)
                        .fetch_optional(&self.$pool)
                        .await
                        .map_err($map_error)?;
                    Ok(row.map(MediaRow::decode))
                }

                async fn list_media_of(&self, object: &str) -> Result<Vec<Media>> {
                    let rows: Vec<MediaRow> = sqlx::query_as(LIST_MEDIA_SQL)
                        .bind(key::digest_key(object))
                        .fetch_all(&self.$pool)
                        .await
                        .map_err($map_error)?;
                    Ok(rows.into_iter().map(MediaRow::decode).collect())
                }

                async fn uploaded(&self, nickname: &Nickname) -> Result<Uploaded> {
                    let (files, bytes): (i64, i64) = sqlx::query_as(UPLOADED)
                        .bind(format!("{nickname}/"))
                        // The character after the slash.
                        .bind(format!("{nickname}0"))
                        .fetch_one(&self.$pool)
                        .await
                        .map_err($map_error)?;
                    Ok(Uploaded {
                        files: files.unsigned_abs(),
                        bytes: bytes.unsigned_abs(),
                    })
                }
            }
        };

        /// Stores what is known of a file.
        pub(super) async fn put_media(
            connection: &mut $connection,
            media: &$crate::model::Media,
        ) -> $crate::storage::sql::write::WriteResult {
            use $crate::storage::{
                StorageError,
                sql::{files::INSERT_MEDIA_SQL, key},
            };

            let object: Option<i64> = sqlx::query_scalar("SELECT pk FROM objects WHERE key = $1")
                .bind(key::digest_key(&media.object))
                .fetch_optional(&mut *connection)
                .await?;
            let object = object.ok_or_else(|| StorageError::Missing(media.object.clone()))?;
            let done = sqlx::query(INSERT_MEDIA_SQL)
                .bind(&media.path)
                .bind(object)
                .bind(&media.media_type)
                .bind(i64::try_from(media.size).unwrap_or(i64::MAX))
                .execute(connection)
                .await?;
            match done.rows_affected() {
                0 => Err(StorageError::AlreadyExists(media.path.clone()).into()),
                _ => Ok(()),
            }
        }
    };
}

pub(crate) use impl_files;
