//! Changes, applied to a state that is thrown away when one fails.

use std::{
    collections::{BTreeMap, HashSet},
    sync::Arc,
};

use chrono::{DateTime, TimeDelta, Utc};

use super::{
    indexed::IndexedObject,
    state::{State, StreamEntries},
};
use crate::{
    model::{
        AccessToken, Account, AudienceMember, Class, Client, Media, Nickname, Object, RequestToken,
        Stream,
    },
    storage::{Change, Delivery, Duplicate, Expect, Result, Revocation, StorageError, remember},
};

impl State {
    /// Applies one change.
    pub(super) fn apply(&mut self, change: Change) -> Result<()> {
        match change {
            Change::PutObject { object, expect } => self.put_object(object, expect),
            Change::Push {
                stream,
                item,
                class,
                duplicate,
            } => self.push(stream, &item, class, duplicate),
            Change::RemoveItem { stream, item } => self.remove_item(&stream, item),
            Change::RemoveFromStreams {
                item,
                except,
                limit: most,
            } => self.remove_from_streams(&item, &except, most),
            Change::Clear(stream) => {
                if let Some(entries) = self.streams.get_mut(&stream) {
                    Arc::make_mut(entries).clear();
                }
                Ok(())
            }
            Change::CheckName { stream, name } => self.check_name(&stream, name),
            Change::Deliver(delivery) => self.deliver(&delivery),
            Change::PutAccount { account, expect } => self.put_account(account, expect),
            Change::RemoveAccount(nickname) => self.remove_account(&nickname),
            Change::PutClient(client) => {
                self.put_client(client);
                Ok(())
            }
            Change::RemoveClient(id) => self.remove_client(&id),
            Change::UseClient { id, at } => {
                self.use_client(&id, at, false);
                Ok(())
            }
            Change::PutRequestToken { token, expect } => self.put_request_token(token, expect),
            Change::RemoveRequestToken(token) => {
                ensure_removed(self.request_tokens.remove(&*token), "that request token")
            }
            Change::PutAccessToken(token) => self.put_access_token(token),
            Change::RemoveAccessToken(token) => {
                let removed = self.access_tokens.shift_remove(&*token);
                ensure_removed(removed, "that access token")
            }
            Change::PutAuthorization(authorization) => self.put_authorization(authorization),
            Change::RemoveAuthorization(digest) => {
                ensure_removed(self.authorizations.remove(&*digest), "that authorization")
            }
            Change::PutBearerToken(token) => self.put_bearer_token(token),
            Change::RemoveBearerToken(digest) => {
                ensure_removed(self.bearer_tokens.remove(&*digest), "that bearer token")
            }
            Change::RevokeCode(digest) => {
                self.revoke_code(&digest);
                Ok(())
            }
            Change::Revoke(revocation) => {
                self.revoke(&revocation);
                Ok(())
            }
            Change::RevokePending(user) => {
                self.revoke_pending(&user);
                Ok(())
            }
            Change::PutCode(code) => self.put_code(code),
            Change::UseCode(digest) => self.use_code(&digest),
            Change::PutJob { job, expect } => self.put_job(job, expect),
            Change::RemoveJob { id, version } => self.remove_job(id, version),
            Change::PutSiteRecord { record, expect } => self.put_site_record(record, expect),
            Change::RemoveSiteRecord { id, version } => self.remove_site_record(id, version),
            Change::PutMedia(media) => self.put_media(media),
            Change::PutRemoteAccount(account) => self.put_remote_account(account),
            Change::RemoveHostBlock(host) => self.remove_host_block(host),
            other => {
                self.apply_remote(other);
                Ok(())
            }
        }
    }

    /// Applies one of the changes of other hosts that always succeed.
    fn apply_remote(&mut self, change: Change) {
        match change {
            Change::PutRemoteHost(host) => self.put_remote_host(host),
            Change::PutRemoteCredential(credential) => self.put_remote_credential(credential),
            Change::AddRemoteCredential(credential) => self.add_remote_credential(credential),
            Change::RemoveRemoteCredential {
                host,
                identity,
                client_id,
            } => self.remove_remote_credential(&host, &identity, &client_id),
            Change::PassOn(delivery) => self.pass_on(&delivery),
            Change::SettleHost(outcome) => self.settle_host(outcome),
            Change::DropOutgoing(host) => self.drop_outgoing(host.as_deref()),
            Change::PutHostBlock(block) => self.put_host_block(block),
            _ => {}
        }
    }

