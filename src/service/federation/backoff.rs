//! Time of the next attempt at a host that failed.

use chrono::{DateTime, TimeDelta, Utc};

use crate::app::{DeliverySettings, Entropy};

/// Failure of a host: all that waits for it waits longer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct HostFailure {
    /// Reason, in words.
    pub(super) reason: String,
    /// Whether there was no answer at all. Such hosts are backed off twice as fast.
    pub(super) is_unreachable: bool,
    /// Wait that the host asked for.
    pub(super) retry_after: Option<TimeDelta>,
}

/// Returns when to try a host again that has failed so many times in a row, at least once. The wait
/// is doubled by each failure, and spread by an eighth either way. A wait that the host asked for
/// replaces it. Both are within the bounds of the settings.
pub(super) fn next_attempt(
    now: DateTime<Utc>,
    failures: u32,
    failure: &HostFailure,
    settings: &DeliverySettings,
    entropy: &dyn Entropy,
) -> DateTime<Utc> {
    let seconds = |bound: std::time::Duration| i64::try_from(bound.as_secs()).unwrap_or(i64::MAX);
    let (min, max) = (seconds(settings.min_backoff), seconds(settings.max_backoff));
    let wait = if let Some(wait) = failure.retry_after {
        wait.num_seconds()
    } else {
        let steps = failures.saturating_sub(1);
        let doublings = steps.saturating_mul(1 + u32::from(failure.is_unreachable));
        let wait = min.saturating_mul(1 << doublings.min(62)).min(max);
        let mut byte = [0];
        entropy.fill(&mut byte);
        wait * 7 / 8 + wait / 4 * i64::from(byte[0]) / 255
    };
    now + TimeDelta::seconds(wait.clamp(min.min(max) * 7 / 8, max))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        app::{SeededEntropy, Settings},
        model::Urls,
    };

    fn wait(failures: u32, is_unreachable: bool, retry_after: Option<i64>) -> i64 {
        let urls = Urls::new(&"https://pump.test".parse().unwrap()).unwrap();
        let settings = Settings::new(urls).deliveries;
        let now = DateTime::from_timestamp(0, 0).unwrap();
        let failure = HostFailure {
            reason: String::new(),
            is_unreachable,
            retry_after: retry_after.map(TimeDelta::seconds),
        };
        let entropy = SeededEntropy::new(1);
        next_attempt(now, failures, &failure, &settings, &entropy).timestamp()
    }

    #[test]
    fn wait_grows_from_a_minute_to_a_day() {
        for (failures, expected) in [(1, 60), (2, 120), (5, 960), (30, 86_400), (400, 86_400)] {
            let wait = wait(failures, false, None);
            let range = expected * 7 / 8..=expected * 9 / 8;
            assert!(range.contains(&wait), "{failures}: {wait}");
            assert!(wait <= 86_400, "{failures}: {wait}");
        }
    }

    #[test]
    fn unreachable_host_is_backed_off_faster() {
        assert!((840..=1080).contains(&wait(3, true, None)));
    }

    #[test]
    fn retry_after_is_honoured_within_bounds() {
        let asked = [(600, 600), (0, 52), (-5, 52), (i64::MAX / 1000, 86_400)];
        for (asked, expected) in asked {
            assert_eq!(wait(1, false, Some(asked)), expected, "{asked}");
        }
    }
}
