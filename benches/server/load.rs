//! The load: some connections, each of which sends its next request when it has the answer to the
//! last.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use anyhow::Result;
use tokio::task::JoinSet;

use super::{signing::Ask, wire::Connection};

/// How many requests find out how many are needed.
const PROBE_REQUESTS: usize = 200;

/// So many more than seem to be needed are made, since things get faster when they are warm.
const HEADROOM_FACTOR: f64 = 1.6;

/// Measurements of a load.
#[derive(Debug, Default)]
pub(crate) struct Load {
    /// How long each request took, shortest first.
    pub(crate) latencies: Vec<Duration>,
    /// Of all bodies.
    pub(crate) bytes: usize,
    pub(crate) elapsed: Duration,
}

impl Load {
    pub(crate) fn count(&self) -> usize {
        self.latencies.len()
    }

    /// Takes in what went on at the same time. The latencies are to be sorted again after.
    pub(crate) fn add(&mut self, other: Self) {
        self.latencies.extend(other.latencies);
        self.bytes += other.bytes;
        self.elapsed = self.elapsed.max(other.elapsed);
    }

    /// Requests a second.
    pub(crate) fn rate(&self) -> f64 {
        self.count() as f64 / self.elapsed.as_secs_f64()
    }

    /// How long all but the slowest took, such as 0.99 of them.
    pub(crate) fn quantile(&self, part: f64) -> Duration {
        let at = (part * self.count() as f64).ceil() as usize;
        let at = at.clamp(1, self.count().max(1)) - 1;
        self.latencies.get(at).copied().unwrap_or_default()
    }
}

/// How a load is measured.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Plan {
    pub(crate) connections: usize,
    pub(crate) warm_up: Duration,
    pub(crate) measure: Duration,
}

impl Plan {
    /// Warms a server up with these requests, numbered, and says how many there are to be for the
    /// measurement, and with what number they begin.
    pub(crate) async fn warm(
        &self,
        authority: &str,
        ask: impl Fn(usize) -> Ask,
    ) -> Result<(usize, usize)> {
        let probe = drive(
            authority,
            self.connections,
            (0..PROBE_REQUESTS).map(&ask).collect(),
            self.warm_up.max(Duration::from_secs(1)),
        )
        .await?;
        let end = PROBE_REQUESTS + enough(&probe, self.warm_up);
        let asks = (PROBE_REQUESTS..end).map(&ask).collect();
        let warm = drive(authority, self.connections, asks, self.warm_up).await?;
        Ok((end, enough(&warm, self.measure)))
    }

    /// Measures a server that is warm with requests that are signed before the clock starts.
    pub(crate) async fn measure(&self, authority: &str, asks: Vec<Ask>) -> Result<Load> {
        drive(authority, self.connections, asks, self.measure).await
    }
}

fn enough(load: &Load, time: Duration) -> usize {
    (load.rate() * time.as_secs_f64() * HEADROOM_FACTOR) as usize + PROBE_REQUESTS
}

/// Sends these requests over so many connections until there are none left, or the time is up.
pub(crate) async fn drive(
    authority: &str,
    connections: usize,
    asks: Vec<Ask>,
    limit: Duration,
) -> Result<Load> {
    let asks: Arc<[Ask]> = asks.into();
    let next = Arc::new(AtomicUsize::new(0));
    let mut open = Vec::new();
    for _ in 0..connections {
        open.push(Connection::open(authority).await?);
    }
    let mut tasks = JoinSet::new();
    let begun = Instant::now();
    for connection in open {
        tasks.spawn(one(
            connection,
            asks.clone(),
            next.clone(),
            begun,
            begun + limit,
        ));
    }
    let mut all = Load::default();
    while let Some(load) = tasks.join_next().await {
        all.add(load??);
    }
    all.latencies.sort_unstable();
    Ok(all)
}

async fn one(
    mut connection: Connection,
    asks: Arc<[Ask]>,
    next: Arc<AtomicUsize>,
    begun: Instant,
    end: Instant,
) -> Result<Load> {
    let mut load = Load::default();
    let mut last = Instant::now();
    while last < end
        && let Some(ask) = asks.get(next.fetch_add(1, Ordering::Relaxed))
    {
        load.bytes += connection.ask(ask).await?.body.len();
        let now = Instant::now();
        load.latencies.push(now - last);
        last = now;
    }
    load.elapsed = last - begun;
    Ok(load)
}
