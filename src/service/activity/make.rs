//! New objects: the actor's own, and those we only know by name.

use serde_json::{Map, Value, json};

use super::{hashtags, lists::list_item_type, planner::Planner};
use crate::{
    model::{
        ACTIVITY, ACTOR_TYPES, AudienceMember, OTHER, Object, PUBLIC, Reference, is_derived,
        is_plain, names_host,
    },
    protocol::{
        as1::{drop_claims, not_in_the_future},
        html::is_link,
    },
    service::{Error, Result},
    storage::{Change, Expect},
};

impl Planner<'_> {
    /// A new object of the actor's out of what is said of it (pump-api 7.2). Not planned yet.
    ///
    /// Persons and activities are made by the server alone: what someone says of themselves or of
    /// what was done must not pass for one.
    pub(super) fn new_object(&self, mut body: Map<String, Value>) -> Result<Object> {
        if let Some(kind @ ("person" | ACTIVITY)) = body.get("objectType").and_then(Value::as_str) {
            return Err(Error::bad_request(format!("Can't post a {kind}")));
        }
        self.reject_reserved_ids(&body)?;
        drop_claims(&mut body);
        body.shift_remove("preferredUsername");
        hashtags::link_content(self.ctx.urls(), &mut body);
        Ok(self.new_object_by(Some(&self.actor), body))
    }

    /// Refuses ids that can belong to others, on this host or on another. An object may come with
    /// an id of its own; but taken first, such an id would stand in the way of its owner.
    fn reject_reserved_ids(&self, body: &Map<String, Value>) -> Result<()> {
        match body.get("id").and_then(Value::as_str) {
            Some(id) if !self.ctx.urls().may_be_given(id) => Err(Error::bad_request(format!(
                "'{id}' can't be the id of this: your own is a URN, or a 'tag:' of this host"
            ))),
            _ => Ok(()),
        }
    }

    /// Like [`Self::existing`], but of a thing from elsewhere that we don't know yet a stub is
    /// made.
    pub(super) fn existing_or_foreign(
        &mut self,
        wanted: Option<&Map<String, Value>>,
        role: &str,
    ) -> Result<Object> {
        let reference = wanted.and_then(Reference::from_map);
        let foreign = reference.filter(|named| !self.ctx.urls().is_local(&named.id));
        let Some(foreign) = foreign else {
            return self.existing(wanted, role);
        };
        let typed = wanted.is_some_and(|wanted| wanted.contains_key("objectType"));
        match self.find(&foreign.id) {
            None if !typed => Err(Error::bad_request(format!(
                "The {role} needs an 'objectType'"
            ))),
            Some(known) if known.deleted => Err(Error::gone()),
            _ => self.named(&foreign),
        }
    }

    /// Like [`Self::existing_or_foreign`], of what is liked or shared. On other servers that makes
    /// nothing an actor, whatever it is called. It may be a thing that its author has not sent yet.
    pub(super) fn existing_or_mentioned(
        &mut self,
        wanted: Option<&Map<String, Value>>,
        role: &str,
    ) -> Result<Object> {
        let mentioned = wanted.filter(|wanted| {
            let reference = Reference::from_map(wanted);
            reference.is_some_and(|named| {
                self.origin.is_received()
                    && rank(&named.object_type) > 0
                    && !named.id.starts_with("acct:")
                    && self.find(&named.id).is_none()
            })
        });
        let Some(mut mentioned) = mentioned.cloned() else {
            return self.existing_or_foreign(wanted, role);
        };
        mentioned.insert("objectType".into(), OTHER.into());
        self.existing_or_foreign(Some(&mentioned), role)
    }

    /// Like [`Self::existing_or_foreign`], if only as a tombstone.
    pub(super) fn stored_or_foreign(
        &mut self,
        wanted: Option<&Map<String, Value>>,
        role: &str,
    ) -> Result<Object> {
        match self.stored(wanted, role) {
            Err(_) if self.origin.is_received() => self.existing_or_foreign(wanted, role),
            stored => stored,
        }
    }

    /// Someone who is addressed, known or not. `None` for those whom a received activity names and
    /// nobody here knows: they get it from its own server.
    pub(super) fn addressee(&mut self, reference: &Reference) -> Result<Option<Object>> {
        let known = self.find(&reference.id);
        if self.origin.is_received() && !reference.is_public() {
            return Ok(known.cloned());
        }
        let addressee = match known {
            None if self.ctx.urls().is_local(&reference.id) => Err(Error::bad_request(format!(
                "No such '{}' with id '{}'",
                reference.object_type, reference.id
            ))),
            // A name without a type doesn't tell who it is.
            None if reference.object_type == OTHER => Err(Error::bad_request(format!(
                "'{}' needs an 'objectType'",
                reference.id
            ))),
            _ => self.named(reference),
        };
        addressee.map(Some)
    }

    /// A thing that is known, or a stub. The client that names a thing of another host first says
    /// its type, which is stored and stays. For the activity of a later one it can still be an
    /// actor, and any actor a person, so that nobody keeps others from addressing and following it.
    fn named(&mut self, reference: &Reference) -> Result<Object> {
        let Some(known) = self.find(&reference.id) else {
            return self.stub(reference);
        };
        let may_pass_for = rank(&reference.object_type) > rank(&known.object_type)
            && known.author.is_none()
            && !self.ctx.urls().is_local(&known.id)
            && names_host(&known.id);
        let mut known = known.clone();
        if may_pass_for {
            if rank(&known.object_type) == 0 {
                self.remote_actors.push(known.id.clone());
            }
            known.object_type.clone_from(&reference.object_type);
        }
        Ok(known)
    }

    /// A thing from elsewhere of which we know no more than what it is called. The first mention is
    /// not trustworthy, so no other property is stored. An `acct:` id is always a person's.
    fn stub(&mut self, reference: &Reference) -> Result<Object> {
        let kind = reference.object_type.as_str();
        let is_acct = reference.id.starts_with("acct:");
        let fits = match reference.id.as_str() {
            PUBLIC => kind == "collection",
            id if is_acct => rank(kind) > 0 && names_host(id),
            id if ACTOR_TYPES.contains(&kind) => names_host(id),
            id => kind != ACTIVITY && is_link(id) && is_plain(id) && !is_derived(id),
        };
        if !fits {
            return Err(Error::bad_request(format!(
                "'{}' can't be a {kind}",
                reference.id
            )));
        }
        let mut body = body_of(reference);
        if is_acct {
            body.insert("objectType".into(), "person".into());
        }
        let stub = self.plan_public(body);
        if self.is_remote_actor(&stub) {
            self.remote_actors.push(stub.id.clone());
        }
        Ok(stub)
    }

    /// Whether an object stands for an actor of another host, which has its inbox there.
    pub(super) fn is_remote_actor(&self, object: &Object) -> bool {
        let mut ids = object.author.iter().chain([&object.id]);
        rank(&object.object_type) > 0
            && names_host(&object.id)
            && ids.all(|id| !self.ctx.urls().is_local(id))
    }

    /// The object that stands for the caller's client, made at its first use. An object that
    /// another client posted under this id, as older versions let it, is replaced.
    pub(super) async fn generator(&mut self, body: Map<String, Value>) -> Result<Object> {
        let id = body
            .get("id")
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned();
        self.load([id.clone()]).await?;
        let Some(known) = self.find(&id) else {
            return Ok(self.plan_public(body));
        };
        let kind = body.get("objectType").and_then(Value::as_str);
        if known.author.is_none() && kind == Some(&known.object_type) {
            return Ok(known.clone());
        }
        let (uuid, version) = (known.uuid.clone(), known.version);
        let generator = Object {
            uuid,
            version,
            audience: vec![AudienceMember::Public],
            ..self.new_object_by(None, body)
        };
        self.replace(generator.clone());
        Ok(generator)
    }

    /// Plans an object that is nobody's and for everyone.
    fn plan_public(&mut self, body: Map<String, Value>) -> Object {
        let mut object = self.new_object_by(None, body);
        object.audience = vec![AudienceMember::Public];
        let change = Change::PutObject {
            object: object.clone(),
            expect: Expect::Absent,
        };
        self.remote_stubs.push(change);
        self.known.insert(object.id.clone(), object.clone().into());
        object
    }

    fn new_object_by(&self, author: Option<&Object>, mut body: Map<String, Value>) -> Object {
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
            for key in ["published", "updated"] {
                body.entry(key).or_insert_with(|| self.now.clone().into());
            }
            not_in_the_future(&mut body, &self.now);
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
        if let Some(nickname) = author.and_then(|author| author.text_property("preferredUsername"))
        {
            let segment = if list_item_type(&object_type, &body).is_some() {
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
            published_by: None,
            deleted: false,
            version: 0,
            body: body.into(),
        }
    }
}

/// Rank of a type, by how much depends on it: persons are addressed, other actors followed.
fn rank(object_type: &str) -> u8 {
    match object_type {
        "person" => 2,
        "collection" => 0,
        other => ACTOR_TYPES.contains(&other).into(),
    }
}

fn body_of(reference: &Reference) -> Map<String, Value> {
    let body = reference.to_value();
    body.as_object().cloned().unwrap_or_default()
}
