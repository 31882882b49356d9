//! A store in memory: for tests, for trying things out, and as the shortest true reading of the
//! contract. Nothing outlives it.

mod apply;
mod grants;
mod indexed;
mod jobs;
mod list;
mod remote_state;
mod remotes;
mod search;
mod site_records;
mod state;

use std::{collections::BTreeSet, sync::Arc};

use async_trait::async_trait;
use parking_lot::{Mutex, MutexGuard};

use super::{
    Accounts, ChangeBroadcaster, ChangeNotification, ChangeTracking, Changes, Commit,
    CredentialVersion, CredentialVersioning, Credentials, Files, Invalidation, ModificationClock,
    Objects, Result, Storage, StorageError, Streams, Subscription,
};
use crate::model::{
    AccessToken, Account, Client, Media, Nickname, Nonce, Object, Page, PageRequest, RequestToken,
    Stream, StreamPreview, Uploaded, Viewer,
};
use state::State;

/// The store in memory. Commits are applied to a copy that takes the place of the state when all
/// went well; the copy shares what did not change.
#[derive(Debug)]
pub struct Memory {
    state: Mutex<State>,
    /// Nonces by timestamp, so that the old ones are at one end.
    nonces: Mutex<BTreeSet<(i64, [String; 3])>>,
    broadcaster: ChangeBroadcaster,
    credential_version: CredentialVersion,
    modification_clock: ModificationClock,
}

impl Default for Memory {
    fn default() -> Self {
        Self {
            state: Mutex::default(),
            nonces: Mutex::default(),
            broadcaster: ChangeBroadcaster::default(),
            credential_version: CredentialVersion::default(),
            modification_clock: ModificationClock::single_node(),
        }
    }
}

impl Memory {
    /// An empty store.
    pub fn new() -> Self {
        Self::default()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock()
    }
}

/// Copies what was found.
fn owned<T: Clone>(found: Option<&Arc<T>>) -> Option<T> {
    found.map(|item| T::clone(item))
}

/// Copies all that were found.
fn owned_all<'a, T: Clone + 'a>(found: impl IntoIterator<Item = &'a Arc<T>>) -> Vec<T> {
    found.into_iter().map(|item| T::clone(item)).collect()
}

#[async_trait]
impl Objects for Memory {
    async fn find_objects(&self, ids: &[&str]) -> Result<Vec<Option<Arc<Object>>>> {
        let state = self.state();
        Ok(ids
            .iter()
            .map(|id| state.objects.get(*id).cloned())
            .collect())
    }

    async fn find_object_by_uuid(&self, uuid: &str) -> Result<Option<Arc<Object>>> {
        let state = self.state();
        let id = state.uuids.get(uuid);
        Ok(id.and_then(|id| state.objects.get(id)).cloned())
    }

    async fn readable(&self, ids: &[&str], viewer: Viewer<'_>) -> Result<Vec<bool>> {
        let state = self.state();
        Ok(ids.iter().map(|id| state.may_read(id, viewer)).collect())
    }

    async fn was_readable(&self, id: &str, viewer: Viewer<'_>) -> Result<bool> {
        Ok(self.state().could_read(id, viewer))
    }

    async fn list_objects_by(&self, author: &str, count: u32) -> Result<Vec<Object>> {
        let state = self.state();
        let all = state.objects.values();
        let found =
            all.filter(|object| object.author.as_deref() == Some(author) && !object.deleted);
        Ok(owned_all(found.take(count as usize)))
    }
}

#[async_trait]
impl Streams for Memory {
    async fn list(
        &self,
        stream: &Stream,
        request: &PageRequest,
        viewer: Viewer<'_>,
    ) -> Result<Page> {
        list::page(&self.state(), stream, request, viewer)
    }

    async fn previews(
        &self,
        streams: &[Stream],
        count: u32,
        viewer: Viewer<'_>,
    ) -> Result<Vec<StreamPreview>> {
        let state = self.state();
        Ok(streams
            .iter()
            .map(|stream| list::preview(&state, stream, count, viewer))
            .collect())
    }

    async fn contains(&self, pairs: &[(Stream, &str)]) -> Result<Vec<bool>> {
        let state = self.state();
        Ok(pairs
            .iter()
            .map(|(stream, item)| state.contains(stream, item))
            .collect())
    }

    async fn items_after(
        &self,
        stream: &Stream,
        after: u64,
        count: u32,
    ) -> Result<Vec<(u64, String)>> {
        let state = self.state();
        let entries = state.streams.get(stream);
        let items = entries.into_iter().flat_map(|entries| entries.after(after));
        Ok(items
            .take(count as usize)
            .map(|(place, id)| (place, id.to_string()))
            .collect())
    }

    async fn is_in_other_stream(&self, item: &str, except: &Stream) -> Result<bool> {
        let state = self.state();
        let mut streams = state.streams_containing(item, except);
        Ok(streams.next().is_some())
    }
}

#[async_trait]
impl Accounts for Memory {
    async fn find_account(&self, nickname: &Nickname) -> Result<Option<Account>> {
        Ok(owned(self.state().accounts.get(nickname)))
    }

