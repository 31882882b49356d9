//! Parts that an application is made of.

use std::sync::Arc;

use object_store::ObjectStore;

use super::{Clock, Entropy, NoTransport, Settings, SystemClock, SystemEntropy, Transport};
#[cfg(test)]
use super::{ManualClock, SeededEntropy};
#[cfg(test)]
use crate::model::Urls;
use crate::storage::Storage;

/// Parts of an [`App`](super::App): [`AppParts::new`], and then what is to be another.
#[non_exhaustive]
pub struct AppParts {
    /// Where things are stored.
    pub storage: Arc<dyn Storage>,
    /// Where the bytes of uploads are kept.
    pub blobs: Arc<dyn ObjectStore>,
    /// Clock; defaults to the system clock.
    pub clock: Arc<dyn Clock>,
    /// Source of randomness; defaults to the system's.
    pub entropy: Arc<dyn Entropy>,
    /// The way to other hosts: none, unless it is set.
    pub transport: Arc<dyn Transport>,
    /// How this server is set up.
    pub settings: Settings,
}

impl AppParts {
    /// Creates the parts from the required ones and the defaults.
    pub fn new(storage: Arc<dyn Storage>, blobs: Arc<dyn ObjectStore>, settings: Settings) -> Self {
        Self {
            storage,
            blobs,
            clock: Arc::new(SystemClock),
            entropy: Arc::new(SystemEntropy),
            transport: Arc::new(NoTransport),
            settings,
        }
    }

    /// Creates the parts of a test application: in memory and deterministic.
    #[cfg(test)]
    pub(crate) fn of_a_test(url: &str) -> Self {
        let urls = Urls::new(&url.parse().unwrap()).unwrap();
        Self {
            clock: Arc::new(ManualClock::at(1_700_000_000)),
            entropy: Arc::new(SeededEntropy::new(1)),
            ..Self::new(
                Arc::new(crate::storage::memory::Memory::new()),
                Arc::new(object_store::memory::InMemory::new()),
                Settings::new(urls),
            )
        }
    }
}
