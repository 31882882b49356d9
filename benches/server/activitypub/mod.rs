//! ActivityPub: what goes to its servers and comes from them, on ours and on others. The other
//! servers are all played by the sink.

mod measured;
mod persons;
mod results;
mod signing;
mod sink;

pub(crate) use sink::router as sink;

use std::{
    path::PathBuf,
    time::{Duration, Instant},
};

use anyhow::{Context, Result};
use url::Url;

use self::{
    measured::{Measured, Other},
    persons::{follow_all, note, person},
    results::{Deliveries, Incoming, Results},
    signing::Key,
};
use super::{
    arguments::Backend,
    ensure_is_here,
    federation::{Counts, Hosts, Sink},
    keep,
    load::{Plan, drive},
    process::Watch,
    progress::Progress,
    wire::Connection,
};

/// How many posts come before the measured ones: then there are connections, and keys are known.
const WARM_UP_POSTS: usize = 2;

/// How many hosts deliver at once.
const MAX_WRITING_HOSTS: usize = 50;

/// How long all notes of others may take.
const NOTES_TIMEOUT: Duration = Duration::from_mins(5);

/// How reads are measured.
const READS: Plan = Plan {
    connections: 16,
    warm_up: Duration::from_secs(1),
    measure: Duration::from_secs(3),
};

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// On which database; can be given more than once [default: all, or none with --target]
    #[arg(long, value_enum)]
    backend: Vec<Backend>,
    /// How many other servers there are
    #[arg(long, default_value_t = 200)]
    hosts: usize,
    /// How many people of other servers follow the author in the end
    #[arg(long, default_value_t = 10_000)]
    followers: usize,
    /// How many posts are delivered to all other servers
    #[arg(long, default_value_t = 50)]
    posts: usize,
    /// How many notes of others come in
    #[arg(long, default_value_t = 5000)]
    notes: usize,
    /// Another ActivityPub server that runs, on this machine, at port 80
    #[arg(long, requires_all = ["pid", "author", "token"])]
    target: Option<Url>,
    /// Its name
    #[arg(long, default_value = "other", requires = "target")]
    label: String,
    /// Its process
    #[arg(long, requires = "target")]
    pid: Option<u32>,
    /// Nickname of somebody there who accepts all followers
    #[arg(long, requires = "target")]
    author: Option<String>,
    /// Their token for the API of Mastodon
    #[arg(long, requires = "target")]
    token: Option<String>,
    /// Where the figures go as JSON [default: activitypub.json in target/bench]
    #[arg(long)]
    json: Option<PathBuf>,
}

pub(crate) async fn run(arguments: &Arguments) -> Result<()> {
    let progress = Progress::new();
    let key = Key::generate()?;
    let hosts = Hosts::answering_all(arguments.hosts);
    let sink = Sink::start_activitypub(hosts, &key.public_pem).await?;
    let backends: &[Backend] = match (&arguments.backend[..], &arguments.target) {
        ([], None) => &[Backend::Sqlite, Backend::Postgres],
        (asked, _) => asked,
    };
    let mut all = Vec::new();
    for backend in backends {
        progress.about(backend.name());
        let measured = Measured::own(*backend, &key).await?;
        all.push(measure(measured, arguments, &sink, &key, &progress).await?);
    }
    if let Some(url) = &arguments.target {
        ensure_is_here(url)?;
        progress.about(&arguments.label);
        let missing = "it is required with --target";
        let other = Other {
            url,
            name: &arguments.label,
            process: Watch(arguments.pid.context(missing)?),
            nickname: arguments.author.as_deref().context(missing)?,
            token: arguments.token.as_deref().context(missing)?,
        };
        let measured = Measured::other(&other, &key).await?;
        all.push(measure(measured, arguments, &sink, &key, &progress).await?);
    }
    progress.clear();
    println!("{}", results::table(&all));
    let json = serde_json::to_vec_pretty(&all)?;
    keep(arguments.json.as_deref(), "activitypub.json", &json)
}

