//! Records: found by id, listed by kind.

use serde_json::json;

use super::fixtures::{at, commit, ok, refused};
use crate::{
    model::{SiteRecord, SiteRecordKind},
    storage::{Change, Expect, Storage, StorageError},
};

fn record(id: &str, kind: SiteRecordKind, created: i64) -> SiteRecord {
    let body = json!({ "words": ["é😀", 1, null] });
    SiteRecord {
        id: id.into(),
        kind,
        created: at(created),
        body: body.as_object().cloned().unwrap_or_default(),
        version: 0,
    }
}

fn putting(record: SiteRecord, expect: Expect) -> Change {
    Change::PutSiteRecord { record, expect }
}

async fn find(store: &dyn Storage, id: &str) -> Option<SiteRecord> {
    ok(store.find_site_record(id).await, "Finding a record")
}

async fn names(
    store: &dyn Storage,
    kind: SiteRecordKind,
    before: Option<&str>,
    count: u32,
) -> Vec<String> {
    let listed = store.list_site_records(kind, before, count).await;
    let listed = ok(listed, "Listing records");
    listed.into_iter().map(|record| record.id).collect()
}

/// Every field survives, of every kind, and versions count from 1.
pub async fn a_record_comes_back_as_it_was_put(store: &dyn Storage) {
    for kind in SiteRecordKind::ALL {
        let id = format!("{} {}", kind.as_str(), "x".repeat(3000));
        assert_eq!(find(store, &id).await, None, "a record that is not there");
        let mut given = record(&id, kind, 50);
        commit(store, vec![putting(given.clone(), Expect::Absent)]).await;
        given.version = 1;
        assert_eq!(find(store, &id).await, Some(given.clone()), "a new record");
        given.body.clear();
        commit(store, vec![putting(given.clone(), Expect::Version(1))]).await;
        given.version = 2;
        assert_eq!(find(store, &id).await, Some(given), "a changed record");
    }
}

/// Those of one kind, newest first, in pages.
pub async fn records_are_listed_newest_first(store: &dyn Storage) {
    let puts = [
        record("b", SiteRecordKind::Report, 20),
        record("c", SiteRecordKind::Report, 20),
        record("a", SiteRecordKind::Report, 10),
        record("d", SiteRecordKind::Report, 30),
        record("e", SiteRecordKind::Audit, 25),
    ];
    let puts = puts.map(|record| putting(record, Expect::Absent));
    commit(store, puts.into()).await;
    let list = async |before, count| names(store, SiteRecordKind::Report, before, count).await;
    assert_eq!(list(None, 9).await, ["d", "c", "b", "a"], "all");
    assert_eq!(list(None, 2).await, ["d", "c"], "two at most");
    assert_eq!(list(Some("c"), 9).await, ["b", "a"], "those after one");
    assert!(list(Some("a"), 9).await.is_empty(), "the last one");
    assert!(list(Some("none"), 9).await.is_empty(), "an unknown one");
    assert_eq!(names(store, SiteRecordKind::Audit, None, 9).await, ["e"]);
}

/// Absent, present, a version; and removal by version.
pub async fn expectations_of_records_are_checked(store: &dyn Storage) {
    let put = async |expect| {
        let record = record("a", SiteRecordKind::Report, 10);
        store.commit(vec![putting(record, expect)]).await
    };
    let remove = async |version| {
        let id = "a".into();
        store
            .commit(vec![Change::RemoveSiteRecord { id, version }])
            .await
    };
    refused!(
        put(Expect::Present).await,
        StorageError::Missing(_),
        "A record that must be there"
    );
    ok(put(Expect::Absent).await, "A new record");
    refused!(
        put(Expect::Absent).await,
        StorageError::AlreadyExists(_),
        "A record that must not be there"
    );
    ok(put(Expect::Any).await, "A record in place of another");
    refused!(
        put(Expect::Version(1)).await,
        StorageError::Conflict(_),
        "A version that was replaced"
    );
    refused!(
        remove(1).await,
        StorageError::Conflict(_),
        "The removal of a version that was replaced"
    );
    ok(remove(2).await, "A removal");
    assert_eq!(find(store, "a").await, None, "a record that was removed");
    refused!(
        remove(2).await,
        StorageError::Conflict(_),
        "The removal of what is not there"
    );
}
