//! Promises of PostgreSQL only: several nodes on one database, and reads that use indexes.

use futures_util::future::join_all;
use hydraulics::{
    model::{
        Account, AudienceMember, Client, ClientKind, Cursor, Nickname, Nonce,
        NotificationPreferences, PageRequest, Secret, Stream, Viewer,
    },
    storage::{
        Change, ChangeNotification, Changes, Commit, CredentialVersioning, Credentials, Delivery,
        Expect, Objects, Storage, StorageError, Streams, Subscription, postgres::Postgres,
    },
};
use sqlx::{Connection, PgConnection};

use crate::{
    databases::{TestDatabase, runtime},
    on_sqlite::{note, push},
};

/// A runtime where nodes really run at the same time.
fn threads() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(4)
        .enable_all()
        .build()
        .unwrap()
}

fn nonce(text: &str) -> Nonce<'_> {
    Nonce {
        client: "c",
        token: "",
        timestamp: 1,
        nonce: text,
    }
}

/// Clients that are numbered.
fn clients(count: usize) -> Changes {
    let client = |number: usize| Client {
        id: number.to_string(),
        secret: Secret::new("s"),
        kind: ClientKind::Native,
        name: None,
        description: None,
        logo_url: None,
        contacts: Vec::new(),
        redirect_uris: Vec::new(),
        created: chrono::DateTime::default(),
        updated: chrono::DateTime::default(),
        unused_since: None,
    };
    (0..count).map(client).map(Change::PutClient).collect()
}

pub(crate) fn residents(count: usize) -> Changes {
    let mut changes = Vec::new();
    for number in 0..count {
        let person = format!("person {number}");
        changes.push(note(&person, vec![]));
        changes.push(Change::PutAccount {
            account: Account {
                nickname: Nickname::parse(&format!("n{number}")).unwrap(),
                person: person.clone(),
                password: None,
                email: None,
                unconfirmed_email: None,
                notifications: NotificationPreferences::default(),
                published: chrono::DateTime::default(),
                updated: chrono::DateTime::default(),
                version: 0,
                extra: serde_json::Map::new(),
            },
            expect: Expect::Absent,
        });
        changes.push(push(Stream::Followers("x".into()), &person));
    }
    changes
}

#[test]
fn nodes_that_start_at_once_share_one_database() {
    threads().block_on(async {
        let database = TestDatabase::new().await;
        let nodes =
            join_all((0..4).map(|_| tokio::spawn(Postgres::open(database.options())))).await;
        let nodes: Vec<Postgres> = nodes.into_iter().map(|n| n.unwrap().unwrap()).collect();
        nodes[0].commit(vec![note("n", vec![])]).await.unwrap();
        assert!(nodes[3].find_objects(&["n"]).await.unwrap()[0].is_some());
        for round in 0..10 {
            let round = round.to_string();
            let nonce = nonce(&round);
            let uses = join_all(nodes.iter().map(|node| node.use_nonce(&nonce))).await;
            let new = uses
                .into_iter()
                .filter(|new| *new.as_ref().unwrap())
                .count();
            assert_eq!(new, 1, "a nonce is new to one node only");
        }
        drop(nodes);
        let later = database.open().await;
        assert!(
            !later.use_nonce(&nonce("0")).await.unwrap(),
            "and to none that comes later"
        );
        database.remove().await;
    });
}

#[test]
fn concurrent_nonces_on_two_nodes_do_not_deadlock() {
    threads().block_on(async {
        let database = TestDatabase::new().await;
        let nodes = [database.open().await, database.open().await];
        let texts: Vec<String> = (0..500).map(|number| number.to_string()).collect();
        // Each comes with the others in another order.
        let forth = texts.iter().map(|text| (&nodes[0], nonce(text)));
        let back = texts.iter().rev().map(|text| (&nodes[1], nonce(text)));
        let uses = forth.chain(back);
        let uses = join_all(uses.map(|(node, nonce)| async move { node.use_nonce(&nonce).await }));
        let uses = uses.await.into_iter();
        assert_eq!(uses.filter(|new| *new.as_ref().unwrap()).count(), 500);
        database.remove().await;
    });
}

