//! Federation: what goes to other servers and comes from them. These are all played by one process,
//! the sink.

mod hosts;
mod incoming;
mod measured;
mod outgoing;
mod peers;
mod report;
mod sink;
mod waiting;

pub(crate) use hosts::Hosts;
pub(crate) use sink::{COUNTS_PATH, Counts, Sink, play, serve as sink};

use std::{fs, path::PathBuf, time::Duration};

use anyhow::Result;
use clap::ValueEnum;
use url::Url;

use self::{
    incoming::incoming,
    measured::Measured,
    outgoing::{deliveries, post_to_many},
    peers::{FIRST_FOLLOWER, Peer, follow},
    report::{Report, Results},
    waiting::waiting,
};
use super::{arguments::Backend, ensure_is_here, keep, progress::Progress};

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// On which database; can be given more than once [default: all, or none with --target]
    #[arg(long, value_enum)]
    backend: Vec<Backend>,
    /// Only this part; can be given more than once
    #[arg(long, value_enum)]
    only: Vec<Part>,
    #[command(flatten)]
    hosts: Hosts,
    /// How many people of other servers follow the first account
    #[arg(long, default_value_t = 10_000)]
    followers: usize,
    /// How many posts are delivered to one person on each server
    #[arg(long, default_value_t = 100)]
    posts: usize,
    /// How many deliveries wait in the end
    #[arg(long, default_value_t = 1_000_000)]
    waiting: usize,
    /// How long activities of other servers are measured
    #[arg(long, default_value_t = 5.0)]
    seconds: f64,
    /// Another Pump server that runs, on this machine; accounts are made on it
    #[arg(long)]
    target: Option<Url>,
    /// Its name
    #[arg(long, default_value = "other", requires = "target")]
    label: String,
    /// Its process, if its processor time is to be seen
    #[arg(long, requires = "target")]
    pid: Option<u32>,
    /// Where the figures go as JSON [default: federation.json in target/bench]
    #[arg(long)]
    json: Option<PathBuf>,
    /// Where the table goes as Markdown
    #[arg(long)]
    markdown: Option<PathBuf>,
}

/// Part of the measurements, in their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Part {
    /// Posts to one person on each server
    Deliveries,
    /// Activities of other servers
    Incoming,
    /// A post to very many people
    Post,
    /// Very many deliveries that wait
    Waiting,
}

pub(crate) async fn run(arguments: &Arguments) -> Result<()> {
    let progress = Progress::new();
    let mut report = Report::new(arguments);
    let backends: &[Backend] = match (&arguments.backend[..], &arguments.target) {
        ([], None) => &[Backend::Sqlite, Backend::Postgres],
        (asked, _) => asked,
    };
    for backend in backends {
        progress.about(backend.name());
        let measured = Measured::own(*backend, &progress).await?;
        measure(measured, arguments, &mut report, &progress).await?;
    }
    if let Some(url) = &arguments.target {
        ensure_is_here(url)?;
        progress.about(&arguments.label);
        let (name, pid) = (&arguments.label, arguments.pid);
        let measured = Measured::other(url, name, pid, &progress).await?;
        measure(measured, arguments, &mut report, &progress).await?;
    }
    progress.clear();
    let table = report.markdown();
    println!("{table}");
    if let Some(file) = &arguments.markdown {
        fs::write(file, table)?;
    }
    let json = serde_json::to_vec_pretty(&report)?;
    keep(arguments.json.as_deref(), "federation.json", &json)
}

/// Measures a server, and keeps what was measured before a failure.
async fn measure(
    mut measured: Measured,
    arguments: &Arguments,
    report: &mut Report,
    progress: &Progress,
) -> Result<()> {
    let mut results = Results::of(&measured).await?;
    let done = measure_parts(&mut measured, arguments, &mut results, progress).await;
    report.results.push(results);
    if let Err(error) = done {
        progress.clear();
        println!("{}", report.markdown());
        return Err(error);
    }
    measured.end().await
}

async fn measure_parts(
    measured: &mut Measured,
    arguments: &Arguments,
    results: &mut Results,
    progress: &Progress,
) -> Result<()> {
    let is_wanted = |part: Part| arguments.only.is_empty() || arguments.only.contains(&part);
    let hosts = arguments.hosts;
    let mut sink = Sink::start(hosts.all_answering()).await?;
    if is_wanted(Part::Deliveries) {
        progress.phase("one person of each other server follows");
        let persons =
            Peer::register_all(&measured.world, hosts.hosts, Some(FIRST_FOLLOWER)).await?;
        follow(&measured.world, &persons, 1, measured.followed_once()).await?;
        progress.phase("deliveries");
        results.deliveries = Some(deliveries(measured, &sink, arguments.posts).await?);
    }
    if is_wanted(Part::Incoming) {
        progress.phase("activities of other servers");
        let time = Duration::try_from_secs_f64(arguments.seconds)?;
        results.incoming = Some(incoming(measured, hosts.hosts, time).await?);
    }
    let each = arguments.followers / hosts.hosts;
    if measured.is_ours() && (is_wanted(Part::Post) || is_wanted(Part::Waiting)) {
        progress.phase("people of other servers follow");
        let peers = Peer::register_all(&measured.world, hosts.hosts, None).await?;
        let follows = follow(&measured.world, &peers, each, measured.followed_much()).await?;
        results.follows_per_second = Some(follows.rate());
    }
    if measured.is_ours() && is_wanted(Part::Post) {
        for (number, phase) in ["first post to all", "second post to all"]
            .iter()
            .enumerate()
        {
            progress.phase(phase);
            let post = post_to_many(measured, &sink, each, number).await?;
            results.posts.push((phase, post));
        }
        drop(sink);
        sink = Sink::start(hosts).await?;
        progress.phase("post to all, some are dead");
        let post = post_to_many(measured, &sink, each, 2).await?;
        results.posts.push(("post, some are dead", post));
    }
    if measured.is_ours() && is_wanted(Part::Waiting) {
        drop(sink);
        sink = Sink::start(hosts.all_dead()).await?;
        progress.phase("very many deliveries wait");
        let count = arguments.waiting;
        results.waiting = Some(waiting(measured, count, each * hosts.hosts).await?);
    }
    drop(sink);
    Ok(())
}
