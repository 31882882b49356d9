//! A host and a built-in backend as one store.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
    time::Duration,
};

use async_trait::async_trait;
use futures_util::{FutureExt as _, future::BoxFuture};
use serde_json::{Map, Value};
use tokio::time::timeout;
use tokio_util::task::TaskTracker;

use super::{Host, under_way::UnderWay};
use crate::{
    model::{Account, Head, Nickname, Object, Page, PageRequest, Stream, Viewer},
    protocol::as1::clean_members,
    storage::{
        Accounts, Change, Changes, Commit, Freshness, Objects, Result, Storage, StorageError,
        Streams, Subscription,
    },
};

/// How long closing waits for commits, at most.
const PATIENCE: Duration = Duration::from_secs(4);

/// In the index: that the host has the rest of it, and what of that is in the index too.
const KEPT: &str = "hydraulics:kept";

/// What stays in the index too: [names](crate::model::called) are searched there.
const SEARCHED: &str = "displayName";

/// What is told of what the host does not have any more.
const LEFT: &[&str] = &[
    "objectType",
    "id",
    "published",
    "updated",
    "inReplyTo",
    "objectTypes",
    "preferredUsername",
];

/// A [`Host`] and a built-in backend, as one store. What is atomic is said [there](super).
pub struct Hosted<H> {
    host: Arc<H>,
    rest: Arc<dyn Storage>,
    under_way: Arc<UnderWay>,
    /// All commits that concern the host, whoever still waits for them.
    commits: TaskTracker,
}

impl<H: Host> Hosted<H> {
    /// A host, and the backend for what it does not keep, which must be no other's.
    pub fn new(host: H, rest: Arc<dyn Storage>) -> Self {
        Self {
            host: Arc::new(host),
            rest,
            under_way: Arc::new(UnderWay::new()),
            commits: TaskTracker::new(),
        }
    }

    fn rest(&self) -> &dyn Storage {
        &*self.rest
    }

    /// The host.
    pub fn host(&self) -> &H {
        &self.host
    }

    /// Puts together what is in the index, as it is read, and what the host says. What the host does not have any more is
    /// a tombstone.
    ///
    /// Both are of the same time: it waits for commits that are under way, and if one ended meanwhile that changed what was
    /// read, it reads again.
    async fn whole<'a, T: Things>(
        &self,
        read: impl Fn() -> BoxFuture<'a, Result<T>> + Send + Sync,
    ) -> Result<T> {
        loop {
            let before = self.under_way.ended();
            let mut found = read().await?;
            let mut things = found.things();
            things.retain(|thing| is_kept(thing));
            if things.is_empty() {
                return Ok(found);
            }
            let ids: Vec<&str> = things.iter().map(|thing| &*thing.id).collect();
            self.under_way.pass(&ids).await;
            let said = self.said(&things).await?;
            let calm = self.under_way.ended() == before && !self.under_way.is_any(&ids);
            if calm || self.are_still(&things).await? {
                for thing in things {
                    complete(Arc::make_mut(thing), &said);
                }
                return Ok(found);
            }
        }
    }

    /// What the host says of things.
    async fn said(&self, things: &[&mut Arc<Object>]) -> Result<Said> {
        let mut wanted: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for thing in things {
            let ids = wanted.entry(&thing.object_type).or_default();
            ids.push(&thing.id);
        }
        let mut said = HashMap::new();
        for (kind, mut ids) in wanted {
            ids.sort_unstable();
            ids.dedup();
            let found = self.host.find(kind, &ids).await?;
            said.extend(found.into_iter().map(harmless));
        }
        Ok(said)
    }

    /// Whether the index has nothing newer of these.
    async fn are_still(&self, things: &[&mut Arc<Object>]) -> Result<bool> {
        let ids: Vec<&str> = things.iter().map(|thing| &*thing.id).collect();
        let now = self.rest.find_objects(&ids).await?;
        let mut pairs = things.iter().zip(now);
        Ok(pairs.all(|(thing, now)| now.is_some_and(|now| now.version == thing.version)))
    }

    /// A change as the built-in backend has it.
    fn indexed(&self, change: Change) -> Change {
        match change {
            Change::PutObject { mut object, expect } => {
                let kept = kept_by(&*self.host, &object);
                if object.body.contains_key(KEPT) {
                    object.body.shift_remove(KEPT);
                }
                if !kept.is_empty() {
                    // The host may know some members only of what has members.
                    let stays = |name: &str| name == SEARCHED || object.body[name].is_object();
                    let said = kept.iter().filter(|name| object.body.contains_key(**name));
                    let both: Vec<&str> = said.copied().filter(|name| stays(name)).collect();
                    let here = |name: &str| both.contains(&name) || !kept.contains(&name);
                    object.body.retain(|name, _| here(name));
                    object.body.insert(KEPT.into(), both.into());
                }
                Change::PutObject { object, expect }
            }
            other => other,
        }
    }
}

