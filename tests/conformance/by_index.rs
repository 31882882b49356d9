//! How many rows PostgreSQL reads for an answer, and by which index: few, however many there are.

use std::collections::BTreeMap;

use hydraulics::{
    model::{
        AudienceMember, CodePurpose, Cursor, Filter, Nickname, Page, PageRequest, Stream, Viewer,
    },
    storage::{
        Change, ChangeTracking, Codes, Commit, Delivery, Files, Jobs, Objects, Streams,
        postgres::Postgres,
    },
};
use sqlx::{Connection, PgConnection};

use crate::{
    databases::{TestDatabase, runtime},
    on_postgres::residents,
    on_sqlite::{note, push},
};

/// Rows enough that the planner would not read a table from end to end for fun: an inbox of 20,000
/// entries, of which ten are not public, and as many streams of one, to which as much is addressed;
/// and an inbox in which every other entry may be read by nobody, one that nobody may read anything
/// of, and as many removed entries.
const ROWS: &str = "
    INSERT INTO objects (key, id, uuid, object_type, author, audience, public, deleted, version, body)
        SELECT substr(sha256(n::text::bytea), 1, 16), n, 'u' || n, 'note', 'author ' || n % 20, '[]',
            n % 2000 <> 0, n % 3 = 0, 1, '{}' FROM generate_series(1, 20000) n;
    INSERT INTO streams (key, name, last)
        SELECT sha256(n::text::bytea), n, 1 FROM generate_series(1, 20000) n;
    INSERT INTO entries (stream, seq, item, class, direct, public) SELECT s.pk, 1, o.pk, 0, false, o.public
        FROM streams s JOIN objects o ON o.id = s.name;
    INSERT INTO audience_streams SELECT o.pk, s.pk FROM streams s JOIN objects o ON o.id = s.name;
    INSERT INTO audience_persons SELECT o.pk, p.pk FROM objects o, objects p
        WHERE o.uuid LIKE 'u%' AND p.id = 'person 1';
    INSERT INTO entries (stream, seq, item, class, direct, public)
        SELECT s.pk, o.pk + 1000, o.pk, CASE o.id::int % 100 WHEN 0 THEN 2 ELSE 1 END, o.id::int % 100 = 1, o.public
        FROM streams s, objects o WHERE s.name = 'inbox person 0' AND o.uuid LIKE 'u%';
    UPDATE streams s SET last = 30000, total = t.total, major = t.major, minor = t.minor,
        minor_direct = t.direct, public_minor_direct = t.direct,
        public = t.public, public_major = t.public_major, public_minor = t.public_minor
        FROM (SELECT stream, count(*) total, count(*) FILTER (WHERE class = 2) major,
            count(*) FILTER (WHERE class = 1) minor, count(*) FILTER (WHERE public) public,
            count(*) FILTER (WHERE direct) direct,
            count(*) FILTER (WHERE public AND class = 2) public_major,
            count(*) FILTER (WHERE public AND class = 1) public_minor
            FROM entries GROUP BY stream) t
        WHERE t.stream = s.pk AND s.name = 'inbox person 0';
    INSERT INTO objects (key, id, uuid, object_type, author, audience, public, deleted, version, body)
        SELECT substr(sha256(('private ' || n)::bytea), 1, 16), 'private ' || n, 'v' || n, 'note', 'someone', '[]',
            false, false, 1, '{}' FROM generate_series(1, 1999) n;
    INSERT INTO entries (stream, seq, item, class, direct, public)
        SELECT s.pk, 2 * substring(o.uuid FROM 2)::int + (CASE WHEN o.public THEN 0 ELSE 1 END), o.pk, 2, false, o.public
        FROM streams s, objects o WHERE s.name = 'inbox person 1'
        AND (o.uuid LIKE 'v%' OR o.uuid LIKE 'u%' AND o.id::int < 2000);
    UPDATE streams SET last = 10000, total = 3998, major = 3998, public = 1999, public_major = 1999
        WHERE name = 'inbox person 1';
    INSERT INTO entries (stream, seq, item, class, direct, public)
        SELECT s.pk, substring(o.uuid FROM 2)::int, o.pk, 0, false, false
        FROM streams s, objects o WHERE s.name = 'inbox person 2' AND o.uuid LIKE 'v%';
    UPDATE streams SET last = 10000, total = 1999 WHERE name = 'inbox person 2';
    INSERT INTO removed (item, stream, seq) SELECT o.pk, s.pk, 1 FROM streams s JOIN objects o ON o.id = s.name;
    INSERT INTO jobs (key, id, queue, payload, due, attempts, version)
        SELECT substr(sha256(n::text::bytea), 1, 16), n, CASE n % 2 WHEN 0 THEN 'q' ELSE 'other' END,
            '{}', n, 0, 1 FROM generate_series(1, 20000) n;
    INSERT INTO codes (digest, purpose, nickname, subject, created, expires, used)
        SELECT n, 'recover', 'n' || n % 3, '', n, n, false FROM generate_series(1, 20000) n;
    ANALYZE";

