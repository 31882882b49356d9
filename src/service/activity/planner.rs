//! What an activity needs to know, and the changes it comes to. Reads go to the store; nothing is
//! written before the whole plan stands.

use std::collections::HashMap;

use serde_json::{Map, Value, json};

use super::publish::refuse_names_of_others;
use crate::{
    Context,
    model::{Address, Object, PUBLIC, Reference, Stream, segment_of},
    service::{Error, Result},
    storage::{Change, Changes, Duplicate, Expect},
};

/// The desk on which an activity is worked out.
pub(super) struct Planner<'a> {
    pub(super) ctx: &'a Context,
    /// Who does it.
    pub(super) actor: Object,
    /// Now, as it stands on the wire.
    pub(super) now: String,
    /// Persons who hear of it however it is addressed.
    pub(super) hears: Vec<String>,
    known: HashMap<String, Object>,
    given: Vec<String>,
    stubs: Changes,
    puts: Vec<(String, Expect)>,
    moves: Changes,
}

impl<'a> Planner<'a> {
    /// An empty desk, but for what is known already.
    pub(super) fn new(ctx: &'a Context, actor: Object, known: Vec<Object>) -> Self {
        let given = known.iter().map(|object| object.id.clone()).collect();
        let known = known
            .into_iter()
            .map(|object| (object.id.clone(), object))
            .collect();
        Self {
            now: ctx.timestamp(),
            ctx,
            actor,
            hears: Vec::new(),
            known,
            given,
            stubs: Vec::new(),
            puts: Vec::new(),
            moves: Vec::new(),
        }
    }

    /// Reads what is stored under these ids, in one go.
    pub(super) async fn load(&mut self, ids: impl IntoIterator<Item = String>) -> Result<()> {
        let mut ids: Vec<String> = ids
            .into_iter()
            .filter(|id| !self.known.contains_key(id))
            .collect();
        ids.sort_unstable();
        ids.dedup();
        if ids.is_empty() {
            return Ok(());
        }
        let refs: Vec<&str> = ids.iter().map(String::as_str).collect();
        let found = self.ctx.storage().find_objects(&refs).await?;
        self.known.extend(
            found
                .into_iter()
                .flatten()
                .map(|object| (object.id.clone(), object)),
        );
        Ok(())
    }

    /// A thing that is stored or planned.
    pub(super) fn find(&self, id: &str) -> Option<&Object> {
        if id == self.actor.id {
            Some(&self.actor)
        } else {
            self.known.get(id)
        }
    }

    /// The activity that published a thing, if that is known.
    pub(super) fn post_of(&self, object: &Object) -> Option<&Object> {
        self.find(object.post.as_deref()?)
            .filter(|post| !post.deleted)
    }

    /// A thing that must be there, and not be deleted.
    pub(super) fn existing(
        &self,
        wanted: Option<&Map<String, Value>>,
        role: &str,
    ) -> Result<Object> {
        let wanted =
            wanted.ok_or_else(|| Error::bad_request(format!("No {role} for the activity")))?;
        let id = wanted.get("id").and_then(Value::as_str);
        let id = id.ok_or_else(|| Error::bad_request(format!("No {role} ID for activity")))?;
        match self.find(id) {
            Some(object) if object.deleted => Err(Error::gone()),
            Some(object) => Ok(object.clone()),
            None => {
                let kind = wanted
                    .get("objectType")
                    .and_then(Value::as_str)
                    .unwrap_or("object");
                Err(Error::bad_request(format!(
                    "No such '{kind}' with id '{id}'"
                )))
            }
        }
    }

    /// Like [`Self::existing`], but a thing from elsewhere that we don't know yet is stored as the
    /// caller described it, for the caller's eyes only; of persons and collections only the name is.
    pub(super) fn existing_or_foreign(
        &mut self,
        wanted: Option<&Map<String, Value>>,
        role: &str,
    ) -> Result<Object> {
        let described = wanted.and_then(|wanted| Some((wanted, wanted.get("id")?.as_str()?)));
        match described {
            Some((wanted, id)) if self.find(id).is_none() && !self.ctx.urls().is_local(id) => {
                let reference = Reference::from_value(&Value::Object(wanted.clone()));
                let Some(reference) = reference.filter(|_| wanted.contains_key("objectType"))
                else {
                    return Err(Error::bad_request(format!(
                        "The {role} needs an 'objectType'"
                    )));
                };
                if matches!(
                    reference.object_type.as_str(),
                    "person" | "collection" | "group" | "service"
                ) {
                    return Ok(self.stub(&reference));
                }
                refuse_names_of_others(wanted)?;
                let mut object = self.make_for(None, wanted.clone());
                object.audience = vec![Address::Person(self.actor.id.clone())];
                self.put(object.clone(), Expect::Absent);
                Ok(object)
            }
            _ => self.existing(wanted, role),
        }
    }

    /// Someone or something addressed or followed that we only know by name.
    pub(super) fn stub(&mut self, reference: &Reference) -> Object {
        if let Some(known) = self.find(&reference.id) {
            return known.clone();
        }
        let body = reference
            .to_value()
            .as_object()
            .cloned()
            .unwrap_or_default();
        let mut object = self.make_for(None, body);
        object.audience = vec![Address::Public];
        self.stubs.push(Change::PutObject {
            object: object.clone(),
            expect: Expect::Absent,
        });
        self.known.insert(object.id.clone(), object.clone());
        object
    }

    /// A new object of the actor's out of what is said of it (pump-api 7.2). Not planned yet.
    pub(super) fn make(&self, body: Map<String, Value>) -> Object {
        self.make_for(Some(&self.actor), body)
    }

