//! Looking at what others changed, once for all who want to know at the same time.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, AtomicU64, Ordering},
    },
    time::Duration,
};

use chrono::TimeDelta;
use tokio::{
    sync::{Mutex, OwnedMutexGuard},
    time::timeout,
};

use super::Clock;
use crate::storage::{Result, StorageError};

/// How long a look may take before the store is taken for lost.
const PATIENCE: Duration = Duration::from_secs(5);

/// When it was looked, and whose turn it is to look again.
pub(super) struct Looks {
    clock: Arc<dyn Clock>,
    /// How many have begun, and which of them ended last, well or not.
    begun: AtomicU64,
    done: AtomicU64,
    failed: AtomicU64,
    /// When that began, in milliseconds since 1970.
    at: AtomicI64,
    turn: Arc<Mutex<()>>,
}

impl Looks {
    /// Nobody has looked as yet.
    pub(super) fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            clock,
            begun: AtomicU64::new(0),
            done: AtomicU64::new(0),
            failed: AtomicU64::new(0),
            at: AtomicI64::new(i64::MIN),
            turn: Arc::default(),
        }
    }

    /// Looks, unless a look that began after this was called is over by the time of its turn; so of many who call this
    /// at once few look, and if the store is lost, all are told so at once.
    pub(super) async fn now(&self, look: impl Future<Output = Result<()>>) -> Result<()> {
        let called = self.begun.load(Ordering::SeqCst);
        let _turn = self.turn.lock().await;
        if self.done.load(Ordering::SeqCst) > called {
            return Ok(());
        }
        if self.failed.load(Ordering::SeqCst) > called {
            return Err(StorageError::Unavailable("it was just lost".into()));
        }
        let number = self.begun.fetch_add(1, Ordering::SeqCst) + 1;
        let at = self.clock.now().timestamp_millis();
        let looked = timeout(PATIENCE, look).await;
        if let Err(error) =
            looked.unwrap_or_else(|late| Err(StorageError::Unavailable(late.into())))
        {
            self.failed.store(number, Ordering::SeqCst);
            return Err(error);
        }
        self.done.store(number, Ordering::SeqCst);
        self.at.store(at, Ordering::SeqCst);
        Ok(())
    }

    /// The turn to look, if nobody has it and the last one who had it got it longer ago than that.
    pub(super) fn turn_after(&self, tolerance: TimeDelta) -> Option<OwnedMutexGuard<()>> {
        let now = self.clock.now().timestamp_millis();
        if self.is_recent(now, tolerance) {
            return None;
        }
        let turn = Arc::clone(&self.turn).try_lock_owned().ok()?;
        self.at.store(now, Ordering::SeqCst);
        Some(turn)
    }

    /// Whether the last look began shorter ago than that. One in the future was before the clock was set back, who
    /// knows how long.
    fn is_recent(&self, now: i64, tolerance: TimeDelta) -> bool {
        let at = self.at.load(Ordering::SeqCst);
        at <= now && now.saturating_sub(at) < tolerance.num_milliseconds()
    }

    /// Looks, if the last look began longer ago than that.
    pub(super) async fn within(
        &self,
        tolerance: TimeDelta,
        look: impl Future<Output = Result<()>>,
    ) -> Result<()> {
        let now = self.clock.now().timestamp_millis();
        if self.is_recent(now, tolerance) {
            return Ok(());
        }
        self.now(look).await
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use futures_util::future::join_all;

    use super::*;
    use crate::{app::ManualClock, storage::StorageError};

    fn looks() -> (Arc<ManualClock>, Looks) {
        let clock = Arc::new(ManualClock::at(1_700_000_000));
        (Arc::clone(&clock), Looks::new(clock))
    }

    #[tokio::test]
    async fn of_many_who_call_at_once_few_look() {
        let (_, looks) = looks();
        let count = Cell::new(0);
        let look = || async {
            tokio::task::yield_now().await;
            count.set(count.get() + 1);
            Ok(())
        };
        join_all((0..100).map(|_| looks.now(look()))).await;
        // The one under way when they came, and one for all who came later.
        assert!(count.get() <= 2, "{}", count.get());
        let before = count.get();
        looks.now(look()).await.unwrap();
        assert_eq!(count.get(), before + 1, "what was over before is too old");
    }

    #[tokio::test]
    async fn what_was_seen_a_moment_ago_will_do_if_it_may() {
        let (clock, looks) = looks();
        let count = Cell::new(0);
        let soon = TimeDelta::milliseconds(100);
        let look = || async {
            count.set(count.get() + 1);
            Ok(())
        };
        for (ahead, expected) in [(0, 1), (0, 1), (1, 2), (-5, 3)] {
            clock.advance(ahead);
            looks.within(soon, look()).await.unwrap();
            assert_eq!(count.get(), expected);
        }
    }

    #[tokio::test]
    async fn a_look_that_failed_fails_for_all_who_waited_and_for_nobody_else() {
        let (_, looks) = looks();
        let count = Cell::new(0);
        let fails = || async {
            tokio::task::yield_now().await;
            count.set(count.get() + 1);
            Err(StorageError::Unavailable("gone".into()))
        };
        let all = join_all((0..100).map(|_| looks.now(fails()))).await;
        assert!(all.iter().all(Result::is_err) && count.get() <= 2);
        looks.now(async { Ok(()) }).await.unwrap();
    }
}
