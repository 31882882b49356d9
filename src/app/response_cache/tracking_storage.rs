//! Read tracking: a store that records the buckets that are read.

use std::sync::Arc;

use async_trait::async_trait;
use parking_lot::Mutex;

use crate::{
    model::{Account, Nickname, Object, Page, PageRequest, Stream, StreamPreview, Viewer},
    storage::{
        Accounts, Bucket, ChangeTracking, Changes, Commit, Objects, Result, Storage, Streams,
        Subscription, delegate_storage,
    },
};

/// Responses that read more buckets are not cached.
const MAX_BUCKETS: usize = 16 * 1024;

/// A store that records the buckets that are read through it.
pub(super) struct TrackingStorage {
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

    /// Takes the buckets that were read, if only tracked reads were made. A response without reads
    /// bypassed this storage.
    pub(super) fn take_buckets(&self) -> Option<Box<[Bucket]>> {
        let mut buckets = self.buckets.lock().take().filter(|all| !all.is_empty())?;
        buckets.sort_unstable();
        buckets.dedup();
        Some(buckets.into())
    }

    fn record_read(&self, buckets: impl IntoIterator<Item = Bucket>) {
        let mut seen = self.buckets.lock();
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

    /// Keeps the response out of the cache: its reads can't be tracked.
    fn mark_uncacheable(&self) {
        *self.buckets.lock() = None;
    }

    /// Marks the response as uncacheable, and returns the inner store for an untracked read.
    fn untracked(&self) -> &dyn Storage {
        self.mark_uncacheable();
        &*self.storage
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
            None => self.mark_uncacheable(),
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
        self.untracked().list_objects_by(author, count).await
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
        self.untracked().items_after(stream, after, count).await
    }

    async fn is_in_other_stream(&self, item: &str, but: &Stream) -> Result<bool> {
        self.untracked().is_in_other_stream(item, but).await
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
        self.untracked().count_unconfirmed().await
    }
}

impl ChangeTracking for TrackingStorage {}

// Reads of credentials, files and jobs make a response uncacheable.
delegate_storage!([] TrackingStorage, untracked);

#[async_trait]
impl Commit for TrackingStorage {
    async fn commit(&self, changes: Changes) -> Result<()> {
        self.untracked().commit(changes).await
    }

    fn subscribe(&self) -> Subscription {
        self.untracked().subscribe()
    }
}

#[async_trait]
impl Storage for TrackingStorage {
    async fn ping(&self) -> Result<()> {
        self.untracked().ping().await
    }

    async fn close(&self) {
        self.untracked().close().await;
    }
}
