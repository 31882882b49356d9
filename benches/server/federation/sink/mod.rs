//! The sink: a process that plays other servers, takes what is delivered to them, and counts it.

mod answers;
mod serve;
mod signature;

pub(super) use answers::person;
pub(crate) use serve::{play, serve};

use std::{
    fs,
    process::Command,
    time::{Duration, Instant},
};

use anyhow::{Result, ensure};
use serde::{Deserialize, Serialize};
use tempfile::TempDir;
use tokio::time::sleep;

use super::hosts::Hosts;
use crate::{
    process::{Process, Watch, free_port, local},
    signing::Signer,
    wire::Connection,
};

/// Path of the counts.
pub(crate) const COUNTS_PATH: &str = "/counts";

/// Interval at which the counts are looked at.
const POLL_INTERVAL: Duration = Duration::from_millis(10);

/// How long nothing may come before no more is expected.
const IDLE_TIMEOUT: Duration = Duration::from_secs(20);

/// Number of deliveries.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize)]
pub(crate) struct Counts {
    /// Each activity that came to an inbox, once.
    pub(crate) taken: usize,
    /// Those that came again.
    pub(crate) doubled: usize,
    /// Those with a signature that is wrong.
    pub(crate) refused: usize,
    /// Requests to follow that were accepted, where they are answered.
    pub(crate) accepted: usize,
}

/// The sink, running.
pub(crate) struct Sink {
    process: Process,
    signer: Signer,
    pub(super) hosts: Hosts,
    _folder: TempDir,
}

impl Sink {
    /// Starts it. It has taken nothing then, and knows all credentials that were ever given.
    pub(super) async fn start(hosts: Hosts) -> Result<Self> {
        Self::start_with(hosts, None).await
    }

    /// Starts servers that speak ActivityPub, where everyone has that key.
    pub(crate) async fn start_activitypub(hosts: Hosts, public_pem: &str) -> Result<Self> {
        Self::start_with(hosts, Some(public_pem)).await
    }

    async fn start_with(hosts: Hosts, public_pem: Option<&str>) -> Result<Self> {
        let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
        let port = free_port()?;
        let mut command = Command::new(std::env::current_exe()?);
        command
            .arg("sink")
            .args(["--hosts", &hosts.hosts.to_string()])
            .args(["--dead", &hosts.dead.to_string()])
            .arg(port.to_string());
        if let Some(public_pem) = public_pem {
            let key = folder.path().join("key.pem");
            fs::write(&key, public_pem)?;
            command.arg("--activitypub").arg(key);
        }
        let process = Process::start(command, folder.path(), local(port), COUNTS_PATH).await?;
        Ok(Self {
            signer: Signer::new(&process.url),
            process,
            hosts,
            _folder: folder,
        })
    }

    pub(super) fn watch(&self) -> Watch {
        self.process.watch()
    }

    /// Opens a connection by which the counts can be read.
    pub(crate) async fn connect(&self) -> Result<Connection> {
        Connection::open(self.process.url.authority()).await
    }

    pub(crate) async fn counts(&self, connection: &mut Connection) -> Result<Counts> {
        let ask = self.signer.anonymous(COUNTS_PATH);
        connection.ask(&ask).await?.json()
    }

    /// Waits until it has taken so many, or nothing comes any more. Returns the counts, and when
    /// the last delivery was seen.
    pub(super) async fn wait(&self, taken: usize) -> Result<(Counts, Instant)> {
        self.wait_until(|counts| counts.taken, taken).await
    }

    /// The same for one of the counts.
    pub(crate) async fn wait_until(
        &self,
        count: impl Fn(&Counts) -> usize,
        wanted: usize,
    ) -> Result<(Counts, Instant)> {
        let mut connection = self.connect().await?;
        let mut last = (Counts::default(), Instant::now());
        loop {
            let looked = Instant::now();
            let counts = self.counts(&mut connection).await?;
            if count(&counts) > count(&last.0) {
                last = (counts, looked);
            }
            if count(&counts) >= wanted || last.1.elapsed() > IDLE_TIMEOUT {
                return Ok(last);
            }
            sleep(POLL_INTERVAL).await;
        }
    }

    /// The same, where all of it must come, once and well signed.
    pub(super) async fn wait_for_all(&self, taken: usize) -> Result<Instant> {
        let (counts, last) = self.wait(taken).await?;
        let is_right = counts.taken == taken && counts.doubled + counts.refused == 0;
        ensure!(is_right, "{taken} deliveries were expected: {counts:?}");
        Ok(last)
    }
}
