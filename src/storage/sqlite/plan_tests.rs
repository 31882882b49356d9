//! Query plans.

use sqlx::{Row, sqlite::SqliteSynchronous};

use super::{Sqlite, entry_batch::INSERT_ENTRIES_SQL, open::connect_writer};
use crate::{
    model::{
        AudienceMember, DEFAULT_SEARCH_WINDOW, Filter, MAX_PAGE_BYTES, Object, PageRequest, Stream,
        Viewer,
    },
    storage::{
        Change, Commit, Duplicate, Expect, Streams,
        sql::{
            dialect::{Dialect, Direction},
            driver::SqlConnection,
            entries::{IN_OTHER_STREAMS, IN_STREAM, push_sql, removal_sql},
            files::LIST_MEDIA_SQL,
            history::{AUDIENCES_SQL, POSITION_SQL, is_or_was_in_sql},
            leases::lease_sql,
            previews::{preview_items, preview_total, previews_sql},
            query::{self, GROUPING_THRESHOLD, View},
            remotes::{
                PASS_ON_SQL, accounts_sql, actors_sql, oldest_deliveries_sql, outgoing_of_sql,
                settle_sql, waiting_hosts_sql,
            },
        },
    },
};

/// The query plan of SQLite, one step a line.
async fn plan(store: &Sqlite, sql: &str) -> String {
    let sql = format!("EXPLAIN QUERY PLAN {sql}");
    let rows = store.readers.all(&sql, &[]).await.unwrap();
    let steps: Vec<String> = rows.iter().map(|row| row.get("detail")).collect();
    steps.join("\n")
}

fn view<'a>(filter: Filter, viewer: Viewer<'a>, named: Option<&'a str>) -> View<'a> {
    View {
        filter,
        viewer,
        name_query: named,
        search_window: DEFAULT_SEARCH_WINDOW,
        max_bytes: MAX_PAGE_BYTES,
    }
}

/// Of one kind.
const KIND: &str = "PRIMARY KEY (stream=? AND class=? AND public=?";
const DIRECT: &str = "INDEX entries_direct (stream=?";

/// Every filter, and what its entries are to be read by, for how many classes.
const INDEXES: [(Option<bool>, bool, &str, usize); 6] = [
    (None, false, KIND, 3),
    (None, true, DIRECT, 1),
    (Some(true), false, KIND, 1),
    (Some(false), false, KIND, 1),
    (Some(true), true, DIRECT, 1),
    (Some(false), true, DIRECT, 1),
];

