//! Planner of an activity: its reads and its changes. Reads go to the store; nothing is written
//! before the whole plan stands.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use serde_json::{Map, Value};

use super::{
    origin::Origin,
    size::{MAX_NAMED_BYTES, check_size, too_much_named},
};
use crate::{
    Context,
    model::{Object, Reference, RemoteAccount, Stream, Viewer},
    service::{Error, Result, access},
    storage::{Change, Changes, Duplicate, Expect},
};

/// Maximum things of a conversation that are read, from the last one up.
pub(crate) const MAX_THREAD_DEPTH: usize = 12;

/// Plans the changes of an activity.
pub(super) struct Planner<'a> {
    pub(super) ctx: &'a Context,
    /// The actor.
    pub(super) actor: Arc<Object>,
    /// Now, as it stands on the wire.
    pub(super) now: String,
    /// Where the activity comes from.
    pub(super) origin: Origin<'a>,
    /// Whether the object was not known before, though the activity need not publish it.
    pub(super) is_first_sight: bool,
    /// Persons who hear of it however it is addressed.
    pub(super) extra_recipients: Vec<String>,
    pub(super) known: HashMap<String, Arc<Object>>,
    preloaded: Vec<String>,
    /// The requested ids, found or not.
    requested: HashSet<String>,
    pub(super) remote_stubs: Changes,
    /// Ids of things of other hosts that count as actors from now on.
    pub(super) remote_actors: Vec<String>,
    object_puts: Vec<(String, Expect)>,
    stream_changes: Changes,
}

impl<'a> Planner<'a> {
    /// Creates a planner with the objects that are known already.
    pub(super) fn new(ctx: &'a Context, actor: Arc<Object>, known: Vec<Object>) -> Self {
        let given = known.iter().map(|object| object.id.clone()).collect();
        let known = known
            .into_iter()
            .map(|object| (object.id.clone(), object.into()))
            .collect();
        Self {
            now: ctx.timestamp(),
            ctx,
            actor,
            origin: Origin::Local,
            is_first_sight: false,
            extra_recipients: Vec::new(),
            known,
            preloaded: given,
            requested: HashSet::new(),
            remote_stubs: Vec::new(),
            remote_actors: Vec::new(),
            object_puts: Vec::new(),
            stream_changes: Vec::new(),
        }
    }

    /// Reads what is stored under these ids, in one go, but for what was asked before.
    pub(super) async fn load(&mut self, ids: impl IntoIterator<Item = String>) -> Result<()> {
        let mut ids: Vec<String> = ids
            .into_iter()
            .filter(|id| *id != self.actor.id && !self.known.contains_key(id))
            .filter(|id| self.requested.insert(id.clone()))
            .collect();
        ids.sort_unstable();
        if ids.is_empty() {
            return Ok(());
        }
        let refs: Vec<&str> = ids.iter().map(String::as_str).collect();
        let storage = self.ctx.storage();
        let found = storage.find_objects_within(&refs, MAX_NAMED_BYTES).await?;
        let found = found.ok_or_else(too_much_named)?;
        self.add_known(found.into_iter().flatten());
        Ok(())
    }

    /// Takes what was read already, and what was looked for with it.
    pub(super) fn preload(&mut self, asked: Vec<String>, found: impl Iterator<Item = Arc<Object>>) {
        self.requested.extend(asked);
        self.add_known(found);
    }

    fn add_known(&mut self, found: impl Iterator<Item = Arc<Object>>) {
        self.known
            .extend(found.map(|object| (object.id.clone(), object)));
    }

    /// Reads what a thing answers, and what that answers, as far as conversations are read.
    pub(super) async fn load_thread(&mut self, last: &Object) -> Result<()> {
        let mut answered = last.reference_property("inReplyTo");
        for _ in 1..MAX_THREAD_DEPTH {
            let Some(Reference { id, .. }) = answered else {
                break;
            };
            self.load([id.clone()]).await?;
            answered = self
                .find(&id)
                .and_then(|found| found.reference_property("inReplyTo"));
        }
        Ok(())
    }

    /// Reads the authors on other servers of a thing and of what it answers, as far as that was
    /// read.
    pub(super) async fn load_remote_authors(&mut self, last: &Object) -> Result<()> {
        let authors = self.thread(last).filter_map(|thing| thing.author.clone());
        let remote = authors.filter(|author| !self.ctx.urls().is_local(author));
        let remote: Vec<String> = remote.collect();
        self.load(remote).await
    }

