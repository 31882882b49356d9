//! Least pace of bytes that are waited for.

use std::time::Duration;

use tokio::time::{Instant, error::Elapsed, timeout};

/// Time that may be spent without any bytes.
const GRACE: Duration = Duration::from_mins(1);

/// Least bytes per second in the long run. The slower mobile networks have more.
const MIN_BYTES_PER_SECOND: u32 = 8 * 1024;

/// The time that is left to wait for more bytes. Those that come add to it, up to the grace, so
/// that nothing is held for long by what came fast at first.
pub(crate) struct Pace {
    left: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Self { left: GRACE }
    }
}

impl Pace {
    /// Waits for more bytes. Fails when no time is left.
    pub(crate) async fn wait<T>(&mut self, next: impl Future<Output = T>) -> Result<T, Elapsed> {
        let since = Instant::now();
        let next = timeout(self.left, next).await;
        self.left = self.left.saturating_sub(since.elapsed());
        next
    }

    /// Counts bytes that have come.
    pub(crate) fn count(&mut self, bytes: usize) {
        let bytes = u32::try_from(bytes).unwrap_or(u32::MAX);
        let earned = Duration::from_secs(bytes.into()) / MIN_BYTES_PER_SECOND;
        self.left = (self.left + earned).min(GRACE);
    }

    /// A pace with no time left.
    #[cfg(test)]
    pub(crate) fn spent() -> Self {
        Self {
            left: Duration::ZERO,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::future::{pending, ready};

    use futures_util::FutureExt;

    use super::*;

    #[tokio::test]
    async fn bytes_give_time_to_wait_up_to_the_grace() {
        let mut pace = Pace::spent();
        assert!(pace.wait(pending::<()>()).await.is_err());
        assert!(pace.wait(ready(())).await.is_ok());
        pace.count(10 * MIN_BYTES_PER_SECOND as usize);
        assert_eq!(pace.left, Duration::from_secs(10));
        assert!(pace.wait(pending::<()>()).now_or_never().is_none());
        pace.count(1000 * MIN_BYTES_PER_SECOND as usize);
        assert_eq!(pace.left, GRACE);
    }
}
