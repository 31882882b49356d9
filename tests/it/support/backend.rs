//! Empty stores.

use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};

use hydraulics::storage::{self, Storage, memory::Memory};
use sqlx::{Connection, Executor, PgConnection};
use tempfile::TempDir;

/// Where the throwaway Postgres is.
const POSTGRES: &str = "HYDRAULICS_TEST_POSTGRES_URL";

/// Which kind of store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Backend {
    Memory,
    Sqlite,
    Postgres,
}

impl Backend {
    /// A fresh store, and the folder that must live as long as it does.
    pub(crate) async fn open(self) -> (Arc<dyn Storage>, TempDir) {
        let folder = TempDir::new().expect("a temporary folder");
        let store = match self {
            Self::Memory => Arc::new(Memory::new()),
            // A file too, but none that waits for the disk.
            Self::Sqlite => connect("sqlite::memory:").await,
            Self::Postgres => connect(&fresh_schema().await).await,
        };
        (store, folder)
    }

    /// A fresh store that two nodes, or two processes, have opened; and the folder that must live
    /// as long.
    pub(crate) async fn open_twice(self) -> ([Arc<dyn Storage>; 2], TempDir) {
        let folder = TempDir::new().expect("a temporary folder");
        let url = match self {
            Self::Memory => panic!("what is in memory is in one process only"),
            Self::Sqlite => file(&folder),
            Self::Postgres => fresh_schema().await,
        };
        ([connect(&url).await, connect(&url).await], folder)
    }
}

fn file(folder: &TempDir) -> String {
    format!("sqlite:{}", folder.path().join("test.sqlite").display())
}

async fn connect(url: &str) -> Arc<dyn Storage> {
    storage::connect(url).await.expect("a fresh store opens")
}

/// A schema of its own in the throwaway database, which goes with its cluster.
async fn fresh_schema() -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    #[allow(
        clippy::disallowed_methods,
        reason = "tests are told where Postgres is by ./tests/run"
    )]
    let url = std::env::var(POSTGRES).unwrap_or_else(|_| {
        panic!("{POSTGRES} is not set: run the tests with ./tests/run, which starts a Postgres")
    });
    let schema = format!(
        "it_{}_{}",
        std::process::id(),
        COUNT.fetch_add(1, Ordering::Relaxed)
    );
    let mut connection = PgConnection::connect(&url)
        .await
        .expect("the throwaway Postgres answers");
    connection
        .execute(format!("CREATE SCHEMA {schema}").as_str())
        .await
        .expect("a schema can be made");
    let separator = if url.contains('?') { '&' } else { '?' };
    format!("{url}{separator}options=-csearch_path%3D{schema}")
}