#[test]
fn a_nonce_is_taken_after_the_connection_for_them_was_lost() {
    runtime().block_on(async {
        let database = TestDatabase::new().await;
        let store = database.open().await;
        assert!(store.use_nonce(&nonce("1")).await.unwrap());
        let mut other = PgConnection::connect_with(&database.options())
            .await
            .unwrap();
        let killed = sqlx::query(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity \
             WHERE datname = current_database() AND query LIKE 'INSERT INTO nonces%'",
        );
        assert_eq!(killed.execute(&mut other).await.unwrap().rows_affected(), 1);
        assert!(store.use_nonce(&nonce("2")).await.unwrap());
        assert!(!store.use_nonce(&nonce("1")).await.unwrap());
        other.close().await.unwrap();
        database.remove().await;
    });
}

#[test]
fn remote_credential_changes_are_seen_after_refresh() {
    threads().block_on(async {
        let database = TestDatabase::new().await;
        let (here, there) = (database.open().await, database.open().await);
        let mut raw = PgConnection::connect_with(&database.options())
            .await
            .unwrap();
        here.commit(clients(2)).await.unwrap();
        there.refresh_credential_version().await.unwrap();
        let before = there.credential_version();
        here.commit(vec![Change::RemoveClient("0".into())])
            .await
            .unwrap();
        assert_eq!(there.credential_version(), before);
        there.refresh_credential_version().await.unwrap();
        let after = there.credential_version();
        assert!(after > before);

        // What is new is not counted, nor what fails, so that nothing is read again in vain.
        here.commit(clients(2)).await.unwrap();
        let nothing = vec![Change::RemoveClient("2".into())];
        here.commit(nothing).await.unwrap_err();
        there.refresh_credential_version().await.unwrap();
        let clients = here.credential_version();
        // One of the two was there.
        let seen = there.credential_version();
        assert!(
            seen > after && seen == clients,
            "{after:?} {seen:?} {clients:?}"
        );

        sqlx::query("DELETE FROM clients WHERE id = '1'")
            .execute(&mut raw)
            .await
            .unwrap();
        there.refresh_credential_version().await.unwrap();
        assert!(there.credential_version() > seen);
        raw.close().await.unwrap();
        database.remove().await;
    });
}

#[test]
fn nodes_that_change_credentials_at_once_are_all_counted() {
    threads().block_on(async {
        let database = TestDatabase::new().await;
        let nodes = [database.open().await, database.open().await];
        nodes[0].commit(clients(40)).await.unwrap();
        let tasks = (0..40).map(|number| {
            let node = nodes[number % 2].clone();
            tokio::spawn(async move {
                let before = node.credential_version();
                let removal = vec![Change::RemoveClient(number.to_string())];
                node.commit(removal).await.unwrap();
                assert!(node.credential_version() > before);
            })
        });
        for task in join_all(tasks).await {
            task.unwrap();
        }
        let mut epochs = Vec::new();
        for node in nodes {
            node.refresh_credential_version().await.unwrap();
            epochs.push(node.credential_version());
        }
        // 32 rows that begin at 1, and 40 removals.
        assert_eq!(epochs, [Some(72), Some(72)]);
        database.remove().await;
    });
}

#[test]
fn polling_since_misses_no_entry() {
    threads().block_on(async {
        let database = TestDatabase::new().await;
        let (one, two) = (database.open().await, database.open().await);
        let inbox = Stream::Inbox("person 0".into());
        let mut changes = residents(3);
        changes.extend([note("first", vec![]), push(inbox.clone(), "first")]);
        one.commit(changes).await.unwrap();
        let writers: Vec<_> = (0..8)
            .map(|writer| {
                let node = if writer % 2 == 0 {
                    one.clone()
                } else {
                    two.clone()
                };
                tokio::spawn(async move {
                    for number in 0..20 {
                        let id = format!("{writer} {number}");
                        // Streams in different orders, and work after the entry was numbered.
                        let mut changes = vec![
                            note(&id, vec![AudienceMember::Public]),
                            push(Stream::Outbox(format!("person {}", writer % 3)), &id),
                            Change::Deliver(Delivery {
                                activity: id.clone(),
                                members: vec![Stream::Followers("x".into())],
                                ..Delivery::default()
                            }),
                        ];
                        changes.extend((0..writer).map(|n| note(&format!("{id} {n}"), vec![])));
                        node.commit(changes).await.unwrap();
                    }
                })
            })
            .collect();
        let mut last = String::from("first");
        let mut seen = 0;
        while seen < 160 {
            let ended = writers.iter().all(tokio::task::JoinHandle::is_finished);
            let since = PageRequest {
                count: 7,
                cursor: Cursor::Since(last.clone()),
                ..PageRequest::default()
            };
            let page = one
                .list(&inbox, &since, Viewer::Unrestricted)
                .await
                .unwrap();
            seen += page.items.len();
            match page.items.first() {
                Some(newest) => last.clone_from(&newest.id),
                None => assert!(!ended, "only {seen} of 160 were seen"),
            }
        }
        for writer in writers {
            writer.await.unwrap();
        }
        database.remove().await;
    });
}

