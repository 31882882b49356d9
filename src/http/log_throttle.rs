//! Log lines that a flood of one kind of event would write too often.

use std::time::Duration;

use tokio::time::Instant;

/// The least time between two lines.
const INTERVAL: Duration = Duration::from_secs(10);

/// Counts events of one kind, and says which of them are worth a line.
#[derive(Default)]
pub(super) struct Seldom {
    last: Option<Instant>,
    unsaid: u64,
}

impl Seldom {
    /// Counts an event. Some if a line is due: how many before it had none.
    pub(super) fn due(&mut self) -> Option<u64> {
        let now = Instant::now();
        if self.last.is_some_and(|last| now - last < INTERVAL) {
            self.unsaid += 1;
            return None;
        }
        self.last = Some(now);
        Some(std::mem::take(&mut self.unsaid))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_is_one_line_and_a_count() {
        let mut seldom = Seldom::default();
        assert_eq!(seldom.due(), Some(0));
        assert_eq!([(); 3].map(|()| seldom.due()), [None; 3]);
        seldom.last = Instant::now().checked_sub(INTERVAL);
        assert_eq!(seldom.due(), Some(3));
    }
}
