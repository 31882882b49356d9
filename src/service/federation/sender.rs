//! The parts that deliveries share, and leases of hosts.

use std::sync::Arc;

use chrono::TimeDelta;

use super::{
    order::MAX_DELIVERIES_PER_LEASE,
    peers::{Network, Peers},
    render::Renderer,
};
use crate::{App, context::Caller, model::HostLease, service::Result};

/// Lease of a host, in seconds, after which another worker may take it.
const LEASE_SECONDS: i64 = 300;

/// Sends activities to other hosts.
#[derive(Clone)]
pub struct Sender(Arc<SenderInner>);

struct SenderInner {
    app: App,
    peers: Arc<dyn Peers>,
    renderer: Renderer,
}

impl Sender {
    /// Creates a sender.
    pub fn new(app: &App) -> Self {
        Self::with_peers(app, Arc::new(Network(app.clone())))
    }

    /// Creates a sender that reaches other hosts in this way.
    pub(super) fn with_peers(app: &App, peers: Arc<dyn Peers>) -> Self {
        Self(Arc::new(SenderInner {
            app: app.clone(),
            peers,
            renderer: Renderer::new(),
        }))
    }

    pub(super) fn app(&self) -> &App {
        &self.0.app
    }

    pub(super) fn peers(&self) -> &dyn Peers {
        &*self.0.peers
    }

    pub(super) fn renderer(&self) -> &Renderer {
        &self.0.renderer
    }

    /// Leases up to so many hosts.
    pub(super) async fn lease(&self, hosts: u32, answering: bool) -> Result<Vec<HostLease>> {
        let ctx = self.app().context(Caller::Server);
        let until = ctx.now() + TimeDelta::seconds(LEASE_SECONDS);
        let count = MAX_DELIVERIES_PER_LEASE;
        let leases = ctx
            .storage()
            .lease_hosts(ctx.now(), until, hosts, count, answering);
        Ok(leases.await?)
    }
}
