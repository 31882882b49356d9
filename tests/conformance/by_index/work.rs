//! The operations that are measured.

use hydraulics::{
    model::{
        AudienceMember, CodePurpose, Cursor, DeliveryState, Filter, Nickname, Page, PageRequest,
        SearchQuery, SearchRequest, SiteRecordKind, Stream, Viewer,
    },
    storage::{
        Change, ChangeTracking, Codes, Commit, Delivery, Files, HostOutcome, Jobs, Objects,
        Remotes, Search, SiteRecords, Streams, postgres::Postgres,
    },
};

use crate::on_sqlite::{note, push};

pub(super) const PERSON: Viewer<'_> = Viewer::Person("person 0");

pub(super) const VIEWERS: [Viewer<'_>; 3] = [Viewer::Unrestricted, Viewer::Anonymous, PERSON];

/// Something to do with a store.
#[derive(Debug)]
pub(super) enum Work {
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
    SiteRecords,
    Codes,
    Lease,
    Waiting,
    Settle,
    Search(&'static str, usize, Viewer<'static>),
}

impl Work {
    pub(super) async fn run(&self, store: &Postgres) {
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
            Self::SiteRecords => {
                let kind = SiteRecordKind::Report;
                let newest = store.list_site_records(kind, None, 8).await.unwrap();
                assert_eq!(newest[0].id, "20000");
                let after = store.list_site_records(kind, Some("10000"), 8).await;
                assert_eq!(after.unwrap()[0].id, "9998");
                assert!(store.find_site_record("7").await.unwrap().is_some());
            }
            Self::Codes => {
                let user = Nickname::parse("n1").unwrap();
                let newest = store.find_newest_code(&user, CodePurpose::Recover).await;
                assert_eq!(newest.unwrap().unwrap().digest.expose(), "19999");
                assert!(store.find_code("7").await.unwrap().is_some());
            }
            Self::Lease => {
                let now = chrono::DateTime::from_timestamp(10, 0).unwrap();
                let leased = store.lease_hosts(now, now, 8, 9, true).await.unwrap();
                let counts: Vec<usize> = leased.iter().map(|one| one.deliveries.len()).collect();
                assert_eq!(counts, [9; 8]);
            }
            Self::Waiting => list_waiting(store).await,
            Self::Settle => settle(store).await,
            Self::Search(text, count, viewer) => {
                let query = SearchQuery::parse(text).unwrap();
                let found = store.search(&SearchRequest::newest(query), *viewer).await;
                assert_eq!(found.unwrap().len(), *count, "{text}");
            }
        }
    }
}

/// The newest page of a stream, and those before and after an item.
pub(super) async fn pages(
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

pub(super) fn inbox() -> Stream {
    Stream::Inbox("person 0".into())
}

/// An operation, and the index that it must use.
pub(super) fn works() -> Vec<(Work, &'static str)> {
    let mut works = vec![
        (Work::Private, "entries_pkey"),
        (Work::PrivateHeads, "entries_pkey"),
        (Work::Removed, "removed_entries_pkey"),
        (Work::Contains, "entries_item"),
        (Work::Find, "objects_uuid_key"),
        (Work::Find, "objects_key_key"),
        (Work::Find, "objects_pkey"),
        (Work::Leave, "objects_author"),
        (Work::Leave, "entries_item"),
        (Work::Commit, "entries_item"),
        (Work::Look, "invalidations_pkey"),
        (Work::Jobs, "jobs_due"),
        (Work::Jobs, "jobs_key_key"),
        (Work::SiteRecords, "site_records_created"),
        (Work::SiteRecords, "site_records_key_key"),
        (Work::Codes, "codes_nickname"),
        (Work::Lease, "outgoing_host"),
        (Work::Waiting, "outgoing_host"),
        (Work::Waiting, "outgoing_activity_destination_key"),
        (Work::Settle, "outgoing_pkey"),
        (Work::Settle, "remote_accounts_pkey"),
    ];
    for viewer in VIEWERS {
        works.push((Work::Heads(viewer), "entries_pkey"));
        works.push((Work::Heads(viewer), "streams_thing"));
        works.push((Work::Readable(viewer), "objects_key_key"));
        for (text, count) in [("common", 20), ("seldom", 4), ("never", 0)] {
            let search = Work::Search(text, count, viewer);
            works.push((search, "search_documents_document"));
        }
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
pub(super) async fn write(store: &Postgres) {
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

/// Reads of what waits for other hosts.
async fn list_waiting(store: &Postgres) {
    let hosts = store.list_waiting_hosts("h1", 4).await.unwrap();
    assert_eq!((hosts.len(), hosts[0].waiting), (4, 100));
    let waiting = store.list_outgoing_of("7", 9).await.unwrap();
    assert_eq!(waiting[0].account.id, "8");
    let found = store.find_remote_accounts(&["7", "none"]).await.unwrap();
    assert_eq!(found[0].as_ref().unwrap().host, "h7");
    let found = store.find_actors(&["https://h7/7", "none"]).await.unwrap();
    assert_eq!(found, [None, None]);
}

/// A commit of what came of a lease, and of more for other hosts.
async fn settle(store: &Postgres) {
    let outcome = HostOutcome {
        lease: None,
        host: "h9".into(),
        done: vec![1, 2, 3],
        state: DeliveryState::default(),
        is_last: true,
    };
    let delivery = Delivery {
        activity: "m".into(),
        persons: vec!["7".into(), "8".into()],
        members: vec![Stream::Followers("x".into())],
        ..Delivery::default()
    };
    let changes = vec![Change::SettleHost(outcome), Change::Deliver(delivery)];
    store.commit(changes).await.unwrap();
    assert_eq!(store.list_outgoing_of("m", 9).await.unwrap().len(), 2);
}
