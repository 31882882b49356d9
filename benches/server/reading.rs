//! People who read their inboxes while something else goes on.

use std::{
    cell::{Cell, RefCell},
    time::{Duration, Instant},
};

use anyhow::Result;
use futures_util::future::try_join_all;
use tokio::time::sleep;

use super::{
    fixture::{BenchFixture, User},
    load::Load,
    wire::Connection,
};

/// How many read, and how long each of them looks at a page.
const READER_COUNT: usize = 4;
const READ_INTERVAL: Duration = Duration::from_millis(20);

/// How long they read before anything goes on.
const BASELINE_DURATION: Duration = Duration::from_secs(3);

/// Does something while these people read their inboxes.
pub(crate) async fn reading<T>(
    world: &BenchFixture,
    people: &[User],
    something: impl Future<Output = Result<T>>,
) -> Result<(Load, T)> {
    let ended = Cell::new(false);
    let load = RefCell::new(Load::default());
    let others = (0..READER_COUNT).map(|number| read(world, people, number, &ended, &load));
    let something = async {
        let done = something.await;
        ended.set(true);
        done
    };
    let (done, _) = tokio::try_join!(something, try_join_all(others))?;
    let mut load = load.into_inner();
    load.latencies.sort_unstable();
    Ok((load, done))
}

/// The same while nothing else goes on.
pub(crate) async fn read_undisturbed(world: &BenchFixture, people: &[User]) -> Result<Load> {
    let nothing = async {
        sleep(BASELINE_DURATION).await;
        Ok(())
    };
    Ok(reading(world, people, nothing).await?.0)
}

async fn read(
    world: &BenchFixture,
    people: &[User],
    number: usize,
    ended: &Cell<bool>,
    load: &RefCell<Load>,
) -> Result<()> {
    let mut connection = Connection::open(&world.authority).await?;
    let users = people.iter().skip(number).step_by(READER_COUNT).cycle();
    for user in users {
        if ended.get() {
            break;
        }
        let ask = world
            .signer
            .get(&user.path("inbox?count=20"), &user.credentials);
        let begun = Instant::now();
        connection.ask(&ask).await?;
        load.borrow_mut().latencies.push(begun.elapsed());
        sleep(READ_INTERVAL).await;
    }
    Ok(())
}
