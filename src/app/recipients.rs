//! Limit of the mails that others can have sent to one address.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use parking_lot::Mutex;

use super::Recent;
use crate::model::CodePurpose;

/// Mails with a code for one purpose to one address in [`WINDOW`], whoever asks for them.
pub(crate) const MAX_MAILS_TO_ONE: usize = 3;

const WINDOW: TimeDelta = TimeDelta::hours(1);

/// Times of the newest mails, oldest first.
type Times = [DateTime<Utc>; MAX_MAILS_TO_ONE];

/// Counts the mails with codes by the address that they go to.
#[derive(Default)]
pub(crate) struct RecipientLimiter(Mutex<Recent<(CodePurpose, String), Times>>);

impl RecipientLimiter {
    /// Counts one more mail. One above the limit is not counted; the error is how long to wait for
    /// the next.
    pub(crate) fn admit(
        &self,
        purpose: CodePurpose,
        address: &str,
        now: DateTime<Utc>,
    ) -> Result<(), Duration> {
        // Nearly all mail servers take any case for the same.
        let key = (purpose, address.to_lowercase());
        let mut recipients = self.0.lock();
        let mut times = recipients.get(&key).unwrap_or_default();
        let wait = times[0] + WINDOW - now;
        if wait > TimeDelta::zero() {
            return Err(wait.to_std().unwrap_or_default());
        }
        times.rotate_left(1);
        times[MAX_MAILS_TO_ONE - 1] = now;
        recipients.insert(key, times);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_gets_so_many_mails_an_hour_for_each_purpose() {
        let limiter = RecipientLimiter::default();
        let at =
            |minute: i64| DateTime::UNIX_EPOCH + TimeDelta::days(1) + TimeDelta::minutes(minute);
        let confirm = |minute| limiter.admit(CodePurpose::Confirm, "a@b.example", at(minute));
        assert_eq!([0, 10, 20].map(confirm), [Ok(()); 3]);
        assert_eq!(confirm(30), Err(Duration::from_mins(30)));
        assert_eq!(
            limiter.admit(CodePurpose::Recover, "a@b.example", at(30)),
            Ok(())
        );
        assert_eq!(
            limiter.admit(CodePurpose::Confirm, "c@b.example", at(30)),
            Ok(())
        );
        assert_eq!(confirm(60), Ok(()));
        assert_eq!(confirm(60), Err(Duration::from_mins(10)));
    }
}
