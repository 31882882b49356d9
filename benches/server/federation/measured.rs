//! The measured server.

use std::net::Ipv4Addr;

use anyhow::Result;
use url::Url;

use crate::{
    arguments::Backend,
    database::Database,
    fixture::{BenchFixture, User},
    process::{Process, Watch},
    progress::Progress,
};

/// Address of our own server, which is its name.
const OWN_HOST: Ipv4Addr = Ipv4Addr::new(127, 76, 0, 1);

/// A server with people on it.
pub(super) struct Measured {
    pub(super) name: String,
    pub(super) world: BenchFixture,
    pub(super) watch: Option<Watch>,
    own: Option<(Database, Process)>,
}

impl Measured {
    /// Starts our own server on an empty database.
    pub(super) async fn own(backend: Backend, progress: &Progress) -> Result<Self> {
        let database = Database::fresh(backend).await?;
        let process = start(&database, &[]).await?;
        Ok(Self {
            name: backend.name().into(),
            world: BenchFixture::seed(&process.url, progress).await?,
            watch: Some(process.watch()),
            own: Some((database, process)),
        })
    }

    /// Takes a server of others as it is.
    pub(super) async fn other(
        url: &Url,
        name: &str,
        pid: Option<u32>,
        progress: &Progress,
    ) -> Result<Self> {
        Ok(Self {
            name: name.into(),
            world: BenchFixture::seed(url, progress).await?,
            watch: pid.map(Watch),
            own: None,
        })
    }

    /// Starts it anew with other settings, if it is ours.
    pub(super) async fn restart(&mut self, settings: &[(&str, &str)]) -> Result<()> {
        if let Some((database, process)) = self.own.take() {
            process.stop().await?;
            let process = start(&database, settings).await?;
            self.watch = Some(process.watch());
            self.own = Some((database, process));
        }
        Ok(())
    }

    /// Stops it, and leaves nothing behind.
    pub(super) async fn end(self) -> Result<()> {
        if let Some((database, process)) = self.own {
            process.stop().await?;
            database.remove().await?;
        }
        Ok(())
    }

    pub(super) fn is_ours(&self) -> bool {
        self.own.is_some()
    }

    /// Its database, if it is ours.
    pub(super) fn database(&self) -> Option<&Database> {
        self.own.as_ref().map(|(database, _)| database)
    }

    /// The person who has very many followers elsewhere.
    pub(super) fn followed_much(&self) -> &User {
        &self.world.users[0]
    }

    /// The person who has one follower on each other server.
    pub(super) fn followed_once(&self) -> &User {
        &self.world.users[1]
    }

    /// People who read while others post.
    pub(super) fn readers(&self) -> &[User] {
        &self.world.users[2..]
    }

    /// The processor time that it has used, in seconds.
    pub(super) fn used(&self) -> Option<f64> {
        self.watch.and_then(Watch::cpu)
    }
}

async fn start(database: &Database, settings: &[(&str, &str)]) -> Result<Process> {
    Process::serve_peer(database.folder(), &database.url, OWN_HOST, settings).await
}
