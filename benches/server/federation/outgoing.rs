//! Posts to people of other servers.

use std::time::{Duration, Instant};

use anyhow::Result;
use serde::Serialize;

use super::{Measured, sink::Sink};
use crate::{
    fixture::User,
    process::Watch,
    reading::{read_undisturbed, reading},
    wire::Connection,
};

/// How many posts come before the measured ones: then there are credentials, and connections.
const WARM_UP_POSTS: usize = 2;

/// Rate of deliveries.
#[derive(Serialize)]
pub(super) struct Deliveries {
    pub(super) count: usize,
    /// In a second.
    pub(super) rate: f64,
    /// Processor time of the server, and of the sink, for each.
    pub(super) server_us: Option<f64>,
    pub(super) sink_us: Option<f64>,
    /// Those that came twice, never, or with a wrong signature.
    pub(super) wrong: usize,
}

/// One post to many.
#[derive(Serialize)]
pub(super) struct RemotePost {
    pub(super) answered_ms: f64,
    /// Until each host that answers has all.
    pub(super) everywhere_ms: f64,
    /// How long people here waited for a page of their inbox meanwhile, and how long before.
    pub(super) others_p99_ms: f64,
    pub(super) others_before_p99_ms: f64,
    pub(super) others_count: usize,
}

/// Measures posts of someone who has one follower on each host.
pub(super) async fn deliveries(
    measured: &Measured,
    sink: &Sink,
    posts: usize,
) -> Result<Deliveries> {
    let author = measured.followed_once();
    let each = sink.hosts.answering();
    let mut connection = Connection::open(&measured.world.authority).await?;
    for number in 0..WARM_UP_POSTS {
        post(measured, &mut connection, author, number).await?;
    }
    let (before, _) = sink.wait(WARM_UP_POSTS * each).await?;
    let used = |watch: Option<Watch>| watch.and_then(Watch::cpu);
    let (server, played) = (measured.watch, Some(sink.watch()));
    let used_before = [used(server), used(played)];
    let begun = Instant::now();
    for number in 0..posts {
        post(measured, &mut connection, author, WARM_UP_POSTS + number).await?;
    }
    let (counts, last) = sink.wait(before.taken + posts * each).await?;
    let used_after = [used(server), used(played)];
    let count = counts.taken - before.taken;
    let each_us = |at: usize| {
        let used = used_after[at]? - used_before[at]?;
        Some(used * 1e6 / count.max(1) as f64)
    };
    Ok(Deliveries {
        count,
        rate: count as f64 / (last - begun).as_secs_f64(),
        server_us: each_us(0),
        sink_us: each_us(1),
        wrong: counts.doubled + counts.refused + (posts * each).saturating_sub(count),
    })
}

async fn post(
    measured: &Measured,
    connection: &mut Connection,
    author: &User,
    number: usize,
) -> Result<()> {
    let world = &measured.world;
    let note = world.note_by(author, number, false);
    let feed = author.path("feed");
    let ask = world.signer.post(&feed, Some(&author.credentials), &note);
    connection.ask(&ask).await?;
    Ok(())
}

/// Measures one post of someone who has so many followers on each host.
pub(super) async fn post_to_many(
    measured: &Measured,
    sink: &Sink,
    followers_of_host: usize,
    number: usize,
) -> Result<RemotePost> {
    let world = &measured.world;
    let author = measured.followed_much();
    let taken = sink.counts(&mut sink.connect().await?).await?.taken;
    let before = read_undisturbed(world, measured.readers()).await?;
    let mut connection = Connection::open(&world.authority).await?;
    let posting = async {
        let begun = Instant::now();
        post(measured, &mut connection, author, number).await?;
        let answered = begun.elapsed();
        let all = taken + followers_of_host * sink.hosts.answering();
        Ok([answered, sink.wait_for_all(all).await? - begun])
    };
    let (meanwhile, [answered, everywhere]) = reading(world, measured.readers(), posting).await?;
    let milliseconds = |time: Duration| time.as_secs_f64() * 1e3;
    Ok(RemotePost {
        answered_ms: milliseconds(answered),
        everywhere_ms: milliseconds(everywhere),
        others_p99_ms: milliseconds(meanwhile.quantile(0.99)),
        others_before_p99_ms: milliseconds(before.quantile(0.99)),
        others_count: meanwhile.count(),
    })
}

/// Posts to many until so many deliveries wait, without waiting for them.
pub(super) async fn enqueue(measured: &Measured, posts: usize) -> Result<()> {
    let mut connection = Connection::open(&measured.world.authority).await?;
    for number in 0..posts {
        post(measured, &mut connection, measured.followed_much(), number).await?;
    }
    Ok(())
}
