//! Which state the credentials are in, for those who keep them in memory.

use std::sync::atomic::{AtomicI64, Ordering};

use super::{Change, Expect};

/// What a backend knows of [`Epochs`](super::Epochs). All that a backend needs that is used by one process
/// only: after each commit that [`may_touch`](Self::may_touch) credentials, before it returns, it
/// [`moves`](Self::move_on) this, and `credentials_epoch` is [`now`](Self::now).
///
/// One that is used by several counts in the store, in the transactions that change credentials, and tells
/// this what it has [`seen`](Self::see) of that.
#[derive(Debug, Default)]
pub struct Epoch {
    /// The highest count that was seen in the store.
    seen: AtomicI64,
    /// What was moved on by here, without a look at the store.
    moved: AtomicI64,
}

impl Epoch {
    /// The epoch. It never goes back.
    pub fn now(&self) -> i64 {
        self.seen.load(Ordering::SeqCst) + self.moved.load(Ordering::SeqCst)
    }

    /// Something has, or may have, changed.
    pub fn move_on(&self) {
        self.moved.fetch_add(1, Ordering::SeqCst);
    }

    /// The store has counted so many changes. Older counts than were seen before say nothing.
    pub fn see(&self, count: i64) {
        self.seen.fetch_max(count, Ordering::SeqCst);
    }

    /// Whether a commit of these changes may change or remove a client, an access token, a bearer token or an
    /// account. Those that surely are new are not looked at.
    pub fn may_touch(changes: &[Change]) -> bool {
        changes.iter().any(|change| match change {
            Change::PutAccount { expect, .. } => *expect != Expect::Absent,
            Change::RemoveAccount(_)
            | Change::PutClient(_)
            | Change::RemoveClient(_)
            | Change::PutAccessToken(_)
            | Change::RemoveAccessToken(_)
            | Change::RemoveBearerToken(_)
            | Change::RevokeCode(_)
            | Change::Revoke(_) => true,
            Change::PutObject { .. }
            | Change::Push { .. }
            | Change::Pull { .. }
            | Change::Withdraw { .. }
            | Change::Clear(_)
            | Change::CheckName { .. }
            | Change::Deliver(_)
            | Change::PutRequestToken { .. }
            | Change::RemoveRequestToken(_)
            | Change::PutAuthorization(_)
            | Change::RemoveAuthorization(_)
            | Change::RevokePending(_)
            | Change::PutBearerToken(_)
            | Change::PutCode(_)
            | Change::UseCode(_)
            | Change::PutJob { .. }
            | Change::RemoveJob { .. }
            | Change::PutMedia(_) => false,
        })
    }
}