/// What a host keeps of a thing.
fn kept_by(host: &impl Host, thing: &Object) -> &'static [&'static str] {
    if thing.deleted {
        &[]
    } else {
        host.keeps(thing)
    }
}

fn is_kept(thing: &Object) -> bool {
    thing.body.member(KEPT).is_some()
}

/// What a host says, by id.
type Said = HashMap<String, Map<String, Value>>;

/// Makes what is in the index whole.
fn complete(thing: &mut Object, said: &Said) {
    let both = thing.body.shift_remove(KEPT).unwrap_or_default();
    let both = both.as_array().into_iter().flatten();
    let mut before: HashMap<&str, Value> = both
        .filter_map(Value::as_str)
        .filter_map(|name| Some((name, thing.body.shift_remove(name)?)))
        .collect();
    if let Some(said) = said.get(&thing.id) {
        for (name, now) in said.iter().filter(|(_, now)| !now.is_null()) {
            let now = merged(before.remove(name.as_str()), now);
            thing.body.insert(name.clone(), now);
        }
    } else {
        thing.deleted = true;
        let left = |name: &str| LEFT.contains(&name);
        thing.body.retain(|name, _| left(name));
        let last = thing.body.get("updated").or(thing.body.get("published"));
        let last = last.cloned().unwrap_or_default();
        thing.body.insert("deleted".into(), last);
    }
}

/// An answer of the built-in backend with things in it.
trait Things: Send {
    fn things(&mut self) -> Vec<&mut Arc<Object>>;
}

impl Things for Vec<Option<Arc<Object>>> {
    fn things(&mut self) -> Vec<&mut Arc<Object>> {
        self.iter_mut().flatten().collect()
    }
}

impl Things for Option<Arc<Object>> {
    fn things(&mut self) -> Vec<&mut Arc<Object>> {
        self.iter_mut().collect()
    }
}

impl Things for Page {
    fn things(&mut self) -> Vec<&mut Arc<Object>> {
        self.items.iter_mut().collect()
    }
}

/// What the host says of something, with what was said of it before that the host says nothing of.
fn merged(before: Option<Value>, now: &Value) -> Value {
    let (Some(Value::Object(mut all)), Value::Object(now)) = (before, now) else {
        return now.clone();
    };
    for (name, value) in now {
        if value.is_null() {
            all.shift_remove(name);
        } else {
            all.insert(name.clone(), value.clone());
        }
    }
    all.into()
}

/// What the host says of a thing, as harmless as if a client had said it: nobody else looks at it before it is shown.
fn harmless((id, said): (String, Map<String, Value>)) -> (String, Map<String, Value>) {
    let left_out = |name: &str, error| {
        tracing::warn!(id, name, %error, "what the host says of this is left out");
    };
    let said = clean_members(said, left_out);
    (id, said)
}

/// Whether a commit may be of interest to a host. Most are of clients, tokens and jobs.
fn concerns_host(change: &Change) -> bool {
    match change {
        Change::Push { stream, .. } | Change::Pull { stream, .. } => {
            !matches!(stream, Stream::Inbox(_) | Stream::Outbox(_))
        }
        Change::PutObject { .. }
        | Change::Withdraw { .. }
        | Change::Clear(_)
        | Change::PutAccount { .. }
        | Change::RemoveAccount(_) => true,
        _ => false,
    }
}

