//! Blocks and mutes of persons of other hosts, and of whole hosts, by persons here.

use hydraulics::{model::Standing, service::moderation};
use serde_json::{Value, json};

use super::peer::{Peer, waiting};
use crate::support::{Session, TestServer, addressed, comment_on, everyone, id, public};

on_every_backend!(
    blocked_remote_person_is_dropped_without_a_word,
    blocked_host_is_dropped_for_that_person_only,
    muted_host_does_not_reach_the_inbox,
    block_verb_reaches_no_other_host,
    suspended_remote_person_reads_nothing,
);

/// The content of the newest note in an inbox.
async fn newest(session: &Session) -> Value {
    session.feed("inbox/major").await["items"][0]["object"]["content"].take()
}

async fn blocked_remote_person_is_dropped_without_a_word(server: TestServer) {
    let [alice, carol] = server.people(["alice", "carol"]).await;
    let zed = Peer::person(&server, "zed").await;
    zed.is_followed_by(&alice).await;
    zed.is_followed_by(&carol).await;
    let note = alice.note("mine", everyone()).await;
    let target = "/api/user/alice/blocked";
    let person = json!({ "objectType": "person", "id": zed.id() });
    alice.post(target, &person).await.ok();
    assert_eq!(alice.feed("following").await["totalItems"], 0);
    let before = alice.ids("inbox").await.len();
    let to = json!({ "to": [public(), alice.person()] });
    for activity in [
        zed.post("1"),
        addressed(zed.activity("2", "follow", &alice.person()), &to),
        addressed(zed.activity("3", "like", &note), &to),
        addressed(zed.activity("4", "share", &note), &to),
    ] {
        let answer = zed.deliver(&alice, &activity).await.ok();
        assert_eq!(answer["verb"], activity["verb"]);
        assert_eq!(answer["id"], activity["id"]);
    }
    // By way of the inbox of another, too.
    let like = addressed(zed.activity("5", "like", &note), &to);
    zed.deliver(&carol, &like).await.ok();
    zed.deliver(&carol, &zed.post("6")).await.ok();
    assert_eq!(alice.ids("inbox").await.len(), before);
    assert_eq!(alice.feed("followers").await["totalItems"], 0);
    let seen = alice.get(id(&note)).await.ok();
    assert_eq!(seen["likes"]["totalItems"], 0);
    assert_eq!(newest(&carol).await, "<p>6</p>");
}

async fn blocked_host_is_dropped_for_that_person_only(server: TestServer) {
    let [alice, carol] = server.people(["alice", "carol"]).await;
    let zed = Peer::person(&server, "zed").await;
    zed.is_followed_by(&carol).await;
    let host = json!({ "objectType": "service", "displayName": "far.example" });
    alice.post("/api/user/alice/blocked", &host).await.ok();
    let before = alice.ids("inbox").await.len();
    let follow =
        |id: &str, whom| addressed(zed.activity(id, "follow", &whom), &json!({ "to": [whom] }));
    zed.deliver(&alice, &follow("1", alice.person())).await.ok();
    zed.deliver(&carol, &follow("2", carol.person())).await.ok();
    assert_eq!(alice.feed("followers").await["totalItems"], 0);
    assert_eq!(carol.feed("followers").await["totalItems"], 1);
    assert_eq!(alice.ids("inbox").await.len(), before);
}

async fn muted_host_does_not_reach_the_inbox(server: TestServer) {
    let [alice, carol] = server.people(["alice", "carol"]).await;
    let zed = Peer::person(&server, "zed").await;
    zed.is_followed_by(&alice).await;
    zed.is_followed_by(&carol).await;
    let host = json!({ "objectType": "service", "displayName": "far.example" });
    let host = alice.post("/api/user/alice/muted", &host).await.ok();
    let before = alice.ids("inbox").await.len();
    let to = json!({ "to": [public(), alice.person()] });
    let post = addressed(zed.post("1"), &to);
    zed.deliver(&alice, &post).await.ok();
    zed.deliver(&carol, &post).await.ok();
    assert_eq!(alice.ids("inbox").await.len(), before);
    assert_eq!(newest(&carol).await, "<p>1</p>");
    let note = post["object"].clone();
    carol.done(&comment_on(&note, "well")).await;
    let target = format!("/api/user/alice/muted?id={}", id(&host));
    alice.delete(&target).await.ok();
    zed.deliver(&alice, &zed.post("2")).await.ok();
    assert_eq!(newest(&alice).await, "<p>2</p>");
}

async fn block_verb_reaches_no_other_host(server: TestServer) {
    let alice = server.person("alice").await;
    let zed = Peer::person(&server, "zed").await;
    zed.follow("1", &alice).await;
    let to = json!({ "to": [public(), zed.reference()], "cc": [alice.followers()] });
    for verb in ["block", "unblock"] {
        let activity = json!({ "verb": verb, "object": zed.reference() });
        let done = alice.done(&addressed(activity, &to)).await;
        assert_eq!(waiting(&server, &done).await, Vec::<String>::new());
        let blocked = usize::from(verb == "block");
        assert_eq!(alice.ids("blocked").await.len(), blocked);
    }
}

async fn suspended_remote_person_reads_nothing(server: TestServer) {
    let alice = server.person("alice").await;
    let zed = Peer::person(&server, "zed").await;
    zed.is_followed_by(&alice).await;
    let target = "/api/user/alice/profile";
    zed.get(target).await.is(200);
    let ctx = server.ctx();
    moderation::set_standing(&ctx, &zed.id(), Standing::Suspended, "")
        .await
        .unwrap();
    let refused = zed.get(target).await.is(403);
    assert_eq!(refused.text(), "This account is suspended.");
}
