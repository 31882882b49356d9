//! New objects: the actor's own, and those we only know by name.

use serde_json::{Map, Value, json};

use super::{planner::Planner, publish::list_of};
use crate::{
    model::{ACTIVITY, Address, OTHER, Object, PUBLIC, Reference},
    service::{Error, Result},
    storage::{Change, Expect},
};

/// Types of those who can be addressed and followed.
pub(super) const ACTORS: &[&str] = &[
    "person",
    "group",
    "service",
    "organization",
    "application",
    "collection",
];

impl Planner<'_> {
    /// A new object of the actor's out of what is said of it (pump-api 7.2). Not planned yet.
    ///
    /// Persons and activities are made by the server alone: what someone says of themselves or of what
    /// was done must not pass for one.
    pub(super) fn make(&self, body: Map<String, Value>) -> Result<Object> {
        match body.get("objectType").and_then(Value::as_str) {
            Some(kind @ ("person" | ACTIVITY)) => {
                Err(Error::bad_request(format!("Can't post a {kind}")))
            }
            _ => refuse_names_of_others(&body).map(|()| self.make_for(Some(&self.actor), body)),
        }
    }

    /// Like [`Self::existing`], but of a thing from elsewhere that we don't know yet a stub is made.
    pub(super) fn existing_or_foreign(
        &mut self,
        wanted: Option<&Map<String, Value>>,
        role: &str,
    ) -> Result<Object> {
        let reference = wanted.and_then(Reference::from_map);
        match reference {
            Some(foreign)
                if self.find(&foreign.id).is_none() && !self.ctx.urls().is_local(&foreign.id) =>
            {
                if !wanted.is_some_and(|wanted| wanted.contains_key("objectType")) {
                    return Err(Error::bad_request(format!(
                        "The {role} needs an 'objectType'"
                    )));
                }
                self.stub(&foreign)
            }
            _ => self.existing(wanted, role),
        }
    }

    /// Someone who is addressed, known or not.
    pub(super) fn addressee(&mut self, reference: &Reference) -> Result<Object> {
        let urls = self.ctx.urls();
        match self.find(&reference.id) {
            Some(known) => Ok(known.clone()),
            None if urls.is_local(&reference.id) => Err(Error::bad_request(format!(
                "No such '{}' with id '{}'",
                reference.object_type, reference.id
            ))),
            // Who it is can't be told from a name without a type.
            None if reference.object_type == OTHER => Err(Error::bad_request(format!(
                "'{}' needs an 'objectType'",
                reference.id
            ))),
            None => self.stub(reference),
        }
    }

    /// A thing from elsewhere of which we know no more than what it is called. Whoever named it first
    /// could have said anything about it, so nothing else is kept.
    fn stub(&mut self, reference: &Reference) -> Result<Object> {
        let kind = reference.object_type.as_str();
        let fits = match reference.id.as_str() {
            PUBLIC => kind == "collection",
            id if id.starts_with("acct:") => ACTORS.contains(&kind) && kind != "collection",
            _ => kind != ACTIVITY,
        };
        if !fits {
            return Err(Error::bad_request(format!(
                "'{}' can't be a {kind}",
                reference.id
            )));
        }
        let body = reference
            .to_value()
            .as_object()
            .cloned()
            .unwrap_or_default();
        Ok(self.plan_public(body))
    }

    /// The object that stands for the caller's client, made at its first use.
    pub(super) async fn generator(&mut self, body: Map<String, Value>) -> Result<Object> {
        let id = body
            .get("id")
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned();
        self.load([id.clone()]).await?;
        Ok(self
            .find(&id)
            .cloned()
            .unwrap_or_else(|| self.plan_public(body)))
    }

    /// Plans an object that is nobody's and for everyone.
    fn plan_public(&mut self, body: Map<String, Value>) -> Object {
        let mut object = self.make_for(None, body);
        object.audience = vec![Address::Public];
        let change = Change::PutObject {
            object: object.clone(),
            expect: Expect::Absent,
        };
        self.stubs.push(change);
        self.known.insert(object.id.clone(), object.clone().into());
        object
    }

    fn make_for(&self, author: Option<&Object>, mut body: Map<String, Value>) -> Object {
        let urls = self.ctx.urls();
        let uuid = self.ctx.uuid();
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
        let mut feeds = vec!["likes", "replies", "shares"];
        // A group that someone here makes is kept here.
        if object_type == "group" && author.is_some() {
            feeds.extend(["members", "documents"]);
            body["links"]["activity-inbox"] = json!({ "href": own(Some("inbox")) });
        }
        for feed in feeds {
            body.insert(feed.into(), json!({ "url": own(Some(feed)) }));
        }
        if let Some(nickname) = author.and_then(|author| author.text("preferredUsername")) {
            let segment = if list_of(&object_type, &body).is_some() {
                "list"
            } else {
                urls.segment_of(&object_type)
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
            body: body.into(),
        }
    }
}

/// An object may come with an id of its own, but not with one that can only belong to a person or to
/// everyone: who took it first would stand in their way.
fn refuse_names_of_others(body: &Map<String, Value>) -> Result<()> {
    match body.get("id").and_then(Value::as_str) {
        Some(id) if id == PUBLIC || id.starts_with("acct:") => Err(Error::bad_request(format!(
            "'{id}' can't be the id of this"
        ))),
        _ => Ok(()),
    }
}