#[test]
fn counts_survive_concurrent_deliveries_and_audience_changes() {
    threads().block_on(async {
        let database = TestDatabase::new().await;
        let nodes = [database.open().await, database.open().await];
        nodes[0].commit(residents(20)).await.unwrap();
        nodes[0].commit(vec![note("flip", vec![])]).await.unwrap();
        let tasks = (0..8).map(|task| {
            let node = nodes[task % 2].clone();
            tokio::spawn(async move {
                for number in 0..10 {
                    let audience = if number % 2 == 0 {
                        vec![AudienceMember::Public]
                    } else {
                        vec![]
                    };
                    let id = format!("{task} {number}");
                    let members = vec![Stream::Followers("x".into())];
                    let deliver = |activity: &str| {
                        Change::Deliver(Delivery {
                            activity: activity.into(),
                            major: true,
                            members: members.clone(),
                            direct: vec![format!("person {task}")],
                            ..Delivery::default()
                        })
                    };
                    let flip = vec![note("flip", audience.clone()), deliver("flip")];
                    node.commit(flip).await.unwrap();
                    let post = vec![note(&id, audience), deliver(&id)];
                    node.commit(post).await.unwrap();
                    let like = Stream::Likes(format!("thing {}", number % 3));
                    node.commit(vec![push(like, &id)]).await.unwrap();
                }
            })
        });
        for task in join_all(tasks).await {
            task.unwrap();
        }
        let mut streams: Vec<Stream> = (0..20)
            .map(|number| Stream::Inbox(format!("person {number}")))
            .collect();
        streams.extend((0..3).map(|number| Stream::Likes(format!("thing {number}"))));
        for viewer in [Viewer::Unrestricted, Viewer::Anonymous] {
            for head in nodes[1].previews(&streams, 200, viewer).await.unwrap() {
                assert_eq!(
                    head.total,
                    head.items.len() as u64,
                    "counted and listed, {viewer:?}"
                );
            }
        }
        database.remove().await;
    });
}

#[test]
fn counts_include_entries_of_other_nodes() {
    runtime().block_on(async {
        let database = TestDatabase::new().await;
        let nodes = [database.open().await, database.open().await];
        let outbox = Stream::Outbox("alice".into());
        let followers = Stream::Followers("alice".into());
        let for_followers = |id: &str| note(id, vec![AudienceMember::Members(followers.clone())]);
        let pull = |stream: &Stream, item: &str| Change::RemoveItem {
            stream: stream.clone(),
            item: item.into(),
        };
        let mut changes = vec![note("bob", vec![]), note("carol", vec![])];
        changes.push(push(followers.clone(), "bob"));
        for number in 0..600 {
            let id = number.to_string();
            changes.extend([for_followers(&id), push(outbox.clone(), &id)]);
        }
        nodes[0].commit(changes).await.unwrap();
        for (change, bob, carol) in [
            (vec![], 600, 0),
            (
                vec![for_followers("new"), push(outbox.clone(), "new")],
                601,
                0,
            ),
            (vec![pull(&outbox, "7")], 600, 0),
            (vec![push(followers.clone(), "carol")], 600, 600),
            (vec![pull(&followers, "bob")], 0, 600),
            (vec![note("8", vec![])], 0, 599),
        ] {
            nodes[0].commit(change).await.unwrap();
            for node in nodes.iter().rev() {
                for (person, wanted) in [("bob", bob), ("carol", carol)] {
                    let request = PageRequest::default();
                    let viewer = Viewer::Person(person);
                    let page = node.list(&outbox, &request, viewer).await.unwrap();
                    assert_eq!(page.total, wanted, "{person}");
                }
            }
        }
        database.remove().await;
    });
}

#[test]
fn text_that_postgres_cannot_hold_is_an_error() {
    runtime().block_on(async {
        let database = TestDatabase::new().await;
        let store = database.open().await;
        let refused = store.commit(vec![note("a\0b", vec![])]).await;
        assert!(
            matches!(refused, Err(StorageError::Backend(_))),
            "{refused:?}"
        );
        store.commit(vec![note("ab", vec![])]).await.unwrap();
        database.remove().await;
    });
}

