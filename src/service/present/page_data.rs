//! Reads all that a page shows, in a fixed number of queries.

use std::{
    borrow::Cow,
    cell::Cell,
    collections::{HashMap, HashSet},
    sync::Arc,
};

use serde::Deserialize;
use serde_json::value::RawValue;

use super::{Detail, EMBEDDED_ITEM_COUNT, WriteOverlay, polls::choosers, unfinished::Unfinished};
use crate::{
    Context,
    app::LimitedPersons,
    context::Caller,
    model::{ACTIVITY, Object, Stream, StreamPreview, Viewer},
    service::{Result, access},
};

/// Properties of an activity that refer to one thing each.
pub(super) const REFERENCES: &[&str] = &["actor", "object", "target", "generator"];

/// Properties of an activity that refer to several.
pub(super) const RECIPIENTS: &[&str] = &["to", "cc", "bto", "bcc"];

/// Everything that a page shows.
pub(super) struct PageData<'a> {
    pub(super) ctx: &'a Context,
    pub(super) detail: Detail,
    overlay: Option<&'a WriteOverlay>,
    objects: HashMap<String, Arc<Object>>,
    readable: HashSet<String>,
    previews: HashMap<Stream, StreamPreview>,
    memberships: HashSet<(Stream, String)>,
    /// Persons of whom nothing may be shown.
    limited: Option<Arc<LimitedPersons>>,
    /// How many bytes may still be read.
    unread: usize,
    /// How many bytes may still stand in the item that is shown.
    budget: Cell<usize>,
}

/// Approximate budget of embedded bytes in an item; beyond it objects are only referenced.
const MAX_EMBEDDED_BYTES: usize = 1024 * 1024;

impl<'a> PageData<'a> {
    /// Loads what the roots need, up to so many bytes of JSON.
    pub(super) async fn load(
        ctx: &'a Context,
        roots: &[Arc<Object>],
        detail: Detail,
        also: Option<&str>,
        known: Option<&'a WriteOverlay>,
        max_bytes: usize,
    ) -> Result<Self, Unfinished> {
        let mut page = Self {
            ctx,
            detail,
            overlay: known,
            objects: HashMap::new(),
            readable: HashSet::new(),
            previews: HashMap::new(),
            memberships: HashSet::new(),
            limited: access::limited(ctx, ctx.viewer()).await?,
            unread: max_bytes,
            budget: Cell::default(),
        };
        let first = roots.iter().flat_map(|root| referenced_ids(root));
        let first = first.chain(also.map(str::to_owned));
        let first = page.load_objects(first).await?;
        let second = page
            .load_objects(first.iter().flat_map(|object| referenced_ids(object)))
            .await?;
        page.load_objects(second.iter().filter_map(|object| object.author.clone()))
            .await?;
        let focus = page.primary_objects(roots);
        page.load_previews(&focus, EMBEDDED_ITEM_COUNT).await?;
        let mut flagged = focus;
        if detail.items {
            let feeds = page
                .previews
                .iter()
                .filter(|(stream, _)| !matches!(stream, Stream::Members(_) | Stream::Documents(_)));
            let items: Vec<_> = feeds.flat_map(|(_, head)| head.items.clone()).collect();
            let items = page.load_objects(items).await?;
            page.load_objects(items.iter().filter_map(|object| object.author.clone()))
                .await?;
            let replies = page.replies();
            page.load_previews(&replies, 0).await?;
            flagged.extend(replies);
        }
        if detail.flags {
            page.load_memberships(&flagged).await?;
        }
        page.load_access(roots).await?;
        Ok(page)
    }

    /// A thing that was gathered.
    pub(super) fn find(&self, id: &str) -> Option<&Object> {
        self.objects.get(id).map(|object| &**object)
    }

    /// All that was gathered.
    pub(super) fn objects(&self) -> impl Iterator<Item = &Arc<Object>> {
        self.objects.values()
    }

    /// A thing that was gathered, to be kept.
    pub(super) fn shared(&self, id: &str) -> Option<Arc<Object>> {
        self.objects.get(id).cloned()
    }

    /// Whether the viewer may read a thing that was gathered.
    pub(super) fn may_read(&self, object: &Object) -> bool {
        match object.object_type.as_str() {
            "person" => !self.hides(object),
            _ => self.readable.contains(&object.id),
        }
    }

    /// Whether nothing of it is shown, since its person is suspended.
    pub(super) fn hides(&self, object: &Object) -> bool {
        let limited = self.limited.as_ref();
        limited.is_some_and(|limited| limited.hides(object))
    }

    /// Begins an item, in which nothing stands yet.
    pub(super) fn begin_item(&self) {
        self.budget.set(MAX_EMBEDDED_BYTES);
    }

    /// Whether there is room in an item for a thing that it names, which is taken then.
    pub(super) fn fits_budget(&self, object: &Object) -> bool {
        let left = self.budget.get().checked_sub(object.body.raw().len());
        self.budget.set(left.unwrap_or(self.budget.get()));
        left.is_some()
    }

