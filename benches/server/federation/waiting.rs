//! Memory of a server for which very many deliveries wait.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use hydraulics::storage::{Storage, connect};
use serde::Serialize;
use tokio::time::sleep;

use super::{Measured, outgoing::enqueue};
use crate::process::Watch;

/// How long the server is watched while it tries hosts that do not answer.
const WATCH_DURATION: Duration = Duration::from_secs(30);

/// Interval at which memory is read, and at which waiting deliveries are counted.
const WATCH_INTERVAL: Duration = Duration::from_millis(50);
const COUNT_INTERVAL: Duration = Duration::from_secs(2);

/// How long it may take until so many wait.
const ENQUEUE_TIMEOUT: Duration = Duration::from_mins(10);

/// Hosts are tried all the time.
const EAGER: [(&str, &str); 2] = [
    ("HYDRAULICS_FEDERATION__MIN_BACKOFF_SECONDS", "1"),
    ("HYDRAULICS_FEDERATION__MAX_BACKOFF_SECONDS", "1"),
];

/// Measurements with many deliveries that wait.
#[derive(Serialize)]
pub(super) struct Waiting {
    pub(super) count: u64,
    /// From the first post until all wait.
    pub(super) enqueued_ms: f64,
    /// Most resident memory until then, and of a server that was started then and tries the hosts.
    pub(super) enqueuing_kib: Option<u64>,
    pub(super) trying_kib: Option<u64>,
}

/// Posts until so many deliveries wait for hosts of which none answers.
pub(super) async fn waiting(measured: &mut Measured, count: usize, each: usize) -> Result<Waiting> {
    measured.restart(&EAGER).await?;
    let database = measured.database().context("the server is ours")?;
    let storage = connect(&database.url).await?;
    let before = waiting_count(&*storage).await?;
    let begun = Instant::now();
    let counting = async {
        enqueue(measured, count / each).await?;
        loop {
            let waiting = waiting_count(&*storage).await?;
            if waiting >= before + count as u64 {
                return Ok(waiting);
            }
            ensure!(
                begun.elapsed() < ENQUEUE_TIMEOUT,
                "only {waiting} deliveries wait"
            );
            sleep(COUNT_INTERVAL).await;
        }
    };
    let (waiting, enqueuing_kib) = watching(measured.watch, counting).await?;
    let enqueued = begun.elapsed();
    storage.close().await;
    measured.restart(&EAGER).await?;
    let trying = async {
        sleep(WATCH_DURATION).await;
        Ok(())
    };
    let ((), trying_kib) = watching(measured.watch, trying).await?;
    Ok(Waiting {
        count: waiting,
        enqueued_ms: enqueued.as_secs_f64() * 1e3,
        enqueuing_kib,
        trying_kib,
    })
}

async fn waiting_count(storage: &dyn Storage) -> Result<u64> {
    let hosts = storage.list_waiting_hosts("", u32::MAX).await?;
    Ok(hosts.iter().map(|host| host.waiting).sum())
}

/// Does something, and returns the most memory that a process had meanwhile.
async fn watching<T>(
    watch: Option<Watch>,
    something: impl Future<Output = Result<T>>,
) -> Result<(T, Option<u64>)> {
    let mut most = None;
    let watching = async {
        loop {
            most = most.max(watch.and_then(Watch::resident));
            sleep(WATCH_INTERVAL).await;
        }
    };
    let done = tokio::select! {
        done = something => done?,
        () = watching => anyhow::bail!("watching has no end"),
    };
    Ok((done, most))
}
