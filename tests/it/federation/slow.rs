//! Third servers that take their time.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use async_trait::async_trait;
use bytes::Bytes;
use http::{Request, Response};
use hydraulics::app::{Incoming, Transport, TransportError};
use serde_json::json;
use tokio::{
    sync::{Notify, Semaphore},
    task::yield_now,
};

use super::{peer::Peer, web::Web};
use crate::support::{Backend, TestServer, addressed, public};

on_every_backend!(activity_is_stored_though_its_sender_does_not_wait,);

/// Servers that answer when they may.
#[derive(Clone)]
struct Slow {
    web: Web,
    asked: Arc<AtomicUsize>,
    is_asked: Arc<Notify>,
    may_answer: Arc<Semaphore>,
}

impl Default for Slow {
    fn default() -> Self {
        Self {
            web: Web::default(),
            asked: Arc::default(),
            is_asked: Arc::default(),
            may_answer: Arc::new(Semaphore::new(0)),
        }
    }
}

#[async_trait]
impl Transport for Slow {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Incoming>, TransportError> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        self.is_asked.notify_one();
        let _permit = self.may_answer.acquire().await.unwrap();
        self.web.send(request).await
    }
}

async fn activity_is_stored_though_its_sender_does_not_wait(server: TestServer) {
    let slow = Slow::default();
    let server = server.connected_to(slow.clone());
    let alice = server.person("alice").await;
    let zed = Peer::person(&server, "zed").await;
    let tom = Peer::at(&server, "tom", "third.example").await;
    let to = json!({ "to": [public(), alice.person()] });
    let comment = zed.comment("c", &tom.note("1"));
    let comment = addressed(zed.activity("c", "post", &comment), &to);
    let delivery = tokio::spawn({
        let (zed, alice, comment) = (zed.clone(), alice.clone(), comment.clone());
        async move { zed.deliver(&alice, &comment).await }
    });
    slow.is_asked.notified().await;
    delivery.abort();
    assert!(delivery.await.unwrap_err().is_cancelled());
    slow.may_answer.add_permits(100);
    let id = comment["id"].as_str().unwrap().to_owned();
    for _ in 0..1000 {
        if alice.ids("inbox").await.contains(&id) {
            return;
        }
        yield_now().await;
    }
    panic!("it was not stored");
}

#[tokio::test]
async fn deliveries_of_one_person_without_end_are_refused() {
    let server = TestServer::on(Backend::Memory).await;
    let alice = server.person("alice").await;
    let zed = Peer::person(&server, "zed").await;
    let nothing = json!({});
    let mut answer = zed.deliver(&alice, &nothing).await;
    for _ in 0..2000 {
        assert_eq!(answer.status, 400);
        answer = zed.deliver(&alice, &nothing).await;
    }
    assert_eq!(answer.status, 429);
    assert_eq!(answer.headers["retry-after"], "1");
    server.clock.advance(1);
    zed.deliver(&alice, &nothing).await.refused(400);
}

#[tokio::test]
async fn large_writes_that_wait_for_servers_keep_no_others() {
    let slow = Slow::default();
    let server = TestServer::on(Backend::Memory)
        .await
        .connected_to(slow.clone());
    let people = server.people(["alice", "bob", "carol", "dave", "erin", "frank"]);
    let people = people.await;
    let large = |parent| {
        let note = json!({ "objectType": "note", "content": "x".repeat(20_000) });
        let mut activity = json!({ "verb": "post", "object": note });
        if let Some(parent) = parent {
            let parent = format!("https://h{parent}.example/api/note/1");
            activity["object"]["inReplyTo"] = json!({ "objectType": "note", "id": parent });
        }
        activity
    };
    let waiting: Vec<_> = (0..6)
        .map(|number| {
            let (person, comment) = (people[number].clone(), large(Some(number)));
            tokio::spawn(async move { person.done(&comment).await })
        })
        .collect();
    while slow.asked.load(Ordering::SeqCst) < 6 {
        yield_now().await;
    }
    people[0].done(&large(None)).await;
    assert!(waiting.iter().all(|write| !write.is_finished()));
    slow.may_answer.add_permits(1000);
    for write in waiting {
        write.await.unwrap();
    }
}
