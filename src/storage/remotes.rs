//! The part of the contract that is about other hosts: who lives there, and what waits for them.

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::Result;
use crate::model::{
    DeliveryState, HostBlock, HostLease, OutgoingDelivery, RemoteAccount, RemoteCredential,
    RemoteHost, WaitingHost,
};

/// Maximum deliveries of one lease that have the same
/// [destination](crate::model::RemoteAccount::destination), so that one that fails does not keep the
/// others.
pub const MAX_LEASED_OF_DESTINATION: usize = 16;

/// Actors of other hosts, these hosts, and the deliveries that wait for them.
#[async_trait]
pub trait Remotes: Send + Sync {
    /// The remote accounts of the objects with these ids, in the same order.
    async fn find_remote_accounts(&self, ids: &[&str]) -> Result<Vec<Option<RemoteAccount>>>;

    /// The remote accounts of [`ActivityPub`](crate::model::Protocol) with these profile URLs, in
    /// the same order; of several with one URL, any.
    async fn find_actors(&self, urls: &[&str]) -> Result<Vec<Option<RemoteAccount>>>;

    /// Up to `count` remote accounts with a place above `after`, by place. Places are above 0, and
    /// an account keeps its place.
    async fn list_remote_accounts(
        &self,
        after: u64,
        count: u32,
    ) -> Result<Vec<(u64, RemoteAccount)>>;

    /// The host of that name.
    async fn find_remote_host(&self, name: &str) -> Result<Option<RemoteHost>>;

    /// Our credentials at a host for an identity.
    async fn find_remote_credential(
        &self,
        host: &str,
        identity: &str,
    ) -> Result<Option<RemoteCredential>>;

    /// All blocks of hosts, by name.
    async fn list_host_blocks(&self) -> Result<Vec<HostBlock>>;

    /// Leases until `until` up to `hosts` hosts that deliveries wait for. Their next attempt is due
    /// by `now`, and they are not leased to anyone at `now`. Those that are due longest come first.
    /// With `answering` only hosts are leased that have no [failures](DeliveryState::failures).
    /// Each comes with up to `deliveries` of its deliveries, oldest first, and up to
    /// [`MAX_LEASED_OF_DESTINATION`] for one destination. Of very many the later ones may be left
    /// out. Of two callers, on whatever nodes, one gets a host, as far as their clocks agree. The
    /// lease survives a crash of the process, or is lost with it; it need not wait for the disk.
    async fn lease_hosts(
        &self,
        now: DateTime<Utc>,
        until: DateTime<Utc>,
        hosts: u32,
        deliveries: u32,
        answering: bool,
    ) -> Result<Vec<HostLease>>;

    /// Up to `count` hosts that deliveries wait for, after the host named `after`, by name.
    async fn list_waiting_hosts(&self, after: &str, count: u32) -> Result<Vec<WaitingHost>>;

    /// Up to `count` deliveries of an activity that still wait, oldest first.
    async fn list_outgoing_of(&self, activity: &str, count: u32) -> Result<Vec<OutgoingDelivery>>;
}

/// The end of a lease: the deliveries that are done, and how the host answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostOutcome {
    /// Name of the host.
    pub host: String,
    /// The [end](crate::model::HostLease::until) of the lease: nothing but `done` is taken from a
    /// worker whose lease was followed by another one. `None` for the operator, who has none.
    pub lease: Option<DateTime<Utc>>,
    /// Positions of deliveries that need no further attempt. They are removed in any case, as they
    /// were delivered or dropped.
    pub done: Vec<u64>,
    /// The new state.
    pub state: DeliveryState,
    /// Whether the lease ends; else it goes on, for more deliveries.
    pub is_last: bool,
}