const VIEWERS: [Viewer<'_>; 3] = [Viewer::Unrestricted, Viewer::Anonymous, Viewer::Person("x")];

#[tokio::test]
async fn a_page_of_any_class_for_anyone_is_read_by_index() {
    let store = Sqlite::temporary().await.unwrap();
    for (major, direct, index, classes) in INDEXES {
        let filter = Filter { major, direct };
        for viewer in VIEWERS {
            for (toward, compare) in [(Direction::Older, "<"), (Direction::Newer, ">")] {
                let sql = query::page(Dialect::Sqlite, toward, view(filter, viewer, None));
                let plan = plan(&store, &sql).await;
                let count = |range: &str| {
                    let step = format!("SEARCH e USING {index} AND {range})");
                    plan.lines().filter(|line| **line == *step).count()
                };
                let (open, closed) = match viewer {
                    _ if direct => (1, 0),
                    Viewer::Anonymous => (classes, 0),
                    Viewer::Unrestricted => (2 * classes, 0),
                    // Private entries, as far as there is room for them.
                    Viewer::Person(_) => (classes, classes),
                };
                let found = (count(&format!("seq{compare}?")), count("seq>? AND seq<?"));
                assert_eq!(found, (open, closed), "{filter:?} {viewer:?}\n{plan}");
                assert!(
                    !plan.contains("SCAN"),
                    "a table read from end to end\n{plan}"
                );
                assert!(!plan.contains("B-TREE"), "a page that is sorted\n{plan}");
            }
        }
    }
}

#[tokio::test]
async fn name_search_reads_only_the_newest_entries() {
    let store = Sqlite::temporary().await.unwrap();
    for viewer in VIEWERS {
        let view = view(Filter::default(), viewer, Some("a"));
        for sql in [
            query::page(Dialect::Sqlite, Direction::Older, view),
            query::page(Dialect::Sqlite, Direction::Newer, view),
            query::count_named(Dialect::Sqlite, view),
        ] {
            let plan = plan(&store, &sql).await;
            assert!(
                sql.contains(&format!("LIMIT {DEFAULT_SEARCH_WINDOW}) e")),
                "{sql}"
            );
            for table in ["SCAN o", "SCAN entries", "SCAN objects"] {
                assert!(
                    !plan.contains(table),
                    "a table read from end to end\n{plan}"
                );
            }
            assert!(
                plan.contains(&format!("SEARCH e USING {KIND} AND seq<?)")),
                "{plan}"
            );
        }
    }
}

#[tokio::test]
async fn a_total_counts_what_not_everyone_may_read_and_nothing_else() {
    let store = Sqlite::temporary().await.unwrap();
    let viewer = Viewer::Person("x");
    let mut counts = vec![format!(
        "SELECT {} FROM streams s WHERE s.key = $1",
        preview_total(viewer, 2)
    )];
    for (major, direct, ..) in INDEXES {
        let filter = Filter { major, direct };
        counts.push(query::count_private(filter, viewer));
        counts.push(query::count_groups(filter));
    }
    for sql in counts {
        let plan = plan(&store, &sql).await;
        let entries = plan.lines().find(|line| line.contains(" e USING"));
        assert!(
            entries.is_some_and(|step| step.contains(KIND)),
            "{sql}\n{plan}"
        );
    }
}

#[tokio::test]
async fn likes_are_looked_for_among_those_that_there_are() {
    let store = Sqlite::temporary().await.unwrap();
    for viewer in VIEWERS {
        let plan = plan(&store, &previews_sql(Dialect::Sqlite, viewer)).await;
        for wanted in [
            "SEARCH s USING INTEGER PRIMARY KEY",
            "SEARCH o USING INDEX streams_thing (<expr>=?)",
            "SEARCH k USING COVERING INDEX sqlite_autoindex_streams_1 (key=?)",
        ] {
            assert!(plan.contains(wanted), "{plan}");
        }
        assert!(!plan.contains("SCAN s"), "{plan}");
    }
}

/// For each class that a person may read some of: of what is private, no more than is within
/// reach.
#[tokio::test]
async fn a_head_looks_at_so_much_of_what_is_private() {
    let store = Sqlite::temporary().await.unwrap();
    let plan = plan(&store, &previews_sql(Dialect::Sqlite, Viewer::Person("x"))).await;
    let steps = |step: &str| plan.lines().filter(|line| *line == step).count();
    let range = |table: &str, seq: &str| steps(&format!("SEARCH {table} USING {KIND}{seq})"));
    assert_eq!(range("e", " AND seq>? AND seq<?"), 3, "{plan}");
    assert_eq!(range("p", ""), 3, "{plan}");
}

#[tokio::test]
async fn private_count_is_shared_between_viewers() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("store.sqlite");
    let store = Sqlite::open(&file).await.unwrap();
    let outbox = Stream::Outbox("alice".into());
    let followers = Stream::Followers("alice".into());
    let put = |id: &str, audience| Change::PutObject {
        object: Object {
            audience,
            ..Object::new("note", id, id, serde_json::Map::new())
        },
        expect: Expect::Absent,
    };
    let push = |stream: &Stream, item: &str| Change::Push {
        stream: stream.clone(),
        item: item.into(),
        class: None,
        duplicate: Duplicate::Reject,
    };
    let mut changes = Vec::new();
    for id in ["bob", "carol"] {
        changes.extend([put(id, vec![]), push(&followers, id)]);
    }
    for number in 0..GROUPING_THRESHOLD {
        let (id, audience) = (
            number.to_string(),
            AudienceMember::Members(followers.clone()),
        );
        changes.extend([put(&id, vec![audience]), push(&outbox, &id)]);
    }
    store.commit(changes).await.unwrap();
    let total = async |person| {
        let viewer = Viewer::Person(person);
        let request = PageRequest::default();
        store.list(&outbox, &request, viewer).await.unwrap().total
    };
    let all = GROUPING_THRESHOLD.unsigned_abs();
    assert_eq!(total("bob").await, all);
    // Behind the store's back: whoever counts now finds none.
    let mut by_hand = connect_writer(&file, SqliteSynchronous::Off).await.unwrap();
    let update = "UPDATE entries SET public = 1";
    by_hand.run(update, &[]).await.unwrap();
    let head = async |person| {
        let previews = store.previews(std::slice::from_ref(&outbox), 4, Viewer::Person(person));
        previews.await.unwrap().remove(0).total
    };
    for (person, sees) in [("carol", all), ("dan", 0)] {
        assert_eq!(total(person).await, sees, "{person}");
        assert_eq!(
            head(person).await,
            sees,
            "{person}, not counted anew for a head"
        );
    }
    let more = vec![
        put("more", vec![AudienceMember::Members(followers.clone())]),
        push(&outbox, "more"),
    ];
    store.commit(more).await.unwrap();
    assert_eq!(total("bob").await, all + 1, "what came since is counted");
    let lost = Change::RemoveItem {
        stream: outbox.clone(),
        item: "more".into(),
    };
    store.commit(vec![lost]).await.unwrap();
    assert_eq!(total("carol").await, 0, "counted anew");
}

