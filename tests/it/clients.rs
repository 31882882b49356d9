//! Recorded requests of desktop clients: Dianara and Pumpa.

use serde_json::json;

use crate::support::{Request, TestServer, ids};

on_every_backend!(
    dianara_paging_with_decoded_query_is_accepted,
    pumpa_updates_a_picture_before_it_posts_it,
    pumpa_comment_reaches_the_author_and_followers,
);

async fn dianara_paging_with_decoded_query_is_accepted(server: TestServer) {
    let alice = server.person("alice").await;
    let mut notes = Vec::new();
    for number in 0..3 {
        notes.push(alice.note(&format!("Number {number}"), json!({})).await["id"].clone());
    }
    let newest = alice.feed("inbox/major").await["items"][0]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let encoded = hydraulics::model::Urls::encode(&newest);
    let path = "/api/user/alice/inbox/major";
    // It signs what it encodes, once; it sends the query decoded, and names it in the header
    // too.
    let read = Request::get(&format!("{path}?before={newest}&count=1"))
        .signed_as(&format!("{path}?before={encoded}&count=1"))
        .header("content-type", "application/json");
    let header = read
        .clone()
        .by(&alice.credentials)
        .authorization(&*server.clock)
        .unwrap();
    let header = header.replace(
        "OAuth ",
        &format!("OAuth before=\"{encoded}\",count=\"1\","),
    );
    let page = server
        .send(read.header("authorization", &header))
        .await
        .ok();
    assert_eq!(page["items"][0]["object"]["id"], notes[1]);
    assert_eq!(ids(&page).len(), 1);
    let next = page["links"]["next"]["href"].as_str().unwrap();
    assert_eq!(
        next.matches(['?', '&']).count(),
        1,
        "it reads one parameter off a link"
    );
}

async fn pumpa_updates_a_picture_before_it_posts_it(server: TestServer) {
    let (alice, bob) = (server.person("alice").await, server.person("bob").await);
    bob.follow(&alice).await;
    let upload = Request::post("/api/user/alice/uploads").body("text/plain", "a picture");
    let picture = server.send(upload.by(&alice.credentials)).await.ok();
    let before = bob.feed("inbox").await["totalItems"].clone();

    let mut named = picture.clone();
    named["displayName"] = json!("Four corners");
    named["content"] = json!("As the camera saw them.");
    alice
        .done(&json!({ "verb": "update", "object": named, "to": [alice.person()] }))
        .await;
    assert_eq!(
        bob.feed("inbox").await["totalItems"],
        before,
        "nobody hears of it yet"
    );
    let target = picture["id"].as_str().unwrap();
    bob.get(target).await.refused(403);

    let everyone = json!([{ "objectType": "collection", "id": hydraulics::model::PUBLIC }]);
    let posted = json!({ "objectType": picture["objectType"], "id": picture["id"] });
    alice
        .done(
            &json!({ "verb": "post", "object": posted, "to": everyone, "cc": [alice.followers()] }),
        )
        .await;
    let seen = bob.get(target).await.ok();
    assert_eq!(seen["displayName"], "Four corners");
    assert_eq!(seen["content"], "As the camera saw them.");
    assert_eq!(
        bob.feed("inbox/major").await["items"][0]["object"]["id"],
        picture["id"]
    );
}

async fn pumpa_comment_reaches_the_author_and_followers(server: TestServer) {
    let (alice, bob) = (server.person("alice").await, server.person("bob").await);
    let carol = server.person("carol").await;
    bob.follow(&alice).await;
    carol.follow(&bob).await;
    let note = alice.note("Who joins me?", json!({})).await;
    let comment = bob
        .done(&json!({
            "verb": "post",
            "object": { "objectType": "comment", "content": "I do.", "inReplyTo": note },
            "to": [alice.person()],
            "cc": [bob.followers()],
        }))
        .await;
    let id = &comment["object"]["id"];
    assert_eq!(
        alice.feed("inbox/direct/minor").await["items"][0]["object"]["id"],
        *id
    );
    let heard = carol.feed("inbox/minor").await["items"][0]["object"].clone();
    assert_eq!(heard["id"], *id);
    assert!(
        heard["inReplyTo"].get("content").is_none(),
        "she may not read what it answers"
    );
}
