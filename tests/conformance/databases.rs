//! Databases for tests: each test has its own.

use std::sync::atomic::{AtomicU32, Ordering};

use hydraulics::storage::postgres::Postgres;
use sqlx::{Connection, PgConnection, postgres::PgConnectOptions};

/// A runtime for one test.
pub(crate) fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
}

/// A PostgreSQL database of its own.
pub(crate) struct TestDatabase {
    server: PgConnectOptions,
    name: String,
}

impl TestDatabase {
    /// Makes an empty database.
    pub(crate) async fn new() -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let test = Self {
            server: server(),
            name: format!("test_{}_{number}", std::process::id()),
        };
        // A copy of a template that nobody ever writes to needs no waiting for those who use it.
        let sql = format!("CREATE DATABASE {} TEMPLATE template0", test.name);
        test.execute(&sql).await;
        test
    }

    /// Where it is.
    pub(crate) fn options(&self) -> PgConnectOptions {
        self.server.clone().database(&self.name)
    }

    /// A node on it.
    pub(crate) async fn open(&self) -> Postgres {
        Postgres::open(self.options()).await.unwrap()
    }

    /// Removes it, with whoever is still connected.
    pub(crate) async fn remove(self) {
        let sql = format!("DROP DATABASE {} WITH (FORCE)", self.name);
        self.execute(&sql).await;
    }

    async fn execute(&self, sql: &str) {
        let mut connection = PgConnection::connect_with(&self.server).await.unwrap();
        sqlx::raw_sql(sql).execute(&mut connection).await.unwrap();
        connection.close().await.unwrap();
    }
}

#[allow(
    clippy::disallowed_methods,
    reason = "tests are told of their server in the environment"
)]
fn server() -> PgConnectOptions {
    let Ok(url) = std::env::var("HYDRAULICS_TEST_POSTGRES_URL") else {
        panic!(
            "HYDRAULICS_TEST_POSTGRES_URL is not set: run ./tests/run, which starts a PostgreSQL \
             for the tests, or set it to one where databases may be made and dropped"
        );
    };
    url.parse().unwrap()
}
