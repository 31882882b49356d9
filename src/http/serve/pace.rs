//! Progress of what a peer sends or takes.

use std::{
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use tokio::time::{Instant, Sleep, sleep_until};

/// The least speed that counts as progress. The slowest mobile networks have some thousand.
const MIN_BYTES_PER_SECOND: u128 = 500;

/// Watches bytes that move in one direction. Only the time in which the peer is waited for counts:
/// a peer can't help what happens in between.
#[derive(Default)]
pub(super) struct Pace {
    /// Since when the peer is waited for.
    since: Option<Instant>,
    /// How long it was waited for before, in this window.
    waited: Duration,
    /// How much moved in this window.
    bytes: usize,
    alarm: Alarm,
}

impl Pace {
    /// Counts bytes that moved.
    pub(super) fn count(&mut self, bytes: usize) {
        if let Some(since) = self.since.take() {
            self.waited += since.elapsed();
        }
        self.bytes = self.bytes.saturating_add(bytes);
    }

    /// Ready when the peer was waited for for a whole window in which too little moved.
    pub(super) fn poll_stalled(&mut self, cx: &mut Context<'_>, window: Duration) -> Poll<()> {
        while let Some(deadline) = self.deadline(Instant::now(), window) {
            ready!(self.alarm.poll(cx, deadline));
        }
        Poll::Ready(())
    }

    /// The end of the window for a peer that is waited for now; none if it has stalled.
    fn deadline(&mut self, now: Instant, window: Duration) -> Option<Instant> {
        let since = *self.since.get_or_insert(now);
        let waited = self.waited + now.saturating_duration_since(since);
        match window.checked_sub(waited) {
            Some(left) if !left.is_zero() => return Some(now + left),
            _ => {}
        }
        let least = window.as_millis() * MIN_BYTES_PER_SECOND / 1000;
        if (self.bytes as u128) < least.max(1) {
            return None;
        }
        (self.since, self.waited, self.bytes) = (Some(now), Duration::ZERO, 0);
        Some(now + window)
    }
}

/// A timer that is set anew only when it has to be.
#[derive(Default)]
pub(super) struct Alarm(Option<Pin<Box<Sleep>>>);

impl Alarm {
    /// Ready at the deadline, which may be another each time.
    pub(super) fn poll(&mut self, cx: &mut Context<'_>, deadline: Instant) -> Poll<()> {
        let sleep = self
            .0
            .get_or_insert_with(|| Box::pin(sleep_until(deadline)));
        if sleep.deadline() > deadline {
            sleep.as_mut().reset(deadline);
        }
        ready!(sleep.as_mut().poll(cx));
        if sleep.deadline() < deadline {
            sleep.as_mut().reset(deadline);
            return sleep.as_mut().poll(cx);
        }
        Poll::Ready(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WINDOW: Duration = Duration::from_secs(10);

    fn at(begin: Instant, seconds: u64) -> Instant {
        begin + Duration::from_secs(seconds)
    }

    #[test]
    fn a_peer_that_moves_too_little_in_a_window_has_stalled() {
        let begin = Instant::now();
        for (bytes, goes_on) in [(0, false), (4_999, false), (5_000, true)] {
            let mut pace = Pace::default();
            assert_eq!(pace.deadline(begin, WINDOW), Some(at(begin, 10)));
            pace.bytes = bytes;
            assert_eq!(pace.deadline(at(begin, 9), WINDOW), Some(at(begin, 10)));
            let next = pace.deadline(at(begin, 10), WINDOW);
            assert_eq!(next, goes_on.then(|| at(begin, 20)), "{bytes}");
        }
    }

    #[test]
    fn progress_of_an_earlier_window_does_not_count() {
        let begin = Instant::now();
        let mut pace = Pace::default();
        pace.deadline(begin, WINDOW);
        pace.bytes = 1_000_000;
        assert!(pace.deadline(at(begin, 10), WINDOW).is_some());
        assert_eq!(pace.deadline(at(begin, 20), WINDOW), None);
    }

    #[test]
    fn time_in_which_the_peer_is_not_waited_for_does_not_count() {
        let begin = Instant::now();
        let mut pace = Pace::default();
        pace.deadline(begin, WINDOW);
        pace.count(1);
        assert!(pace.since.is_none());
        pace.waited = Duration::from_secs(4);
        assert_eq!(
            pace.deadline(at(begin, 1000), WINDOW),
            Some(at(begin, 1006))
        );
    }
}
