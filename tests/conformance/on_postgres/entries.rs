//! Entries and counts under concurrent commits.

use futures_util::future::join_all;
use hydraulics::{
    model::{AudienceMember, Cursor, PageRequest, Stream, Viewer},
    storage::{Change, Commit, Delivery, Streams},
};

use super::{residents, threads};
use crate::{
    databases::{TestDatabase, runtime},
    on_sqlite::{note, push},
};

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