    fn put_object(&mut self, mut object: Object, expect: Expect) -> Result<()> {
        let stored = self.objects.get(&*object.id);
        expect.check(stored.map(|stored| stored.version), &object.id)?;
        if self
            .uuids
            .get(&*object.uuid)
            .is_some_and(|id| **id != *object.id)
        {
            return Err(StorageError::AlreadyExists(object.uuid));
        }
        let stored = stored.cloned();
        if let Some(stored) = &stored {
            object.uuid.clone_from(&stored.uuid);
        }
        object.version = stored.as_ref().map_or(1, |stored| stored.version + 1);
        if let Some(stored) = stored.filter(|stored| stored.audience != object.audience) {
            let id: Arc<str> = object.id.as_str().into();
            let former = self
                .former
                .get(&id)
                .map_or_else(Vec::new, |all| all.to_vec());
            let former = remember(former, &stored.audience).into();
            self.former.insert(id, former);
        }
        let persons: Vec<String> = object
            .audience
            .iter()
            .filter_map(|address| match address {
                AudienceMember::Person(id) => Some(id.clone()),
                AudienceMember::Public | AudienceMember::Members(_) => None,
            })
            .collect();
        let id: Arc<str> = object.id.as_str().into();
        self.uuids
            .insert(object.uuid.as_str().into(), Arc::clone(&id));
        let entry = IndexedObject::of(&object).map(Arc::new);
        // A replaced entry keeps its place.
        self.search_index.insert(Arc::clone(&id), entry);
        self.objects.insert(id, Arc::new(object));
        // Looked at last: an object may name itself.
        persons.iter().try_for_each(|id| self.stored(id).map(drop))
    }

    fn push(
        &mut self,
        stream: Stream,
        item: &str,
        class: Option<Class>,
        duplicate: Duplicate,
    ) -> Result<()> {
        let id = self.stored(item)?;
        let new = self.entries(stream).push(&id, class);
        if new || duplicate == Duplicate::Ignore {
            Ok(())
        } else {
            Err(StorageError::AlreadyExists(item.into()))
        }
    }

    fn remove_item(&mut self, stream: &Stream, item: String) -> Result<()> {
        let there = self
            .streams
            .get_mut(stream)
            .is_some_and(|entries| Arc::make_mut(entries).remove(&item));
        there.then_some(()).ok_or(StorageError::Missing(item))
    }

    fn remove_from_streams(&mut self, item: &str, except: &Stream, most: u32) -> Result<()> {
        self.stored(item)?;
        let holders = self.streams_containing(item, except).take(most as usize);
        for stream in holders.map(Arc::clone).collect::<Vec<_>>() {
            if let Some(entries) = self.streams.get_mut(&stream) {
                Arc::make_mut(entries).remove(item);
            }
        }
        Ok(())
    }

    fn check_name(&self, stream: &Stream, name: String) -> Result<()> {
        let items = self.streams.get(stream).into_iter();
        let mut items = items.flat_map(|entries| entries.newest_first());
        let has_name = |id| {
            let item = self.objects.get(id);
            item.is_some_and(|item| item.text_property("displayName") == Some(&name))
        };
        if items.any(|(_, id, _)| has_name(id)) {
            return Err(StorageError::AlreadyExists(name));
        }
        Ok(())
    }

    fn deliver(&mut self, delivery: &Delivery) -> Result<()> {
        let activity = self.stored(&delivery.activity)?;
        let mut recipients: BTreeMap<Arc<str>, bool> = BTreeMap::new();
        for stream in &delivery.members {
            if let Some(entries) = self.streams.get(stream) {
                recipients.extend(
                    entries
                        .newest_first()
                        .map(|(_, id, _)| (Arc::clone(id), false)),
                );
            }
        }
        recipients.extend(
            delivery
                .persons
                .iter()
                .map(|id| (id.as_str().into(), false)),
        );
        recipients.extend(delivery.direct.iter().map(|id| (id.as_str().into(), true)));
        for entries in delivery
            .except_members
            .iter()
            .filter_map(|one| self.streams.get(one))
        {
            recipients.retain(|id, _| entries.arrival(id).is_none());
        }
        let ids = recipients.keys().cloned();
        self.remotes.enqueue(delivery, &activity, ids);
        for (person, direct) in recipients {
            if self.owners.contains_key(&person) {
                let class = Class {
                    major: delivery.major,
                    direct,
                };
                self.entries(Stream::Inbox(person.to_string()))
                    .push(&activity, Some(class));
            }
        }
        Ok(())
    }

    fn put_account(&mut self, mut account: Account, expect: Expect) -> Result<()> {
        let stored = self.accounts.get(&account.nickname);
        expect.check(
            stored.map(|stored| stored.version),
            account.nickname.as_str(),
        )?;
        if stored.is_none() {
            let folded = account.nickname.as_str().to_ascii_lowercase();
            let given = self.nicknames.entry(folded);
            let given = given.or_insert_with(|| account.nickname.clone());
            if expect == Expect::Absent && *given != account.nickname {
                return Err(StorageError::AlreadyExists(given.to_string()));
            }
        }
        account.version = stored.map_or(1, |stored| stored.version + 1);
        let person = self.stored(&account.person)?;
        if self
            .owners
            .get(&person)
            .is_some_and(|owner| *owner != account.nickname)
        {
            return Err(StorageError::AlreadyExists(account.person));
        }
        if let Some(stored) = self.accounts.get(&account.nickname) {
            self.owners.remove(&*stored.person);
        }
        self.owners.insert(person, account.nickname.clone());
        self.accounts
            .insert(account.nickname.clone(), Arc::new(account));
        Ok(())
    }