    fn make_for(&self, author: Option<&Object>, mut body: Map<String, Value>) -> Object {
        let urls = self.ctx.urls();
        let uuid = self.ctx.app().entropy().uuid();
        let object_type = body
            .get("objectType")
            .and_then(Value::as_str)
            .unwrap_or("other")
            .to_owned();
        let foreign = body.get("id").and_then(Value::as_str).map(str::to_owned);
        let id = foreign
            .clone()
            .unwrap_or_else(|| urls.object(&object_type, &uuid));
        body.retain(|_, value| !value.is_null());
        body.insert("objectType".into(), object_type.clone().into());
        body.insert("id".into(), id.clone().into());
        if id != PUBLIC {
            body.entry("published")
                .or_insert_with(|| self.now.clone().into());
            body.entry("updated")
                .or_insert_with(|| self.now.clone().into());
        }
        let own = |feed: Option<&str>| match &foreign {
            Some(id) => urls.foreign(&object_type, feed, id),
            None => feed.map_or_else(|| id.clone(), |feed| format!("{id}/{feed}")),
        };
        body.insert("links".into(), json!({ "self": { "href": own(None) } }));
        for feed in ["likes", "replies", "shares"] {
            body.insert(feed.into(), json!({ "url": own(Some(feed)) }));
        }
        if let Some(nickname) = author.and_then(|author| author.text("preferredUsername")) {
            let is_list = object_type == "collection" && body.contains_key("objectTypes");
            let segment = if is_list {
                "list"
            } else {
                segment_of(&object_type)
            };
            let page = urls.object_page(nickname, segment, &uuid);
            body.entry("url").or_insert_with(|| page.into());
        }
        Object {
            id,
            uuid,
            object_type,
            author: author.map(|author| author.id.clone()),
            audience: Vec::new(),
            post: None,
            deleted: false,
            version: 0,
            body,
        }
    }

    /// Plans to store an object; a later plan for the same object replaces it.
    pub(super) fn put(&mut self, object: Object, expect: Expect) {
        if !self.puts.iter().any(|(id, _)| *id == object.id) {
            self.puts.push((object.id.clone(), expect));
        }
        self.known.insert(object.id.clone(), object);
    }

    /// Whether an object is planned as a new one.
    pub(super) fn is_new(&self, id: &str) -> bool {
        self.puts
            .iter()
            .any(|(planned, expect)| planned == id && *expect == Expect::Absent)
    }

    /// Whether an object is planned as a stub, which anyone may know of.
    fn is_stub(&self, id: &str) -> bool {
        self.stubs
            .iter()
            .any(|change| matches!(change, Change::PutObject { object, .. } if object.id == id))
    }

    /// Changes an object that is planned already.
    pub(super) fn amend(&mut self, object: Object) {
        self.known.insert(object.id.clone(), object);
    }

    /// The object that stands for the caller's client, made at its first use.
    pub(super) async fn generator(&mut self, body: Map<String, Value>) -> Result<Object> {
        let Some(reference) = Reference::from_value(&Value::Object(body.clone())) else {
            return Err(Error::internal("a generator without an id"));
        };
        self.load([reference.id.clone()]).await?;
        if let Some(known) = self.find(&reference.id) {
            return Ok(known.clone());
        }
        let mut object = self.make_for(None, body);
        object.audience = vec![Address::Public];
        self.stubs.push(Change::PutObject {
            object: object.clone(),
            expect: Expect::Absent,
        });
        self.known.insert(object.id.clone(), object.clone());
        Ok(object)
    }

    /// Plans to store a changed object, if nobody else changes it meanwhile.
    pub(super) fn replace(&mut self, object: Object) {
        let version = object.version;
        self.put(object, Expect::Version(version));
    }

    /// Plans an entry of a stream.
    pub(super) fn push(&mut self, stream: Stream, item: &str, duplicate: Duplicate) {
        self.moves.push(Change::Push {
            stream,
            item: item.into(),
            class: None,
            duplicate,
        });
    }

    /// Plans that an entry goes.
    pub(super) fn pull(&mut self, stream: Stream, item: &str) {
        self.moves.push(Change::Pull {
            stream,
            item: item.into(),
        });
    }

    /// Plans any other change.
    pub(super) fn then(&mut self, change: Change) {
        self.moves.push(change);
    }

    /// Whether a stream has an entry.
    pub(super) async fn contains(&self, stream: Stream, item: &str) -> Result<bool> {
        Ok(self
            .ctx
            .storage()
            .contains(&[(stream, item)])
            .await?
            .first()
            == Some(&true))
    }

    /// Refuses unless the actor may read the object: what can't be read can't be answered, liked or
    /// shared either.
    pub(super) async fn require_readable(&self, object: &Object) -> Result<()> {
        let planned = self.given.contains(&object.id)
            || self.puts.iter().any(|(id, _)| *id == object.id)
            || self.is_stub(&object.id);
        if planned || object.author.as_deref() == Some(&self.actor.id) {
            return Ok(());
        }
        let viewer = crate::model::Viewer::Person(&self.actor.id);
        match self
            .ctx
            .storage()
            .readable(&[&object.id], viewer)
            .await?
            .first()
        {
            Some(true) => Ok(()),
            _ => Err(Error::forbidden(
                "Only the author and recipients can view this object.",
            )),
        }
    }

    /// The changes, in an order in which each finds what it needs.
    pub(super) fn into_changes(mut self) -> Changes {
        let mut changes = std::mem::take(&mut self.stubs);
        for (id, expect) in std::mem::take(&mut self.puts) {
            if let Some(object) = self.known.remove(&id) {
                changes.push(Change::PutObject { object, expect });
            }
        }
        changes.append(&mut self.moves);
        changes
    }
}
