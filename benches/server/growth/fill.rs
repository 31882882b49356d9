//! Filling a database: who gets what, and how it is written in little time.

use std::cell::Cell;

use anyhow::Result;
use futures_util::future::try_join_all;
use hydraulics::storage::{Change, Changes, Storage, connect};
use serde::Serialize;

use super::copies::Copies;
use crate::{
    database::Database,
    fixture::{BenchFixture, User},
    progress::Progress,
};

/// Persons whose inboxes are filled: the first followers of the first account.
pub(crate) const READERS: usize = 16;

/// A reader gets one of so many activities, and the first account makes as many of them.
pub(crate) const STEP: usize = 10;

/// Of how many numbers the changes are one commit.
const COMMIT: usize = 500;

/// How large a database is made.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Sizes {
    pub(crate) activities: usize,
    pub(crate) followers: usize,
}

/// The readers among the people of a world.
pub(crate) fn readers(world: &BenchFixture) -> &[User] {
    &world.users[1..=READERS]
}

/// Returns the author of an activity: the first account, or a non-reader.
fn author(number: usize, world: &BenchFixture) -> usize {
    let block = number / STEP;
    if block.is_multiple_of(STEP) {
        0
    } else {
        let others = world.users.len() - READERS - 1;
        READERS + 1 + block % others
    }
}

/// Whether an activity is in the inbox of a reader.
pub(crate) fn reaches(number: usize, reader: usize) -> bool {
    (number + reader).is_multiple_of(STEP)
}

/// Whether an activity is in the outbox of the first.
pub(crate) fn is_of_first(number: usize, world: &BenchFixture) -> bool {
    author(number, world) == 0
}

/// Fills a database that no server has open, with copies of these activities; says who was made to
/// follow the first.
pub(crate) async fn fill(
    database: &Database,
    world: &BenchFixture,
    samples: &[String],
    sizes: Sizes,
    progress: &Progress,
) -> Result<Vec<String>> {
    let storage = connect(&database.url).await?;
    let copies = Copies::new(&*storage, world, samples).await?;
    let filling = Filling {
        storage: &*storage,
        progress,
    };
    let accounts = residues(sizes.followers);
    let make = |number| copies.account(number);
    filling.fill("making accounts", &accounts, make).await?;
    let all = [(0..sizes.followers).collect()];
    let follow = |number| Ok(copies.follow(number));
    filling.fill("following", &all, follow).await?;
    let activities = residues(sizes.activities);
    let make = |number| copies.activity(number, author(number, world));
    filling.fill("making activities", &activities, make).await?;
    let mut outboxes = vec![Vec::new(); STEP];
    for number in 0..sizes.activities {
        outboxes[author(number, world) % STEP].push(number);
    }
    let file = |number| Ok([copies.file(number, author(number, world))]);
    filling.fill("filing activities", &outboxes, file).await?;
    storage.close().await;
    progress.phase("tidying the database");
    database.settle().await?;
    Ok((0..sizes.followers)
        .map(|number| copies.follower(number))
        .collect())
}

/// A database that is being filled.
struct Filling<'a> {
    storage: &'a dyn Storage,
    progress: &'a Progress,
}

impl Filling<'_> {
    /// Commits what is made of numbers, in lanes side by side. No two lanes may touch the same
    /// stream, else they wait for each other.
    async fn fill<C: IntoIterator<Item = Change>>(
        &self,
        what: &str,
        lanes: &[Vec<usize>],
        make: impl Fn(usize) -> Result<C>,
    ) -> Result<()> {
        let of = lanes.iter().map(Vec::len).sum();
        let done = Cell::new(0);
        let lane = async |numbers: &Vec<usize>| {
            for part in numbers.chunks(COMMIT) {
                let mut changes = Changes::new();
                for number in part {
                    changes.extend(make(*number)?);
                }
                self.storage.commit(changes).await?;
                done.set(done.get() + part.len());
                self.progress.step(what, done.get(), of);
            }
            anyhow::Ok(())
        };
        try_join_all(lanes.iter().map(lane)).await?;
        Ok(())
    }
}

/// Lanes of numbers whose activities reach different readers.
fn residues(count: usize) -> Vec<Vec<usize>> {
    let lane = |first| (first..count).step_by(STEP).collect();
    (0..STEP).map(lane).collect()
}
