//! Access to live feeds, and its end while they are open.

use std::time::Duration;

use hydraulics::{
    model::{BearerToken, Nickname, Scope, Secret},
    storage::Change,
};
use serde_json::json;

use super::{FEED, INBOX, ends, friends, lively};
use crate::support::{BASE, Request, TestServer, everyone};

on_every_backend!(
    feed_has_no_events_its_reader_may_not_see,
    group_inbox_is_live_for_its_readers,
    feed_ends_when_its_bearer_token_does,
    unfollow_ends_live_events_for_followers,
    feed_ends_with_its_token_client_or_account,
    heartbeat_notices_a_revoked_token,
);

async fn feed_has_no_events_its_reader_may_not_see(server: TestServer) {
    let (alice, bob) = friends(&server).await;
    let carol = server.person("carol").await;
    let mut own = alice.listen(FEED).await;
    let mut outbox = bob.listen(FEED).await;
    let anyone = server.again(|settings| settings.api.anonymous_read = true);
    let mut strangers = [
        carol.listen(FEED).await,
        carol.two_legged().listen(FEED).await,
        anyone.listen(Request::get(FEED)).await,
    ];
    alice.note("to bob", json!({ "to": [bob.person()] })).await;
    alice
        .note("to nobody", json!({ "to": [alice.followers()], "cc": [] }))
        .await;
    alice.note("to all", everyone()).await;
    assert_eq!(own.contents(3).await, ["to bob", "to nobody", "to all"]);
    assert_eq!(outbox.contents(3).await, ["to bob", "to nobody", "to all"]);
    for feed in &mut strangers {
        assert_eq!(feed.contents(1).await, ["to all"]);
    }

    assert_eq!(carol.listen(INBOX).await.status, 401);
    assert_eq!(carol.two_legged().listen(INBOX).await.status, 400);
    assert_eq!(server.listen(Request::get(INBOX)).await.status, 401);
    assert_eq!(carol.listen("/api/user/nobody/feed").await.status, 404);
}

async fn group_inbox_is_live_for_its_readers(server: TestServer) {
    let (alice, bob) = friends(&server).await;
    let carol = server.person("carol").await;
    let create = json!({
        "verb": "create",
        "object": { "objectType": "group", "displayName": "Crew" },
        "to": [bob.person()],
    });
    let group = alice.done(&create).await["object"].take();
    let named = json!({ "objectType": "group", "id": group["id"] });
    for member in [&alice, &bob] {
        member
            .done(&json!({ "verb": "join", "object": named }))
            .await;
    }
    let inbox = format!("{}/inbox", group["id"].as_str().unwrap()).replace(BASE, "");
    assert_eq!(carol.listen(&inbox).await.status, 403);
    let mut feed = bob.listen(&inbox).await;
    alice.note("hello crew", json!({ "to": [named] })).await;
    let shown = feed.activity().await;
    assert_eq!(shown["object"]["content"], "hello crew");
    assert_eq!(shown, bob.get(&inbox).await.ok()["items"][0]);
}

async fn feed_ends_when_its_bearer_token_does(server: TestServer) {
    let (alice, bob) = friends(&server).await;
    let token = |name: &str, expires| BearerToken {
        digest: Secret::new(name).digest(),
        client: bob.credentials.key.clone(),
        user: Some(Nickname::parse("bob").unwrap()),
        scope: Scope::Read,
        code: None,
        created: server.ctx().now(),
        expires,
    };
    let soon = server.ctx().now() + Duration::from_mins(1);
    let tokens = [token("lasting", None), token("passing", Some(soon))];
    let put = tokens.map(Change::PutBearerToken).into();
    server.app.storage().commit(put).await.unwrap();
    let listen = |name| Request::get(INBOX).header("authorization", &format!("Bearer {name}"));
    let mut lasting = server.listen(listen("lasting")).await;
    let mut passing = server.listen(listen("passing")).await;
    alice.note("both", everyone()).await;
    assert_eq!(lasting.contents(1).await, ["both"]);
    assert_eq!(passing.contents(1).await, ["both"]);
    server.clock.advance(61);
    alice.note("one", everyone()).await;
    ends(passing).await;
    assert_eq!(lasting.contents(1).await, ["one"]);
    let revoked = Change::RemoveBearerToken(Secret::new("lasting").digest());
    server.app.storage().commit(vec![revoked]).await.unwrap();
    alice.note("none", everyone()).await;
    ends(lasting).await;
}

async fn unfollow_ends_live_events_for_followers(server: TestServer) {
    let (alice, bob) = friends(&server).await;
    let mut feed = bob.listen(FEED).await;
    alice
        .note("with you", json!({ "to": [alice.followers()] }))
        .await;
    assert_eq!(feed.contents(1).await, ["with you"]);
    bob.done(&json!({ "verb": "stop-following", "object": alice.person() }))
        .await;
    alice
        .note("without you", json!({ "to": [alice.followers()] }))
        .await;
    alice.note("to all", everyone()).await;
    assert_eq!(feed.contents(1).await, ["to all"]);
}

async fn feed_ends_with_its_token_client_or_account(server: TestServer) {
    let alice = server.person("alice").await;
    for (name, gone) in [
        ("b", Change::RemoveAccessToken("token-of-b".into())),
        ("c", Change::RemoveClient("client-of-c".into())),
        ("d", Change::RemoveAccount(Nickname::parse("d").unwrap())),
    ] {
        let feed = server.person(name).await.listen(FEED).await;
        server.app.storage().commit(vec![gone]).await.unwrap();
        alice.note("too late", everyone()).await;
        ends(feed).await;
    }
}

async fn heartbeat_notices_a_revoked_token(server: TestServer) {
    let (_, bob) = friends(&server).await;
    let feed = server
        .again(lively)
        .listen(Request::get(INBOX).by(&bob.credentials))
        .await;
    let revoked = vec![Change::RemoveAccessToken("token-of-bob".into())];
    server.app.storage().commit(revoked).await.unwrap();
    ends(feed).await;
}