/// Rows that make the planner expect long streams: all but three are empty.
const STREAM_COUNT: &str = "
    DELETE FROM entries WHERE stream NOT IN
        (SELECT pk FROM streams WHERE name IN ('inbox person 0', 'inbox person 1', 'inbox person 2'));
    ANALYZE";

/// Number of transactions by another node.
const TRANSACTIONS: &str = "
    DO $$ BEGIN FOR n IN 1..3000 LOOP INSERT INTO touched (node) VALUES (0); COMMIT; END LOOP; END $$";

/// How often each thing is done: after five times PostgreSQL makes a plan for good, and may make
/// another.
const TIMES: usize = 8;

/// The most rows, of tables and indexes, that may be read for one piece of work.
const MAX_ROWS_READ: i64 = 1500;

const PERSON: Viewer<'_> = Viewer::Person("person 0");
const VIEWERS: [Viewer<'_>; 3] = [Viewer::Unrestricted, Viewer::Anonymous, PERSON];

/// Something to do with a store.
#[derive(Debug)]
enum Work {
    Pages(Filter, Viewer<'static>),
    Private,
    PrivateHeads,
    Removed,
    Heads(Viewer<'static>),
    Readable(Viewer<'static>),
    Contains,
    Find,
    Leave,
    Commit,
    Look,
    Jobs,
    Codes,
}

impl Work {
    async fn run(&self, store: &Postgres) {
        match self {
            Self::Pages(filter, viewer) => {
                for page in pages(store, &inbox(), "10000", *filter, *viewer).await {
                    assert!(page.total > 0 && !page.items.is_empty());
                }
            }
            Self::Private => {
                let inbox = Stream::Inbox("person 1".into());
                for page in pages(store, &inbox, "1000", Filter::default(), PERSON).await {
                    assert_eq!((page.total, page.items.len()), (1999, 20));
                }
            }
            Self::PrivateHeads => {
                let inboxes = [Stream::Inbox("person 2".into())];
                let heads = store.previews(&inboxes, 4, PERSON).await.unwrap();
                assert_eq!((heads[0].total, heads[0].items.len()), (0, 0));
            }
            Self::Removed => {
                for cursor in [Cursor::Before("n".into()), Cursor::Since("n".into())] {
                    let request = PageRequest {
                        cursor,
                        ..PageRequest::default()
                    };
                    let stream = Stream::Followers("y".into());
                    let page = store.list(&stream, &request, PERSON).await.unwrap();
                    assert_eq!(page.items.len(), 0);
                }
            }
            Self::Heads(viewer) => {
                let likes = Stream::Likes("n".into());
                let streams = [inbox(), Stream::Followers("x".into()), likes];
                let heads = store.previews(&streams, 4, *viewer).await.unwrap();
                assert_eq!(heads[0].items.len(), 4);
            }
            Self::Readable(viewer) => {
                // So many that one look at all audiences may seem cheaper than one for each.
                let ids: Vec<String> = (1..=40).map(|n| (n * 500).to_string()).collect();
                let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
                let readable = store.readable(&ids, *viewer).await.unwrap();
                assert!(readable[0]);
            }
            Self::Contains => {
                let pairs = [(inbox(), "10000"), (Stream::Followers("x".into()), "n")];
                assert_eq!(store.contains(&pairs).await.unwrap(), [true, false]);
            }
            Self::Find => {
                assert!(store.find_objects(&["n", "7"]).await.unwrap()[1].is_some());
                assert!(store.find_object_by_uuid("u7").await.unwrap().is_some());
            }
            Self::Leave => {
                let made = store.list_objects_by("author 1", 20).await.unwrap();
                assert_eq!(made.len(), 20);
                assert!(!store.is_in_other_stream("n", &inbox()).await.unwrap());
                assert!(store.is_in_other_stream("7", &inbox()).await.unwrap());
                assert!(store.list_media_of("7").await.unwrap().is_empty());
            }
            Self::Commit => write(store).await,
            Self::Look => store.sync_changes().await.unwrap(),
            Self::Jobs => {
                let now = chrono::DateTime::from_timestamp(100_000, 0).unwrap();
                let jobs = store.list_due_jobs("q", now, 8).await.unwrap();
                assert_eq!(jobs[0].id, "2");
                let jobs = store.list_due_jobs("none", now, 8).await.unwrap();
                assert!(jobs.is_empty());
                assert!(store.find_job("2").await.unwrap().is_some());
            }
            Self::Codes => {
                let user = Nickname::parse("n1").unwrap();
                let newest = store.find_newest_code(&user, CodePurpose::Recover).await;
                assert_eq!(newest.unwrap().unwrap().digest.expose(), "19999");
                assert!(store.find_code("7").await.unwrap().is_some());
            }
        }
    }
}

/// The newest page of a stream, and those before and after an item.
async fn pages(
    store: &Postgres,
    stream: &Stream,
    item: &str,
    filter: Filter,
    viewer: Viewer<'_>,
) -> Vec<Page> {
    let mut pages = Vec::new();
    for cursor in [
        Cursor::Newest,
        Cursor::Before(item.into()),
        Cursor::Since(item.into()),
    ] {
        let request = PageRequest {
            cursor,
            filter,
            ..PageRequest::default()
        };
        pages.push(store.list(stream, &request, viewer).await.unwrap());
    }
    pages
}

fn inbox() -> Stream {
    Stream::Inbox("person 0".into())
}

/// An operation, and the index that it must use.
fn works() -> Vec<(Work, &'static str)> {
    let mut works = vec![
        (Work::Private, "entries_pkey"),
        (Work::PrivateHeads, "entries_pkey"),
        (Work::Removed, "removed_pkey"),
        (Work::Contains, "entries_item"),
        (Work::Find, "objects_uuid_key"),
        (Work::Find, "objects_key_key"),
        (Work::Find, "objects_pkey"),
        (Work::Leave, "objects_author"),
        (Work::Leave, "entries_item"),
        (Work::Commit, "entries_item"),
        (Work::Look, "touched_pkey"),
        (Work::Jobs, "jobs_due"),
        (Work::Jobs, "jobs_key_key"),
        (Work::Codes, "codes_nickname"),
    ];
    for viewer in VIEWERS {
        works.push((Work::Heads(viewer), "entries_pkey"));
        works.push((Work::Heads(viewer), "streams_thing"));
        works.push((Work::Readable(viewer), "objects_key_key"));
        for (major, direct, index) in [
            (None, false, "entries_pkey"),
            (None, true, "entries_direct"),
            (Some(true), false, "entries_pkey"),
            (Some(false), false, "entries_pkey"),
            (Some(false), true, "entries_direct"),
        ] {
            works.push((Work::Pages(Filter { major, direct }, viewer), index));
        }
    }
    works
}

/// A commit of many kinds of change.
async fn write(store: &Postgres) {
    let followers = Stream::Followers("x".into());
    let likes = Stream::Likes("n".into());
    let changes = vec![
        note("n", vec![AudienceMember::Public]),
        note("n", vec![AudienceMember::Members(followers.clone())]),
        note("m", vec![]),
        push(likes.clone(), "m"),
        Change::RemoveItem {
            stream: likes,
            item: "m".into(),
        },
        Change::Deliver(Delivery {
            activity: "m".into(),
            direct: vec!["person 0".into()],
            persons: vec!["person 1".into()],
            members: vec![followers],
            ..Delivery::default()
        }),
    ];
    store.commit(changes).await.unwrap();
}

#[test]
fn an_answer_takes_few_rows_and_the_right_index() {
    runtime().block_on(async {
        let database = TestDatabase::new().await;
        let store = database.open().await;
        let mut setup = residents(3);
        setup.extend([
            note("n", vec![AudienceMember::Person("person 0".into())]),
            push(inbox(), "n"),
            push(Stream::Followers("y".into()), "n"),
            Change::RemoveItem {
                stream: Stream::Followers("y".into()),
                item: "n".into(),
            },
        ]);
        store.commit(setup).await.unwrap();
        let mut raw = PgConnection::connect_with(&database.options())
            .await
            .unwrap();
        fill(&database, &[TRANSACTIONS, ROWS]).await;
        drop(store);
        end_others(&mut raw).await;

        for (work, index) in works() {
            takes_few_rows(&work, index, &database, &mut raw).await;
        }
        fill(&database, &[STREAM_COUNT]).await;
        end_others(&mut raw).await;
        for (work, index) in works() {
            if !matches!(work, Work::Find | Work::Look | Work::Jobs | Work::Codes) {
                takes_few_rows(&work, index, &database, &mut raw).await;
            }
        }
        raw.close().await.unwrap();
        database.remove().await;
    });
}

/// Nobody has told the planner yet how large the tables are.
#[test]
fn a_young_database_is_written_to_by_index() {
    runtime().block_on(async {
        let database = TestDatabase::new().await;
        let options = database.options();
        let mut raw = PgConnection::connect_with(&options).await.unwrap();
        let store = database.open().await;
        for one in residents(200).chunks(3) {
            store.commit(one.to_vec()).await.unwrap();
        }
        drop(store);
        end_others(&mut raw).await;
        let read = rows_read(&mut raw).await;
        for table in ["accounts", "entries", "objects", "streams"] {
            assert_eq!(
                read.get(table).copied().unwrap_or(0),
                0,
                "{table}: {read:?}"
            );
        }
        raw.close().await.unwrap();
        database.remove().await;
    });
}

/// Does this on another connection, which has told all it did when it has ended.
async fn fill(database: &TestDatabase, all: &[&str]) {
    let connection = PgConnection::connect_with(&database.options()).await;
    let mut connection = connection.unwrap();
    for sql in all {
        let done = sqlx::raw_sql(sql).execute(&mut connection).await;
        done.unwrap();
    }
    connection.close().await.unwrap();
}

/// Asserts that a piece of work takes few rows, and the right index.
async fn takes_few_rows(work: &Work, index: &str, database: &TestDatabase, raw: &mut PgConnection) {
    let reset = sqlx::query("SELECT pg_stat_reset()");
    reset.execute(&mut *raw).await.unwrap();
    let store = database.open().await;
    for _ in 0..TIMES {
        work.run(&store).await;
    }
    drop(store);
    end_others(raw).await;
    let read = rows_read(raw).await;
    let most = MAX_ROWS_READ * i64::try_from(TIMES).unwrap();
    assert!(read.contains_key(index), "{work:?}: {index} in {read:?}");
    assert!(read.values().sum::<i64>() <= most, "{work:?}: {read:?}");
}

/// How many rows were read from each index, and from each table from end to end.
async fn rows_read(raw: &mut PgConnection) -> BTreeMap<String, i64> {
    let rows: Vec<(String, i64)> = sqlx::query_as(
        "SELECT indexrelname::text, idx_tup_read FROM pg_stat_user_indexes WHERE idx_scan > 0 \
         UNION ALL SELECT relname::text, seq_tup_read FROM pg_stat_user_tables WHERE seq_scan > 0",
    )
    .fetch_all(raw)
    .await
    .unwrap();
    rows.into_iter().collect()
}

/// Ends all other connections, which then have told what they did.
async fn end_others(raw: &mut PgConnection) {
    sqlx::query(
        "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity \
         WHERE datname = current_database() AND pid <> pg_backend_pid()",
    )
    .execute(&mut *raw)
    .await
    .unwrap();
    sqlx::query("SELECT pg_stat_clear_snapshot()")
        .execute(raw)
        .await
        .unwrap();
}
