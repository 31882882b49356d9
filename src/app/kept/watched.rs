//! A store that puts down what is read from it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;

use crate::{
    model::{Account, Head, Nickname, Object, Page, PageRequest, Stream, Viewer},
    storage::{
        Accounts, Changes, Commit, Freshness, Objects, Place, Result, Storage, Streams,
        Subscription, pass_on,
    },
};

/// More places than that are not worth their room.
const MOST: usize = 16 * 1024;

/// A store, and the places that were read from.
pub(crate) struct Watched {
    store: Arc<dyn Storage>,
    /// `None` once something was done of which it is not known when it changes.
    places: Mutex<Option<Vec<Place>>>,
}

impl Watched {
    pub(super) fn new(store: Arc<dyn Storage>) -> Self {
        Self {
            store,
            places: Mutex::new(Some(Vec::new())),
        }
    }

    /// The places that were read from up to now, if there are any: what is made of nothing was read past this.
    pub(super) fn places(&self) -> Option<Arc<[Place]>> {
        let mut places = self.lock().clone().filter(|all| !all.is_empty())?;
        places.sort_unstable();
        places.dedup();
        Some(places.into())
    }

    fn saw(&self, places: impl IntoIterator<Item = Place>) {
        let mut seen = self.lock();
        if let Some(all) = &mut *seen {
            all.extend(places);
        }
        if seen.as_ref().is_some_and(|all| all.len() > MOST) {
            *seen = None;
        }
    }

    /// What someone may read depends on the streams they are in.
    fn saw_for(&self, viewer: Viewer<'_>) {
        if let Viewer::Person(id) = viewer {
            self.saw([Place::of_holders(id)]);
        }
    }

    /// The store itself, for what is not kept.
    fn unseen(&self) -> &dyn Storage {
        *self.lock() = None;
        &*self.store
    }

    /// What a thread that panicked left behind is whole.
    fn lock(&self) -> MutexGuard<'_, Option<Vec<Place>>> {
        self.places.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Objects for Watched {
    async fn find_objects(&self, ids: &[&str]) -> Result<Vec<Option<Arc<Object>>>> {
        self.saw(ids.iter().map(|id| Place::of_object(id)));
        self.store.find_objects(ids).await
    }

    async fn find_objects_within(
        &self,
        ids: &[&str],
        max_bytes: usize,
    ) -> Result<Option<Vec<Option<Arc<Object>>>>> {
        self.saw(ids.iter().map(|id| Place::of_object(id)));
        self.store.find_objects_within(ids, max_bytes).await
    }

    async fn find_object_by_uuid(&self, uuid: &str) -> Result<Option<Arc<Object>>> {
        let found = self.store.find_object_by_uuid(uuid).await?;
        match &found {
            Some(object) => self.saw([Place::of_object(&object.id)]),
            None => drop(self.unseen()),
        }
        Ok(found)
    }

    async fn readable(&self, ids: &[&str], viewer: Viewer<'_>) -> Result<Vec<bool>> {
        self.saw(ids.iter().map(|id| Place::of_object(id)));
        self.saw_for(viewer);
        self.store.readable(ids, viewer).await
    }

    async fn was_readable(&self, id: &str, viewer: Viewer<'_>) -> Result<bool> {
        self.saw([Place::of_object(id)]);
        self.saw_for(viewer);
        self.store.was_readable(id, viewer).await
    }

    async fn list_objects_by(&self, author: &str, count: u32) -> Result<Vec<Object>> {
        self.unseen().list_objects_by(author, count).await
    }
}

#[async_trait]
impl Streams for Watched {
    async fn list(
        &self,
        stream: &Stream,
        request: &PageRequest,
        viewer: Viewer<'_>,
    ) -> Result<Page> {
        self.saw([Place::of_stream(stream)]);
        if matches!(stream, Stream::Inbox(_)) {
            self.saw([Place::of_spreading()]);
        }
        self.saw_for(viewer);
        self.store.list(stream, request, viewer).await
    }

    async fn heads(&self, streams: &[Stream], count: u32, viewer: Viewer<'_>) -> Result<Vec<Head>> {
        self.saw(streams.iter().map(Place::of_stream));
        if streams.iter().any(|one| matches!(one, Stream::Inbox(_))) {
            self.saw([Place::of_spreading()]);
        }
        self.saw_for(viewer);
        self.store.heads(streams, count, viewer).await
    }

    async fn contains(&self, pairs: &[(Stream, &str)]) -> Result<Vec<bool>> {
        self.saw(pairs.iter().map(|(stream, _)| Place::of_stream(stream)));
        if pairs.iter().any(|(one, _)| matches!(one, Stream::Inbox(_))) {
            self.saw([Place::of_spreading()]);
        }
        self.store.contains(pairs).await
    }

    async fn list_items(
        &self,
        stream: &Stream,
        after: u64,
        count: u32,
    ) -> Result<Vec<(u64, String)>> {
        self.unseen().list_items(stream, after, count).await
    }

    async fn is_held(&self, item: &str, but: &Stream) -> Result<bool> {
        self.unseen().is_held(item, but).await
    }
}

#[async_trait]
impl Accounts for Watched {
    async fn find_account(&self, nickname: &Nickname) -> Result<Option<Account>> {
        self.saw([Place::of_account(nickname)]);
        self.store.find_account(nickname).await
    }

    async fn find_accounts_of(&self, persons: &[&str]) -> Result<Vec<Option<Account>>> {
        self.saw(persons.iter().map(|id| Place::of_object(id)));
        self.store.find_accounts_of(persons).await
    }

    async fn count_unconfirmed(&self) -> Result<u64> {
        self.unseen().count_unconfirmed().await
    }
}

impl Freshness for Watched {}

// What there is to know of who may ask, of files and of work to do is not kept.
pass_on!([] Watched, unseen);

#[async_trait]
impl Commit for Watched {
    async fn commit(&self, changes: Changes) -> Result<()> {
        self.unseen().commit(changes).await
    }

    fn news(&self) -> Subscription {
        self.unseen().news()
    }
}

#[async_trait]
impl Storage for Watched {
    async fn ping(&self) -> Result<()> {
        self.unseen().ping().await
    }

    async fn close(&self) {
        self.unseen().close().await;
    }
}