    /// A thing that is stored or planned.
    pub(super) fn find(&self, id: &str) -> Option<&Object> {
        if id == self.actor.id {
            Some(&self.actor)
        } else {
            self.known.get(id).map(|object| &**object)
        }
    }

    /// The activity that published a thing, if that is known.
    pub(super) fn publishing_activity(&self, object: &Object) -> Option<&Object> {
        self.find(object.published_by.as_deref()?)
            .filter(|post| !post.deleted)
    }

    /// A thing that must be there, and not be deleted.
    pub(super) fn existing(
        &self,
        wanted: Option<&Map<String, Value>>,
        role: &str,
    ) -> Result<Object> {
        match self.stored(wanted, role)? {
            object if object.deleted => Err(Error::gone()),
            object => Ok(object),
        }
    }

    /// A thing that must be there, if only as a tombstone: what was done to it can still be undone.
    pub(super) fn stored(&self, wanted: Option<&Map<String, Value>>, role: &str) -> Result<Object> {
        let wanted =
            wanted.ok_or_else(|| Error::bad_request(format!("No {role} for the activity")))?;
        let id = wanted.get("id").and_then(Value::as_str);
        let id = id.ok_or_else(|| Error::bad_request(format!("No {role} ID for activity")))?;
        self.find(id).cloned().ok_or_else(|| {
            let kind = wanted.get("objectType").and_then(Value::as_str);
            let kind = kind.unwrap_or("object");
            Error::bad_request(format!("No such '{kind}' with id '{id}'"))
        })
    }

    /// Plans to store an object; a later plan for the same object replaces it.
    pub(super) fn put(&mut self, object: Object, expect: Expect) {
        if !self.object_puts.iter().any(|(id, _)| *id == object.id) {
            self.object_puts.push((object.id.clone(), expect));
        }
        self.known.insert(object.id.clone(), object.into());
    }

    /// Whether an object is planned as a new one.
    pub(super) fn is_new(&self, id: &str) -> bool {
        self.object_puts
            .iter()
            .any(|(planned, expect)| planned == id && *expect == Expect::Absent)
    }

    /// Whether an object is planned as a stub, which anyone may know of.
    fn is_stub(&self, id: &str) -> bool {
        self.remote_stubs
            .iter()
            .any(|change| matches!(change, Change::PutObject { object, .. } if object.id == id))
    }

    /// Changes an object that is planned already.
    pub(super) fn update_planned(&mut self, object: Object) {
        self.known.insert(object.id.clone(), object.into());
    }

    /// Plans to store a changed object, if nobody else changes it meanwhile.
    pub(super) fn replace(&mut self, object: Object) {
        let version = object.version;
        self.put(object, Expect::Version(version));
    }

    /// Plans an entry of a stream.
    pub(super) fn push(&mut self, stream: Stream, item: &str, duplicate: Duplicate) {
        self.stream_changes.push(Change::Push {
            stream,
            item: item.into(),
            class: None,
            duplicate,
        });
    }

    /// Plans that an entry goes.
    pub(super) fn remove_item(&mut self, stream: Stream, item: &str) {
        self.stream_changes.push(Change::RemoveItem {
            stream,
            item: item.into(),
        });
    }

    /// Plans a check of the store as it is before the changes.
    pub(super) fn add_check(&mut self, check: Change) {
        self.remote_stubs.push(check);
    }

    /// Plans any other change.
    pub(super) fn add_change(&mut self, change: Change) {
        self.stream_changes.push(change);
    }

    /// Whether a stream has an entry.
    pub(super) async fn contains(&self, stream: Stream, item: &str) -> Result<bool> {
        Ok(self.ctx.storage().contains(&[(stream, item)]).await? == [true])
    }

    /// Whether a group is one of ours: someone here made it.
    pub(super) fn is_local_group(&self, group: &Object) -> bool {
        let author = group.author.as_deref();
        author.is_some_and(|author| self.ctx.urls().is_local(author))
    }

