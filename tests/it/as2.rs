//! ActivityStreams 2 representations, chosen by `Accept`.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::support::{Answer, BASE, Request, Session, TestServer, everyone};

const LD: &str = r#"application/ld+json; profile="https://www.w3.org/ns/activitystreams""#;
const ACTIVITY: &str = "application/activity+json";
const EVERYONE: &str = "https://www.w3.org/ns/activitystreams#Public";

async fn read(who: &Session, target: &str, accept: &str) -> Answer {
    let path = target.strip_prefix(BASE).unwrap_or(target);
    let request = Request::get(path)
        .header("accept", accept)
        .by(&who.credentials);
    who.server.send(request).await
}

/// The AS2 document at a URL, which must be there.
async fn document(who: &Session, target: &str) -> Value {
    let answer = read(who, target, LD).await.is(200);
    assert_eq!(answer.header("content-type"), LD);
    let document: Value = serde_json::from_slice(&answer.body).unwrap();
    // An actor has more than one.
    let contexts = &document["@context"];
    let first = contexts.get(0).unwrap_or(contexts);
    assert_eq!(first, "https://www.w3.org/ns/activitystreams");
    document
}

/// Every address of ours in a document that AS2 says leads to a document.
fn addresses(document: &Value, found: &mut BTreeSet<String>) {
    match document {
        Value::Array(list) => list.iter().for_each(|item| addresses(item, found)),
        Value::Object(properties) => {
            for (key, value) in properties {
                let texts: Vec<&str> = match value {
                    Value::String(text) => vec![text],
                    Value::Array(list) => list.iter().filter_map(Value::as_str).collect(),
                    _ => Vec::new(),
                };
                // Keys and inboxes are no documents to be read.
                if ["publicKey", "assertionMethod", "endpoints"].contains(&key.as_str()) {
                    continue;
                }
                // Pages and pictures are no documents, and texts may be anything.
                if !["href", "url", "name", "content", "summary"].contains(&key.as_str()) {
                    found.extend(
                        texts
                            .into_iter()
                            .filter(|text| text.starts_with(BASE))
                            .map(str::to_owned),
                    );
                }
                addresses(value, found);
            }
        }
        _ => {}
    }
}

on_every_backend!(
    every_id_in_a_document_resolves_to_its_document,
    as2_pages_have_every_item_of_a_collection,
    as2_representation_respects_the_audience,
    as2_hides_bto_and_bcc_as_as1_does,
    as2_tombstone_has_status_410,
    other_accept_headers_get_activitystreams_1,
    each_representation_has_its_own_entity_tag,
);

async fn every_id_in_a_document_resolves_to_its_document(server: TestServer) {
    let (alice, bob) = (server.person("alice").await, server.person("bob").await);
    bob.follow(&alice).await;
    let note = alice.note("hello", everyone()).await;
    let reference = json!({ "objectType": "note", "id": note["id"] });
    bob.done(
        &json!({ "object": { "objectType": "comment", "content": "hi", "inReplyTo": reference } }),
    )
    .await;
    for verb in ["favorite", "share", "unfavorite", "favorite"] {
        bob.done(&json!({ "verb": verb, "object": reference }))
            .await;
    }
    alice
        .done(&json!({
            "object": { "objectType": "comment", "content": "x", "inReplyTo": reference },
        }))
        .await;

    let (mut seen, mut ahead) = (BTreeSet::new(), BTreeSet::new());
    ahead.insert(format!("{BASE}/api/user/alice/profile"));
    while let Some(address) = ahead.pop_first() {
        let is_inbox = ["/api/user/bob/inbox", "/api/inbox"]
            .iter()
            .any(|path| address == format!("{BASE}{path}"));
        if !seen.insert(address.clone()) || is_inbox {
            continue;
        }
        let document = document(&alice, &address).await;
        // A post for followers names them by their former URL, too.
        let id = match address.strip_suffix("/followers") {
            Some(person) if !person.ends_with("/profile") => format!("{person}/profile/followers"),
            _ => address,
        };
        assert_eq!(document["id"], id);
        addresses(&document, &mut ahead);
    }
    for part in [
        "/profile",
        "/inbox",
        "/feed",
        "/profile/followers",
        "/profile/featured",
        "/following",
        "/favorites",
        "?offset=0",
        "/likes",
        "/replies",
        "/shares",
        "/api/activity/",
        "/api/note/",
        "/api/comment/",
        "/api/application",
    ] {
        assert!(
            seen.iter().any(|address| address.contains(part)),
            "{part} was not met"
        );
    }
}

