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
use tracing::Instrument as _;

use super::{Host, in_flight::InFlightCommits};
use crate::{
    model::{Account, Nickname, Object, Page, PageRequest, Stream, StreamPreview, Viewer},
    protocol::as1::sanitize_members,
    storage::{
        Accounts, Change, ChangeTracking, Changes, Commit, Objects, Result, Storage, StorageError,
        Streams, Subscription, delegate_storage, delegate_trait,
    },
};

/// Timeout of a close that waits for commits.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(4);

/// Key of the index entry that marks an object as the host's, and lists the properties that are in
/// the index too.
const HOST_BACKED_KEY: &str = "hydraulics:kept";

/// Property that stays in the index too, because [names](crate::model::search_name) are searched
/// there.
const SEARCHED_PROPERTY: &str = "displayName";

/// Properties left of an object whose row is gone.
const TOMBSTONE_PROPERTIES: &[&str] = &[
    "objectType",
    "id",
    "published",
    "updated",
    "inReplyTo",
    "objectTypes",
    "preferredUsername",
];

/// A [`Host`] and a built-in backend as one store. See the [module](super) on atomicity.
pub struct Hosted<H> {
    host: Arc<H>,
    backend: Arc<dyn Storage>,
    in_flight: Arc<InFlightCommits>,
    /// All commits that concern the host, whoever still waits for them.
    commits: TaskTracker,
}

impl<H: Host> Hosted<H> {
    /// Combines a host with a backend that nothing else uses.
    pub fn new(host: H, backend: Arc<dyn Storage>) -> Self {
        Self {
            host: Arc::new(host),
            backend,
            in_flight: Arc::new(InFlightCommits::new()),
            commits: TaskTracker::new(),
        }
    }

    fn backend(&self) -> &dyn Storage {
        &*self.backend
    }

    /// The host.
    pub fn host(&self) -> &H {
        &self.host
    }

    /// Loads objects from the index and merges the host's properties into them. Objects without a
    /// row become tombstones.
    ///
    /// Both are of the same time: it waits for commits that are under way, and if one ended
    /// meanwhile that changed what was read, it reads again.
    async fn load_consistent<'a, T: ObjectsMut>(
        &self,
        read: impl Fn() -> BoxFuture<'a, Result<T>> + Send + Sync,
    ) -> Result<T> {
        loop {
            let before = self.in_flight.ended();
            let mut found = read().await?;
            let mut objects = found.objects_mut();
            objects.retain(|thing| is_host_backed(thing));
            if objects.is_empty() {
                return Ok(found);
            }
            let ids: Vec<&str> = objects.iter().map(|thing| &*thing.id).collect();
            self.in_flight.wait_for(&ids).await;
            let properties = self.load_host_properties(&objects).await?;
            let calm = self.in_flight.ended() == before && !self.in_flight.contains_any(&ids);
            if calm || self.is_unchanged(&objects).await? {
                for thing in objects {
                    merge_host_properties(Arc::make_mut(thing), &properties);
                }
                return Ok(found);
            }
        }
    }

    /// Loads the host's properties of objects.
    async fn load_host_properties(&self, objects: &[&mut Arc<Object>]) -> Result<HostProperties> {
        let mut wanted: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for thing in objects {
            let ids = wanted.entry(&thing.object_type).or_default();
            ids.push(&thing.id);
        }
        let mut properties = HashMap::new();
        for (kind, mut ids) in wanted {
            ids.sort_unstable();
            ids.dedup();
            let found = self.host.load(kind, &ids).await?;
            properties.extend(found.into_iter().map(sanitize_host_properties));
        }
        Ok(properties)
    }

    /// Returns whether the index still has these versions.
    async fn is_unchanged(&self, objects: &[&mut Arc<Object>]) -> Result<bool> {
        let ids: Vec<&str> = objects.iter().map(|thing| &*thing.id).collect();
        let now = self.backend.find_objects(&ids).await?;
        let mut pairs = objects.iter().zip(now);
        Ok(pairs.all(|(thing, now)| now.is_some_and(|now| now.version == thing.version)))
    }

    /// Converts a change to the form that the built-in backend stores.
    fn to_index_change(&self, change: Change) -> Change {
        match change {
            Change::PutObject { mut object, expect } => {
                let kept = stored_properties_of(&*self.host, &object);
                if object.body.contains_key(HOST_BACKED_KEY) {
                    object.body.shift_remove(HOST_BACKED_KEY);
                }
                if !kept.is_empty() {
                    // The host may know some members only of what has members.
                    let stays =
                        |name: &str| name == SEARCHED_PROPERTY || object.body[name].is_object();
                    let properties = kept.iter().filter(|name| object.body.contains_key(**name));
                    let both: Vec<&str> = properties.copied().filter(|name| stays(name)).collect();
                    let here = |name: &str| both.contains(&name) || !kept.contains(&name);
                    object.body.retain(|name, _| here(name));
                    object.body.insert(HOST_BACKED_KEY.into(), both.into());
                }
                Change::PutObject { object, expect }
            }
            other => other,
        }
    }
}

