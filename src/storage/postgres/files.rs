//! Metadata of files.

use async_trait::async_trait;
use sqlx::PgConnection;

use super::{Postgres, commit::WriteResult, error::map_error};
use crate::{
    model::{Media, Nickname, Uploaded},
    storage::{
        Files, Result, StorageError,
        sql::{
            key,
            query::{SELECT_MEDIA_SQL, UPLOADED},
            rows::MediaRow,
        },
    },
};

#[async_trait]
impl Files for Postgres {
    async fn find_media(&self, path: &str) -> Result<Option<Media>> {
        let sql = format!("{SELECT_MEDIA_SQL} WHERE m.path = $1");
        let row: Option<MediaRow> = sqlx::query_as(&sql)
            .bind(path)
            .fetch_optional(&self.pool)
            .await
            .map_err(map_error)?;
        Ok(row.map(MediaRow::decode))
    }

    async fn list_media_of(&self, object: &str) -> Result<Vec<Media>> {
        let sql = format!("{SELECT_MEDIA_SQL} WHERE o.key = $1 ORDER BY m.path");
        let rows: Vec<MediaRow> = sqlx::query_as(&sql)
            .bind(key::digest_key(object))
            .fetch_all(&self.pool)
            .await
            .map_err(map_error)?;
        Ok(rows.into_iter().map(MediaRow::decode).collect())
    }

    async fn uploaded(&self, nickname: &Nickname) -> Result<Uploaded> {
        let (files, bytes): (i64, i64) = sqlx::query_as(UPLOADED)
            .bind(format!("{nickname}/"))
            // The character after the slash.
            .bind(format!("{nickname}0"))
            .fetch_one(&self.pool)
            .await
            .map_err(map_error)?;
        Ok(Uploaded {
            files: files.unsigned_abs(),
            bytes: bytes.unsigned_abs(),
        })
    }
}

/// Stores what is known of a file.
pub(super) async fn put_media(connection: &mut PgConnection, media: &Media) -> WriteResult {
    let object: Option<i64> = sqlx::query_scalar("SELECT pk FROM objects WHERE key = $1")
        .bind(key::digest_key(&media.object))
        .fetch_optional(&mut *connection)
        .await?;
    let object = object.ok_or_else(|| StorageError::Missing(media.object.clone()))?;
    let done = sqlx::query(
        "INSERT INTO media (path, object, media_type, size) VALUES ($1, $2, $3, $4) \
         ON CONFLICT DO NOTHING",
    )
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
