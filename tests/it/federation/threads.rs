//! Conversations that several servers take part in.

use hydraulics::service::{background::DeliveryWorker, queue};
use serde_json::{Value, json};

use super::peer::{Peer, waiting};
use crate::support::{Session, TestServer, addressed, public};

on_every_backend!(
    comment_on_ours_goes_on_to_its_audience,
    likes_and_shares_go_on_to_other_hosts,
    private_conversation_stays_private,
    comment_on_a_deleted_note_is_kept,
);

/// A post that is followed from three hosts.
async fn followed(server: &TestServer, recipients: Value) -> ([Session; 2], [Peer; 3], Value) {
    let [alice, bob] = server.people(["alice", "bob"]).await;
    bob.follow(&alice).await;
    let zed = Peer::person(server, "zed").await;
    let yan = Peer::person(server, "yan").await;
    let tom = Peer::at(server, "tom", "third.example").await;
    for peer in [&zed, &yan, &tom] {
        peer.follow("f", &alice).await;
    }
    let post = json!({ "object": { "objectType": "note", "content": "x" } });
    let posted = alice.done(&addressed(post, &recipients)).await;
    ([alice, bob], [zed, yan, tom], posted)
}

async fn pass_on(server: &TestServer) {
    queue::run_until_idle(&server.ctx(), &DeliveryWorker)
        .await
        .unwrap();
}

async fn comment_on_ours_goes_on_to_its_audience(server: TestServer) {
    let to = json!({ "to": [public()] });
    let ([alice, bob], [zed, yan, tom], posted) = Box::pin(followed(&server, to.clone())).await;
    assert_eq!(
        waiting(&server, &posted).await,
        [tom.id(), yan.id(), zed.id()]
    );
    let comment = zed.activity("c", "post", &zed.comment("c", &posted["object"]));
    let comment = addressed(comment, &to);
    zed.deliver(&alice, &comment).await.ok();
    // Its own host has sent it to its own people.
    assert_eq!(waiting(&server, &comment).await, [tom.id()]);
    let id = comment["id"].as_str().unwrap().to_owned();
    assert!(bob.ids("inbox").await.contains(&id));
    let note = bob.get(posted["object"]["id"].as_str().unwrap()).await.ok();
    assert_eq!(note["replies"]["items"][0]["content"], "c");
    assert_eq!(note["replies"]["items"][0]["author"]["displayName"], "zed");
    let gone = zed.activity("d", "delete", &comment["object"]);
    zed.deliver(&alice, &addressed(gone.clone(), &to))
        .await
        .ok();
    assert_eq!(waiting(&server, &gone).await, [tom.id()]);
    let note = bob.get(posted["object"]["id"].as_str().unwrap()).await.ok();
    assert_eq!(note["replies"]["totalItems"], 0);
}

async fn likes_and_shares_go_on_to_other_hosts(server: TestServer) {
    for (round, (cc, verb)) in [
        (false, "like"),
        (true, "like"),
        (false, "share"),
        (true, "unlike"),
    ]
    .into_iter()
    .enumerate()
    {
        let server = if round == 0 {
            server.clone()
        } else {
            TestServer::in_memory().await
        };
        let recipients = if cc {
            json!({})
        } else {
            json!({ "to": [public()] })
        };
        let ([alice, bob], [zed, _, tom], posted) = Box::pin(followed(&server, recipients)).await;
        let recipients = json!({ "to": posted["to"], "cc": posted["cc"] });
        let like = zed.activity("l", verb, &posted["object"]);
        let like = addressed(like, &recipients);
        zed.deliver(&alice, &like).await.ok();
        pass_on(&server).await;
        assert_eq!(waiting(&server, &like).await, [tom.id()], "{verb}");
        let id = like["id"].as_str().unwrap().to_owned();
        assert!(alice.ids("inbox").await.contains(&id));
        assert!(!bob.ids("inbox").await.contains(&id));
    }
}

async fn private_conversation_stays_private(server: TestServer) {
    let ([alice, bob], [zed, ..], posted) =
        Box::pin(followed(&server, json!({ "to": [public()] }))).await;
    for (verb, object) in [
        ("like", posted["object"].clone()),
        ("post", zed.comment("c", &posted["object"])),
    ] {
        let activity = zed.activity(verb, verb, &object);
        let activity = addressed(activity, &json!({ "to": [alice.person()] }));
        zed.deliver(&alice, &activity).await.ok();
        pass_on(&server).await;
        assert_eq!(waiting(&server, &activity).await, [""; 0], "{verb}");
        let id = activity["id"].as_str().unwrap().to_owned();
        assert!(!bob.ids("inbox").await.contains(&id));
    }
    let note = bob.get(posted["object"]["id"].as_str().unwrap()).await.ok();
    assert_eq!(note["replies"]["totalItems"], 0);
}

async fn comment_on_a_deleted_note_is_kept(server: TestServer) {
    let ([alice, _], [zed, ..], posted) =
        Box::pin(followed(&server, json!({ "to": [public()] }))).await;
    alice
        .delete(posted["object"]["id"].as_str().unwrap())
        .await
        .ok();
    let comment = zed.activity("c", "post", &zed.comment("c", &posted["object"]));
    let comment = addressed(comment, &json!({ "to": [alice.person()] }));
    zed.deliver(&alice, &comment).await.ok();
    let found = alice
        .get(&format!("/api/comment?id={}", zed.url("api/comment/c")))
        .await
        .ok();
    assert_eq!(found["content"], "c");
}
