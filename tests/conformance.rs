//! Every built-in backend keeps every promise of the storage contract.

use hydraulics::storage::{conformance::Promise, memory::Memory};

fn in_memory(promise: Promise) {
    runtime().block_on(promise(&Memory::new()));
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
}

hydraulics::conformance_suite!(memory, in_memory);
