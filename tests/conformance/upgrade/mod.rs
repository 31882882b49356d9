//! Data of older versions survives the migrations.

mod entries;
mod people;
mod remotes;
mod search;
mod versions;

use std::{fmt::Write, path::Path};

use hydraulics::{
    model::{Class, Filter, PageRequest, Stream, Viewer},
    storage::{Change, Duplicate, Storage},
};
use sha2::{Digest, Sha256};
use sqlx::migrate::Migrator;

use crate::on_sqlite::note;

/// Tables as they were before entries lay by class: an inbox of six, of which three are not public,
/// and one is direct.
const OLD_VERSION: i64 = 14;

/// The rows, with keys as a database writes them.
fn rows(rows: &str, bytes: fn(&str) -> String) -> String {
    let mut parts = rows.split("KEY(");
    let mut sql = parts.next().unwrap().to_owned();
    for part in parts {
        let (name, rest) = part.split_once(')').unwrap();
        let mut key = String::new();
        for byte in &Sha256::digest(name)[..16] {
            write!(key, "{byte:02x}").unwrap();
        }
        sql += &bytes(&key);
        sql += rest;
    }
    sql
}

/// The migrations there were before one.
async fn migrations(folder: &str, before: i64) -> Migrator {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("migrations")
        .join(folder);
    let mut all = Migrator::new(folder).await.unwrap();
    all.migrations
        .to_mut()
        .retain(|migration| migration.version < before);
    all
}

async fn seen(store: &impl Storage, filter: Filter, viewer: Viewer<'_>) -> (u64, Vec<String>) {
    let request = PageRequest {
        filter,
        ..PageRequest::default()
    };
    let inbox = Stream::Inbox("bob".into());
    let page = store.list(&inbox, &request, viewer).await.unwrap();
    (
        page.total,
        page.items.iter().map(|item| item.id.clone()).collect(),
    )
}

/// That all of it is there, and in order, and that what comes now is on top.
async fn check(store: &impl Storage) {
    let inbox = Stream::Inbox("bob".into());
    let bob = Viewer::Person("bob");
    let of = |major, direct| Filter { major, direct };
    for (filter, viewer, total, ids) in [
        (
            of(None, false),
            Viewer::Unrestricted,
            6,
            "n6 n5 n4 n3 n2 n1",
        ),
        (of(None, false), Viewer::Anonymous, 3, "n3 n2 n1"),
        (of(None, false), bob, 5, "n5 n4 n3 n2 n1"),
        (of(Some(true), false), Viewer::Unrestricted, 3, "n6 n5 n2"),
        (of(Some(true), false), bob, 2, "n5 n2"),
        (of(Some(false), false), Viewer::Unrestricted, 2, "n4 n3"),
        (of(None, true), bob, 1, "n5"),
    ] {
        let ids = ids.split(' ').map(str::to_owned).collect();
        assert_eq!(
            seen(store, filter, viewer).await,
            (total, ids),
            "{filter:?} {viewer:?}"
        );
    }
    let numbered = store.items_after(&inbox, 4, 9).await.unwrap();
    assert_eq!(numbered, [(5, "n5".into()), (9, "n6".into())]);
    let class = Some(Class {
        major: true,
        direct: false,
    });
    let (stream, item, duplicate) = (inbox, "n7".to_owned(), Duplicate::Ignore);
    let push = Change::Push {
        stream,
        item,
        class,
        duplicate,
    };
    store.commit(vec![note("n7", vec![]), push]).await.unwrap();
    let (total, ids) = seen(store, of(None, false), Viewer::Unrestricted).await;
    assert_eq!((total, ids[0].as_str(), ids[1].as_str()), (7, "n7", "n6"));
}