#[async_trait]
impl<H: Host> Commit for Hosted<H> {
    async fn commit(&self, changes: Changes) -> Result<()> {
        if !changes.iter().any(concerns_host) {
            return self.rest.commit(changes).await;
        }
        // Closing waits for whoever has one.
        let token = self.commits.token();
        if self.commits.is_closed() {
            return Err(StorageError::Unavailable("the store was closed".into()));
        }
        let index = changes.iter().cloned();
        let index: Changes = index.map(|change| self.indexed(change)).collect();
        let (host, rest) = (Arc::clone(&self.host), Arc::clone(&self.rest));
        let under_way = Arc::clone(&self.under_way);
        // Whoever waits for this may go away between the two commits.
        let both = tokio::spawn(async move {
            let _token = token;
            let written = host.write(&changes).await?;
            let _passage = under_way.begin(&changes);
            rest.commit(index).await?;
            let done = written.commit().await;
            done.map_err(|error| StorageError::Unavailable(error.into()))
        });
        both.await
            .unwrap_or_else(|broken| Err(StorageError::Unavailable(broken.into())))
    }

    fn news(&self) -> Subscription {
        self.rest.news()
    }
}

#[async_trait]
impl<H: Host> Objects for Hosted<H> {
    async fn find_objects(&self, ids: &[&str]) -> Result<Vec<Option<Arc<Object>>>> {
        self.whole(|| self.rest.find_objects(ids)).await
    }

    async fn find_object_by_uuid(&self, uuid: &str) -> Result<Option<Arc<Object>>> {
        self.whole(|| self.rest.find_object_by_uuid(uuid)).await
    }

    async fn readable(&self, ids: &[&str], viewer: Viewer<'_>) -> Result<Vec<bool>> {
        self.rest.readable(ids, viewer).await
    }

    async fn was_readable(&self, id: &str, viewer: Viewer<'_>) -> Result<bool> {
        self.rest.was_readable(id, viewer).await
    }

    async fn list_objects_by(&self, author: &str, count: u32) -> Result<Vec<Object>> {
        let read = async || {
            let found = self.rest.list_objects_by(author, count).await?;
            Ok(found.into_iter().map(|thing| Some(thing.into())).collect())
        };
        let found: Vec<Option<Arc<Object>>> = self.whole(|| read().boxed()).await?;
        Ok(found
            .into_iter()
            .flatten()
            .map(Arc::unwrap_or_clone)
            .collect())
    }
}

#[async_trait]
impl<H: Host> Streams for Hosted<H> {
    async fn list(
        &self,
        stream: &Stream,
        request: &PageRequest,
        viewer: Viewer<'_>,
    ) -> Result<Page> {
        self.whole(|| self.rest.list(stream, request, viewer)).await
    }

    async fn heads(&self, streams: &[Stream], count: u32, viewer: Viewer<'_>) -> Result<Vec<Head>> {
        self.rest.heads(streams, count, viewer).await
    }

    async fn contains(&self, pairs: &[(Stream, &str)]) -> Result<Vec<bool>> {
        self.rest.contains(pairs).await
    }

    async fn list_items(
        &self,
        stream: &Stream,
        after: u64,
        count: u32,
    ) -> Result<Vec<(u64, String)>> {
        self.rest.list_items(stream, after, count).await
    }

    async fn is_held(&self, item: &str, but: &Stream) -> Result<bool> {
        self.rest.is_held(item, but).await
    }
}

#[async_trait]
impl<H: Host> Accounts for Hosted<H> {
    async fn find_account(&self, nickname: &Nickname) -> Result<Option<Account>> {
        self.rest.find_account(nickname).await
    }

    async fn find_accounts_of(&self, persons: &[&str]) -> Result<Vec<Option<Account>>> {
        self.rest.find_accounts_of(persons).await
    }

    async fn count_unconfirmed(&self) -> Result<u64> {
        self.rest.count_unconfirmed().await
    }
}

crate::storage::pass_on!([H: Host] Hosted<H>, rest);

/// What the host's rows say may change at any time, so nothing that was made of them can be kept.
impl<H: Host> Freshness for Hosted<H> {}

#[async_trait]
impl<H: Host> Storage for Hosted<H> {
    async fn ping(&self) -> Result<()> {
        self.host.ping().await?;
        self.rest.ping().await
    }

    async fn close(&self) {
        self.commits.close();
        // A host that does not answer keeps nobody waiting for ever.
        let _ = timeout(PATIENCE, self.commits.wait()).await;
        self.rest.close().await;
        self.host.close().await;
    }
}
