//! Sharing of one poll by all concurrent callers.

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

/// Timeout of a poll.
const POLL_TIMEOUT: Duration = Duration::from_secs(5);

/// State of the polls, and the lock for the next.
pub(super) struct SingleFlight {
    clock: Arc<dyn Clock>,
    /// Number of started polls, and the latest one that succeeded or failed.
    started: AtomicU64,
    succeeded: AtomicU64,
    failed: AtomicU64,
    /// Start of the latest poll, in milliseconds since 1970.
    last_started_at: AtomicI64,
    lock: Arc<Mutex<()>>,
}

impl SingleFlight {
    /// Creates the state before the first poll.
    pub(super) fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            clock,
            started: AtomicU64::new(0),
            succeeded: AtomicU64::new(0),
            failed: AtomicU64::new(0),
            last_started_at: AtomicI64::new(i64::MIN),
            lock: Arc::default(),
        }
    }

    /// Runs `poll`, unless a run that started after this call has finished. Concurrent callers
    /// share one run, and its failure.
    pub(super) async fn run(&self, poll: impl Future<Output = Result<()>>) -> Result<()> {
        let called = self.started.load(Ordering::SeqCst);
        let _turn = self.lock.lock().await;
        if self.succeeded.load(Ordering::SeqCst) > called {
            return Ok(());
        }
        if self.failed.load(Ordering::SeqCst) > called {
            return Err(StorageError::Unavailable("it was just lost".into()));
        }
        let number = self.started.fetch_add(1, Ordering::SeqCst) + 1;
        let at = self.clock.now().timestamp_millis();
        let polled = timeout(POLL_TIMEOUT, poll).await;
        if let Err(error) =
            polled.unwrap_or_else(|late| Err(StorageError::Unavailable(late.into())))
        {
            self.failed.store(number, Ordering::SeqCst);
            return Err(error);
        }
        self.succeeded.store(number, Ordering::SeqCst);
        self.last_started_at.store(at, Ordering::SeqCst);
        Ok(())
    }

    /// Takes the lock, if it is free and the last poll started longer ago than the tolerance.
    pub(super) fn try_lock_after(&self, tolerance: TimeDelta) -> Option<OwnedMutexGuard<()>> {
        let now = self.clock.now().timestamp_millis();
        if self.is_recent(now, tolerance) {
            return None;
        }
        let turn = Arc::clone(&self.lock).try_lock_owned().ok()?;
        self.last_started_at.store(now, Ordering::SeqCst);
        Some(turn)
    }

    /// Returns whether the last poll started within the tolerance. A time in the future, from
    /// before the clock was set back, doesn't count.
    fn is_recent(&self, now: i64, tolerance: TimeDelta) -> bool {
        let at = self.last_started_at.load(Ordering::SeqCst);
        at <= now && now.saturating_sub(at) < tolerance.num_milliseconds()
    }

    /// Runs `poll`, if the last run started longer ago than the tolerance.
    pub(super) async fn run_if_older_than(
        &self,
        tolerance: TimeDelta,
        poll: impl Future<Output = Result<()>>,
    ) -> Result<()> {
        let now = self.clock.now().timestamp_millis();
        if self.is_recent(now, tolerance) {
            return Ok(());
        }
        self.run(poll).await
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use futures_util::future::join_all;

    use super::*;
    use crate::{app::ManualClock, storage::StorageError};

    fn looks() -> (Arc<ManualClock>, SingleFlight) {
        let clock = Arc::new(ManualClock::at(1_700_000_000));
        (Arc::clone(&clock), SingleFlight::new(clock))
    }

    #[tokio::test]
    async fn concurrent_callers_share_one_poll() {
        let (_, single_flight) = looks();
        let count = Cell::new(0);
        let poll = || async {
            tokio::task::yield_now().await;
            count.set(count.get() + 1);
            Ok(())
        };
        join_all((0..100).map(|_| single_flight.run(poll()))).await;
        // The one under way when they came, and one for all who came later.
        assert!(count.get() <= 2, "{}", count.get());
        let before = count.get();
        single_flight.run(poll()).await.unwrap();
        assert_eq!(count.get(), before + 1, "what was over before is too old");
    }

    #[tokio::test]
    async fn recent_poll_is_reused_within_the_tolerance() {
        let (clock, single_flight) = looks();
        let count = Cell::new(0);
        let soon = TimeDelta::milliseconds(100);
        let poll = || async {
            count.set(count.get() + 1);
            Ok(())
        };
        for (ahead, expected) in [(0, 1), (0, 1), (1, 2), (-5, 3)] {
            clock.advance(ahead);
            single_flight.run_if_older_than(soon, poll()).await.unwrap();
            assert_eq!(count.get(), expected);
        }
    }

    #[tokio::test]
    async fn failed_poll_fails_all_waiting_callers_and_no_later_one() {
        let (_, single_flight) = looks();
        let count = Cell::new(0);
        let fails = || async {
            tokio::task::yield_now().await;
            count.set(count.get() + 1);
            Err(StorageError::Unavailable("gone".into()))
        };
        let all = join_all((0..100).map(|_| single_flight.run(fails()))).await;
        assert!(all.iter().all(Result::is_err) && count.get() <= 2);
        single_flight.run(async { Ok(()) }).await.unwrap();
    }
}
