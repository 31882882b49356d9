//! Version of the credentials, for caches.

use std::sync::atomic::{AtomicI64, Ordering};

use super::Change;

/// Counter behind [`CredentialVersioning`](super::CredentialVersioning). All that a backend needs
/// that is used by one process only: after each commit that
/// [`is_affected_by`](Self::is_affected_by) credentials, before it returns, it [`moves`](Self::bump)
/// this, and `credential_version` is [`current`](Self::current).
///
/// One that is used by several counts in the store, in the transactions that change credentials,
/// and tells this what it has [`observed`](Self::observe) of that.
#[derive(Debug, Default)]
pub struct CredentialVersion {
    /// Highest count observed in the store.
    observed: AtomicI64,
    /// Bumps by this process, without a read from the store.
    local_bumps: AtomicI64,
}

impl CredentialVersion {
    /// Returns the version. It never decreases.
    pub fn current(&self) -> i64 {
        self.observed.load(Ordering::SeqCst) + self.local_bumps.load(Ordering::SeqCst)
    }

    /// Records that credentials have, or may have, changed.
    pub fn bump(&self) {
        self.local_bumps.fetch_add(1, Ordering::SeqCst);
    }

    /// Records the count in the store. A count lower than before is ignored.
    pub fn observe(&self, count: i64) {
        self.observed.fetch_max(count, Ordering::SeqCst);
    }

    /// Whether a commit of these changes may change or remove a client, an access token, a bearer
    /// token or an account. Those that surely are new are not looked at.
    pub fn is_affected_by(changes: &[Change]) -> bool {
        let mut changes = changes.iter();
        changes.any(|change| change.effects().is_of_credentials)
    }
}
