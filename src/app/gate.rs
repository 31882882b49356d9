//! Bounds on work that is under way at once: in all, and for one account.

use std::{collections::HashMap, sync::Arc, time::Duration};

use parking_lot::Mutex;
use tokio::{
    select,
    sync::{OwnedSemaphorePermit, Semaphore},
    time::timeout,
};

use super::UploadSettings;

/// Longest wait for others to finish, unless a gate has another.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(5);

/// After so many accounts, those that have nothing under way are forgotten.
const MAX_IDLE_ACCOUNTS: usize = 1000;

/// The unit in which the bytes of uploads under way are counted.
const UPLOAD_UNIT_BYTES: usize = 1024;

/// Most bytes of an upload besides those of its file in base64: the JSON around them.
const UPLOAD_HEADROOM_BYTES: usize = 8 * 1024;

/// Maximum pictures decoded concurrently, and how many of them for one account; each may take
/// hundreds of megabytes.
const MAX_CONCURRENT_IMAGES: u32 = 2;
const MAX_CONCURRENT_IMAGES_OF_ONE: u32 = 1;

/// Longest wait for other pictures.
const IMAGE_TIMEOUT: Duration = Duration::from_secs(30);

/// How many reads of the API, and writes of much, are worked on at once: each may take a few times
/// as much memory as the largest page. One person or network has a part of them, and another part
/// is for persons who have none.
#[cfg(feature = "web")]
const TURNS: u32 = 24;
#[cfg(feature = "web")]
const TURNS_OF_ONE: u32 = 6;
#[cfg(feature = "web")]
const RESERVED_TURNS: u32 = 6;

/// Longest wait for a turn.
#[cfg(feature = "web")]
const TURN_TIMEOUT: Duration = Duration::from_secs(10);

/// How many files of other hosts are fetched at once, how many of them for one account, and how
/// many for accounts for which none is.
const MAX_PROXIES: u32 = 128;
const MAX_PROXIES_OF_ONE: u32 = 16;
const RESERVED_PROXIES: u32 = 32;

/// Bound on the weight of the work that is under way. Each account has a share of its own, so that
/// none keeps out the others. A reserve for accounts with nothing under way keeps a few accounts
/// together from it, too.
pub(crate) struct Gate {
    all: Arc<Semaphore>,
    reserve: Arc<Semaphore>,
    share: u32,
    timeout: Duration,
    accounts: Mutex<HashMap<Box<str>, Arc<Semaphore>>>,
}

/// Admission of some work; it ends when this is dropped.
pub(crate) struct Pass {
    _share: OwnedSemaphorePermit,
    _all: OwnedSemaphorePermit,
}

impl Gate {
    /// A gate that admits work of this weight in all, and of `share` for one account.
    pub(super) fn new(total: u32, share: u32) -> Self {
        Self {
            all: Arc::new(Semaphore::new(total as usize)),
            reserve: Arc::new(Semaphore::new(0)),
            share: share.min(total),
            timeout: DEFAULT_TIMEOUT,
            accounts: Mutex::default(),
        }
    }

    /// The gate with so much of it reserved.
    pub(super) fn with_reserve(self, weight: u32) -> Self {
        self.all.forget_permits(weight as usize);
        self.reserve.add_permits(weight as usize);
        self
    }

    /// The gate with another longest wait.
    pub(super) fn with_timeout(self, timeout: Duration) -> Self {
        Self { timeout, ..self }
    }

    /// Admits work of an account, perhaps after a wait for other work to end; `None` if that takes
    /// too long. Work that weighs more than a share takes a whole one.
    pub(crate) async fn enter(&self, account: &str, weight: u32) -> Option<Pass> {
        self.admit(account, weight, true).await
    }

    /// Admits work as [`enter`](Self::enter) does, but never from the reserve.
    #[cfg(feature = "web")]
    pub(crate) async fn enter_unreserved(&self, account: &str, weight: u32) -> Option<Pass> {
        self.admit(account, weight, false).await
    }

    async fn admit(&self, account: &str, weight: u32, may_take_reserve: bool) -> Option<Pass> {
        let share = self.share_of(account);
        let weight = weight.min(self.share);
        if let Some(pass) = self.try_admit(&share, weight) {
            return Some(pass);
        }
        let admission = self.wait(share, weight, may_take_reserve);
        timeout(self.timeout, admission).await.ok().flatten()
    }

    /// Admits work if that takes no wait, nor a part of the reserve.
    fn try_admit(&self, share: &Arc<Semaphore>, weight: u32) -> Option<Pass> {
        let own = Arc::clone(share).try_acquire_many_owned(weight).ok()?;
        let all = Arc::clone(&self.all).try_acquire_many_owned(weight).ok()?;
        Some(Pass {
            _share: own,
            _all: all,
        })
    }

