//! Metadata of files, in either database.

use async_trait::async_trait;

use super::{
    driver::{SqlConnection, SqlRow, args},
    key,
    record::{Record, record},
    store::SqlStore,
    write::WriteResult,
};
use crate::{
    model::{Media, Nickname, Uploaded},
    storage::{Files, Result, StorageError},
};

macro_rules! select_media {
    ($condition:literal) => {
        concat!(
            "SELECT m.path, o.id, m.media_type, m.size FROM files m \
             JOIN objects o ON o.pk = m.object WHERE ",
            $condition
        )
    };
}

/// The files of an object, by key ($1).
pub(crate) const LIST_MEDIA_SQL: &str = select_media!("o.key = $1 ORDER BY m.path");

/// How many files there are from a path ($1) up to another ($2), and their bytes; without
/// tombstones.
const UPLOADED_SQL: &str = "\
    SELECT COUNT(*), CAST(COALESCE(SUM(m.size), 0) AS BIGINT) \
    FROM files m JOIN objects o ON o.pk = m.object \
    WHERE m.path >= $1 AND m.path < $2 AND NOT o.deleted";

/// How many files there are, and their bytes; without tombstones.
const UPLOADED_BY_ALL_SQL: &str = "\
    SELECT COUNT(*), CAST(COALESCE(SUM(m.size), 0) AS BIGINT) \
    FROM files m JOIN objects o ON o.pk = m.object WHERE NOT o.deleted";

record!(Media { path, object in id, media_type, size });

fn decode_uploaded(row: &impl SqlRow) -> Result<Uploaded> {
    let (files, bytes): (i64, i64) = (row.at(0)?, row.at(1)?);
    Ok(Uploaded {
        files: files.unsigned_abs(),
        bytes: bytes.unsigned_abs(),
    })
}

#[async_trait]
impl<S: SqlStore> Files for S {
    async fn find_media(&self, path: &str) -> Result<Option<Media>> {
        let sql = select_media!("m.path = $1");
        self.pool().find(sql, &args![path], Media::decode).await
    }

    async fn list_media_of(&self, object: &str) -> Result<Vec<Media>> {
        let key = args![key::digest_key(object)];
        self.pool().list(LIST_MEDIA_SQL, &key, Media::decode).await
    }

    async fn uploaded(&self, nickname: &Nickname) -> Result<Uploaded> {
        // Zero is the character after the slash.
        let range = args![format!("{nickname}/"), format!("{nickname}0")];
        let found = self.pool().find(UPLOADED_SQL, &range, decode_uploaded);
        Ok(found.await?.unwrap_or_default())
    }

    async fn uploaded_by_all(&self) -> Result<Uploaded> {
        let found = self.pool().find(UPLOADED_BY_ALL_SQL, &[], decode_uploaded);
        Ok(found.await?.unwrap_or_default())
    }
}

/// Stores what is known of a file.
pub(super) async fn put_media(connection: &mut impl SqlConnection, media: &Media) -> WriteResult {
    let find = "SELECT pk FROM objects WHERE key = $1";
    let key = key::digest_key(&media.object);
    let object: Option<i64> = connection.scalar(find, &args![key]).await?;
    let object = object.ok_or_else(|| StorageError::Missing(media.object.clone()))?;
    let insert = "INSERT INTO files (path, object, media_type, size) VALUES ($1, $2, $3, $4) \
                  ON CONFLICT DO NOTHING";
    let size = i64::try_from(media.size).unwrap_or(i64::MAX);
    let arguments = args![&media.path, object, &media.media_type, size];
    match connection.run(insert, &arguments).await? {
        0 => Err(StorageError::AlreadyExists(media.path.clone()).into()),
        _ => Ok(()),
    }
}
