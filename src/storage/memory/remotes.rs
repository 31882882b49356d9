//! Remote accounts, hosts, and the deliveries that wait for them.

use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, SubsecRound, Utc};

use super::{Memory, owned, owned_all, state::State};
use crate::{
    model::{
        HostBlock, HostLease, OutgoingDelivery, RemoteAccount, RemoteCredential, RemoteHost,
        WaitingHost,
    },
    storage::{Delivery, HostOutcome, Remotes, Result, StorageError},
};

impl State {
    pub(super) fn put_remote_account(&mut self, account: RemoteAccount) -> Result<()> {
        let id = self.stored(&account.id)?;
        let remotes = &mut self.remotes;
        if let Some(actor) = account.actor_id() {
            remotes.actors.insert(actor.to_owned(), Arc::clone(&id));
        }
        let host = RemoteHost {
            name: account.host.clone(),
            ..RemoteHost::default()
        };
        remotes
            .hosts
            .entry(account.host.clone())
            .or_insert_with(|| host.into());
        if remotes
            .accounts
            .insert(Arc::clone(&id), account.into())
            .is_none()
        {
            remotes.places.push(id);
        }
        Ok(())
    }

    pub(super) fn put_remote_host(&mut self, host: RemoteHost) {
        self.remotes.put_host(host);
    }

    pub(super) fn put_remote_credential(&mut self, credential: RemoteCredential) {
        let key = (credential.host.clone(), credential.identity.clone());
        self.remotes.credentials.insert(key, credential.into());
    }

    pub(super) fn add_remote_credential(&mut self, credential: RemoteCredential) {
        let key = (credential.host.clone(), credential.identity.clone());
        let stored = self.remotes.credentials.entry(key);
        stored.or_insert_with(|| credential.into());
    }

    pub(super) fn remove_remote_credential(&mut self, host: &str, identity: &str, client: &str) {
        self.remotes.credentials.retain(|key, stored| {
            (&*key.0, &*key.1) != (host, identity) || stored.client_id != client
        });
    }

    pub(super) fn pass_on(&mut self, delivery: &Delivery) {
        let Ok(activity) = self.stored(&delivery.activity) else {
            return;
        };
        let members = delivery.members.iter();
        let members = members.filter_map(|stream| self.streams.get(stream));
        let entries = members.flat_map(|entries| entries.newest_first());
        let members: Vec<Arc<str>> = entries.map(|(_, id, _)| Arc::clone(id)).collect();
        self.remotes
            .enqueue(delivery, &activity, members.into_iter());
    }

    pub(super) fn settle_host(&mut self, outcome: HostOutcome) {
        self.remotes.settle(outcome);
    }

    pub(super) fn drop_outgoing(&mut self, host: Option<&str>) {
        self.remotes
            .outgoing
            .retain(|_, outgoing| host.is_some_and(|host| outgoing.host != host));
    }

    pub(super) fn put_host_block(&mut self, block: HostBlock) {
        self.remotes.blocks.insert(block.host.clone(), block.into());
    }

    pub(super) fn remove_host_block(&mut self, host: String) -> Result<()> {
        let removed = self.remotes.blocks.remove(&host);
        removed.map(drop).ok_or(StorageError::Missing(host))
    }
}

#[async_trait]
impl Remotes for Memory {
    async fn find_remote_accounts(&self, ids: &[&str]) -> Result<Vec<Option<RemoteAccount>>> {
        let accounts = &self.state().remotes.accounts;
        Ok(ids.iter().map(|id| owned(accounts.get(*id))).collect())
    }

    async fn find_actors(&self, urls: &[&str]) -> Result<Vec<Option<RemoteAccount>>> {
        let remotes = &self.state().remotes;
        let find = |url: &&str| {
            let account = owned(remotes.accounts.get(remotes.actors.get(*url)?))?;
            (account.actor_id() == Some(*url)).then_some(account)
        };
        Ok(urls.iter().map(find).collect())
    }

    async fn list_remote_accounts(
        &self,
        after: u64,
        count: u32,
    ) -> Result<Vec<(u64, RemoteAccount)>> {
        let remotes = &self.state().remotes;
        let accounts = (1..).zip(&remotes.places).filter_map(|(place, id)| {
            let account = owned(remotes.accounts.get(id))?;
            Some((place, account))
        });
        let after = accounts.filter(|(place, _)| *place > after);
        Ok(after.take(count as usize).collect())
    }

    async fn find_remote_host(&self, name: &str) -> Result<Option<RemoteHost>> {
        Ok(owned(self.state().remotes.hosts.get(name)))
    }

    async fn find_remote_credential(
        &self,
        host: &str,
        identity: &str,
    ) -> Result<Option<RemoteCredential>> {
        let key = (host.to_owned(), identity.to_owned());
        Ok(owned(self.state().remotes.credentials.get(&key)))
    }

    async fn list_host_blocks(&self) -> Result<Vec<HostBlock>> {
        Ok(owned_all(self.state().remotes.blocks.values()))
    }

    async fn lease_hosts(
        &self,
        now: DateTime<Utc>,
        until: DateTime<Utc>,
        hosts: u32,
        deliveries: u32,
        answering: bool,
    ) -> Result<Vec<HostLease>> {
        let until = until.trunc_subsecs(0);
        let mut state = self.state();
        let remotes = &mut state.remotes;
        let mut due: Vec<RemoteHost> = remotes
            .hosts
            .values()
            .filter(|host| host.delivery.next_attempt.is_none_or(|next| next <= now))
            .filter(|host| !answering || host.delivery.failures == 0)
            .filter(|host| remotes.leases.get(&host.name).is_none_or(|end| *end <= now))
            .filter(|host| remotes.outgoing.values().any(|one| one.host == host.name))
            .map(|host| RemoteHost::clone(host))
            .collect();
        due.sort_by_key(|host| host.delivery.next_attempt);
        due.truncate(hosts as usize);
        let leases = due.into_iter().map(|host| {
            remotes.leases.insert(host.name.clone(), until);
            let deliveries = remotes.oldest_deliveries(&host.name, deliveries as usize);
            HostLease {
                host,
                until,
                deliveries,
            }
        });
        Ok(leases.collect())
    }

    async fn list_waiting_hosts(&self, after: &str, count: u32) -> Result<Vec<WaitingHost>> {
        let state = self.state();
        let remotes = &state.remotes;
        let waiting = remotes.hosts.values().filter_map(|host| {
            let mine = remotes.outgoing.values();
            let mut mine = mine.filter(|one| one.host == host.name);
            let oldest = mine.next()?.created;
            Some(WaitingHost {
                host: owned(Some(host))?,
                waiting: mine.count() as u64 + 1,
                oldest,
            })
        });
        let after = waiting.filter(|waiting| *waiting.host.name > *after);
        Ok(after.take(count as usize).collect())
    }

    async fn list_outgoing_of(&self, activity: &str, count: u32) -> Result<Vec<OutgoingDelivery>> {
        let state = self.state();
        let waiting = state.remotes.deliveries(|one| *one.activity == *activity);
        Ok(waiting.take(count as usize).collect())
    }
}