#[tokio::test]
async fn things_are_found_by_index() {
    let store = Sqlite::temporary().await.unwrap();
    let viewer = Viewer::Person("x");
    let readable = query::readable_objects(Dialect::Sqlite, viewer);
    let previews = format!(
        "SELECT (SELECT json_group_array(id) FROM ({})) FROM streams s WHERE s.key = $1",
        preview_items(Dialect::Sqlite, viewer, 3)
    );
    let find = query::objects_by_pk_or_key(Dialect::Sqlite);
    let items = query::items(Dialect::Sqlite);
    let made = query::objects_by(Dialect::Sqlite);
    for sql in [
        &query::FIND_STREAM_SQL,
        query::contained_pairs(Dialect::Sqlite),
        query::IS_IN_OTHER_STREAM_SQL,
        &items,
        &find,
        &readable,
        &previews,
        &made,
    ] {
        let plan = plan(&store, sql).await;
        assert!(!plan.contains("B-TREE"), "a stream that is sorted\n{plan}");
        for line in plan.lines() {
            assert!(
                !line.contains("SCAN")
                    || line.contains("VIRTUAL TABLE")
                    || line.contains("subquery")
                    || line.contains("CONSTANT ROW"),
                "a table read from end to end\n{plan}"
            );
        }
    }
    let plan = plan(&store, LIST_MEDIA_SQL).await;
    assert!(plan.contains("INDEX files_object"), "{plan}");
}

#[tokio::test]
async fn filing_looks_at_nothing_but_what_is_filed_and_for_whom() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("store.sqlite");
    tokio::fs::write(&file, "").await.unwrap();
    let mut writing = connect_writer(&file, SqliteSynchronous::Off).await.unwrap();
    // The first only creates streams.
    for statement in INSERT_ENTRIES_SQL.split("; ").skip(1) {
        let sql = format!("EXPLAIN QUERY PLAN {statement}");
        let steps = writing.all(&sql, &[]).await.unwrap();
        for step in steps {
            let step: String = step.get("detail");
            // Of its own: what is collected, by this name and as a part of a statement.
            let own = [
                "VIRTUAL TABLE",
                "SCAN pending_entries",
                "SCAN f",
                "SCAN t",
                "SCAN (subquery",
                "SCAN CONSTANT ROW",
                // The first of them, if there is any.
                "SCAN remote_accounts",
                "SCAN n",
            ];
            let right = !step.starts_with("SCAN") || own.iter().any(|own| step.contains(own));
            assert!(right, "a table read from end to end: {step}\n{statement}");
        }
    }
}

