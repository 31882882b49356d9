//! A post to very many followers, while others read.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use hydraulics::{
    model::Stream,
    storage::{Storage, connect},
};
use serde::Serialize;
use serde_json::Value;
use tokio::time::sleep;

use super::{Grown, fill::readers};
use crate::{
    progress::Progress,
    reading::{read_undisturbed, reading},
    wire::Connection,
};

/// How many posts there are.
const POST_COUNT: usize = 3;

/// How many of the inboxes are looked into first, and how many at once then.
const SAMPLE_SIZE: usize = 50;
const MANY_FOLLOWERS: usize = 1_000;

/// How long it may take until everyone has it.
const DELIVERY_TIMEOUT: Duration = Duration::from_mins(5);

/// Measurements of one post.
#[derive(Serialize)]
pub(crate) struct Delivered {
    pub(crate) answered_ms: f64,
    pub(crate) everywhere_ms: f64,
    /// How long others waited for a page of their inbox meanwhile, and how long before.
    pub(crate) others_p99_ms: f64,
    pub(crate) others_before_p99_ms: f64,
    pub(crate) others_count: usize,
}

/// Posts, and looks into the database until all have it.
pub(crate) async fn deliver(grown: &Grown, progress: &Progress) -> Result<Vec<Delivered>> {
    let storage = connect(&grown.database.url).await?;
    let mut all = Vec::new();
    for number in 0..POST_COUNT {
        progress.step("posting to all followers", number, POST_COUNT);
        let people = readers(&grown.world);
        let before = read_undisturbed(&grown.world, people).await?;
        let posting = one(grown, &*storage, number);
        let (meanwhile, times) = reading(&grown.world, people, posting).await?;
        let milliseconds = |time: Duration| time.as_secs_f64() * 1e3;
        all.push(Delivered {
            answered_ms: milliseconds(times[0]),
            everywhere_ms: milliseconds(times[1]),
            others_p99_ms: milliseconds(meanwhile.quantile(0.99)),
            others_before_p99_ms: milliseconds(before.quantile(0.99)),
            others_count: meanwhile.count(),
        });
    }
    storage.close().await;
    Ok(all)
}

/// One post: until it was answered, and until it was in every inbox.
async fn one(grown: &Grown, storage: &dyn Storage, number: usize) -> Result<[Duration; 2]> {
    let world = &grown.world;
    let first = &world.users[0];
    let mut connection = Connection::open(&world.authority).await?;
    let by = Some(&first.credentials);
    let note = world.note(number, false);
    let ask = world.signer.post(&first.path("feed"), by, &note);
    let begun = Instant::now();
    let activity: Value = connection.ask(&ask).await?.json()?;
    let answered = begun.elapsed();
    let id = activity["id"].as_str().context("it has an id")?;
    let old = world.users.iter().map(|user| &user.id);
    let inboxes: Vec<(Stream, &str)> = old
        .chain(&grown.followers)
        .map(|person| (Stream::Inbox(person.clone()), id))
        .collect();
    let some: Vec<_> = inboxes
        .iter()
        .step_by((inboxes.len() / SAMPLE_SIZE).max(1))
        .cloned()
        .collect();
    loop {
        // Looking takes its time, too, which is not counted.
        let looked = begun.elapsed();
        ensure!(
            looked < DELIVERY_TIMEOUT,
            "a post does not arrive everywhere"
        );
        if has_all(storage, &some).await? && everywhere(storage, &inboxes).await? {
            return Ok([answered, looked.max(answered)]);
        }
        sleep(Duration::from_millis(10)).await;
    }
}

async fn everywhere(storage: &dyn Storage, inboxes: &[(Stream, &str)]) -> Result<bool> {
    for part in inboxes.chunks(MANY_FOLLOWERS) {
        if !has_all(storage, part).await? {
            return Ok(false);
        }
    }
    Ok(true)
}

async fn has_all(storage: &dyn Storage, inboxes: &[(Stream, &str)]) -> Result<bool> {
    Ok(storage.contains(inboxes).await?.into_iter().all(|has| has))
}