    /// For each group, in the same order, whether the actor has a say in it: who is in it has, who
    /// is about to be, and who made it.
    pub(super) async fn are_group_members(&self, groups: &[Object]) -> Result<Vec<bool>> {
        if groups.is_empty() {
            return Ok(Vec::new());
        }
        let me = self.actor.id.as_str();
        let members = |group: &Object| Stream::Members(group.id.clone());
        let pairs: Vec<_> = groups.iter().map(|group| (members(group), me)).collect();
        let there = self.ctx.storage().contains(&pairs).await?;
        let comes = |to: &Stream| {
            self.stream_changes.iter().any(|change| {
                matches!(change, Change::Push { stream, item, .. } if stream == to && item == me)
            })
        };
        let own = |group: &Object| group.author.as_deref() == Some(me);
        let each = groups.iter().zip(there);
        Ok(each
            .map(|(group, there)| there || own(group) || comes(&members(group)))
            .collect())
    }

    /// Whether the actor may read an object that is stored or planned.
    pub(super) async fn may_read(&self, object: &Object) -> Result<bool> {
        let planned = self.preloaded.contains(&object.id)
            || self.object_puts.iter().any(|(id, _)| *id == object.id)
            || self.is_stub(&object.id);
        if planned || object.author.as_deref() == Some(&self.actor.id) {
            return Ok(true);
        }
        let viewer = Viewer::Person(&self.actor.id);
        Ok(access::readable(self.ctx, viewer, &[object]).await? == [true])
    }

    /// Refuses unless the actor may read the object: what can't be read can't be answered, liked or
    /// shared either.
    pub(super) async fn require_readable(&self, object: &Object) -> Result<()> {
        if !self.decides_on(object) || self.may_read(object).await? {
            return Ok(());
        }
        Err(
            Error::forbidden("Only the author and recipients can view this object.")
                .phrased("failure-not-reader"),
        )
    }

    /// Returns the parent of an object, if it is stored and the actor may read it.
    pub(super) async fn readable_parent(&self, object: Option<&Object>) -> Result<Option<Object>> {
        let parent = object.and_then(|object| object.reference_property("inReplyTo"));
        match parent.and_then(|parent| self.find(&parent.id)) {
            Some(parent) if self.may_read(parent).await? => Ok(Some(parent.clone())),
            _ => Ok(None),
        }
    }

    /// A thing and what it answers, and what that answers, as far as they were loaded.
    pub(super) fn thread<'b>(&'b self, last: &'b Object) -> impl Iterator<Item = &'b Object> {
        let up = |object: &&'b Object| self.find(&object.reference_property("inReplyTo")?.id);
        std::iter::successors(Some(last), up).take(MAX_THREAD_DEPTH)
    }

    /// Whether an object only names a stream of someone's, as Followers and Following do.
    pub(super) fn is_virtual(&self, object: &Object) -> bool {
        object.object_type == "collection"
            && object
                .id
                .starts_with(&self.ctx.urls().absolute("/api/user/"))
    }

    /// Plans the remote accounts of actors that have none.
    async fn add_remote_accounts(&self, changes: &mut Changes) -> Result<()> {
        if self.remote_actors.is_empty() {
            return Ok(());
        }
        let ids: Vec<&str> = self.remote_actors.iter().map(String::as_str).collect();
        let found = self.ctx.storage().find_remote_accounts(&ids).await?;
        let missing = ids.iter().zip(found).filter(|(_, found)| found.is_none());
        let accounts = missing.filter_map(|(id, _)| RemoteAccount::named(id));
        changes.extend(accounts.map(Change::PutRemoteAccount));
        Ok(())
    }

    /// Returns the changes, in an order in which each finds what it needs, and all known objects as
    /// they are after them. New objects must not be too large; changed ones were checked before.
    pub(super) async fn into_changes(mut self) -> Result<(Changes, HashMap<String, Arc<Object>>)> {
        let mut changes = std::mem::take(&mut self.remote_stubs);
        for (id, expect) in std::mem::take(&mut self.object_puts) {
            if let Some(object) = self.known.get(&id) {
                // A copy of JSON that is written already need not write it again.
                object.body.raw();
                if expect == Expect::Absent {
                    check_size(object)?;
                }
                let object = Object::clone(object);
                changes.push(Change::PutObject { object, expect });
            }
        }
        self.add_remote_accounts(&mut changes).await?;
        changes.append(&mut self.stream_changes);
        let actor = self.actor;
        self.known.entry(actor.id.clone()).or_insert(actor);
        Ok((changes, self.known))
    }
}