    async fn wait(
        &self,
        share: Arc<Semaphore>,
        weight: u32,
        may_take_reserve: bool,
    ) -> Option<Pass> {
        let own = Arc::clone(&share).acquire_many_owned(weight).await.ok()?;
        let is_first = share.available_permits() + weight as usize >= self.share as usize;
        let all = Arc::clone(&self.all).acquire_many_owned(weight);
        let all = if may_take_reserve && is_first {
            let reserve = Arc::clone(&self.reserve).acquire_many_owned(weight);
            select! {
                biased;
                all = all => all,
                reserve = reserve => reserve,
            }
        } else {
            all.await
        };
        Some(Pass {
            _share: own,
            _all: all.ok()?,
        })
    }

    fn share_of(&self, account: &str) -> Arc<Semaphore> {
        let mut accounts = self.accounts.lock();
        if let Some(share) = accounts.get(account) {
            return Arc::clone(share);
        }
        if accounts.len() >= MAX_IDLE_ACCOUNTS {
            // The other owners are those who wait or are under way.
            accounts.retain(|_, share| Arc::strong_count(share) > 1);
        }
        let share = Arc::new(Semaphore::new(self.share as usize));
        accounts.insert(account.into(), Arc::clone(&share));
        share
    }
}

/// The gate of pictures that are decoded.
pub(super) fn of_images() -> Gate {
    Gate::new(MAX_CONCURRENT_IMAGES, MAX_CONCURRENT_IMAGES_OF_ONE).with_timeout(IMAGE_TIMEOUT)
}

/// The gate of reads of the API, and of large writes.
#[cfg(feature = "web")]
pub(super) fn of_turns() -> Gate {
    Gate::new(TURNS, TURNS_OF_ONE)
        .with_reserve(RESERVED_TURNS)
        .with_timeout(TURN_TIMEOUT)
}

/// The gate of files of other hosts.
pub(super) fn of_proxies() -> Gate {
    Gate::new(MAX_PROXIES, MAX_PROXIES_OF_ONE).with_reserve(RESERVED_PROXIES)
}

/// A gate for uploads: an account has a quarter of it, or what one upload takes. An eighth is for
/// accounts that have none under way.
pub(super) fn of_uploads(settings: &UploadSettings) -> Gate {
    let total = upload_units(settings.max_bytes_at_once);
    let one = upload_units(settings.max_bytes / 3 * 4 + UPLOAD_HEADROOM_BYTES);
    let share = one.max(total / 4).min(total);
    Gate::new(total, share).with_reserve((total / 8).min(total - share))
}

/// Returns the weight of so many bytes of an upload.
pub(super) fn upload_units(bytes: usize) -> u32 {
    u32::try_from(bytes.div_ceil(UPLOAD_UNIT_BYTES)).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gate(total: u32, share: u32, timeout: Duration) -> Gate {
        Gate {
            timeout,
            ..Gate::new(total, share)
        }
    }

    #[tokio::test]
    async fn an_account_takes_no_more_than_its_share() {
        let gate = gate(4, 2, Duration::ZERO);
        let first = gate.enter("alice", 2).await;
        assert!(first.is_some());
        assert!(gate.enter("alice", 1).await.is_none());
        assert!(gate.enter("bob", 1).await.is_some());
        drop(first);
        assert!(gate.enter("alice", 1).await.is_some());
    }

    #[tokio::test]
    async fn work_in_all_is_bounded_and_ends_when_it_is_dropped() {
        let closed = gate(2, 2, Duration::ZERO);
        let _taken = closed.enter("a", 9).await.unwrap();
        assert!(closed.enter("b", 1).await.is_none());

        let gate = Arc::new(gate(4, 2, Duration::MAX));
        let taken = [gate.enter("a", 2).await, gate.enter("b", 2).await];
        assert!(taken.iter().all(Option::is_some));
        let waiting = tokio::spawn({
            let gate = Arc::clone(&gate);
            async move { gate.enter("c", 1).await.is_some() }
        });
        tokio::task::yield_now().await;
        drop(taken);
        assert!(waiting.await.unwrap());
    }

    #[tokio::test]
    async fn the_reserve_is_for_accounts_with_nothing_under_way() {
        let gate = gate(4, 2, Duration::ZERO).with_reserve(1);
        let mut taken = Vec::new();
        for account in ["a", "a", "b"] {
            taken.push(gate.enter(account, 1).await.unwrap());
        }
        assert!(gate.enter("b", 1).await.is_none());
        assert!(gate.enter_unreserved("c", 1).await.is_none());
        let newcomer = gate.enter("c", 1).await;
        assert!(newcomer.is_some());
        assert!(gate.enter("d", 1).await.is_none());
        drop(newcomer);
        assert!(gate.enter("d", 1).await.is_some());
    }

    #[tokio::test]
    async fn accounts_with_nothing_under_way_are_forgotten() {
        let gate = Gate::new(1, 1);
        for number in 0..MAX_IDLE_ACCOUNTS * 2 {
            assert!(gate.enter(&number.to_string(), 1).await.is_some());
        }
        assert!(gate.accounts.lock().len() <= MAX_IDLE_ACCOUNTS);
    }
}
