//! Third servers that take their time.

use std::sync::Arc;

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
    is_asked: Arc<Notify>,
    may_answer: Arc<Semaphore>,
}

#[async_trait]
impl Transport for Slow {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Incoming>, TransportError> {
        self.is_asked.notify_one();
        let _permit = self.may_answer.acquire().await.unwrap();
        self.web.send(request).await
    }
}

async fn activity_is_stored_though_its_sender_does_not_wait(server: TestServer) {
    let slow = Slow {
        web: Web::default(),
        is_asked: Arc::default(),
        may_answer: Arc::new(Semaphore::new(0)),
    };
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
