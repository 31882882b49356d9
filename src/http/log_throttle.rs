//! Rate limit of log lines about one kind of event, of which there may be a flood.

use std::time::Duration;

use parking_lot::Mutex;
use tokio::time::Instant;

/// Counts events of one kind, and says which of them are worth a line.
pub(super) struct LogThrottle {
    interval: Duration,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    last: Option<Instant>,
    suppressed: u64,
}

impl LogThrottle {
    /// Creates a throttle with at least this time between two lines.
    pub(super) fn new(interval: Duration) -> Self {
        Self {
            interval,
            state: Mutex::default(),
        }
    }

    /// Counts an event. `Some` if a line is due: how many events before it had none.
    pub(super) fn admit(&self) -> Option<u64> {
        self.admit_at(Instant::now())
    }

    fn admit_at(&self, now: Instant) -> Option<u64> {
        let mut state = self.state.lock();
        if state.last.is_some_and(|last| now - last < self.interval) {
            state.suppressed += 1;
            return None;
        }
        state.last = Some(now);
        Some(std::mem::take(&mut state.suppressed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_is_one_line_and_a_count() {
        let throttle = LogThrottle::new(Duration::from_secs(10));
        let begin = Instant::now();
        let admitted = |second| throttle.admit_at(begin + Duration::from_secs(second));
        assert_eq!(admitted(0), Some(0));
        assert_eq!([1, 2, 9].map(admitted), [None; 3]);
        assert_eq!(admitted(10), Some(3));
        assert_eq!((admitted(19), admitted(20)), (None, Some(1)));
    }
}
