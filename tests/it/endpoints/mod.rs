//! The endpoint table (pump-api 2.1 to 2.3): access, responses and refusals of each row.
//!
//! HEAD, OPTIONS and conditional requests are checked with each.

mod api;
mod check;
mod other_endpoints;
mod row;
mod world;

use self::{row::Row, world::World};
use crate::support::{Backend, TestServer};

fn table() -> Vec<Row> {
    let mut rows = api::rows();
    rows.extend(other_endpoints::rows());
    rows
}

/// Walks the table, and fails with everything that differs.
async fn walk(backend: Backend) {
    let open = TestServer::on(backend).await;
    let closed = open.again(|settings| settings.api.anonymous_read = false);
    // All that a world is made of at once is too much for a stack.
    let world = Box::pin(World::make(&closed)).await;
    let mut wrong = Vec::new();
    for row in table() {
        let found = check::row(&world, &open, &row).await;
        wrong.extend(
            found
                .into_iter()
                .map(|what| format!("{} {}: {what}", row.method, row.path)),
        );
    }
    assert!(
        wrong.is_empty(),
        "{} wrong:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

#[tokio::test]
async fn every_row_of_the_table_on_memory() {
    walk(Backend::Memory).await;
}

#[tokio::test]
async fn every_row_of_the_table_on_sqlite() {
    walk(Backend::Sqlite).await;
}

#[tokio::test]
async fn every_row_of_the_table_on_postgres() {
    walk(Backend::Postgres).await;
}