    fn remove_account(&mut self, nickname: &Nickname) -> Result<()> {
        let account = self.accounts.remove(nickname);
        let account = account.ok_or_else(|| StorageError::Missing(nickname.to_string()))?;
        self.owners.remove(&*account.person);
        self.revoke(&Revocation {
            user: nickname.clone(),
            client: None,
            except_token: None,
        });
        self.codes.retain(|_, code| code.user != *nickname);
        Ok(())
    }

    fn put_client(&mut self, mut client: Client) {
        if let Some(stored) = self.clients.get(&*client.id) {
            client.unused_since = client.unused_since.and(stored.unused_since);
        }
        self.clients
            .insert(client.id.as_str().into(), client.into());
    }

    /// Notes that a client is used: is given a token, of a person or its own, or is seen.
    pub(super) fn use_client(&mut self, id: &str, created: DateTime<Utc>, person: bool) {
        let Some(client) = self.clients.get_mut(id) else {
            return;
        };
        let a_day_ago = created - TimeDelta::days(1);
        match client.unused_since {
            Some(_) if person => Arc::make_mut(client).unused_since = None,
            Some(since) if since < a_day_ago => Arc::make_mut(client).unused_since = Some(created),
            _ => {}
        }
    }

    pub(super) fn forget_unused_clients(&mut self, before: i64, proven_before: i64) {
        let waiting = self.request_tokens.values().map(|token| &token.client);
        let asking = self.authorizations.values().map(|asked| &asked.client);
        let busy: HashSet<&String> = waiting.chain(asking).collect();
        self.clients.retain(|_, client| {
            let before = client.identity.as_ref().map_or(before, |_| proven_before);
            let is_old = |since: DateTime<Utc>| since.timestamp() < before;
            !client.unused_since.is_some_and(is_old) || busy.contains(&client.id)
        });
        let clients = &self.clients;
        self.bearer_tokens
            .retain(|_, token| clients.contains_key(&*token.client));
    }

    fn remove_client(&mut self, id: &str) -> Result<()> {
        let removed = self.clients.shift_remove(id);
        self.access_tokens.retain(|_, token| token.client != id);
        self.request_tokens.retain(|_, token| token.client != id);
        self.authorizations.retain(|_, asked| asked.client != id);
        self.bearer_tokens.retain(|_, token| token.client != id);
        ensure_removed(removed, id)
    }

    fn put_request_token(&mut self, token: RequestToken, expect: Expect) -> Result<()> {
        let stored = self.request_tokens.get(&*token.token);
        expect.check(stored.map(|_| 0), "that request token")?;
        self.request_tokens
            .insert(token.token.as_str().into(), Arc::new(token));
        Ok(())
    }

    fn put_access_token(&mut self, token: AccessToken) -> Result<()> {
        self.require_known(&token.client, Some(&token.user))?;
        self.use_client(&token.client, token.created, true);
        self.access_tokens
            .insert(token.token.as_str().into(), token.into());
        Ok(())
    }

    fn put_media(&mut self, media: Media) -> Result<()> {
        self.stored(&media.object)?;
        if self.media.contains_key(&*media.path) {
            return Err(StorageError::AlreadyExists(media.path));
        }
        self.media
            .insert(media.path.as_str().into(), Arc::new(media));
        Ok(())
    }

    /// Refuses a client, or the name of an account, that is not stored.
    pub(super) fn require_known(&self, client: &str, user: Option<&Nickname>) -> Result<()> {
        if !self.clients.contains_key(client) {
            return Err(StorageError::Missing(client.into()));
        }
        match user.filter(|user| !self.accounts.contains_key(user)) {
            Some(user) => Err(StorageError::Missing(user.to_string())),
            None => Ok(()),
        }
    }

    /// The shared form of the id of a stored object.
    pub(super) fn stored(&self, id: &str) -> Result<Arc<str>> {
        let stored = self.objects.get_key_value(id).map(|(id, _)| Arc::clone(id));
        stored.ok_or_else(|| StorageError::Missing(id.into()))
    }

    /// The entries of a stream, to be changed.
    fn entries(&mut self, stream: Stream) -> &mut StreamEntries {
        Arc::make_mut(self.streams.entry(Arc::new(stream)).or_default())
    }
}

/// Returns an error unless something was removed.
fn ensure_removed<T>(removed: Option<T>, target: &str) -> Result<()> {
    removed
        .map(drop)
        .ok_or_else(|| StorageError::Missing(target.into()))
}
