//! All that Hydraulics needs to know of the gallery's tables.

use async_trait::async_trait;
use hydraulics::{
    Host, HostTransaction,
    model::{AudienceMember, Object, Stream, Urls},
    storage::{Change, Result, StorageError},
};
use serde_json::{Map, Value};
use sqlx::{SqlitePool, query, query_as};

/// The gallery's tables.
#[derive(Clone)]
pub struct Tables {
    /// Where they are.
    pub db: SqlitePool,
    /// Objects that the gallery stores.
    pub urls: Urls,
}

#[async_trait]
impl Host for Tables {
    fn stored_properties(&self, thing: &Object) -> &'static [&'static str] {
        let ours = thing
            .author
            .as_ref()
            .is_some_and(|id| self.urls.is_local(id));
        match thing.object_type.as_str() {
            "person" if self.urls.is_local(&thing.id) => &["displayName", "summary"],
            "image"
                if ours
                    && thing
                        .body
                        .get("image")
                        .is_some_and(|is| is["url"].is_string()) =>
            {
                &["displayName", "content", "image", "fullImage"]
            }
            "collection" if ours && thing.body.get("objectTypes") == Some(&["image"].into()) => {
                &["displayName", "content"]
            }
            "comment" if ours => match thing.reference_property("inReplyTo") {
                Some(parent) if parent.object_type == "image" => &["content"],
                _ => &[],
            },
            _ => &[],
        }
    }

    async fn load(&self, kind: &str, ids: &[&str]) -> Result<Vec<(String, Map<String, Value>)>> {
        let sql = match kind {
            "person" => FIND_PEOPLE,
            "image" => FIND_PHOTOS,
            "collection" => FIND_ALBUMS,
            _ => FIND_COMMENTS,
        };
        let rows: Vec<(String, String)> = query_as(sql)
            .bind(Value::from(ids).to_string())
            .fetch_all(&self.db)
            .await?;
        let read = |json: &str| serde_json::from_str(json);
        rows.into_iter()
            .map(|(id, said)| {
                Ok((
                    id,
                    read(&said).map_err(|e| StorageError::Corrupt(e.to_string()))?,
                ))
            })
            .collect()
    }

    async fn begin_write(&self, changes: &[Change]) -> Result<Box<dyn HostTransaction>> {
        let mut transaction = self.db.begin().await?;
        for change in changes {
            for (sql, one, other) in self.statements(change) {
                let bound = query(sql).bind(one).bind(other);
                let bound = match change {
                    Change::PutObject { object, .. } => {
                        bound.bind(&object.author).bind(is_shown(object))
                    }
                    _ => bound,
                };
                let done = bound.execute(&mut *transaction).await?;
                if done.rows_affected() == 0 && NEEDED.contains(&sql) {
                    return Err(StorageError::Missing(format!("the person of {one}")));
                }
            }
        }
        Ok(Box::new(transaction))
    }

    async fn ping(&self) -> Result<()> {
        query("SELECT 1").execute(&self.db).await?;
        Ok(())
    }

    async fn close(&self) {
        self.db.close().await;
    }
}

impl Tables {
    /// Converts a change to statements, each with the id of its object and another id, or JSON.
    fn statements<'a>(&self, change: &'a Change) -> Vec<(&'static str, &'a str, &'a str)> {
        match change {
            // A thing that is no photo any more, as its picture was taken away, goes like what
            // was deleted.
            Change::PutObject { object, .. }
                if object.deleted || self.stored_properties(object).is_empty() =>
            {
                let forget = forget(&object.object_type);
                forget
                    .map(|sql| (sql, &*object.id, ""))
                    .into_iter()
                    .collect()
            }
            Change::PutObject { object, .. } => {
                let sql: &[&str] = match object.object_type.as_str() {
                    "person" => &[PUT_PERSON],
                    "image" => &[RECOGNISE_PHOTO, PUT_PHOTO],
                    "collection" => &[PUT_ALBUM],
                    _ => &[PUT_COMMENT],
                };
                let body = object.body.raw();
                sql.iter().map(|sql| (*sql, &*object.id, body)).collect()
            }
            Change::Push { stream, item, .. } => match stream {
                Stream::Likes(photo) => vec![(STAR, photo, item)],
                Stream::Members(album) => vec![(PASTE, album, item)],
                _ => Vec::new(),
            },
            Change::RemoveItem { stream, item } => match stream {
                Stream::Likes(photo) => vec![(UNSTAR, photo, item)],
                Stream::Members(album) => vec![(TEAR_OUT, album, item)],
                _ => Vec::new(),
            },
            Change::Clear(Stream::Members(album)) => vec![(EMPTY, album, "")],
            Change::RemoveFromStreams { item, .. } => {
                WITHDRAW.iter().map(|sql| (*sql, &**item, "")).collect()
            }
            _ => Vec::new(),
        }
    }
}

/// Whether something is on the gallery's pages: what was posted, for everyone. A picture that
/// someone uploaded to be their avatar is for everyone too, and was never posted.
fn is_shown(object: &Object) -> bool {
    object.published_by.is_some() && object.audience.contains(&AudienceMember::Public)
}

const FIND_PEOPLE: &str = "SELECT pump, json_object('displayName', name, 'summary', about) \
    FROM people WHERE pump IN (SELECT value FROM json_each(?1))";