    /// The top of a stream, if it was gathered.
    pub(super) fn preview(&self, stream: &Stream) -> Option<&StreamPreview> {
        self.previews.get(stream)
    }

    /// Whether a thing is in a stream of the viewer's; false if that was not gathered.
    pub(super) fn is_member(&self, stream: Stream, item: &str) -> bool {
        self.memberships.contains(&(stream, item.to_owned()))
    }

    /// Loads what is not loaded yet, and returns it.
    async fn load_objects(
        &mut self,
        ids: impl IntoIterator<Item = String>,
    ) -> Result<Vec<Arc<Object>>, Unfinished> {
        let mut wanted: HashSet<String> = ids
            .into_iter()
            .filter(|id| !self.objects.contains_key(id))
            .collect();
        let mut found: Vec<Arc<Object>> = Vec::new();
        if let Some(known) = self.overlay {
            found.extend(wanted.iter().filter_map(|id| known.find(id).cloned()));
            wanted.retain(|id| known.find(id).is_none());
        }
        if !wanted.is_empty() {
            let refs: Vec<&str> = wanted.iter().map(String::as_str).collect();
            let storage = self.ctx.storage();
            let read = storage.find_objects_within(&refs, self.unread).await?;
            let read = read.ok_or(Unfinished::TooMuch)?.into_iter().flatten();
            let before = found.len();
            found.extend(read);
            let read = found[before..].iter().map(|object| object.size());
            self.unread = self.unread.saturating_sub(read.sum());
        }
        let by_id = found
            .iter()
            .map(|object| (object.id.clone(), object.clone()));
        self.objects.extend(by_id);
        Ok(found)
    }

    /// The things whose feeds are counted: roots, and the objects and targets of activities.
    fn primary_objects(&self, roots: &[Arc<Object>]) -> Vec<Arc<Object>> {
        let mut seen = HashSet::new();
        let actor = self.detail.actor_counts.then_some("actor");
        let in_activity = |root: &Object| {
            let parts = ["object", "target"].into_iter().chain(actor);
            let ids = parts.filter_map(|key| id_of(root.body.raw_member(key)?));
            ids.filter_map(|id| self.objects.get(&*id).cloned())
                .collect::<Vec<_>>()
        };
        let all = roots
            .iter()
            .flat_map(|root| match root.object_type.as_str() {
                ACTIVITY => in_activity(root),
                _ => vec![root.clone()],
            });
        all.filter(|object| !object.deleted && seen.insert(object.id.clone()))
            .collect()
    }

    /// The first replies to what is in focus.
    fn replies(&self) -> Vec<Arc<Object>> {
        let replies = self
            .previews
            .iter()
            .filter(|(stream, _)| matches!(stream, Stream::Replies(_)));
        let ids = replies.flat_map(|(_, head)| &head.items);
        ids.filter_map(|id| self.objects.get(id)).cloned().collect()
    }

    /// Loads unknown totals of these feeds, and their first `count` items.
    async fn load_previews(&mut self, focus: &[Arc<Object>], count: u32) -> Result<()> {
        let lists = self
            .objects
            .values()
            .chain(focus)
            .filter(|object| object.object_type == "collection");
        let own = ["objectTypes", "members"];
        let members =
            lists.filter(|list| own.iter().all(|key| list.body.raw_member(key).is_some()));
        let mut streams: Vec<Stream> = members
            .map(|list| Stream::Members(list.id.clone()))
            .collect();
        for object in focus.iter().filter(|_| self.detail.counts) {
            let own = feeds(object).into_iter().chain(group_feeds(object));
            streams.extend(own.map(|(_, stream)| stream));
            if object.object_type == "person" && self.ctx.urls().is_local(&object.id) {
                streams.extend(
                    person_feeds(&object.id)
                        .into_iter()
                        .map(|(_, stream)| stream),
                );
            }
        }
        streams.retain(|stream| !self.previews.contains_key(stream));
        streams.sort();
        streams.dedup();
        let is_new = |stream: &Stream| self.overlay.is_some_and(|known| known.is_empty(stream));
        let (empty, streams): (Vec<_>, Vec<_>) = streams.into_iter().partition(is_new);
        let empty = empty
            .into_iter()
            .map(|stream| (stream, StreamPreview::default()));
        self.previews.extend(empty);
        if !streams.is_empty() {
            // Counts are for all receivers alike.
            let viewer = match self.ctx.caller() {
                Caller::Receiver(_) => Viewer::Anonymous,
                _ => self.ctx.viewer(),
            };
            let previews = self.ctx.storage().previews(&streams, count, viewer);
            let previews = previews.await?;
            self.previews.extend(streams.into_iter().zip(previews));
        }
        Ok(())
    }

    /// Returns whether a stream is known to be empty for the viewer.
    fn is_empty(&self, stream: &Stream) -> bool {
        self.previews
            .get(stream)
            .is_some_and(|head| head.total == 0)
    }

