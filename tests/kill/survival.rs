//! Acknowledged posts survive a kill completely.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex},
};

use axum::body::Body;
use serde_json::{Value, json};
use tokio::sync::mpsc;

use crate::{person::Person, process::create_database, request::Request, server::Server};

/// Number of clients that post at once.
const POSTERS: usize = 8;

/// After how many answers the server is killed, round by round.
const ROUNDS: [usize; 3] = [40, 75, 110];

fn ids(items: &[Value]) -> BTreeSet<String> {
    items
        .iter()
        .map(|item| item["id"].as_str().expect("an id").to_owned())
        .collect()
}

/// Posts notes and comments, as many at once as there are posters, while someone else likes each
/// note that was answered, and kills the server after `target` answers. Returns the ids of the
/// activities that were answered.
async fn post_until_killed(
    server: &mut Server,
    alice: &Person,
    fan: &Person,
    note: &Value,
    target: usize,
) -> BTreeSet<String> {
    let (answered, mut answers) = mpsc::unbounded_channel();
    let (liked, mut likable) = mpsc::unbounded_channel::<Value>();
    let fan = fan.clone();
    let fan = tokio::spawn(async move {
        while let Some(note) = likable.recv().await {
            let like = json!({ "verb": "favorite", "object": note });
            if fan.post(&like).await.is_none() {
                break;
            }
        }
    });
    let ids = Arc::new(Mutex::new(BTreeSet::new()));
    let posters = (0..POSTERS).map(|poster| {
        let (alice, parent) = (alice.clone(), note["id"].clone());
        let (answered, liked, ids) = (answered.clone(), liked.clone(), ids.clone());
        tokio::spawn(async move {
            for number in 0.. {
                let object = if (poster + number) % 3 == 0 {
                    let parent = json!({ "objectType": "note", "id": parent });
                    json!({ "objectType": "comment", "content": "c", "inReplyTo": parent })
                } else {
                    let content = format!("note {number} of {poster}");
                    json!({ "objectType": "note", "content": content })
                };
                let Some(activity) = alice.post(&json!({ "object": object })).await else {
                    break;
                };
                let id = activity["id"].as_str().expect("an id").to_owned();
                ids.lock().expect("a set").insert(id);
                let object = &activity["object"];
                if object["objectType"] == "note" {
                    // Nobody likes any more when the server is gone.
                    let _ = liked.send(json!({ "objectType": "note", "id": object["id"] }));
                }
                if answered.send(()).is_err() {
                    break;
                }
            }
        })
    });
    let posters: Vec<_> = posters.collect();
    for _ in 0..target {
        answers.recv().await.expect("posts are answered");
    }
    server.kill();
    for poster in posters {
        poster.await.expect("a poster ends when its server does");
    }
    drop(liked);
    fan.await.expect("a fan ends when there is nothing to like");
    Arc::try_unwrap(ids)
        .expect("all posters ended")
        .into_inner()
        .expect("a set")
}