    async fn find_accounts_of(&self, persons: &[&str]) -> Result<Vec<Option<Account>>> {
        let state = self.state();
        Ok(persons
            .iter()
            .map(|person| owned(state.account_of(person)))
            .collect())
    }

    async fn count_unconfirmed(&self) -> Result<u64> {
        let state = self.state();
        let waiting = state
            .accounts
            .values()
            .filter(|account| account.email.is_none() && account.unconfirmed_email.is_some());
        Ok(waiting.count() as u64)
    }
}

#[async_trait]
impl Credentials for Memory {
    async fn find_client(&self, id: &str) -> Result<Option<Client>> {
        Ok(owned(self.state().clients.get(id)))
    }

    async fn list_clients(&self) -> Result<Vec<Client>> {
        let mut clients: Vec<Client> = owned_all(self.state().clients.values());
        clients.sort_by_key(|client| client.created);
        Ok(clients)
    }

    async fn find_access_token(&self, token: &str) -> Result<Option<AccessToken>> {
        Ok(owned(self.state().access_tokens.get(token)))
    }

    async fn find_access_token_for(
        &self,
        client: &str,
        user: &Nickname,
    ) -> Result<Option<AccessToken>> {
        let state = self.state();
        let tokens = state.access_tokens.values();
        let tokens = tokens.filter(|token| token.client == client && token.user == *user);
        Ok(owned(tokens.min_by_key(|token| token.created)))
    }

    async fn find_request_token(&self, token: &str) -> Result<Option<RequestToken>> {
        Ok(owned(self.state().request_tokens.get(token)))
    }

    async fn use_nonce(&self, nonce: &Nonce<'_>) -> Result<bool> {
        let rest = [nonce.client, nonce.token, nonce.nonce].map(str::to_owned);
        Ok(self.nonces.lock().insert((nonce.timestamp, rest)))
    }

    async fn delete_expired(&self, timestamp: i64) -> Result<()> {
        let mut nonces = self.nonces.lock();
        *nonces = nonces.split_off(&(timestamp, [const { String::new() }; 3]));
        drop(nonces);
        let mut state = self.state();
        state
            .request_tokens
            .retain(|_, token| token.expires.timestamp() >= timestamp);
        state
            .codes
            .retain(|_, code| code.expires.timestamp() >= timestamp);
        state.delete_expired_grants(timestamp);
        Ok(())
    }

    async fn forget_unused_clients(&self, before: i64, proven_before: i64) -> Result<()> {
        self.state().forget_unused_clients(before, proven_before);
        self.credential_version.bump();
        Ok(())
    }
}

#[async_trait]
impl CredentialVersioning for Memory {
    fn credential_version(&self) -> Option<i64> {
        Some(self.credential_version.current())
    }

    async fn refresh_credential_version(&self) -> Result<()> {
        Ok(())
    }
}

impl ChangeTracking for Memory {
    fn modification_clock(&self) -> Option<&ModificationClock> {
        Some(&self.modification_clock)
    }
}

impl Memory {
    /// Counts files of some paths, without those of tombstones.
    fn count_files(&self, is_counted: impl Fn(&str) -> bool) -> Uploaded {
        let state = self.state();
        let files = state.media.values().filter(|media| {
            let object = state.objects.get(media.object.as_str());
            is_counted(&media.path) && object.is_some_and(|object| !object.deleted)
        });
        files.fold(Uploaded::default(), |all, media| Uploaded {
            files: all.files + 1,
            bytes: all.bytes + media.size,
        })
    }
}

#[async_trait]
impl Files for Memory {
    async fn find_media(&self, path: &str) -> Result<Option<Media>> {
        Ok(owned(self.state().media.get(path)))
    }

    async fn list_media_of(&self, object: &str) -> Result<Vec<Media>> {
        let state = self.state();
        let files = state.media.values().filter(|media| media.object == object);
        let mut files: Vec<Media> = owned_all(files);
        files.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(files)
    }

    async fn uploaded(&self, nickname: &Nickname) -> Result<Uploaded> {
        let folder = format!("{nickname}/");
        Ok(self.count_files(|path| path.starts_with(&folder)))
    }

    async fn uploaded_by_all(&self) -> Result<Uploaded> {
        Ok(self.count_files(|_| true))
    }
}

#[async_trait]
impl Commit for Memory {
    async fn commit(&self, changes: Changes) -> Result<()> {
        let news = ChangeNotification::from_changes(&changes);
        let moves = CredentialVersion::is_affected_by(&changes);
        let invalidation = Invalidation::of_changes(&changes);
        let mut current = self.state();
        let mut next = current.clone();
        changes
            .into_iter()
            .try_for_each(|change| next.apply(change))?;
        *current = next;
        drop(current);
        self.modification_clock.record(&invalidation);
        if moves {
            self.credential_version.bump();
        }
        if let Some(news) = news {
            self.broadcaster.send(news);
        }
        Ok(())
    }

    fn subscribe(&self) -> Subscription {
        self.broadcaster.subscribe()
    }
}

#[async_trait]
impl Storage for Memory {
    async fn ping(&self) -> Result<(), StorageError> {
        Ok(())
    }

    async fn close(&self) {}
}