const FIND_PHOTOS: &str = "SELECT pump, json_object('displayName', title, 'content', about, \
    'image', json_object('url', coalesce(small, picture), \
        'width', iif(small IS NULL, width, small_width), \
        'height', iif(small IS NULL, height, small_height)), \
    'fullImage', iif(small IS NULL, NULL, \
        json_object('url', picture, 'width', width, 'height', height))) \
    FROM photos WHERE pump IN (SELECT value FROM json_each(?1))";

const FIND_ALBUMS: &str = "SELECT pump, json_object('displayName', title, 'content', about) \
    FROM albums WHERE pump IN (SELECT value FROM json_each(?1))";

const FIND_COMMENTS: &str = "SELECT pump, json_object('content', text) \
    FROM comments WHERE pump IN (SELECT value FROM json_each(?1))";

const PUT_PERSON: &str = "UPDATE people SET pump = ?1, name = ?2 ->> '$.displayName', \
    about = ?2 ->> '$.summary' WHERE nickname = ?2 ->> '$.preferredUsername'";

/// A photo that was here before Hydraulics was. If there are several of one picture it is the one
/// of that time, or any.
const RECOGNISE_PHOTO: &str = "UPDATE photos SET pump = ?1 WHERE id = (SELECT id FROM photos \
    WHERE pump IS NULL AND shown \
    AND picture = coalesce(?2 ->> '$.fullImage.url', ?2 ->> '$.image.url') \
    AND person = (SELECT id FROM people WHERE pump = ?3) \
    ORDER BY taken = ?2 ->> '$.published' DESC, id LIMIT 1)";

const PUT_PHOTO: &str = "INSERT INTO photos \
    (pump, person, title, about, picture, width, height, \
    small, small_width, small_height, taken, shown) \
    SELECT ?1, id, ?2 ->> '$.displayName', ?2 ->> '$.content', \
    coalesce(?2 ->> '$.fullImage.url', ?2 ->> '$.image.url'), \
    coalesce(?2 ->> '$.fullImage.width', ?2 ->> '$.image.width'), \
    coalesce(?2 ->> '$.fullImage.height', ?2 ->> '$.image.height'), \
    iif(?2 ->> '$.fullImage.url' IS NULL, NULL, ?2 ->> '$.image.url'), \
    ?2 ->> '$.image.width', ?2 ->> '$.image.height', ?2 ->> '$.published', ?4 \
    FROM people WHERE pump = ?3 \
    ON CONFLICT (pump) DO UPDATE SET title = excluded.title, about = excluded.about, \
    picture = excluded.picture, width = excluded.width, height = excluded.height, \
    small = excluded.small, small_width = excluded.small_width, \
    small_height = excluded.small_height, shown = excluded.shown";

const PUT_ALBUM: &str = "INSERT INTO albums (pump, person, title, about, shown) \
    SELECT ?1, id, ?2 ->> '$.displayName', ?2 ->> '$.content', ?4 FROM people WHERE pump = ?3 \
    ON CONFLICT (pump) DO UPDATE SET title = excluded.title, about = excluded.about, \
    shown = excluded.shown";

const PUT_COMMENT: &str = "INSERT INTO comments (pump, person, photo, text, written, shown) \
    SELECT ?1, id, (SELECT id FROM photos WHERE pump = ?2 ->> '$.inReplyTo.id'), \
    ?2 ->> '$.content', ?2 ->> '$.published', ?4 FROM people WHERE pump = ?3 \
    ON CONFLICT (pump) DO UPDATE SET text = excluded.text, shown = excluded.shown";

/// Statements that affect no row only if the gallery lacks the person.
const NEEDED: &[&str] = &[PUT_PERSON, PUT_PHOTO, PUT_ALBUM, PUT_COMMENT];

fn forget(kind: &str) -> Option<&'static str> {
    match kind {
        "person" => Some("DELETE FROM people WHERE pump = ?1"),
        "image" => Some("DELETE FROM photos WHERE pump = ?1"),
        "collection" => Some("DELETE FROM albums WHERE pump = ?1"),
        "comment" => Some("DELETE FROM comments WHERE pump = ?1"),
        _ => None,
    }
}

const STAR: &str = "INSERT OR IGNORE INTO stars (photo, person) \
    SELECT photos.id, people.id FROM photos, people WHERE photos.pump = ?1 AND people.pump = ?2";

const UNSTAR: &str = "DELETE FROM stars WHERE photo = (SELECT id FROM photos WHERE pump = ?1) \
    AND person = (SELECT id FROM people WHERE pump = ?2)";

const PASTE: &str = "INSERT OR IGNORE INTO pages (album, photo) \
    SELECT albums.id, photos.id FROM albums, photos WHERE albums.pump = ?1 AND photos.pump = ?2";

const TEAR_OUT: &str = "DELETE FROM pages WHERE album = (SELECT id FROM albums WHERE pump = ?1) \
    AND photo = (SELECT id FROM photos WHERE pump = ?2)";

const EMPTY: &str = "DELETE FROM pages WHERE album = (SELECT id FROM albums WHERE pump = ?1)";

/// A person whose account goes, or a photo that is taken out of whatever it is in.
const WITHDRAW: &[&str] = &[
    "DELETE FROM stars WHERE person = (SELECT id FROM people WHERE pump = ?1)",
    "DELETE FROM pages WHERE photo = (SELECT id FROM photos WHERE pump = ?1)",
];
