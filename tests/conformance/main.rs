//! Every built-in backend keeps every promise of the storage contract.

#![allow(
    clippy::unwrap_used,
    reason = "what these tests need to work, works, or they fail"
)]

mod by_index;
mod databases;
mod on_postgres;
mod on_sqlite;
mod upgrade;

use databases::{TestDatabase, runtime};
use hydraulics::storage::{conformance::ContractTest, memory::Memory, sqlite::Sqlite};

fn in_memory(promise: ContractTest) {
    runtime().block_on(promise(&Memory::new()));
}

fn in_a_sqlite_file(promise: ContractTest) {
    let folder = tempfile::tempdir().unwrap();
    runtime().block_on(async {
        let file = folder.path().join("store.sqlite");
        promise(&Sqlite::open(&file).await.unwrap()).await;
    });
}

fn in_temporary_sqlite(promise: ContractTest) {
    runtime().block_on(async { promise(&Sqlite::temporary().await.unwrap()).await });
}

fn in_postgres(promise: ContractTest) {
    runtime().block_on(async {
        let database = TestDatabase::new().await;
        promise(&database.open().await).await;
        database.remove().await;
    });
}

hydraulics::conformance_suite!(memory, in_memory);
hydraulics::conformance_suite!(sqlite_file, in_a_sqlite_file);
hydraulics::conformance_suite!(sqlite_memory, in_temporary_sqlite);
hydraulics::conformance_suite!(postgres, in_postgres);
