//! Reads all that a page shows, in a fixed number of queries.

use std::{
    borrow::Cow,
    cell::Cell,
    collections::{HashMap, HashSet},
    sync::Arc,
};

use serde::Deserialize;
use serde_json::value::RawValue;

use super::{Detail, EMBEDDED, Fresh};
use crate::{
    Context,
    model::{ACTIVITY, Head, Object, Stream},
    service::{Error, Result, access},
    storage::StorageError,
};

/// Properties of an activity that refer to one thing each.
pub(super) const PARTS: &[&str] = &["actor", "object", "target", "generator"];

/// Properties of an activity that refer to several.
pub(super) const ADDRESSEES: &[&str] = &["to", "cc", "bto", "bcc"];

/// Everything that a page shows.
pub(super) struct Gathered<'a> {
    pub(super) ctx: &'a Context,
    pub(super) detail: Detail,
    known: Option<&'a Fresh>,
    objects: HashMap<String, Arc<Object>>,
    readable: HashSet<String>,
    heads: HashMap<Stream, Head>,
    held: HashSet<(Stream, String)>,
    /// How many bytes may still be read.
    unread: usize,
    /// How many bytes may still stand in the item that is shown.
    room: Cell<usize>,
}

/// How many bytes of what one item of a page names stand in it, about. One thing can be named many times, and
/// costs little to name: beyond this things are named only.
const MAX_EMBEDDED_BYTES: usize = 1024 * 1024;

/// Why not all was gathered.
pub(super) enum Unfinished {
    /// It is more than may be read at once.
    TooMuch,
    /// It can't be read.
    Failed(Error),
}

impl From<Error> for Unfinished {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

impl From<StorageError> for Unfinished {
    fn from(error: StorageError) -> Self {
        Self::Failed(error.into())
    }
}

impl From<Unfinished> for Error {
    fn from(unfinished: Unfinished) -> Self {
        match unfinished {
            Unfinished::TooMuch => Self::internal("a page was given no room"),
            Unfinished::Failed(error) => error,
        }
    }
}

impl<'a> Gathered<'a> {
    /// Reads what the roots need, and something besides, unless it is more than so many bytes of JSON.
    pub(super) async fn gather(
        ctx: &'a Context,
        roots: &[Arc<Object>],
        detail: Detail,
        also: Option<&str>,
        known: Option<&'a Fresh>,
        max_bytes: usize,
    ) -> Result<Self, Unfinished> {
        let mut gathered = Self {
            ctx,
            detail,
            known,
            objects: HashMap::new(),
            readable: HashSet::new(),
            heads: HashMap::new(),
            held: HashSet::new(),
            unread: max_bytes,
            room: Cell::default(),
        };
        let first = roots.iter().flat_map(|root| named(root));
        let first = first.chain(also.map(str::to_owned));
        let first = gathered.load(first).await?;
        let second = gathered
            .load(first.iter().flat_map(|object| named(object)))
            .await?;
        gathered
            .load(second.iter().filter_map(|object| object.author.clone()))
            .await?;
        let focus = gathered.in_focus(roots);
        gathered.read_heads(&focus, EMBEDDED).await?;
        let mut flagged = focus;
        if detail.items {
            let feeds = gathered
                .heads
                .iter()
                .filter(|(stream, _)| !matches!(stream, Stream::Members(_) | Stream::Documents(_)));
            let items: Vec<_> = feeds.flat_map(|(_, head)| head.items.clone()).collect();
            let items = gathered.load(items).await?;
            gathered
                .load(items.iter().filter_map(|object| object.author.clone()))
                .await?;
            let replies = gathered.replies();
            gathered.read_heads(&replies, 0).await?;
            flagged.extend(replies);
        }
        if detail.flags {
            gathered.read_flags(&flagged).await?;
        }
        gathered.read_access(roots).await?;
        Ok(gathered)
    }

    /// A thing that was gathered.
    pub(super) fn find(&self, id: &str) -> Option<&Object> {
        self.objects.get(id).map(|object| &**object)
    }

    /// A thing that was gathered, to be kept.
    pub(super) fn shared(&self, id: &str) -> Option<Arc<Object>> {
        self.objects.get(id).cloned()
    }

    /// Whether the viewer may read a thing that was gathered.
    pub(super) fn may_read(&self, object: &Object) -> bool {
        object.object_type == "person" || self.readable.contains(&object.id)
    }

    /// Begins an item, in which nothing stands yet.
    pub(super) fn begin_item(&self) {
        self.room.set(MAX_EMBEDDED_BYTES);
    }