/// Rejects objects of sessions with wrong settings, with an error of its own for each name, and
/// objects named 'locked' with a lock timeout.
const GUARD: &str = "
    CREATE FUNCTION guard() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        IF NEW.id = 'locked' THEN
            RAISE EXCEPTION USING ERRCODE = '55P03';
        END IF;
        IF concat_ws(' ', current_setting('synchronous_commit'), current_setting('lock_timeout'),
            current_setting('idle_in_transaction_session_timeout')) <> NEW.id
        THEN
            RAISE EXCEPTION 'not set';
        END IF;
        RETURN NEW;
    END $$;
    CREATE TRIGGER guard BEFORE INSERT ON objects FOR EACH ROW EXECUTE FUNCTION guard();";

#[test]
fn commits_reach_the_disk_and_locks_are_not_waited_for_for_ever() {
    runtime().block_on(async {
        let database = TestDatabase::new().await;
        database.open().await;
        let mut raw = PgConnection::connect_with(&database.options())
            .await
            .unwrap();
        sqlx::raw_sql(GUARD).execute(&mut raw).await.unwrap();
        for (given, wanted) in [("off", "on"), ("on", "on"), ("local", "local")] {
            let options = database.options().options([("synchronous_commit", given)]);
            let store = Postgres::open(options).await.unwrap();
            let id = format!("{wanted} 10s 30s");
            store.commit(vec![note(&id, vec![])]).await.unwrap();
            // A nonce does not wait for the disk; what comes after it does.
            assert!(store.use_nonce(&nonce(given)).await.unwrap());
            store.commit(vec![note(&id, vec![])]).await.unwrap();
            let late = store.commit(vec![note("locked", vec![])]).await;
            assert!(
                matches!(late, Err(StorageError::Unavailable(_))),
                "{late:?}"
            );
        }
        raw.close().await.unwrap();
        database.remove().await;
    });
}

/// The next news within reason.
async fn next(news: &mut Subscription) -> ChangeNotification {
    let next = tokio::time::timeout(std::time::Duration::from_secs(20), news.next()).await;
    next.unwrap().unwrap()
}

#[test]
fn notifications_resume_after_connection_loss() {
    threads().block_on(async {
        let database = TestDatabase::new().await;
        let (here, there) = (database.open().await, database.open().await);
        let mut news = there.subscribe();
        // From now on it is heard.
        assert_eq!(next(&mut news).await, ChangeNotification::Resync);
        let stream = Stream::Outbox("x".into());
        let changes = |item: &str| vec![note(item, vec![]), push(stream.clone(), item)];
        let told = ChangeNotification::Added {
            streams: vec![stream.clone()],
            delivered: vec![],
        };
        here.commit(changes("one")).await.unwrap();
        assert_eq!(next(&mut news).await, told);

        let mut other = PgConnection::connect_with(&database.options())
            .await
            .unwrap();
        let killed = sqlx::query(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
             WHERE datname = current_database() AND query LIKE 'LISTEN%'",
        );
        assert_eq!(killed.execute(&mut other).await.unwrap().rows_affected(), 1);
        assert_eq!(next(&mut news).await, ChangeNotification::Resync);
        here.commit(changes("two")).await.unwrap();
        assert_eq!(next(&mut news).await, told);

        // What is told last is told before a node closes.
        here.commit(changes("three")).await.unwrap();
        here.close().await;
        assert_eq!(next(&mut news).await, told);
        there.close().await;
        other.close().await.unwrap();
        database.remove().await;
    });
}

#[test]
fn a_delivery_to_many_is_told_in_few_words() {
    threads().block_on(async {
        let database = TestDatabase::new().await;
        let node = database.open().await;
        node.commit(residents(500)).await.unwrap();
        let mut news = node.subscribe();
        assert_eq!(next(&mut news).await, ChangeNotification::Resync);
        let delivery = Delivery {
            activity: "a".into(),
            members: vec![Stream::Followers("x".into())],
            ..Delivery::default()
        };
        let changes = vec![note("a", vec![]), Change::Deliver(delivery)];
        node.commit(changes).await.unwrap();
        let told = ChangeNotification::Added {
            streams: vec![],
            delivered: vec!["a".into()],
        };
        // What made the persons may be told late.
        while next(&mut news).await != told {}
        node.close().await;
        database.remove().await;
    });
}
