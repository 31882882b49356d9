//! Measured target: a server on a fresh database with its baseline, or an external server.

use std::time::Duration;

use anyhow::Result;
use tokio::time::sleep;
use url::Url;

use super::{
    arguments::{Arguments, Backend},
    baseline::{Bare, Documents},
    database::Database,
    fixture::BenchFixture,
    process::{Answers, Process, Watch, free_port},
    progress::Progress,
    report::About,
};

/// How often the server is started to see how long that takes.
const START_COUNT: usize = 5;

/// How long a server that does nothing is left alone before its memory is read.
const PAUSE_AFTER_START: Duration = Duration::from_secs(1);

/// A server with people and notes on it, ready to be measured.
pub(crate) struct BenchTarget {
    pub(crate) about: About,
    pub(crate) world: BenchFixture,
    pub(crate) watch: Option<Watch>,
    pub(crate) floor: Option<(Database, Bare)>,
    own: Option<(Database, Process)>,
}

impl BenchTarget {
    /// Starts our own server on an empty database.
    pub(crate) async fn own(
        backend: Backend,
        database: Database,
        arguments: &Arguments,
        progress: &Progress,
    ) -> Result<Self> {
        progress.about(backend.name());
        let port = free_port()?;
        progress.phase("starting the server");
        let mut process =
            Process::serve(database.folder(), &database.url, port, Answers::Kept).await?;
        let world = BenchFixture::seed(&process.url, progress).await?;
        let mut starts = Vec::new();
        for number in 0..START_COUNT {
            progress.step("starting it again", number, START_COUNT);
            process.stop().await?;
            process = Process::serve(database.folder(), &database.url, port, Answers::Kept).await?;
            starts.push(process.start);
        }
        starts.sort_unstable();
        sleep(PAUSE_AFTER_START).await;
        let idle = process.watch().resident();
        let floor = if arguments.no_floor {
            None
        } else {
            progress.phase("starting the floor");
            let documents = Documents::of(&world).await?;
            let beside = database.beside().await?;
            let bare = Bare::start(&beside, &documents).await?;
            Some((beside, bare))
        };
        Ok(Self {
            about: About {
                name: backend.name().into(),
                database: database.version().await?,
                start_ms: Some(starts[START_COUNT / 2].as_secs_f64() * 1000.0),
                idle_kib: idle,
            },
            world,
            watch: Some(process.watch()),
            floor,
            own: Some((database, process)),
        })
    }

    /// The same server on the same database, but that each answer is made anew; nothing if it is
    /// one of others.
    pub(crate) async fn anew(mut self) -> Result<Option<Self>> {
        let Some((database, process)) = self.own else {
            return Ok(None);
        };
        let port = process.url.port().unwrap_or_default();
        process.stop().await?;
        let process = Process::serve(database.folder(), &database.url, port, Answers::Anew).await?;
        self.watch = Some(process.watch());
        self.about = About {
            name: format!("{}, anew", self.about.name),
            database: self.about.database,
            start_ms: None,
            idle_kib: None,
        };
        self.own = Some((database, process));
        Ok(Some(self))
    }

    /// Takes a server of others as it is.
    pub(crate) async fn other(
        url: &Url,
        arguments: &Arguments,
        progress: &Progress,
    ) -> Result<Self> {
        progress.about(&arguments.label);
        let watch = arguments.pid.map(Watch);
        let idle_kib = watch.and_then(Watch::resident);
        Ok(Self {
            about: About {
                name: arguments.label.clone(),
                database: String::new(),
                start_ms: None,
                idle_kib,
            },
            world: BenchFixture::seed(url, progress).await?,
            watch,
            floor: None,
            own: None,
        })
    }

    /// Stops what was started, and leaves nothing behind.
    pub(crate) async fn end(self) -> Result<()> {
        if let Some((database, bare)) = self.floor {
            drop(bare);
            database.remove().await?;
        }
        if let Some((database, process)) = self.own {
            process.stop().await?;
            database.remove().await?;
        }
        Ok(())
    }
}
