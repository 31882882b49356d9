//! The time within which a signature counts, with the tolerance that Mastodon has.

use chrono::{DateTime, TimeDelta, Utc};

use super::{SignatureError, malformed, refused};

/// Maximum deviation of a peer's clock.
const CLOCK_TOLERANCE: TimeDelta = TimeDelta::hours(1);

/// Lifetime of a signature that names none.
const DEFAULT_LIFETIME: TimeDelta = TimeDelta::minutes(5);

/// Maximum lifetime of a signature that names one.
const MAX_LIFETIME: TimeDelta = TimeDelta::hours(12);

/// Checks when a signature was made, and until when it counts.
pub(super) fn check(
    created: DateTime<Utc>,
    expires: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
) -> Result<(), SignatureError> {
    if created > now + CLOCK_TOLERANCE {
        return Err(refused(format!("it was made in the future, at {created}")));
    }
    let last = expires.map_or(created + DEFAULT_LIFETIME, |expires| {
        expires.min(created + MAX_LIFETIME)
    });
    if now > last + CLOCK_TOLERANCE {
        return Err(refused(format!("it expired at {last}")));
    }
    Ok(())
}

/// Returns the default end of a lifetime that is not signed, or the earlier one that it names.
pub(super) fn unsigned_end(created: DateTime<Utc>, expires: DateTime<Utc>) -> DateTime<Utc> {
    expires.min(
        created
            .checked_add_signed(DEFAULT_LIFETIME)
            .unwrap_or(created),
    )
}

/// Reads seconds since 1970.
pub(super) fn from_seconds(seconds: i64) -> Result<DateTime<Utc>, SignatureError> {
    let time = DateTime::from_timestamp(seconds, 0);
    time.ok_or_else(|| malformed("a time is out of range"))
}
