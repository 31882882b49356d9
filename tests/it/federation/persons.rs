//! Persons of other servers, as they are known here.

use serde_json::json;

use super::peer::Peer;
use crate::support::{TestServer, addressed};

on_every_backend!(
    stub_is_completed_and_named_anew,
    newer_profile_replaces_an_older_one,
    person_who_was_deleted_acts_no_more,
    known_person_has_a_remote_account,
);

async fn stub_is_completed_and_named_anew(server: TestServer) {
    let alice = server.person("alice").await;
    let zed = Peer::person(&server, "zed").await;
    zed.is_followed_by(&alice).await;
    let before = alice.feed("inbox/minor").await["items"][0].clone();
    assert_eq!(
        before["content"],
        "<a href='http://pump.example/alice'>alice</a> followed a person"
    );
    zed.deliver(&alice, &zed.post("1")).await.ok();
    let told = "<a href='http://pump.example/alice'>alice</a> followed \
                <a href='https://far.example/zed'>zed</a>";
    let after = alice.feed("inbox/minor").await["items"][0].clone();
    assert_eq!(
        (&after["id"], &after["content"]),
        (&before["id"], &json!(told))
    );
    assert_eq!(
        alice.feed("following").await["items"][0]["displayName"],
        "zed"
    );
}

async fn newer_profile_replaces_an_older_one(server: TestServer) {
    let alice = server.person("alice").await;
    let zed = Peer::person(&server, "zed").await;
    zed.is_followed_by(&alice).await;
    let following = async || alice.feed("following").await["items"][0].clone();
    for (name, updated, stands) in [
        ("Zed", "2027-01-02T00:00:00Z", "Zed"),
        ("old", "2027-01-01T00:00:00Z", "Zed"),
        ("Zed 2", "2027-01-03T00:00:00Z", "Zed 2"),
    ] {
        let mut post = zed.post(name);
        post["actor"]["displayName"] = name.into();
        post["actor"]["updated"] = updated.into();
        zed.deliver(&alice, &post).await.ok();
        assert_eq!(following().await["displayName"], stands);
    }
    let mut profile = zed.profile();
    profile["displayName"] = "Zed 3".into();
    profile["updated"] = "2027-01-04T00:00:00Z".into();
    profile["image"] = json!({ "url": "https://far.example/zed.png", "width": 48, "height": 48 });
    zed.deliver(&alice, &zed.activity("u", "update", &profile))
        .await
        .ok();
    let person = following().await;
    assert_eq!(person["displayName"], "Zed 3");
    assert_eq!(person["image"]["url"], "https://far.example/zed.png");
    assert_eq!(person["followers"]["url"], zed.url("api/user/followers"));
}

async fn person_who_was_deleted_acts_no_more(server: TestServer) {
    let alice = server.person("alice").await;
    let zed = Peer::person(&server, "zed").await;
    zed.is_followed_by(&alice).await;
    zed.deliver(&alice, &zed.post("1")).await.ok();
    zed.deliver(&alice, &zed.activity("d", "delete", &zed.reference()))
        .await
        .ok();
    zed.deliver(&alice, &zed.post("2")).await.refused(400);
    let person = alice.get(&format!("/api/person?id={}", zed.id())).await;
    person.refused(410);
}

async fn known_person_has_a_remote_account(server: TestServer) {
    let alice = server.person("alice").await;
    let zed = Peer::person(&server, "zed").await;
    let yan = Peer::at(&server, "yan", "FAR.example").await;
    zed.is_followed_by(&alice).await;
    alice.note("x", json!({ "to": [yan.reference()] })).await;
    let tom = Peer::at(&server, "tom", "third.example").await;
    let post = addressed(tom.post("1"), &json!({ "to": [alice.person()] }));
    tom.deliver(&alice, &post).await.ok();
    let ids = [
        zed.id(),
        "acct:yan@far.example".into(),
        tom.id(),
        alice.id(),
    ];
    let ids = ids.each_ref().map(String::as_str);
    let known = server
        .app
        .storage()
        .find_remote_accounts(&ids)
        .await
        .unwrap();
    let known: Vec<_> = known.into_iter().map(|known| Some(known?.host)).collect();
    let host = |host: &str| Some(host.to_owned());
    assert_eq!(
        known,
        [
            host("far.example"),
            host("far.example"),
            host("third.example"),
            None
        ]
    );
}