/// Returns the properties of an object that the host stores.
fn stored_properties_of(host: &impl Host, thing: &Object) -> &'static [&'static str] {
    if thing.deleted {
        &[]
    } else {
        host.stored_properties(thing)
    }
}

fn is_host_backed(thing: &Object) -> bool {
    thing.body.raw_member(HOST_BACKED_KEY).is_some()
}

/// Properties from the host, by object id.
type HostProperties = HashMap<String, Map<String, Value>>;

/// Merges the host's properties into an indexed object.
fn merge_host_properties(thing: &mut Object, properties: &HostProperties) {
    let both = thing.body.shift_remove(HOST_BACKED_KEY).unwrap_or_default();
    let both = both.as_array().into_iter().flatten();
    let mut before: HashMap<&str, Value> = both
        .filter_map(Value::as_str)
        .filter_map(|name| Some((name, thing.body.shift_remove(name)?)))
        .collect();
    if let Some(said) = properties.get(&thing.id) {
        for (name, now) in said.iter().filter(|(_, now)| !now.is_null()) {
            let now = merge_value(before.remove(name.as_str()), now);
            thing.body.insert(name.clone(), now);
        }
    } else {
        thing.deleted = true;
        let left = |name: &str| TOMBSTONE_PROPERTIES.contains(&name);
        thing.body.retain(|name, _| left(name));
        let last = thing.body.get("updated").or(thing.body.get("published"));
        let last = last.cloned().unwrap_or_default();
        thing.body.insert("deleted".into(), last);
    }
}

/// A result of the built-in backend that contains objects.
trait ObjectsMut: Send {
    fn objects_mut(&mut self) -> Vec<&mut Arc<Object>>;
}

impl ObjectsMut for Vec<Option<Arc<Object>>> {
    fn objects_mut(&mut self) -> Vec<&mut Arc<Object>> {
        self.iter_mut().flatten().collect()
    }
}

impl ObjectsMut for Option<Arc<Object>> {
    fn objects_mut(&mut self) -> Vec<&mut Arc<Object>> {
        self.iter_mut().collect()
    }
}

impl ObjectsMut for Page {
    fn objects_mut(&mut self) -> Vec<&mut Arc<Object>> {
        self.items.iter_mut().collect()
    }
}