#[tokio::test]
async fn history_is_read_by_index() {
    let store = Sqlite::temporary().await.unwrap();
    for sql in [
        POSITION_SQL,
        AUDIENCES_SQL,
        &is_or_was_in_sql(Dialect::Sqlite),
    ] {
        let sql = format!("EXPLAIN QUERY PLAN {sql}");
        for step in store.readers.all(&sql, &[]).await.unwrap() {
            let step: String = step.get("detail");
            let scans = step.starts_with("SCAN")
                && !step.contains("VIRTUAL TABLE")
                && !step.contains("CONSTANT ROW");
            assert!(!scans, "{step}: {sql}");
        }
    }
}

#[tokio::test]
async fn deliveries_and_their_hosts_are_found_by_index() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("store.sqlite");
    tokio::fs::write(&file, "").await.unwrap();
    let mut writing = connect_writer(&file, SqliteSynchronous::Off).await.unwrap();
    let (lease, settle) = (lease_sql(Dialect::Sqlite), settle_sql(Dialect::Sqlite));
    let statements = [
        accounts_sql(Dialect::Sqlite),
        actors_sql(Dialect::Sqlite),
        oldest_deliveries_sql(Dialect::Sqlite),
        outgoing_of_sql(),
        waiting_hosts_sql(),
        lease.clone(),
        PASS_ON_SQL.to_owned(),
    ];
    let settle = settle.split("; ").map(str::to_owned);
    for sql in statements.into_iter().chain(settle) {
        let steps = writing.all(&format!("EXPLAIN QUERY PLAN {sql}"), &[]).await;
        let steps: Vec<String> = steps.unwrap().iter().map(|row| row.get("detail")).collect();
        for step in &steps {
            // The lists that are given, and what was found to be waiting.
            let own = ["VIRTUAL TABLE", "SCAN w", "SCAN due", "SCAN page"];
            let own = own
                .into_iter()
                .chain(["SCAN oldest", "SCAN ranked", "SCAN (subquery"]);
            let right = !step.starts_with("SCAN") || own.into_iter().any(|own| step.contains(own));
            assert!(right, "a table read from end to end: {step}\n{sql}");
        }
        let by_host = "SEARCH o USING COVERING INDEX outgoing_host (host>?)";
        assert!(sql != lease || steps.contains(&by_host.into()), "{steps:?}");
    }
}

#[tokio::test]
async fn single_entries_are_written_by_index() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("store.sqlite");
    tokio::fs::write(&file, "").await.unwrap();
    let mut writing = connect_writer(&file, SqliteSynchronous::Off).await.unwrap();
    let statements = [
        push_sql(Dialect::Sqlite),
        removal_sql(Dialect::Sqlite, IN_STREAM),
        removal_sql(Dialect::Sqlite, IN_OTHER_STREAMS),
    ];
    for statement in statements.iter().flat_map(|sql| sql.split("; ")) {
        let sql = format!("EXPLAIN QUERY PLAN {statement}");
        for step in writing.all(&sql, &[]).await.unwrap() {
            let step: String = step.get("detail");
            // Entries that a limit picks are collected by this name.
            let is_collected = step == "SCAN e" && statement.contains("LIMIT");
            let scans = step.starts_with("SCAN") && step != "SCAN CONSTANT ROW" && !is_collected;
            assert!(!scans, "{step}: {statement}");
        }
    }
}
