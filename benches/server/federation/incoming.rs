//! Activities of other servers.

use std::time::Duration;

use anyhow::{Result, ensure};
use serde::Serialize;

use super::{Measured, peers::Peer};
use crate::load::Plan;

/// How many hosts deliver at most, each over a connection of its own.
const MAX_HOSTS: usize = 50;

/// Nickname of the person of each who writes.
const NICKNAME: &str = "writer";

/// Rate of activities that come in.
#[derive(Serialize)]
pub(super) struct Incoming {
    pub(super) count: usize,
    /// In a second.
    pub(super) rate: f64,
    pub(super) p50_ms: f64,
    pub(super) p99_ms: f64,
    /// Processor time of the server for each.
    pub(super) server_us: Option<f64>,
}

/// Measures notes to people here. Each is verified, stored, and in an inbox when it is answered.
pub(super) async fn incoming(
    measured: &Measured,
    hosts: usize,
    time: Duration,
) -> Result<Incoming> {
    let world = &measured.world;
    let hosts = hosts.min(MAX_HOSTS);
    let peers = Peer::register_all(world, hosts, Some(NICKNAME)).await?;
    let plan = Plan {
        connections: hosts,
        warm_up: time / 2,
        measure: time,
    };
    let ask = |number: usize| {
        let to = &world.users[number % world.users.len()];
        peers[number % hosts].note(world, NICKNAME, number, to)
    };
    let (next, count) = plan.warm(&world.authority, ask).await?;
    let asks = (next..next + count).map(ask).collect();
    let entries = async || anyhow::Ok(world.inboxes().await?.iter().sum::<u64>());
    let (before, used) = (entries().await?, measured.used());
    let load = plan.measure(&world.authority, asks).await?;
    let used = measured.used().zip(used).map(|(now, before)| now - before);
    let added = entries().await? - before;
    ensure!(
        added == load.count() as u64,
        "{} activities were taken, and {added} are in inboxes",
        load.count()
    );
    let milliseconds = |part| load.quantile(part).as_secs_f64() * 1e3;
    Ok(Incoming {
        count: load.count(),
        rate: load.rate(),
        p50_ms: milliseconds(0.5),
        p99_ms: milliseconds(0.99),
        server_us: used.map(|used| used * 1e6 / load.count().max(1) as f64),
    })
}