    /// Whether there is room in an item for a thing that it names, which is taken then.
    pub(super) fn has_room(&self, object: &Object) -> bool {
        let left = self.room.get().checked_sub(object.body.text().len());
        self.room.set(left.unwrap_or(self.room.get()));
        left.is_some()
    }

    /// The top of a stream, if it was gathered.
    pub(super) fn head(&self, stream: &Stream) -> Option<&Head> {
        self.heads.get(stream)
    }

    /// Whether a thing is in a stream of the viewer's; false if that was not gathered.
    pub(super) fn holds(&self, stream: Stream, item: &str) -> bool {
        self.held.contains(&(stream, item.to_owned()))
    }

    /// Loads what is not loaded yet, and returns it.
    async fn load(
        &mut self,
        ids: impl IntoIterator<Item = String>,
    ) -> Result<Vec<Arc<Object>>, Unfinished> {
        let mut wanted: HashSet<String> = ids
            .into_iter()
            .filter(|id| !self.objects.contains_key(id))
            .collect();
        let mut found: Vec<Arc<Object>> = Vec::new();
        if let Some(known) = self.known {
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
    fn in_focus(&self, roots: &[Arc<Object>]) -> Vec<Arc<Object>> {
        let mut seen = HashSet::new();
        let in_activity = |root: &Object| {
            let parts = ["object", "target"].into_iter();
            let ids = parts.filter_map(|key| id_of(root.body.member(key)?));
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
            .heads
            .iter()
            .filter(|(stream, _)| matches!(stream, Stream::Replies(_)));
        let ids = replies.flat_map(|(_, head)| &head.items);
        ids.filter_map(|id| self.objects.get(id)).cloned().collect()
    }

    /// Reads how many there are in the feeds of these things, and the first `count` of them, where that
    /// isn't known yet.
    async fn read_heads(&mut self, focus: &[Arc<Object>], count: u32) -> Result<()> {
        let lists = self
            .objects
            .values()
            .chain(focus)
            .filter(|object| object.object_type == "collection");
        let own = ["objectTypes", "members"];
        let members = lists.filter(|list| own.iter().all(|key| list.body.member(key).is_some()));
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
        streams.retain(|stream| !self.heads.contains_key(stream));
        streams.sort();
        streams.dedup();
        let is_new = |stream: &Stream| self.known.is_some_and(|known| known.is_empty(stream));
        let (empty, streams): (Vec<_>, Vec<_>) = streams.into_iter().partition(is_new);
        let empty = empty.into_iter().map(|stream| (stream, Head::default()));
        self.heads.extend(empty);
        if !streams.is_empty() {
            let heads = self
                .ctx
                .storage()
                .heads(&streams, count, self.ctx.viewer())
                .await?;
            self.heads.extend(streams.into_iter().zip(heads));
        }
        Ok(())
    }

    /// Whether it is known that there is nothing in a stream that the viewer may read: so they are not in it.
    fn is_empty(&self, stream: &Stream) -> bool {
        self.heads.get(stream).is_some_and(|head| head.total == 0)
    }

    async fn read_flags(&mut self, focus: &[Arc<Object>]) -> Result<()> {
        let Some(me) = self.ctx.person() else {
            return Ok(());
        };
        let likers = self
            .heads
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
        if pairs.is_empty() {
            return Ok(());
        }
        let held = self.ctx.storage().contains(&pairs).await?;
        let held = pairs.into_iter().zip(held).filter(|(_, held)| *held);
        self.held = held
            .map(|((stream, id), _)| (stream, id.to_owned()))
            .collect();
        Ok(())
    }

    /// Finds out what the viewer may read. The roots but for activities they may.
    async fn read_access(&mut self, roots: &[Arc<Object>]) -> Result<()> {
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
        .filter(|(key, _)| object.body.member(key).is_some())
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
        .filter(|(key, _)| object.object_type == "group" && object.body.member(key).is_some())
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
fn named(object: &Object) -> Vec<String> {
    let one = |key: &str| id_of(object.body.member(key)?);
    if object.object_type == ACTIVITY {
        let parts = PARTS.iter().filter_map(|key| one(key));
        let lists = ADDRESSEES.iter().filter_map(|key| object.body.member(key));
        let addressees = lists.flat_map(list_of).filter_map(id_of);
        return parts.chain(addressees).map(Cow::into_owned).collect();
    }
    let parent = one("inReplyTo").map(Cow::into_owned);
    object.author.clone().into_iter().chain(parent).collect()
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