/// Kills the server again and again, and looks at what is left each time.
async fn acknowledged_posts_survive_a_kill_completely(mut server: Server) {
    server.start();
    let (alice, bob) = (Person::new("alice", &server), Person::new("bob", &server));
    let me = alice.get("/api/user/alice/profile").await;
    bob.post(&json!({ "verb": "follow", "object": { "objectType": "person", "id": me["id"] } }))
        .await
        .expect("a follow");
    let note = alice
        .post(&json!({ "object": { "objectType": "note", "content": "first" } }))
        .await
        .expect("a note")["object"]
        .take();
    let mut answered = BTreeSet::new();
    for target in ROUNDS {
        let seen = alice.signed(Request::get("/api/user/alice/profile"));
        let again = again(&seen);
        assert_eq!(alice.send(seen).await.expect("an answer").0, 200);

        answered.extend(post_until_killed(&mut server, &alice, &bob, &note, target).await);
        server.start();

        assert_eq!(
            alice.send(again).await.expect("an answer").0,
            401,
            "a nonce is not forgotten"
        );
        let posts = |items: Vec<Value>| {
            items
                .into_iter()
                .filter(|item| item["verb"] == "post")
                .collect::<Vec<_>>()
        };
        let outbox = posts(alice.all("/api/user/alice/feed").await);
        let there = ids(&outbox);
        assert!(
            answered.is_subset(&there),
            "lost: {:?}",
            answered.difference(&there).collect::<Vec<_>>()
        );
        assert_eq!(
            ids(&posts(alice.all("/api/user/alice/inbox").await)),
            there,
            "alice's own inbox"
        );
        assert_eq!(
            ids(&posts(bob.all("/api/user/bob/inbox").await)),
            there,
            "the inbox of her follower"
        );
        for activity in &outbox {
            assert!(
                activity["object"]["content"].is_string(),
                "an activity without its object: {activity}"
            );
        }
        let comments = outbox
            .iter()
            .filter(|activity| activity["object"]["objectType"] == "comment")
            .count();
        let replies = alice
            .all(&format!("{}/replies", note["id"].as_str().expect("an id")))
            .await;
        assert_eq!(
            replies.len(),
            comments,
            "each comment is among the replies, and no other"
        );
        let shown = alice.get(note["id"].as_str().expect("an id")).await;
        assert_eq!(
            shown["replies"]["totalItems"].as_u64(),
            Some(comments as u64)
        );
        likes_agree(&alice, &bob, &outbox).await;
        classes_agree(&alice).await;
        classes_agree(&bob).await;
    }
    assert!(answered.len() >= ROUNDS.iter().sum());
}

/// A note is among what someone likes just when that person is among those who like the note, and
/// it is counted so.
async fn likes_agree(author: &Person, fan: &Person, outbox: &[Value]) {
    let favorites = ids(&fan.all(&format!("/api/user/{}/favorites", fan.name)).await);
    let mut liked = BTreeSet::new();
    for note in outbox.iter().map(|activity| &activity["object"]) {
        let count = note["likes"]["totalItems"].as_u64().unwrap_or_default();
        let id = note["id"].as_str().expect("an id");
        assert_eq!(
            count,
            u64::from(favorites.contains(id)),
            "the likes of {id} and the favorites"
        );
        if count > 0 {
            liked.insert(id.to_owned());
        }
    }
    assert!(!liked.is_empty(), "something was liked");
    assert_eq!(liked, favorites, "what has likes, and the favorites");
    let shown = liked.first().expect("one that is liked");
    assert_eq!(author.all(&format!("{shown}/likes")).await.len(), 1);
}

/// Every inbox entry has a class, and the counters of the classes are right.
async fn classes_agree(person: &Person) {
    let inbox = format!("/api/user/{}/inbox", person.name);
    let mut classes = BTreeSet::new();
    for class in ["major", "minor"] {
        let filed = ids(&person.all(&format!("{inbox}/{class}")).await);
        let direct = ids(&person.all(&format!("{inbox}/direct/{class}")).await);
        assert!(direct.is_subset(&filed), "direct {class}");
        assert!(classes.is_disjoint(&filed), "major or minor, not both");
        classes.extend(filed);
    }
    assert_eq!(classes, ids(&person.all(&inbox).await), "all of {inbox}");
    person.all(&format!("{inbox}/direct")).await;
}

/// The same request with the same signature.
fn again(request: &axum::http::Request<Body>) -> axum::http::Request<Body> {
    let mut again = axum::http::Request::builder()
        .method(request.method())
        .uri(request.uri());
    for (name, value) in request.headers() {
        again = again.header(name, value);
    }
    again.body(Body::empty()).expect("a request")
}

#[tokio::test]
async fn on_sqlite() {
    acknowledged_posts_survive_a_kill_completely(Server::new(None)).await;
}

#[tokio::test]
async fn on_postgres() {
    let database = create_database("kill").await;
    acknowledged_posts_survive_a_kill_completely(Server::new(Some(database))).await;
}
