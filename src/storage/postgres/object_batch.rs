//! New objects, many at once, with whom they are for.

use serde_json::Value;
use sqlx::{PgConnection, Row, types::Json};

use super::{driver::PgQuery, entry_batch};
use crate::{
    model::{Object, search_name},
    storage::{
        Bucket, StorageError,
        sql::{
            audience::{self, AudienceParts},
            batch::EntryBatch,
            key::{self, Key},
            search::IndexRow,
            write::{BatchWrites, WriteResult, missing_at},
        },
    },
};

impl BatchWrites for PgConnection {
    async fn insert_objects(&mut self, objects: &[&Object]) -> WriteResult {
        ObjectBatch::new(objects).insert(self).await
    }

    async fn insert_entries(&mut self, entries: &EntryBatch<'_>) -> WriteResult<Vec<Bucket>> {
        entry_batch::insert_entries(self, entries).await
    }
}

/// New objects as columns.
pub(super) struct ObjectBatch<'a> {
    objects: &'a [&'a Object],
    keys: Vec<Key>,
    audiences: Vec<AudienceParts<'a>>,
    names: Vec<Option<String>>,
    /// For the members of which streams they are, by the keys of both.
    members: (Vec<Key>, Vec<Key>),
    /// For which persons they are.
    persons: (Vec<Key>, Vec<Key>),
    documents: Vec<IndexRow>,
}

impl<'a> ObjectBatch<'a> {
    /// Converts objects to columns.
    pub(super) fn new(objects: &'a [&'a Object]) -> Self {
        let mut added = Self {
            keys: objects
                .iter()
                .map(|object| key::digest_key(&object.id))
                .collect(),
            names: objects.iter().map(|object| search_name(object)).collect(),
            audiences: Vec::with_capacity(objects.len()),
            members: Default::default(),
            persons: Default::default(),
            documents: objects.iter().filter_map(|one| IndexRow::of(one)).collect(),
            objects,
        };
        for (object, own) in added.objects.iter().zip(&added.keys) {
            let parts = audience::split(&object.audience);
            for stream in &parts.streams {
                added.members.0.push(*own);
                added.members.1.push(key::stream_key(stream));
            }
            for person in &parts.persons {
                added.persons.0.push(*own);
                added.persons.1.push(key::digest_key(person));
            }
            added.audiences.push(parts);
        }
        added
    }

    /// Inserts them; they must not exist.
    pub(super) async fn insert(&self, connection: &mut PgConnection) -> WriteResult {
        let query = sqlx::query(
            "SELECT insert_objects($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) AS key",
        );
        let rows = self.bind_objects(query).fetch_all(&mut *connection).await?;
        let added: Vec<Key> = rows
            .iter()
            .map(|row| row.try_get(0))
            .collect::<sqlx::Result<_>>()?;
        // Of two of one id the second is too many.
        let late = self.keys.iter().enumerate().find(|(at, key)| {
            let before = self.keys[..*at].contains(key);
            before || !added.contains(key)
        });
        if let Some((at, _)) = late {
            return Err(StorageError::AlreadyExists(self.objects[at].id.clone()).into());
        }
        if !self.documents.is_empty() {
            let query = sqlx::query("SELECT put_documents($1, $2, $3)");
            let query = self.bind_documents(query);
            query.execute(&mut *connection).await?;
        }
        if !self.members.0.is_empty() {
            let query = sqlx::query("SELECT insert_audience_streams($1, $2)");
            let query = query.bind(&self.members.0).bind(&self.members.1);
            query.execute(&mut *connection).await?;
        }
        if self.persons.0.is_empty() {
            return Ok(());
        }
        let query = sqlx::query_scalar("SELECT insert_audience_persons($1, $2)");
        let query = query.bind(&self.persons.0).bind(&self.persons.1);
        let missing: Option<i64> = query.fetch_one(connection).await?;
        let persons = self.audiences.iter().flat_map(|parts| &parts.persons);
        match missing {
            Some(number) => Err(missing_at(persons, Some(number - 1))),
            None => Ok(()),
        }
    }

    /// Binds all of the columns.
    pub(super) fn bind<'q>(&'q self, query: PgQuery<'q>) -> PgQuery<'q> {
        self.bind_objects(query)
            .bind(&self.members.0)
            .bind(&self.members.1)
            .bind(&self.persons.0)
            .bind(&self.persons.1)
    }

    /// Binds what is searched.
    pub(super) fn bind_documents<'q>(&'q self, query: PgQuery<'q>) -> PgQuery<'q> {
        let keys: Vec<Key> = self.documents.iter().map(|row| row.key).collect();
        let texts: Vec<&str> = self.documents.iter().map(|row| &*row.text).collect();
        let marks: Vec<&str> = self.documents.iter().map(|row| &*row.marks).collect();
        query.bind(keys).bind(texts).bind(marks)
    }

    fn bind_objects<'q>(&'q self, query: PgQuery<'q>) -> PgQuery<'q> {
        let texts = |text: fn(&Object) -> &str| -> Vec<&str> {
            self.objects.iter().map(|object| text(object)).collect()
        };
        let perhaps = |text: fn(&Object) -> Option<&str>| -> Vec<Option<&str>> {
            self.objects.iter().map(|object| text(object)).collect()
        };
        let deleted: Vec<bool> = self.objects.iter().map(|object| object.deleted).collect();
        let audiences: Vec<Json<&Value>> = self.audiences.iter().map(|p| Json(&p.json)).collect();
        let public: Vec<bool> = self.audiences.iter().map(|parts| parts.public).collect();
        query
            .bind(&self.keys)
            .bind(texts(|object| &object.id))
            .bind(texts(|object| &object.uuid))
            .bind(texts(|object| &object.object_type))
            .bind(perhaps(|object| object.author.as_deref()))
            .bind(audiences)
            .bind(public)
            .bind(perhaps(|object| object.published_by.as_deref()))
            .bind(deleted)
            .bind(texts(|object| object.body.raw()))
            .bind(&self.names)
    }
}
