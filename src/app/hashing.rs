//! Queue for hashing passwords: bounded, and with sign-ins before everything else.

use std::{num::NonZero, sync::Arc, thread};

use tokio::sync::{AcquireError, OwnedSemaphorePermit, Semaphore};

/// The most sign-ins that wait or are checked.
const MAX_SIGN_INS: usize = 100;

/// The most other passwords that wait or are hashed: those of registrations and new ones of
/// accounts.
const MAX_OTHERS: usize = 50;

/// Purpose of hashing a password, which decides on its place in the queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum HashingFor {
    /// Somebody signs in.
    SignIn,
    /// An account gets a password.
    Account,
    /// An account gets a password from the operator or the host application, which wait as long as
    /// it takes.
    Operator,
}

/// The queue.
pub(crate) struct Hashing {
    /// So few turns at a time that they take neither all memory nor all processors.
    turns: Arc<Semaphore>,
    /// Taken first by all that is no sign-in. So no more of it waits for a turn than there are
    /// turns, and a sign-in waits for no more than one of it.
    others: Arc<Semaphore>,
    sign_in_places: Arc<Semaphore>,
    other_places: Arc<Semaphore>,
}

/// A turn, which ends when it is dropped.
pub(crate) struct HashingTurn {
    _permits: [Option<OwnedSemaphorePermit>; 3],
}

/// That there is no place in the queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct QueueFull;

impl Hashing {
    pub(super) fn new() -> Self {
        let turns = parallelism();
        Self {
            turns: Arc::new(Semaphore::new(turns)),
            others: Arc::new(Semaphore::new(turns)),
            sign_in_places: Arc::new(Semaphore::new(MAX_SIGN_INS)),
            other_places: Arc::new(Semaphore::new(MAX_OTHERS)),
        }
    }

    /// Waits for a turn.
    pub(crate) async fn turn(&self, purpose: HashingFor) -> Result<HashingTurn, QueueFull> {
        let place = match purpose {
            HashingFor::SignIn => Some(place(&self.sign_in_places)?),
            HashingFor::Account => Some(place(&self.other_places)?),
            HashingFor::Operator => None,
        };
        // The semaphores are never closed.
        let closed = |_: AcquireError| QueueFull;
        let other = match purpose {
            HashingFor::SignIn => None,
            HashingFor::Account | HashingFor::Operator => {
                let other = Arc::clone(&self.others).acquire_owned().await;
                Some(other.map_err(closed)?)
            }
        };
        let turn = Arc::clone(&self.turns).acquire_owned().await;
        let turn = Some(turn.map_err(closed)?);
        Ok(HashingTurn {
            _permits: [turn, other, place],
        })
    }
}

fn place(places: &Arc<Semaphore>) -> Result<OwnedSemaphorePermit, QueueFull> {
    Arc::clone(places)
        .try_acquire_owned()
        .map_err(|_| QueueFull)
}

fn parallelism() -> usize {
    thread::available_parallelism()
        .map_or(2, NonZero::get)
        .clamp(2, 8)
}

#[cfg(test)]
mod tests {
    use futures_util::{FutureExt, future::join_all};
    use tokio::task::yield_now;

    use super::*;

    #[tokio::test]
    async fn a_sign_in_passes_all_registrations_that_wait() {
        let hashing = Arc::new(Hashing::new());
        let turns = (0..parallelism()).map(|_| hashing.turn(HashingFor::Account));
        let mut turns = join_all(turns).await;
        let waiting: Vec<_> = (parallelism()..MAX_OTHERS)
            .map(|_| {
                let hashing = Arc::clone(&hashing);
                tokio::spawn(async move { hashing.turn(HashingFor::Account).await.is_ok() })
            })
            .collect();
        yield_now().await;
        let mut sign_in = Box::pin(hashing.turn(HashingFor::SignIn));
        assert!(
            (&mut sign_in).now_or_never().is_none(),
            "all turns are taken"
        );
        drop(turns.pop());
        let signed_in = sign_in.await;
        assert!(signed_in.is_ok());
        assert!(waiting.iter().all(|waiting| !waiting.is_finished()));
        drop((turns, signed_in));
        for waiting in waiting {
            assert!(waiting.await.unwrap());
        }
    }

    #[tokio::test]
    async fn who_finds_no_place_is_told_at_once_except_the_operator() {
        let hashing = Hashing::new();
        for (purpose, most) in [
            (HashingFor::Account, MAX_OTHERS),
            (HashingFor::SignIn, MAX_SIGN_INS),
        ] {
            let mut waiting: Vec<_> = (0..most).map(|_| Box::pin(hashing.turn(purpose))).collect();
            let started = waiting.iter_mut().map(FutureExt::now_or_never);
            let turns: Vec<_> = started.flatten().collect();
            assert!(turns.iter().all(Result::is_ok));
            let refused = hashing.turn(purpose).now_or_never();
            assert_eq!(refused.map(Result::err), Some(Some(QueueFull)));
            let operator = hashing.turn(HashingFor::Operator).now_or_never();
            assert!(operator.is_none(), "it waits");
        }
    }
}
