//! The benchmark: the server as a process of its own, on a fresh database, under the load of many
//! clients. `docs/PERFORMANCE.md` says how to run it and what the figures mean.

#![allow(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "figures for people, far from any limit"
)]
#![allow(clippy::print_stdout, reason = "figures go there")]

mod activitypub;
mod arguments;
mod baseline;
mod columns;
mod database;
mod federation;
mod fixture;
mod growth;
mod instructions;
mod load;
mod measure;
mod process;
mod progress;
mod reading;
mod report;
mod scenario;
mod signing;
mod target;
mod wire;

use std::{fs, path::Path, process::ExitCode};

use anyhow::{Context, Result, ensure};
use clap::Parser;
use tokio::runtime::Builder;
use url::Url;

use arguments::{Arguments, Command};
use database::Database;
use progress::Progress;
use report::Report;
use target::BenchTarget;

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> Result<()> {
    if let Some(Command::Floor {
        database,
        documents,
        port,
    }) = &arguments.command
    {
        let runtime = Builder::new_multi_thread().enable_all().build()?;
        return runtime.block_on(baseline::serve(database, documents, *port));
    }
    // The load comes from one thread, so that it takes as little as can be from the servers.
    let runtime = Builder::new_current_thread().enable_all().build()?;
    match &arguments.command {
        Some(Command::Sink {
            hosts,
            activitypub: None,
            port,
        }) => runtime.block_on(federation::sink(*hosts, *port)),
        Some(Command::Sink {
            hosts,
            activitypub: Some(key),
            port,
        }) => {
            let router = activitypub::sink(fs::read_to_string(key)?);
            runtime.block_on(federation::play(*hosts, *port, router))
        }
        Some(Command::ActivityPub(arguments)) => runtime.block_on(activitypub::run(arguments)),
        Some(Command::Federation(arguments)) => runtime.block_on(federation::run(arguments)),
        Some(Command::Growth(arguments)) => runtime.block_on(growth::run(arguments)),
        Some(Command::Instructions(arguments)) => runtime.block_on(instructions::run(arguments)),
        _ => runtime.block_on(compare(arguments)),
    }
}

/// Measures all servers in all scenarios. Results from before a failure are shown, too.
async fn compare(arguments: &Arguments) -> Result<()> {
    let progress = Progress::new();
    let mut report = Report::new(arguments.plan());
    let outcome = measure_all(arguments, &mut report, &progress).await;
    progress.clear();
    if !report.rows.is_empty() {
        println!("{}", report.table());
        let json = serde_json::to_vec_pretty(&report)?;
        keep(arguments.json.as_deref(), "server.json", &json)?;
        if let Some(file) = &arguments.markdown {
            fs::write(file, report.markdown())?;
        }
    }
    outcome
}

async fn measure_all(
    arguments: &Arguments,
    report: &mut Report,
    progress: &Progress,
) -> Result<()> {
    // All databases first: where one can't be had, that is better known at once.
    let mut databases = Vec::new();
    for backend in arguments.backends() {
        databases.push((*backend, Database::fresh(*backend).await?));
    }
    for (backend, database) in databases {
        let subject = BenchTarget::own(backend, database, arguments, progress).await?;
        measure_one(subject, arguments, report, progress).await?;
    }
    if let Some(url) = &arguments.target {
        ensure_is_here(url)?;
        let subject = BenchTarget::other(url, arguments, progress).await?;
        report.reference = Some(arguments.label.clone());
        measure_one(subject, arguments, report, progress).await?;
    }
    Ok(())
}

async fn measure_one(
    subject: BenchTarget,
    arguments: &Arguments,
    report: &mut Report,
    progress: &Progress,
) -> Result<()> {
    report.subjects.push(subject.about.clone());
    let scenarios = arguments.scenarios();
    for scenario in &scenarios {
        let row = measure::measure(&subject, *scenario, arguments.plan(), progress).await?;
        report.rows.push(row);
    }
    // A cached response is quick to send; making one is measured apart.
    let Some(anew) = subject.anew().await? else {
        return Ok(());
    };
    progress.about(&anew.about.name);
    report.subjects.push(anew.about.clone());
    for scenario in scenarios.iter().filter(|scenario| scenario.is_read()) {
        let row = measure::measure(&anew, *scenario, arguments.plan(), progress).await?;
        report.rows.push(row);
    }
    anew.end().await
}

/// A load is for servers of this machine.
pub(crate) fn ensure_is_here(url: &Url) -> Result<()> {
    let addresses = url.socket_addrs(|| None)?;
    let is_here = addresses.iter().all(|address| address.ip().is_loopback());
    ensure!(
        is_here,
        "A load is for servers of this machine, and {url} is elsewhere"
    );
    Ok(())
}

/// Writes figures to a file, or beside what cargo makes.
pub(crate) fn keep(file: Option<&Path>, name: &str, figures: &[u8]) -> Result<()> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/bench");
    fs::create_dir_all(&beside)?;
    let file = file.map_or_else(|| beside.join(name), Path::to_owned);
    fs::write(&file, figures).with_context(|| format!("{} can't be written", file.display()))
}
