//! Wishes of persons about directories and searches, of this server and of others.

use serde_json::{Value, json};

use super::{
    document,
    host::{Host, PUBLIC},
};
use crate::federation::joined::World;
use crate::support::{Backend, Network, Request, Session, TestServer, about, everyone, id, ids};

on_every_backend!(persons_say_whether_they_are_found);
joined_on_every_backend!(persons_elsewhere_say_whether_they_are_found);

/// The ids of what a person finds.
async fn found(by: &Session, path: &str) -> Vec<String> {
    ids(&by.get(path).await.ok())
}

async fn persons_say_whether_they_are_found(server: TestServer) {
    let [alice, bob, carol] = server.people(["alice", "bob", "carol"]).await;
    carol.follow(&alice).await;
    let note = alice.note("warm #tea", everyone()).await;
    let (words, tag) = ("/api/search?q=warm", "/api/search?q=%23tea");
    assert_eq!(found(&bob, words).await, [id(&note)]);
    let say = async |wishes: Value| {
        let request = Request::new("PUT", "/api/user/alice/profile").json(&wishes);
        server.send(request.by(&alice.credentials)).await.is(200);
        let actor = document(&server, "/api/user/alice/profile").await;
        (actor["discoverable"].clone(), actor["indexable"].clone())
    };
    let wishes = say(json!({ "indexable": true })).await;
    assert_eq!(wishes, (json!(true), json!(true)));
    let wishes = say(json!({ "indexable": false, "discoverable": false })).await;
    assert_eq!(wishes, (json!(false), json!(false)));
    let people = "/api/search/people?q=alice";
    for (reader, is_stranger) in [(&bob, true), (&carol, false), (&alice, false)] {
        assert_eq!(found(reader, words).await.is_empty(), is_stranger);
        assert_eq!(found(reader, people).await.is_empty(), is_stranger);
        assert_eq!(found(reader, tag).await, [id(&note)]);
    }
    let listed = async |by: &Session| by.get("/api/users").await.ok().to_string();
    assert!(!listed(&bob).await.contains("\"nickname\":\"alice\""));
    assert!(listed(&alice).await.contains("\"nickname\":\"alice\""));
}

/// Sends a note of a person of another server, which has a name.
async fn send_note(host: &Host, server: &TestServer, by: &str, name: &str) {
    let actor = host.url(by);
    let audience = json!({ "to": [PUBLIC], "cc": [format!("{actor}/followers")] });
    let note = json!({
        "id": host.url(&format!("notes/{name}")), "type": "Note", "attributedTo": actor,
        "to": audience["to"], "cc": audience["cc"], "content": "warm tea",
        "published": "2027-01-15T07:00:00Z",
    });
    let create = json!({
        "@context": "https://www.w3.org/ns/activitystreams",
        "id": host.url(&format!("creates/{name}")), "type": "Create", "actor": actor,
        "to": audience["to"], "cc": audience["cc"], "object": note,
    });
    host.send(server, &create).await.is(202);
}

async fn persons_elsewhere_say_whether_they_are_found(backend: Backend) {
    let world = World::<1>::on(Network::of_activitypub(), backend).await;
    let server = &world.servers[0];
    let [alice, bob] = server.people(["alice", "bob"]).await;
    let host = Host::on(&world.network, "far.example");
    for (name, wish) in [
        ("ann", json!(false)),
        ("ben", json!(true)),
        ("cat", Value::Null),
    ] {
        let mut actor = host.actor("Person", name);
        actor["discoverable"] = wish.clone();
        actor["indexable"] = wish;
        host.show(&actor);
        let followed = json!({
            "objectType": "person", "id": format!("acct:{name}@far.example"),
        });
        alice.done(&about("follow", &followed)).await;
        world.deliver().await;
        send_note(&host, server, name, name).await;
    }
    let all = ["cat", "ben", "ann"];
    for (reader, names) in [(&alice, &all[..]), (&bob, &all[..2])] {
        let notes: Vec<String> = names
            .iter()
            .map(|name| host.url(&format!("notes/{name}")))
            .collect();
        assert_eq!(found(reader, "/api/search?q=warm").await, notes);
        for name in all {
            let searched = found(reader, &format!("/api/search/people?q={name}")).await;
            assert_eq!(
                !searched.is_empty(),
                names.contains(&name),
                "{name} in {searched:?}"
            );
        }
    }
    alice.note("warm coffee", everyone()).await;
    for name in ["one", "two", "three"] {
        send_note(&host, server, "ann", name).await;
    }
    let newest = found(&bob, "/api/search?q=warm&count=1").await;
    assert_eq!(newest.len(), 1, "hidden ones are not the end: {newest:?}");
}
