//! Silenced persons: followers hear them, and nobody else.

use hydraulics::model::Standing;
use serde_json::json;

use super::limit;
use crate::support::{TestServer, addressed, comment_on, everyone, path};

on_every_backend!(followers_alone_hear_a_silenced_person);

async fn followers_alone_hear_a_silenced_person(server: TestServer) {
    let [alice, bob, mallory] = server.people(["alice", "bob", "mallory"]).await;
    alice.follow(&mallory).await;
    let note = bob.note("hello", everyone()).await;
    limit(&server, "mallory", Standing::Silenced).await;
    let to = json!({ "to": [bob.person(), alice.person()], "cc": [mallory.followers()] });
    let loud = mallory.note("to both", to).await;
    let answer = addressed(comment_on(&note, "an answer"), &everyone());
    mallory.done(&answer).await;

    let heard = alice.get("/api/user/alice/inbox").await.text();
    assert!(heard.contains("to both") && heard.contains("an answer"));
    let missed = bob.get("/api/user/bob/inbox?count=200").await.text();
    assert!(!missed.contains("to both"), "{missed}");
    assert!(!missed.contains("answer\",\"verb"), "{missed}");
    let verbs = bob.verbs("inbox").await;
    let posts = verbs.iter().filter(|verb| *verb == "post").count();
    assert_eq!(posts, 2, "the welcome, and what bob posted: {verbs:?}");
    // Addressees may read it at its address.
    bob.get(path(&loud["id"])).await.is(200);
    bob.get("/api/user/mallory/profile").await.is(200);
    mallory.get("/api/user/mallory/inbox").await.is(200);

    limit(&server, "mallory", Standing::Good).await;
    let to = json!({ "to": [bob.person()] });
    mallory.note("again", to).await;
    assert!(
        bob.get("/api/user/bob/inbox")
            .await
            .text()
            .contains("again")
    );
}
