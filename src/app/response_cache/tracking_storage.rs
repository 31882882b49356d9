//! A store that puts down what is read from it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;

use crate::{
    model::{Account, Nickname, Object, Page, PageRequest, Stream, StreamPreview, Viewer},
    storage::{
        Accounts, Bucket, ChangeTracking, Changes, Commit, Objects, Result, Storage, Streams,
        Subscription, delegate_storage,
    },
};

/// Responses that read more buckets are not cached.
const MAX_BUCKETS: usize = 16 * 1024;

/// A store that records the buckets that are read.
pub(crate) struct TrackingStorage {
    storage: Arc<dyn Storage>,
    /// `None` after an untracked read.
    buckets: Mutex<Option<Vec<Bucket>>>,
}

impl TrackingStorage {
    pub(super) fn new(storage: Arc<dyn Storage>) -> Self {
        Self {
            storage,
            buckets: Mutex::new(Some(Vec::new())),
        }
    }

    /// Returns the buckets read so far, if any; a response without reads bypassed this storage.
    pub(super) fn buckets(&self) -> Option<Arc<[Bucket]>> {
        let mut buckets = self.lock().clone().filter(|all| !all.is_empty())?;
        buckets.sort_unstable();
        buckets.dedup();
        Some(buckets.into())
    }

    fn record_read(&self, buckets: impl IntoIterator<Item = Bucket>) {
        let mut seen = self.lock();
        if let Some(all) = &mut *seen {
            all.extend(buckets);
        }
        if seen.as_ref().is_some_and(|all| all.len() > MAX_BUCKETS) {
            *seen = None;
        }
    }

    /// A viewer's read access depends on the viewer's memberships.
    fn record_viewer(&self, viewer: Viewer<'_>) {
        if let Viewer::Person(id) = viewer {
            self.record_read([Bucket::of_memberships(id)]);
        }
    }

    /// Returns the inner store for untracked reads, and marks the response as uncacheable.
    fn uncacheable(&self) -> &dyn Storage {
        *self.lock() = None;
        &*self.storage
    }

    /// The state is complete even after a panic.
    fn lock(&self) -> MutexGuard<'_, Option<Vec<Bucket>>> {
        self.buckets.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Objects for TrackingStorage {
    async fn find_objects(&self, ids: &[&str]) -> Result<Vec<Option<Arc<Object>>>> {
        self.record_read(ids.iter().map(|id| Bucket::of_object(id)));
        self.storage.find_objects(ids).await
    }

    async fn find_objects_within(
        &self,
        ids: &[&str],
        max_bytes: usize,
    ) -> Result<Option<Vec<Option<Arc<Object>>>>> {
        self.record_read(ids.iter().map(|id| Bucket::of_object(id)));
        self.storage.find_objects_within(ids, max_bytes).await
    }

    async fn find_object_by_uuid(&self, uuid: &str) -> Result<Option<Arc<Object>>> {
        let found = self.storage.find_object_by_uuid(uuid).await?;
        match &found {
            Some(object) => self.record_read([Bucket::of_object(&object.id)]),
            None => drop(self.uncacheable()),
        }
        Ok(found)
    }

    async fn readable(&self, ids: &[&str], viewer: Viewer<'_>) -> Result<Vec<bool>> {
        self.record_read(ids.iter().map(|id| Bucket::of_object(id)));
        self.record_viewer(viewer);
        self.storage.readable(ids, viewer).await
    }

    async fn was_readable(&self, id: &str, viewer: Viewer<'_>) -> Result<bool> {
        self.record_read([Bucket::of_object(id)]);
        self.record_viewer(viewer);
        self.storage.was_readable(id, viewer).await
    }

    async fn list_objects_by(&self, author: &str, count: u32) -> Result<Vec<Object>> {
        self.uncacheable().list_objects_by(author, count).await
    }
}

#[async_trait]
impl Streams for TrackingStorage {
    async fn list(
        &self,
        stream: &Stream,
        request: &PageRequest,
        viewer: Viewer<'_>,
    ) -> Result<Page> {
        self.record_read([Bucket::of_stream(stream)]);
        if matches!(stream, Stream::Inbox(_)) {
            self.record_read([Bucket::of_any_fan_out()]);
        }
        self.record_viewer(viewer);
        self.storage.list(stream, request, viewer).await
    }

    async fn previews(
        &self,
        streams: &[Stream],
        count: u32,
        viewer: Viewer<'_>,
    ) -> Result<Vec<StreamPreview>> {
        self.record_read(streams.iter().map(Bucket::of_stream));
        if streams.iter().any(|one| matches!(one, Stream::Inbox(_))) {
            self.record_read([Bucket::of_any_fan_out()]);
        }
        self.record_viewer(viewer);
        self.storage.previews(streams, count, viewer).await
    }

    async fn contains(&self, pairs: &[(Stream, &str)]) -> Result<Vec<bool>> {
        self.record_read(pairs.iter().map(|(stream, _)| Bucket::of_stream(stream)));
        if pairs.iter().any(|(one, _)| matches!(one, Stream::Inbox(_))) {
            self.record_read([Bucket::of_any_fan_out()]);
        }
        self.storage.contains(pairs).await
    }

    async fn items_after(
        &self,
        stream: &Stream,
        after: u64,
        count: u32,
    ) -> Result<Vec<(u64, String)>> {
        self.uncacheable().items_after(stream, after, count).await
    }

    async fn is_in_other_stream(&self, item: &str, but: &Stream) -> Result<bool> {
        self.uncacheable().is_in_other_stream(item, but).await
    }
}

#[async_trait]
impl Accounts for TrackingStorage {
    async fn find_account(&self, nickname: &Nickname) -> Result<Option<Account>> {
        self.record_read([Bucket::of_account(nickname)]);
        self.storage.find_account(nickname).await
    }

    async fn find_accounts_of(&self, persons: &[&str]) -> Result<Vec<Option<Account>>> {
        self.record_read(persons.iter().map(|id| Bucket::of_object(id)));
        self.storage.find_accounts_of(persons).await
    }

    async fn count_unconfirmed(&self) -> Result<u64> {
        self.uncacheable().count_unconfirmed().await
    }
}

impl ChangeTracking for TrackingStorage {}

// Reads of credentials, files and jobs make a response uncacheable.
delegate_storage!([] TrackingStorage, uncacheable);

#[async_trait]
impl Commit for TrackingStorage {
    async fn commit(&self, changes: Changes) -> Result<()> {
        self.uncacheable().commit(changes).await
    }

    fn subscribe(&self) -> Subscription {
        self.uncacheable().subscribe()
    }
}

#[async_trait]
impl Storage for TrackingStorage {
    async fn ping(&self) -> Result<()> {
        self.uncacheable().ping().await
    }

    async fn close(&self) {
        self.uncacheable().close().await;
    }
}
