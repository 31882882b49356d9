//! Bytes of large answers that clients have not read yet, so that readers who don't read take no
//! memory without end.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering::Relaxed},
};

use bytes::Bytes;

use crate::model::MAX_PAGE_BYTES;

/// Answers with fewer bytes are not counted.
const SMALL_BYTES: usize = 64 * 1024;

/// How many bytes wait to be read, about, while pages become shorter and shorter.
const MAX_UNREAD_BYTES: usize = 128 * 1024 * 1024;

/// Into how many pages of equal size what is left of these would go.
const SHARES: usize = 16;

/// The most bytes that a page may have, however many wait to be read.
const MIN_PAGE_BYTES: usize = 256 * 1024;

/// How many bytes wait to be read.
#[derive(Debug, Default)]
pub(crate) struct Unread(AtomicUsize);

/// Bytes that are counted until nothing holds them any more.
struct Counted {
    bytes: Bytes,
    unread: Arc<Unread>,
}

impl Unread {
    /// The same bytes, counted for as long as anything holds them.
    pub(crate) fn count(self: &Arc<Self>, bytes: Bytes) -> Bytes {
        if bytes.len() < SMALL_BYTES {
            return bytes;
        }
        self.0.fetch_add(bytes.len(), Relaxed);
        Bytes::from_owner(Counted {
            bytes,
            unread: Arc::clone(self),
        })
    }

    /// The most bytes of JSON that a page may have now.
    pub(crate) fn max_page_bytes(&self) -> usize {
        let left = MAX_UNREAD_BYTES.saturating_sub(self.0.load(Relaxed));
        (left / SHARES).clamp(MIN_PAGE_BYTES, MAX_PAGE_BYTES)
    }
}

impl AsRef<[u8]> for Counted {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.unread.0.fetch_sub(self.bytes.len(), Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_become_shorter_the_more_is_unread() {
        let unread = Arc::new(Unread::default());
        let answer = || Bytes::from(vec![0; MAX_PAGE_BYTES]);
        let mut held = Vec::new();
        let mut before = MAX_PAGE_BYTES;
        for _ in 0..40 {
            held.push(unread.count(answer()));
            let now = unread.max_page_bytes();
            assert!((MIN_PAGE_BYTES..=before).contains(&now));
            before = now;
        }
        assert_eq!(before, MIN_PAGE_BYTES);
        let copy = held[0].clone();
        held.clear();
        assert_eq!(unread.0.load(Relaxed), copy.len());
        drop(copy);
        assert_eq!(unread.max_page_bytes(), MAX_PAGE_BYTES);
        unread.count(Bytes::from_static(b"small"));
        assert_eq!(unread.0.load(Relaxed), 0);
    }
}