async fn as2_pages_have_every_item_of_a_collection(server: TestServer) {
    let alice = server.person("alice").await;
    let mut posted = Vec::new();
    for number in 0..25 {
        posted.insert(
            0,
            alice.note(&format!("note {number}"), everyone()).await["id"].clone(),
        );
    }
    let outbox = format!("{BASE}/api/user/alice/feed/major");
    let whole = document(&alice.two_legged(), &outbox).await;
    assert_eq!(
        (&whole["type"], &whole["totalItems"]),
        (&json!("OrderedCollection"), &json!(25))
    );
    let mut walked = Vec::new();
    let mut page = document(&alice.two_legged(), whole["first"].as_str().unwrap()).await;
    loop {
        assert_eq!(
            (&page["type"], &page["partOf"]),
            (&json!("OrderedCollectionPage"), &json!(outbox))
        );
        for item in page["orderedItems"].as_array().unwrap() {
            assert_eq!(
                (&item["type"], &item["to"], &item["object"]["to"]),
                (&json!("Create"), &json!([EVERYONE]), &json!([EVERYONE]))
            );
            walked.push(item["object"]["id"].clone());
        }
        let Some(next) = page["next"].as_str().map(str::to_owned) else {
            break;
        };
        page = document(&alice.two_legged(), &next).await;
        let newer = document(&alice.two_legged(), page["prev"].as_str().unwrap()).await;
        assert_eq!(newer["orderedItems"].as_array().unwrap().len(), 20);
    }
    assert_eq!(walked, posted);
}

async fn as2_representation_respects_the_audience(server: TestServer) {
    let (alice, bob) = (server.person("alice").await, server.person("bob").await);
    let note = alice.note("psst", json!({ "bcc": [alice.person()] })).await;
    let id = note["id"].as_str().unwrap();
    assert_eq!(document(&alice, id).await["content"], "psst");
    assert_eq!(
        read(&bob, id, LD).await.refused(403),
        "Only the author and recipients can view this object."
    );
    let path = id.strip_prefix(BASE).unwrap();
    let anonymous = server
        .send(Request::get(path).header("accept", ACTIVITY))
        .await;
    assert_eq!(anonymous.refused(401), "Not logged in.");
    assert_eq!(
        read(&bob, "/api/user/alice/inbox", LD).await.refused(401),
        "Not authorized"
    );
    assert_eq!(
        read(&bob, "/api/user/alice/feed?count=x", LD)
            .await
            .refused(400),
        "Count must be between 0 and 200"
    );
    let outbox = document(&bob, "/api/user/alice/feed").await;
    assert_eq!(outbox["totalItems"], 0);
    let page = document(&bob, outbox["first"].as_str().unwrap()).await;
    assert_eq!(page["orderedItems"], json!([]));
}

async fn as2_hides_bto_and_bcc_as_as1_does(server: TestServer) {
    let (alice, bob) = (server.person("alice").await, server.person("bob").await);
    let activity = alice
        .done(&json!({
            "object": { "objectType": "note", "content": "x" },
            "to": [bob.person()],
            "bcc": [bob.person()],
        }))
        .await;
    let id = activity["id"].as_str().unwrap();
    assert!(document(&alice, id).await.get("bcc").is_some());
    assert!(document(&bob, id).await.get("bcc").is_none());
}

async fn as2_tombstone_has_status_410(server: TestServer) {
    let alice = server.person("alice").await;
    let note = alice.note("gone", everyone()).await;
    let id = note["id"].as_str().unwrap();
    alice.delete(id).await.is(200);
    let answer = read(&alice, id, ACTIVITY).await.is(410);
    assert_eq!(answer.header("content-type"), ACTIVITY);
    let body: Value = serde_json::from_slice(&answer.body).unwrap();
    assert_eq!(
        (&body["type"], &body["id"]),
        (&json!("Tombstone"), &note["id"])
    );
    assert_eq!(read(&alice, id, "*/*").await.refused(410), "Deleted");
    let outbox = document(&alice, "/api/user/alice/feed/major?offset=0").await;
    assert_eq!(outbox["orderedItems"][0]["object"]["type"], "Tombstone");
}

async fn other_accept_headers_get_activitystreams_1(server: TestServer) {
    let alice = server.person("alice").await;
    for accept in [
        "*/*",
        "application/json",
        "application/stream+json",
        "text/html",
        "application/*",
    ] {
        let answer = read(&alice, "/api/user/alice/profile", accept).await;
        assert_eq!(answer.ok()["objectType"], "person", "{accept}");
    }
    let note = json!({ "object": { "objectType": "note", "content": "x" } });
    let request = Request::post("/api/user/alice/feed")
        .json(&note)
        .header("accept", LD)
        .by(&alice.credentials);
    assert_eq!(server.send(request).await.ok()["verb"], "post");
    read(&alice, "/api/whoami", LD).await.is(302);
}

async fn each_representation_has_its_own_entity_tag(server: TestServer) {
    let alice = server.person("alice").await;
    let (own, other) = (
        read(&alice, "/api/user/alice", "*/*").await,
        read(&alice, "/api/user/alice", ACTIVITY).await,
    );
    assert_eq!(other.header("content-type"), ACTIVITY);
    assert_ne!(own.header("etag"), other.header("etag"));
    assert_eq!(
        (own.header("vary"), other.header("vary")),
        ("Accept", "Accept")
    );
    let again = Request::get("/api/user/alice")
        .header("accept", ACTIVITY)
        .header("if-none-match", other.header("etag"));
    server.send(again.by(&alice.credentials)).await.is(304);
}
