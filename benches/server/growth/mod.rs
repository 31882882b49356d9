//! Growth of the cost of pages and deliveries with the database. Measures the same pages on a small
//! and a large one, and a post to many followers.

mod copies;
mod delivery;
mod fill;
mod pages;

use std::{fmt::Write as _, fs, path::PathBuf};

use anyhow::{Result, ensure};
use serde::Serialize;

use super::{
    arguments::Backend,
    database::Database,
    fixture::BenchFixture,
    keep,
    process::{Answers, Process, free_port},
    progress::Progress,
};
use delivery::Delivered;
use fill::Sizes;
use pages::Compared;

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// On which database; can be given more than once [default: all]
    #[arg(long, value_enum)]
    backend: Vec<Backend>,
    /// How many activities there are
    #[arg(long, default_value_t = 1_000_000)]
    activities: usize,
    /// How many followers the first account has
    #[arg(long, default_value_t = 100_000)]
    followers: usize,
    /// How long each kind of page is measured, in each of three rounds
    #[arg(long, default_value_t = 1.5)]
    seconds: f64,
    /// Where the figures go as JSON [default: growth.json in target/bench]
    #[arg(long)]
    json: Option<PathBuf>,
    /// Where the tables go as Markdown
    #[arg(long)]
    markdown: Option<PathBuf>,
}

/// Size of the small database.
const SMALL_SIZES: Sizes = Sizes {
    activities: 2_000,
    followers: 50,
};

/// A server on a database that was filled.
pub(crate) struct Grown {
    pub(crate) database: Database,
    pub(crate) process: Process,
    pub(crate) world: BenchFixture,
    pub(crate) sizes: Sizes,
    /// The ids of the followers that were made beside the people of the world.
    pub(crate) followers: Vec<String>,
}

impl Grown {
    async fn new(database: Database, sizes: Sizes, progress: &Progress) -> Result<Self> {
        let port = free_port()?;
        let process = Process::serve(database.folder(), &database.url, port, Answers::Anew).await?;
        let world = BenchFixture::seed(&process.url, progress).await?;
        let samples = copies::samples(&world).await?;
        process.stop().await?;
        let followers = fill::fill(&database, &world, &samples, sizes, progress).await?;
        Ok(Self {
            process: Process::serve(database.folder(), &database.url, port, Answers::Anew).await?,
            database,
            world,
            sizes,
            followers,
        })
    }

    async fn end(self) -> Result<()> {
        self.process.stop().await?;
        self.database.remove().await
    }
}

/// Measurements on one database.
#[derive(Serialize)]
struct Growth {
    subject: &'static str,
    database: String,
    sizes: Sizes,
    pages: Vec<Compared>,
    /// Of the server on the large database, after the pages and after the deliveries.
    resident_kib: [Option<u64>; 2],
    deliveries: Vec<Delivered>,
}

pub(crate) async fn run(arguments: &Arguments) -> Result<()> {
    let sizes = Sizes {
        activities: arguments.activities,
        followers: arguments.followers,
    };
    ensure!(
        sizes.activities >= SMALL_SIZES.activities,
        "there must be at least {} activities",
        SMALL_SIZES.activities
    );
    let progress = Progress::new();
    let backends = match &arguments.backend[..] {
        [] => &[Backend::Sqlite, Backend::Postgres],
        asked => asked,
    };
    let (mut all, mut tables) = (Vec::new(), Vec::new());
    for backend in backends {
        let growth = grow(*backend, sizes, arguments.seconds, &progress).await?;
        progress.clear();
        let text = growth.markdown();
        println!("{text}");
        tables.push(text);
        if let Some(file) = &arguments.markdown {
            fs::write(file, tables.join("\n"))?;
        }
        all.push(growth);
        let json = serde_json::to_vec_pretty(&all)?;
        keep(arguments.json.as_deref(), "growth.json", &json)?;
    }
    Ok(())
}

async fn grow(backend: Backend, sizes: Sizes, seconds: f64, progress: &Progress) -> Result<Growth> {
    progress.about(&format!("{}, small", backend.name()));
    let database = Database::fresh(backend).await?;
    let beside = database.beside().await?;
    let small = Grown::new(database, SMALL_SIZES, progress).await?;
    progress.about(&format!("{}, large", backend.name()));
    let large = Grown::new(beside, sizes, progress).await?;
    let pages = pages::compare([&small, &large], seconds, progress).await?;
    let watch = large.process.watch();
    let after_pages = watch.resident();
    let deliveries = delivery::deliver(&large, progress).await?;
    let growth = Growth {
        subject: backend.name(),
        database: large.database.version().await?,
        sizes,
        pages,
        resident_kib: [after_pages, watch.resident()],
        deliveries,
    };
    small.end().await?;
    large.end().await?;
    Ok(growth)
}

impl Growth {
    /// Tables that can be read in a terminal, too.
    fn markdown(&self) -> String {
        let Sizes {
            activities,
            followers,
        } = self.sizes;
        let mut text = format!(
            "{}: {activities} activities, {followers} followers\n\n\
             | page              | small ms | large ms | ratio | small CPU µs | large CPU µs \
             | ratio |\n\
             |-------------------|---------:|---------:|------:|-------------:|-------------:\
             |------:|\n",
            self.database
        );
        for page in &self.pages {
            let [small, large] = &page.p50_ms;
            let [less, more] = &page.cpu_us;
            _ = writeln!(
                text,
                "| {:<17} | {small:>8.2} | {large:>8.2} | {:>5.2} | {less:>12.0} | {more:>12.0} \
                 | {:>5.2} |",
                page.page,
                large / small,
                more / less,
            );
        }
        text += "\n| a post to all followers: answered ms | in every inbox ms | others p99 ms \
                 | before it ms |\n\
                 |-------------------------------------:|------------------:|--------------:\
                 |-------------:|\n";
        for delivery in &self.deliveries {
            _ = writeln!(
                text,
                "| {:>36.1} | {:>17.0} | {:>13.1} | {:>12.1} |",
                delivery.answered_ms,
                delivery.everywhere_ms,
                delivery.others_p99_ms,
                delivery.others_before_p99_ms
            );
        }
        let mebibytes = |kib: Option<u64>| kib.unwrap_or_default() as f64 / 1024.0;
        let [pages, deliveries] = self.resident_kib.map(mebibytes);
        _ = writeln!(
            text,
            "\nResident: {pages:.1} MiB after the pages, {deliveries:.1} MiB after the posts."
        );
        text
    }
}
