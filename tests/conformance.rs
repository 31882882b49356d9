//! Every built-in backend keeps every promise of the storage contract.

use hydraulics::storage::{conformance::Promise, memory::Memory, sqlite::Sqlite};

fn in_memory(promise: Promise) {
    runtime().block_on(promise(&Memory::new()));
}

fn in_a_sqlite_file(promise: Promise) {
    let folder = tempfile::tempdir().unwrap();
    runtime().block_on(async {
        let store = Sqlite::open(&folder.path().join("store.sqlite"))
            .await
            .unwrap();
        promise(&store).await;
    });
}

fn in_temporary_sqlite(promise: Promise) {
    runtime().block_on(async { promise(&Sqlite::temporary().await.unwrap()).await });
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
}

hydraulics::conformance_suite!(memory, in_memory);
hydraulics::conformance_suite!(sqlite_file, in_a_sqlite_file);
hydraulics::conformance_suite!(sqlite_memory, in_temporary_sqlite);
