//! The benchmark: the server as a process of its own, on a fresh database, under the load of many clients.
//! `docs/PERFORMANCE.md` says how to run it and what the figures mean.

#![allow(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "figures for people, far from any limit"
)]
#![allow(clippy::print_stdout, reason = "figures go there")]

mod arguments;
mod database;
mod floor;
mod load;
mod measure;
mod process;
mod progress;
mod report;
mod scenario;
mod signing;
mod subject;
mod wire;
mod world;

use std::{fs, path::PathBuf, process::ExitCode};

use anyhow::{Context, Result, ensure};
use clap::Parser;
use tokio::runtime::Builder;

use arguments::{Arguments, Command};
use progress::Progress;
use report::Report;
use subject::Subject;

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
        return runtime.block_on(floor::serve(database, documents, *port));
    }
    // The load comes from one thread, so that it takes as little as can be from the servers.
    let runtime = Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(compare(arguments))
}

/// Measures all servers in all scenarios.
async fn compare(arguments: &Arguments) -> Result<()> {
    let progress = Progress::new();
    let plan = arguments.plan();
    let mut report = Report::new(plan);
    for backend in arguments.backends() {
        let subject = Subject::own(*backend, arguments, &progress).await?;
        measure_all(subject, arguments, &mut report, &progress).await?;
    }
    if let Some(url) = &arguments.target {
        let host = url.host_str().unwrap_or_default();
        let here = host == "localhost"
            || host
                .trim_matches(['[', ']'])
                .parse::<std::net::IpAddr>()
                .is_ok_and(|address| address.is_loopback());
        ensure!(
            here,
            "A load is for servers of this machine: {url} is elsewhere"
        );
        let subject = Subject::other(url, arguments, &progress).await?;
        measure_all(subject, arguments, &mut report, &progress).await?;
    }
    progress.clear();
    println!("{}", report.table());
    let json = arguments.json.clone().unwrap_or_else(default_json);
    if let Some(folder) = json.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(&json, serde_json::to_vec_pretty(&report)?)
        .with_context(|| format!("{} can't be written", json.display()))?;
    if let Some(file) = &arguments.markdown {
        fs::write(file, report.markdown())?;
    }
    Ok(())
}

async fn measure_all(
    subject: Subject,
    arguments: &Arguments,
    report: &mut Report,
    progress: &Progress,
) -> Result<()> {
    for scenario in arguments.scenarios() {
        let row = measure::measure(&subject, scenario, arguments.plan(), progress).await?;
        report.rows.push(row);
    }
    report.subjects.push(subject.about.clone());
    subject.end().await
}

/// Beside what cargo makes.
fn default_json() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("target/bench/server.json")
}