/// Merges a host's value over the indexed one, member by member.
fn merge_value(before: Option<Value>, now: &Value) -> Value {
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

/// Sanitises the host's properties like client input, since nothing else checks them before they
/// are shown.
fn sanitize_host_properties(
    (id, properties): (String, Map<String, Value>),
) -> (String, Map<String, Value>) {
    let left_out = |name: &str, error| {
        tracing::warn!(id, name, %error, "malformed host property is left out");
    };
    let said = sanitize_members(properties, left_out);
    (id, said)
}

/// Returns whether a change concerns a host. Most concern clients, tokens and jobs only.
fn concerns_host(change: &Change) -> bool {
    let effects = change.effects();
    let is_relation = |stream| !matches!(stream, &Stream::Inbox(_) | &Stream::Outbox(_));
    effects.is_global
        || effects.new_object.is_some()
        || effects.new_account.is_some()
        || (effects.added.or(effects.removed).is_some() && effects.stream.is_some_and(is_relation))
}

#[async_trait]
impl<H: Host> Commit for Hosted<H> {
    async fn commit(&self, changes: Changes) -> Result<()> {
        if !changes.iter().any(concerns_host) {
            return self.backend.commit(changes).await;
        }
        // Closing waits for whoever has one.
        let token = self.commits.token();
        if self.commits.is_closed() {
            return Err(StorageError::Unavailable("the store was closed".into()));
        }
        let index = changes.iter().cloned();
        let index: Changes = index.map(|change| self.to_index_change(change)).collect();
        let (host, backend) = (Arc::clone(&self.host), Arc::clone(&self.backend));
        let in_flight = Arc::clone(&self.in_flight);
        // The caller that waits for this may go away between the two commits.
        let both = async move {
            let _token = token;
            let written = host.begin_write(&changes).await?;
            let _passage = in_flight.begin(&changes);
            backend.commit(index).await?;
            let done = written.commit().await;
            done.map_err(|error| StorageError::Unavailable(error.into()))
        };
        tokio::spawn(both.in_current_span())
            .await
            .unwrap_or_else(|broken| Err(StorageError::Unavailable(broken.into())))
    }

    fn subscribe(&self) -> Subscription {
        self.backend.subscribe()
    }
}

#[async_trait]
impl<H: Host> Objects for Hosted<H> {
    async fn find_objects(&self, ids: &[&str]) -> Result<Vec<Option<Arc<Object>>>> {
        self.load_consistent(|| self.backend.find_objects(ids))
            .await
    }

    async fn find_object_by_uuid(&self, uuid: &str) -> Result<Option<Arc<Object>>> {
        self.load_consistent(|| self.backend.find_object_by_uuid(uuid))
            .await
    }

    async fn readable(&self, ids: &[&str], viewer: Viewer<'_>) -> Result<Vec<bool>> {
        self.backend.readable(ids, viewer).await
    }

    async fn was_readable(&self, id: &str, viewer: Viewer<'_>) -> Result<bool> {
        self.backend.was_readable(id, viewer).await
    }

    async fn list_objects_by(&self, author: &str, count: u32) -> Result<Vec<Object>> {
        let read = async || {
            let found = self.backend.list_objects_by(author, count).await?;
            Ok(found.into_iter().map(|thing| Some(thing.into())).collect())
        };
        let found: Vec<Option<Arc<Object>>> = self.load_consistent(|| read().boxed()).await?;
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
        self.load_consistent(|| self.backend.list(stream, request, viewer))
            .await
    }

    async fn previews(
        &self,
        streams: &[Stream],
        count: u32,
        viewer: Viewer<'_>,
    ) -> Result<Vec<StreamPreview>> {
        self.backend.previews(streams, count, viewer).await
    }

    async fn contains(&self, pairs: &[(Stream, &str)]) -> Result<Vec<bool>> {
        self.backend.contains(pairs).await
    }

    async fn items_after(
        &self,
        stream: &Stream,
        after: u64,
        count: u32,
    ) -> Result<Vec<(u64, String)>> {
        self.backend.items_after(stream, after, count).await
    }

    async fn is_in_other_stream(&self, item: &str, except: &Stream) -> Result<bool> {
        self.backend.is_in_other_stream(item, except).await
    }
}

delegate_trait!([H: Host] Hosted<H>, backend, Accounts {
    find_account(nickname: &Nickname) -> Option<Account>;
    find_accounts_of(persons: &[&str]) -> Vec<Option<Account>>;
    count_unconfirmed() -> u64;
});

delegate_storage!([H: Host] Hosted<H>, backend);

/// The host's rows may change at any time, so nothing made from them can be cached.
impl<H: Host> ChangeTracking for Hosted<H> {}

#[async_trait]
impl<H: Host> Storage for Hosted<H> {
    async fn ping(&self) -> Result<()> {
        self.host.ping().await?;
        self.backend.ping().await
    }

    fn connections(&self) -> Option<(u32, u32)> {
        self.backend.connections()
    }

    async fn close(&self) {
        self.commits.close();
        // A host that does not answer keeps nobody waiting for ever.
        let _ = timeout(CLOSE_TIMEOUT, self.commits.wait()).await;
        self.backend.close().await;
        self.host.close().await;
    }
}