    async fn load_memberships(&mut self, focus: &[Arc<Object>]) -> Result<()> {
        let Some(me) = self.ctx.person() else {
            return Ok(());
        };
        let likers = self
            .previews
            .values()
            .flat_map(|head| &head.items)
            .filter_map(|id| self.objects.get(id));
        let persons = focus
            .iter()
            .chain(likers)
            .filter(|object| object.object_type == "person");
        let mut pairs: Vec<(Stream, &str)> = persons
            .map(|person| (Stream::Following(me.to_owned()), person.id.as_str()))
            .collect();
        let whole = |object: &&Arc<Object>| object.object_type != "person" || self.detail.counts;
        for object in focus.iter().filter(whole) {
            let id = || object.id.clone();
            let streams = [Stream::Likes(id()), Stream::Shares(id())].into_iter();
            pairs.extend(
                streams
                    .filter(|one| !self.is_empty(one))
                    .map(|one| (one, me)),
            );
        }
        let choosers = focus.iter().flat_map(|object| choosers(object));
        pairs.extend(choosers.map(|(_, stream)| (stream, me)));
        if pairs.is_empty() {
            return Ok(());
        }
        let held = self.ctx.storage().contains(&pairs).await?;
        let held = pairs.into_iter().zip(held).filter(|(_, held)| *held);
        self.memberships = held
            .map(|((stream, id), _)| (stream, id.to_owned()))
            .collect();
        Ok(())
    }

    /// Finds out what the viewer may read. The roots but for activities they may.
    async fn load_access(&mut self, roots: &[Arc<Object>]) -> Result<()> {
        let (activities, others): (Vec<_>, Vec<_>) =
            roots.iter().partition(|root| root.object_type == ACTIVITY);
        let named = self.objects.values();
        let named = named.filter(|object| object.object_type != "person");
        let things: Vec<&Object> = named.chain(activities).map(|object| &**object).collect();
        let readable = access::readable(self.ctx, self.ctx.viewer(), &things).await?;
        let readable = things.iter().zip(readable).filter(|(_, may)| *may);
        let others = others.into_iter().map(|root| root.id.clone());
        self.readable = readable
            .map(|(object, _)| object.id.clone())
            .chain(others)
            .collect();
        Ok(())
    }
}

/// The feeds that an object shows, as property and stream.
pub(super) fn feeds(object: &Object) -> Vec<(&'static str, Stream)> {
    let id = object.id.clone();
    let all = [
        ("likes", Stream::Likes(id.clone())),
        ("replies", Stream::Replies(id.clone())),
        ("shares", Stream::Shares(id)),
    ];
    all.into_iter()
        .filter(|(key, _)| object.body.raw_member(key).is_some())
        .collect()
}

/// The feeds that a group of ours shows, as property and stream.
pub(super) fn group_feeds(object: &Object) -> Vec<(&'static str, Stream)> {
    let id = object.id.clone();
    let all = [
        ("members", Stream::Members(id.clone())),
        ("documents", Stream::Documents(id)),
    ];
    all.into_iter()
        .filter(|(key, _)| object.object_type == "group" && object.body.raw_member(key).is_some())
        .collect()
}

/// The feeds that a local person shows, as property and stream.
pub(super) fn person_feeds(id: &str) -> [(&'static str, Stream); 4] {
    let id = id.to_owned();
    [
        ("followers", Stream::Followers(id.clone())),
        ("following", Stream::Following(id.clone())),
        ("favorites", Stream::Favorites(id.clone())),
        (
            "lists",
            Stream::Lists {
                owner: id,
                object_type: "person".into(),
            },
        ),
    ]
}

/// The ids that a thing refers to.
fn referenced_ids(object: &Object) -> Vec<String> {
    let one = |key: &str| id_of(object.body.raw_member(key)?);
    if object.object_type == ACTIVITY {
        let parts = REFERENCES.iter().filter_map(|key| one(key));
        let lists = RECIPIENTS
            .iter()
            .filter_map(|key| object.body.raw_member(key));
        let addressees = lists.flat_map(list_of).filter_map(id_of);
        return parts.chain(addressees).map(Cow::into_owned).collect();
    }
    let named = ["inReplyTo", "quote"].into_iter().filter_map(one);
    let named = named.map(Cow::into_owned);
    object.author.clone().into_iter().chain(named).collect()
}

/// The id of what JSON refers to.
pub(super) fn id_of(reference: &str) -> Option<Cow<'_, str>> {
    #[derive(Deserialize)]
    struct Named<'a> {
        #[serde(borrow)]
        id: Cow<'a, str>,
    }
    let named: Named<'_> = serde_json::from_str(reference).ok()?;
    Some(named.id)
}

/// The parts of a list of JSON.
pub(super) fn list_of(list: &str) -> Vec<&str> {
    let parts: Vec<&RawValue> = serde_json::from_str(list).unwrap_or_default();
    parts.into_iter().map(RawValue::get).collect()
}