async fn measure(
    measured: Measured,
    arguments: &Arguments,
    sink: &Sink,
    key: &Key,
    progress: &Progress,
) -> Result<Results> {
    let hosts = arguments.hosts;
    progress.phase("somebody of each other server follows");
    let mut results = Results::new(&measured.name, measured.idle_kib);
    follow(&measured, sink, key, 0..hosts, hosts).await?;
    progress.phase("deliveries");
    results.deliveries = Some(deliveries(&measured, sink, arguments).await?);
    progress.phase("notes of others");
    results.incoming = Some(incoming(&measured, key, arguments).await?);
    progress.phase("reads");
    results.actors_per_second = Some(reads(&measured, key, &measured.author.actor).await?);
    results.followers_per_second = Some(reads(&measured, key, &measured.author.followers).await?);
    progress.phase("many follow");
    let many = hosts..arguments.followers.max(hosts);
    let count = many.len();
    let begun = Instant::now();
    let (accepted, last) = follow(&measured, sink, key, many, hosts).await?;
    results.followers = Some(accepted);
    if count > 0 {
        results.follows_per_second = Some(accepted as f64 / (last - begun).as_secs_f64());
    }
    measured.rest().await?;
    results.followed_kib = measured.watch.resident();
    measured.end().await?;
    Ok(results)
}

/// Has people follow, and returns how many were accepted, and when the last was.
async fn follow(
    measured: &Measured,
    sink: &Sink,
    key: &Key,
    persons: std::ops::Range<usize>,
    hosts: usize,
) -> Result<(usize, Instant)> {
    let accepted = |counts: &Counts| counts.accepted;
    let before = sink.counts(&mut sink.connect().await?).await?.accepted;
    let wanted = before + persons.len();
    follow_all(measured, key, persons, hosts).await?;
    let (counts, last) = sink.wait_until(accepted, wanted).await?;
    Ok((counts.accepted - before, last))
}

/// Measures posts, until each host has them.
async fn deliveries(measured: &Measured, sink: &Sink, arguments: &Arguments) -> Result<Deliveries> {
    let mut connection = Connection::open(&measured.authority).await?;
    let start = sink.counts(&mut sink.connect().await?).await?;
    for number in 0..WARM_UP_POSTS {
        measured.post(&mut connection, number).await?;
    }
    let taken = |counts: &Counts| counts.taken;
    let warm = start.taken + WARM_UP_POSTS * arguments.hosts;
    let (before, _) = sink.wait_until(taken, warm).await?;
    measured.rest().await?;
    let (used, begun) = (measured.cpu()?, Instant::now());
    for number in 0..arguments.posts {
        measured
            .post(&mut connection, WARM_UP_POSTS + number)
            .await?;
    }
    let wanted = arguments.posts * arguments.hosts;
    let (counts, last) = sink.wait_until(taken, before.taken + wanted).await?;
    measured.rest().await?;
    let count = counts.taken - before.taken;
    Ok(Deliveries {
        count,
        rate: count as f64 / (last - begun).as_secs_f64(),
        server_us: (measured.cpu()? - used) * 1e6 / count.max(1) as f64,
        lost: wanted.saturating_sub(count),
        doubled: counts.doubled - before.doubled,
        refused: counts.refused - before.refused,
    })
}

/// Measures notes, until the server is at rest: not all have done all when they answer.
async fn incoming(measured: &Measured, key: &Key, arguments: &Arguments) -> Result<Incoming> {
    let writing = arguments.hosts.min(MAX_WRITING_HOSTS);
    let asks = (0..arguments.notes).map(|number| {
        let actor = person(number % writing, arguments.hosts);
        note(measured, key, &actor, number)
    });
    let asks = asks.collect::<Result<Vec<_>>>()?;
    measured.rest().await?;
    let (used, begun) = (measured.cpu()?, Instant::now());
    let load = drive(&measured.authority, writing, asks, NOTES_TIMEOUT).await?;
    let rested = measured.rest().await?.max(begun + load.elapsed);
    let count = load.count();
    Ok(Incoming {
        count,
        answered_rate: load.rate(),
        rate: count as f64 / (rested - begun).as_secs_f64(),
        server_us: (measured.cpu()? - used) * 1e6 / count.max(1) as f64,
    })
}

/// Measures signed reads of a path in a second.
async fn reads(measured: &Measured, key: &Key, path: &str) -> Result<f64> {
    let actor = person(0, 1);
    let ask = key.request(&actor, &measured.authority, path, None)?;
    let ask = |_| ask.clone();
    let (next, count) = READS.warm(&measured.authority, ask).await?;
    let asks = (next..next + count).map(ask).collect();
    Ok(READS.measure(&measured.authority, asks).await?.rate())
}
