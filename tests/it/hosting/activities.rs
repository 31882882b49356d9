//! Activities and object types of the host.

use hydraulics::{
    model::Nickname,
    service::{accounts, activity},
};
use serde_json::json;

use crate::support::{TestServer, about, public};

on_every_backend!(
    activity_by_the_host_reaches_followers,
    host_types_have_routes_of_their_own,
);

async fn activity_by_the_host_reaches_followers(server: TestServer) {
    let (alice, bob) = (server.person("alice").await, server.person("bob").await);
    bob.follow(&alice).await;
    let ctx = accounts::signed_in(&server.app, &Nickname::parse("alice").unwrap())
        .await
        .unwrap();
    let note = json!({ "objectType": "note", "content": "<b>Hi</b><script>x</script>" });
    let done = activity::perform_json(&ctx, json!({ "object": note }))
        .await
        .unwrap();
    assert_eq!(bob.ids("inbox").await[0], done.activity.id);
    let seen = bob.get(&done.object.unwrap().id).await.ok();
    assert_eq!(
        seen["content"], "<b>Hi</b>",
        "what a host passes on is sanitised"
    );
    assert!(
        done.activity.body.get("generator").is_none(),
        "no client did it"
    );
}

async fn host_types_have_routes_of_their_own(server: TestServer) {
    let server = server.again(|settings| {
        settings.urls = settings.urls.clone().with_types(["recipe".into()]);
    });
    let alice = server.person("alice").await;
    let soup = json!({ "objectType": "recipe", "displayName": "Soup" });
    let soup = alice
        .done(&json!({ "object": soup, "to": [public()] }))
        .await["object"]
        .take();
    let id = soup["id"].as_str().unwrap();
    assert!(id.starts_with("http://pump.example/api/recipe/"), "{id}");
    assert_eq!(alice.get(id).await.ok()["displayName"], "Soup");
    alice.done(&about("favorite", &soup)).await;
    assert_eq!(
        alice.get(&format!("{id}/likes")).await.ok()["totalItems"],
        1
    );
}
