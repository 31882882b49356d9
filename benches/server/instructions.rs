//! Instructions of the server for each request, counted by callgrind. The figures are reproducible,
//! so a regression shows.

use std::{
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, ensure};

use super::{
    arguments::Backend,
    database::Database,
    fixture::BenchFixture,
    process::{Answers, Process, SERVER, free_port},
    progress::Progress,
    scenario::Scenario,
    wire::Connection,
};

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The page where the last figures stand, to be compared with
    #[arg(long)]
    page: PathBuf,
    /// Write the figures into the page
    #[arg(long)]
    write: bool,
}

const SCENARIOS: [Scenario; 5] = [
    Scenario::Inbox,
    Scenario::Outbox,
    Scenario::Profile,
    Scenario::Object,
    Scenario::Post,
];

/// How many requests of each kind come first, so that all is loaded and prepared.
const WARM_UP_REQUESTS: usize = 5;

/// How many are counted: so many that what a server does by itself makes no difference.
const COUNTED_REQUESTS: usize = 200;

/// By how much a figure may be higher than the last one.
const ALLOWED_GROWTH: f64 = 1.1;

/// Heading above the figures in the page.
const HEADING: &str = "| scenario | instructions |\n|---|---:|\n";

/// A database with people and notes, of which each run gets a copy.
struct Counter {
    database: Database,
    world: BenchFixture,
    port: u16,
}

/// Counts, compares, and perhaps writes.
pub(crate) async fn run(arguments: &Arguments) -> Result<()> {
    let page = fs::read_to_string(&arguments.page).context("the page can't be read")?;
    let progress = Progress::new();
    progress.about("instructions");
    let port = free_port()?;
    let database = Database::fresh(Backend::Sqlite).await?;
    let process = Process::serve(database.folder(), &database.url, port, Answers::Anew).await?;
    let world = BenchFixture::seed(&process.url, &progress).await?;
    process.stop().await?;
    let counter = Counter {
        database,
        world,
        port,
    };
    progress.phase("without");
    let without = counter.count(None).await?;
    let mut counts = Vec::new();
    for scenario in SCENARIOS {
        progress.phase(scenario.name());
        let with = counter.count(Some(scenario)).await?;
        counts.push((
            scenario.name(),
            with.saturating_sub(without) / COUNTED_REQUESTS as u64,
        ));
    }
    progress.clear();
    let mut worse = Vec::new();
    println!("scenario  instructions      before");
    for (name, count) in &counts {
        let before = kept(&page, name);
        let shown = before.map_or_else(String::new, |before| before.to_string());
        println!("{name:<8}  {count:>12}  {shown:>10}");
        if before.is_some_and(|before| *count as f64 > before as f64 * ALLOWED_GROWTH) {
            worse.push(*name);
        }
    }
    if arguments.write {
        return fs::write(&arguments.page, renewed(&page, &counts)?).context("it can't be written");
    }
    ensure!(
        worse.is_empty(),
        "more than a tenth more than before: {}",
        worse.join(", ")
    );
    Ok(())
}

impl Counter {
    /// All instructions of a server from start to end that answers some requests of each kind, and
    /// many of one.
    async fn count(&self, scenario: Option<Scenario>) -> Result<u64> {
        let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
        for file in fs::read_dir(self.database.folder())? {
            let file = file?;
            if file.file_type()?.is_file() {
                fs::copy(file.path(), folder.path().join(file.file_name()))?;
            }
        }
        let name = Path::new(&self.database.url).file_name();
        let file = folder.path().join(name.context("the database is a file")?);
        let out = folder.path().join("callgrind.out");
        let mut option = OsString::from("--callgrind-out-file=");
        option.push(&out);
        let mut command = Command::new("valgrind");
        command
            .args(["--quiet", "--tool=callgrind"])
            .arg(option)
            .arg(SERVER);
        // With one worker there is nothing that one could take from another.
        command.env("TOKIO_WORKER_THREADS", "1");
        let url = format!("sqlite:{}", file.display());
        let process =
            Process::serve_by(command, folder.path(), &url, self.port, Answers::Anew).await?;
        let mut connection = Connection::open(&self.world.authority).await?;
        for one in SCENARIOS {
            for number in 0..WARM_UP_REQUESTS {
                connection.ask(&one.ask(&self.world, number)).await?;
            }
        }
        if let Some(scenario) = scenario {
            for number in WARM_UP_REQUESTS..WARM_UP_REQUESTS + COUNTED_REQUESTS {
                connection.ask(&scenario.ask(&self.world, number)).await?;
            }
        }
        drop(connection);
        process.stop().await?;
        let said = fs::read_to_string(&out).context("callgrind wrote nothing")?;
        let mut totals = said
            .lines()
            .filter_map(|line| line.strip_prefix("totals: "));
        let total = totals.next_back().context("callgrind counted nothing")?;
        Ok(total.trim().parse()?)
    }
}

/// The figure that stands in the page.
fn kept(page: &str, name: &str) -> Option<u64> {
    let table = page.split_once(HEADING)?.1;
    let rows = table.lines().take_while(|line| line.starts_with('|'));
    let mut cells = rows.map(|row| row.split('|').map(str::trim));
    let mut row = cells.find(|cells| cells.clone().nth(1) == Some(name))?;
    row.nth(2)?.parse().ok()
}

/// The page with these figures.
fn renewed(page: &str, counts: &[(&str, u64)]) -> Result<String> {
    let (above, below) = page.split_once(HEADING).context("the page has no table")?;
    let below: String = below
        .split_inclusive('\n')
        .skip_while(|line| line.starts_with('|'))
        .collect();
    let rows = counts
        .iter()
        .map(|(name, count)| format!("| {name} | {count} |\n"));
    Ok(format!(
        "{above}{HEADING}{}{below}",
        rows.collect::<String>()
    ))
}
