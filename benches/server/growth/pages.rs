//! The same pages on a small and on a large database, in turns.

use std::time::Duration;

use anyhow::{Context, Result};
use serde::Serialize;

use super::{
    Grown,
    copies::activity_id,
    fill::{STEP, is_of_first, reaches, readers},
};
use crate::{load::drive, progress::Progress, signing::Ask};

/// How many ask at once.
const CONNECTIONS: usize = 4;

/// How often it is the turn of each database; what is in the middle counts.
const ROUND_COUNT: usize = 3;

/// Requests that are made for a second of measurement.
const REQUESTS_PER_SECOND: f64 = 12_000.0;

/// Kinds of pages.
#[derive(Clone, Copy)]
enum Feed {
    Inbox,
    Outbox,
}

#[derive(Clone, Copy)]
enum Place {
    Top,
    /// In the middle, always the same for each reader.
    Middle,
    /// Anywhere.
    Anywhere,
}

const PAGES: [(&str, Feed, Place); 6] = [
    ("inbox, top", Feed::Inbox, Place::Top),
    ("inbox, middle", Feed::Inbox, Place::Middle),
    ("inbox, anywhere", Feed::Inbox, Place::Anywhere),
    ("outbox, top", Feed::Outbox, Place::Top),
    ("outbox, middle", Feed::Outbox, Place::Middle),
    ("outbox, anywhere", Feed::Outbox, Place::Anywhere),
];

/// Cost of one kind of page on the small and the large database.
#[derive(Serialize)]
pub(crate) struct Compared {
    pub(crate) page: &'static str,
    pub(crate) p50_ms: [f64; 2],
    pub(crate) cpu_us: [f64; 2],
    pub(crate) bytes: [usize; 2],
}

/// Measures all kinds of pages.
pub(crate) async fn compare(
    both: [&Grown; 2],
    seconds: f64,
    progress: &Progress,
) -> Result<Vec<Compared>> {
    let time = Duration::try_from_secs_f64(seconds)?;
    let mut all = Vec::new();
    for (name, feed, place) in PAGES {
        progress.phase(name);
        let mut found: [Vec<(f64, f64, usize)>; 2] = Default::default();
        // The first round warms both up.
        for round in 0..=ROUND_COUNT {
            for (grown, found) in both.iter().zip(&mut found) {
                let figures = one(grown, feed, place, time).await?;
                if round > 0 {
                    found.push(figures);
                }
            }
        }
        let [small, large] = found.map(|mut rounds| {
            rounds.sort_unstable_by(|one, other| one.0.total_cmp(&other.0));
            rounds[ROUND_COUNT / 2]
        });
        all.push(Compared {
            page: name,
            p50_ms: [small.0, large.0],
            cpu_us: [small.1, large.1],
            bytes: [small.2, large.2],
        });
    }
    Ok(all)
}

/// The median in milliseconds, the processor time in microseconds and the bytes of a page.
async fn one(grown: &Grown, feed: Feed, place: Place, time: Duration) -> Result<(f64, f64, usize)> {
    let count = (time.as_secs_f64() * REQUESTS_PER_SECOND) as usize;
    let asks = (0..count).map(|number| ask(grown, feed, place, number));
    let asks = asks.collect::<Result<Vec<_>>>()?;
    let watch = grown.process.watch();
    let before = watch.cpu();
    let load = drive(&grown.world.authority, CONNECTIONS, asks, time).await?;
    let count = load.count().max(1);
    let used = watch.cpu().unwrap_or_default() - before.unwrap_or_default();
    Ok((
        load.quantile(0.5).as_secs_f64() * 1e3,
        used * 1e6 / count as f64,
        load.bytes / count,
    ))
}

fn ask(grown: &Grown, feed: Feed, place: Place, number: usize) -> Result<Ask> {
    let world = &grown.world;
    let reader = number % readers(world).len();
    let by = &readers(world)[reader];
    let path = match feed {
        Feed::Inbox => by.path("inbox?count=20"),
        Feed::Outbox => world.users[0].path("feed?count=20"),
    };
    let all = grown.sizes.activities;
    let near = match place {
        Place::Top => return Ok(world.signer.get(&path, &by.credentials)),
        Place::Middle => all / 2,
        // Below it there are pages enough.
        Place::Anywhere => all / 4 + number.wrapping_mul(7_368_787) % (all / 2),
    };
    let found = (near..=near + STEP * STEP).find(|number| match feed {
        Feed::Inbox => reaches(*number, reader),
        Feed::Outbox => is_of_first(*number, world),
    });
    let id = activity_id(found.context("there is one")?, world);
    let id: String = form_urlencoded::byte_serialize(id.as_bytes()).collect();
    let path = format!("{path}&before={id}");
    Ok(world.signer.get(&path, &by.credentials))
}
