//! State of what is known of other hosts.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use chrono::{DateTime, Utc};

use super::owned;
use crate::{
    model::{
        DeliveryState, HostBlock, OutgoingDelivery, RemoteAccount, RemoteCredential, RemoteHost,
    },
    storage::{Delivery, HostOutcome, MAX_LEASED_OF_DESTINATION},
};

/// Other hosts and their accounts. A clone shares all that is behind an `Arc`.
#[derive(Clone, Debug, Default)]
pub(super) struct RemoteState {
    pub(super) accounts: HashMap<Arc<str>, Arc<RemoteAccount>>,
    /// Ids of accounts, by those of their actors.
    pub(super) actors: HashMap<String, Arc<str>>,
    /// Ids of accounts, in the order in which they came.
    pub(super) places: Vec<Arc<str>>,
    pub(super) hosts: BTreeMap<String, Arc<RemoteHost>>,
    /// Ends of leases, by name of the host.
    pub(super) leases: HashMap<String, DateTime<Utc>>,
    /// By host and identity.
    pub(super) credentials: HashMap<(String, String), Arc<RemoteCredential>>,
    pub(super) blocks: BTreeMap<String, Arc<HostBlock>>,
    /// By position.
    pub(super) outgoing: BTreeMap<u64, Arc<Outgoing>>,
    last_position: u64,
}

/// Delivery that waits.
#[derive(Debug)]
pub(super) struct Outgoing {
    pub(super) activity: Arc<str>,
    account: Arc<str>,
    /// A shared inbox, or the account.
    destination: String,
    pub(super) host: String,
    pub(super) created: DateTime<Utc>,
}

impl RemoteState {
    /// Enqueues an activity for the remote accounts among its recipients.
    pub(super) fn enqueue(
        &mut self,
        delivery: &Delivery,
        activity: &Arc<str>,
        recipients: impl Iterator<Item = Arc<str>>,
    ) {
        for id in recipients {
            let Some(account) = self.accounts.get(&id) else {
                continue;
            };
            let shared = account.shared_inbox.as_ref();
            let destination = shared.unwrap_or(&account.id).clone();
            let waits = |other: &Arc<Outgoing>| {
                other.activity == *activity && other.destination == destination
            };
            let is_excepted = delivery.except_host.as_ref() == Some(&account.host)
                || !delivery.activitypub.includes(account);
            if is_excepted || self.outgoing.values().any(waits) {
                continue;
            }
            self.last_position += 1;
            let outgoing = Outgoing {
                activity: Arc::clone(activity),
                account: id,
                destination,
                host: account.host.clone(),
                created: delivery.enqueued,
            };
            self.outgoing.insert(self.last_position, outgoing.into());
        }
    }

    pub(super) fn put_host(&mut self, host: RemoteHost) {
        let delivery = match self.hosts.get(&host.name) {
            Some(stored) => stored.delivery.clone(),
            None => DeliveryState::default(),
        };
        let host = RemoteHost { delivery, ..host };
        self.hosts.insert(host.name.clone(), host.into());
    }

    pub(super) fn settle(&mut self, outcome: HostOutcome) {
        let HostOutcome { host, done, .. } = outcome;
        self.outgoing
            .retain(|position, outgoing| outgoing.host != host || !done.contains(position));
        let standing = self.leases.get(&host);
        if outcome.lease.is_some_and(|lease| standing != Some(&lease)) {
            return;
        }
        if let Some(stored) = self.hosts.get_mut(&host) {
            Arc::make_mut(stored).delivery = outcome.state;
        }
        if outcome.is_last {
            self.leases.remove(&host);
        }
    }

    /// The oldest deliveries to a host, of each destination a part.
    pub(super) fn oldest_deliveries(&self, host: &str, count: usize) -> Vec<OutgoingDelivery> {
        let mut counts: HashMap<String, usize> = HashMap::new();
        let is_of_part = |delivery: &OutgoingDelivery| {
            let destination = delivery.account.destination().to_owned();
            let count = counts.entry(destination).or_default();
            *count += 1;
            *count <= MAX_LEASED_OF_DESTINATION
        };
        let waiting = self.deliveries(|one| one.host == host);
        waiting.filter(is_of_part).take(count).collect()
    }

    pub(super) fn deliveries<'a>(
        &'a self,
        which: impl Fn(&Outgoing) -> bool + 'a,
    ) -> impl Iterator<Item = OutgoingDelivery> + 'a {
        let found = self.outgoing.iter().filter(move |(_, one)| which(one));
        found.filter_map(|(position, one)| {
            Some(OutgoingDelivery {
                position: *position,
                activity: one.activity.to_string(),
                account: owned(self.accounts.get(&one.account))?,
                created: one.created,
            })
        })
    }
}
