//! Other servers that say what is not theirs to say: it counts for nothing.

use hydraulics::{
    model::PUBLIC,
    service::{background::DeliveryWorker, queue},
};
use serde_json::{Value, json};

use super::{
    peer::{Peer, passing_on, waiting},
    web::Web,
};
use crate::support::{Session, TestServer, addressed, comment_on, public};

on_every_backend!(
    followers_elsewhere_stand_for_no_others,
    passed_on_activity_is_shown_as_its_sender_sees_it,
    passed_on_activity_is_not_fetched_where_the_sender_says,
    thing_that_was_called_an_actor_is_its_authors,
    id_that_looks_like_another_is_refused,
    named_note_does_not_name_followers,
);

/// A public note of a person who says that their followers are at that URL.
async fn post_with_followers(peer: &Peer, to: &Session, url: &str) -> Value {
    let mut post = peer.post("1");
    post["actor"]["followers"]["url"] = url.into();
    post["cc"] = json!([{ "objectType": "collection", "id": url }]);
    peer.deliver(to, &post).await.ok();
    post["object"].clone()
}

async fn followers_elsewhere_stand_for_no_others(server: TestServer) {
    let [alice, bob, carol] = server.people(["alice", "bob", "carol"]).await;
    bob.follow(&alice).await;
    let zed = Peer::person(&server, "zed").await;
    let yan = Peer::person(&server, "yan").await;
    zed.is_followed_by(&alice).await;
    yan.is_followed_by(&alice).await;

    let note = post_with_followers(&zed, &alice, PUBLIC).await;
    let comment = addressed(comment_on(&note, "c"), &json!({ "to": [public()] }));
    let comment = alice.done(&comment).await;
    let id = comment["object"]["id"].as_str().unwrap();
    assert_eq!(carol.get(id).await.ok()["content"], "c");

    let followers = alice.followers();
    let note = post_with_followers(&yan, &alice, followers["id"].as_str().unwrap()).await;
    let comment = addressed(comment_on(&note, "d"), &json!({ "to": [followers] }));
    let comment = alice.done(&comment).await;
    let id = comment["object"]["id"].as_str().unwrap();
    assert_eq!(bob.get(id).await.ok()["content"], "d");
    carol.get(id).await.refused(403);
}

async fn passed_on_activity_is_shown_as_its_sender_sees_it(server: TestServer) {
    let web = Web::default();
    let server = server.connected_to(web.clone());
    let alice = server.person("alice").await;
    let [zed, tom, host] = passing_on(&server, &alice).await;
    let secret = alice
        .note("for tom alone", json!({ "to": [tom.reference()] }))
        .await;
    let mut like = tom.activity("l", "like", &zed.note("1"));
    like["target"] = json!({ "objectType": "note", "id": secret["id"] });
    web.show(&like);
    let shown = host.deliver(&alice, &like).await.ok();
    assert_eq!(shown["id"], like["id"]);
    assert!(!shown.to_string().contains("for tom alone"), "{shown}");
    // Tom may see it.
    let shown = tom.deliver(&alice, &like).await.ok();
    assert!(shown.to_string().contains("for tom alone"), "{shown}");
}

async fn passed_on_activity_is_not_fetched_where_the_sender_says(server: TestServer) {
    let web = Web::default();
    let server = server.connected_to(web.clone());
    let alice = server.person("alice").await;
    let [zed, tom, host] = passing_on(&server, &alice).await;
    let mut like = tom.activity("l", "like", &zed.note("1"));
    for file in ["uploads/zed/1.json", "zed/1.json"] {
        let place = tom.url(file);
        like["links"] = json!({ "self": { "href": place } });
        web.put(&place, &like);
        host.deliver(&alice, &like).await.refused(400);
        server.clock.advance(600);
    }
    like["id"] = tom.url("uploads/zed/1.json").into();
    host.deliver(&alice, &like).await.refused(400);
    assert!(
        !web.asked
            .lock()
            .unwrap()
            .iter()
            .any(|url| url.contains("zed/1.json"))
    );
}

async fn thing_that_was_called_an_actor_is_its_authors(server: TestServer) {
    let alice = server.person("alice").await;
    let zed = Peer::person(&server, "zed").await;
    let tom = Peer::at(&server, "tom", "third.example").await;
    zed.is_followed_by(&alice).await;
    tom.is_followed_by(&alice).await;
    for (name, verb, kind) in [
        ("1", "like", "person"),
        ("2", "share", "application"),
        ("3", "follow", "person"),
        ("4", "like", "group"),
    ] {
        let id = tom.url(&format!("api/note/{name}"));
        let called = json!({ "objectType": kind, "id": id });
        let activity = zed.activity(name, verb, &called);
        zed.deliver(&alice, &activity).await.ok();
        if verb != "follow" {
            let accounts = server.app.storage().find_remote_accounts(&[&id]).await;
            assert_eq!(accounts.unwrap(), [None], "{verb} {kind}");
        }
        tom.deliver(&alice, &tom.post(name)).await.ok();
        let note = alice.get(&format!("/api/note?id={id}")).await.ok();
        assert_eq!(note["author"]["id"], tom.id(), "{verb} {kind}");
        assert_eq!(note["content"], format!("<p>{name}</p>"));
    }
}

async fn id_that_looks_like_another_is_refused(server: TestServer) {
    let alice = server.person("alice").await;
    let zed = Peer::person(&server, "zed").await;
    let host = zed.by_host("far.example").await;
    zed.is_followed_by(&alice).await;
    let to = json!({ "to": [alice.person()] });
    let before = alice.ids("inbox").await;
    for id in [
        "acct:z\u{200b}ed@far.example",
        "https://far.example/z\u{2060}ed",
    ] {
        let mut post = addressed(zed.post("1"), &to);
        post["actor"] = json!({ "objectType": "person", "id": id });
        host.deliver(&alice, &post).await.refused(400);
    }
    for id in [
        "https://far.example/api/note/1\u{200b}",
        "urn:x:\u{200b}1",
        "urn:uuid:886313e1-3b8a-5372-9b90-0c9aee199e5d",
    ] {
        for verb in ["post", "update", "delete"] {
            let mut activity = addressed(zed.activity("1", verb, &zed.note("1")), &to);
            activity["object"]["id"] = id.into();
            zed.deliver(&alice, &activity).await.refused(400);
        }
    }
    assert_eq!(alice.ids("inbox").await, before);
}

async fn named_note_does_not_name_followers(server: TestServer) {
    let alice = server.person("alice").await;
    let zed = Peer::person(&server, "zed").await;
    let tom = Peer::at(&server, "tom", "third.example").await;
    zed.follow("f", &alice).await;
    tom.follow("f", &alice).await;
    let to = json!({ "to": [alice.followers()] });
    let [first, second] = [alice.note("1", to.clone()).await, alice.note("2", to).await];
    let like = async |name, to: Value| {
        let like = zed.activity(name, "like", &first);
        let like = addressed(like, &json!({ "to": [alice.person(), to] }));
        zed.deliver(&alice, &like).await.ok();
        queue::run_until_idle(&server.ctx(), &DeliveryWorker)
            .await
            .unwrap();
        waiting(&server, &like).await
    };
    let other = json!({ "objectType": "note", "id": second["id"] });
    assert_eq!(like("c", other).await, [""; 0]);
    assert_eq!(like("d", alice.followers()).await, [tom.id()]);
}
