//! A sign-in that succeeds, and the session that it makes.

use hydraulics::{
    model::{Client, ClientIdentity, Nickname},
    service::background,
    storage::{Change, Revocation},
};
use serde_json::json;

use super::world::{BOB, World, cookie, digest, note, set_cookie};
use crate::support::{Backend, Request};

joined_on_every_backend!(
    person_of_another_server_signs_in_and_out,
    session_posts_to_the_outbox_at_home,
    session_ends_when_its_token_is_taken_away,
    expired_sessions_are_deleted,
    sign_in_survives_credentials_that_the_peer_lost,
    known_stub_is_completed_at_sign_in,
);

async fn person_of_another_server_signs_in_and_out(backend: Backend) {
    let world = World::make(backend).await;
    let begun = world.begin("Bob@two.example", "/alice?x=1").await;
    let page = "https://two.example/oauth/authorize?oauth_token=";
    assert!(begun.page.starts_with(page), "{}", begun.page);
    let back = world.press(&begun, "authorize").await;
    assert!(back.starts_with("/main/authorized/two.example?"), "{back}");
    let answer = world.come_back(&back, &begun.ticket).await.is(302);
    assert_eq!(answer.header("location"), "https://one.example/alice?x=1");
    let set = set_cookie(&answer, "remote_session");
    let attributes = "; Path=/; HttpOnly; SameSite=Lax; Max-Age=2592000; Secure";
    assert!(set.ends_with(attributes), "{set}");
    assert!(set_cookie(&answer, "remote_ticket").contains("; Max-Age=0"));
    let session = cookie(&answer, "remote_session");
    assert!(world.knows_bob(&session).await && !world.knows_bob("").await);
    let (person, account) = world.stored_bob().await;
    assert_eq!(person["preferredUsername"], "bob");
    assert_eq!(account.host, "two.example");
    let identities = world.two.app.storage().list_clients().await.unwrap();
    let identities: Vec<_> = identities
        .into_iter()
        .filter_map(|it| it.identity)
        .collect();
    assert_eq!(identities, [ClientIdentity::Host("one.example".into())]);

    let post = || Request::post("/main/logout").header("cookie", &session);
    let sign_out = || post().header("sec-fetch-site", "same-origin");
    let foreign = post().header("origin", "https://two.example");
    world.one.send(foreign).await.is(403);
    assert!(world.knows_bob(&session).await);
    let page = sign_out().header("accept", "text/html,*/*;q=0.8");
    let answer = world.one.send(page).await.is(303);
    assert_eq!(answer.header("location"), "https://one.example/");
    assert!(set_cookie(&answer, "remote_session").contains("; Max-Age=0"));
    assert!(!world.knows_bob(&session).await);
    assert_eq!(
        world.one.send(sign_out()).await.refused(401),
        "Not logged in."
    );
}

async fn session_posts_to_the_outbox_at_home(backend: Backend) {
    let world = World::make(backend).await;
    let session = world.sign_in().await;
    let answer = world.one.send(note(&session, "from afar")).await.ok();
    assert_eq!(answer["object"]["content"], "from afar");
    assert_eq!(answer["actor"]["id"], BOB);
    let carol = world.two.person("carol").await;
    let feed = carol.get("/api/user/bob/feed").await.ok();
    assert_eq!(feed["items"][0]["id"], answer["id"]);

    let refused = world
        .one
        .send(note(&session, "x").json(&json!({ "verb": 5 })));
    let sentence = refused.await.refused(400);
    assert!(
        sentence.starts_with("outbox at two.example: 400"),
        "{sentence}"
    );
    world.one.send(note("", "x")).await.is(401).json();
    let alice = world.one.person("alice").await;
    alice
        .post("/main/proxy", &json!({ "verb": "post" }))
        .await
        .is(401);
    let typed = note(&session, "x").body("text/plain", "{}");
    world.one.send(typed).await.is(415).json();
    for (header, value) in [
        ("origin", "https://evil.example"),
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
    ] {
        let foreign = note(&session, "x").header(header, value);
        world.one.send(foreign).await.refused(403);
    }
    let own = note(&session, "x").header("origin", "https://one.example");
    world
        .one
        .send(own.header("sec-fetch-site", "same-origin"))
        .await
        .is(200);
}

async fn session_ends_when_its_token_is_taken_away(backend: Backend) {
    let world = World::make(backend).await;
    let session = world.sign_in().await;
    let revocation = Revocation {
        user: Nickname::parse("bob").unwrap(),
        client: None,
        except_token: None,
    };
    let storage = world.two.app.storage();
    storage
        .commit(vec![Change::Revoke(revocation)])
        .await
        .unwrap();
    let sentence = world.one.send(note(&session, "x")).await.refused(401);
    assert!(sentence.contains("Sign in again"), "{sentence}");
    assert!(!world.knows_bob(&session).await);
}

async fn expired_sessions_are_deleted(backend: Backend) {
    let world = World::make(backend).await;
    let session = world.sign_in().await;
    let id = format!("session {}", digest(&session));
    let storage = world.one.app.storage();
    assert!(storage.find_job(&id).await.unwrap().is_some());
    world.one.clock.advance(30 * 24 * 3600);
    assert!(!world.knows_bob(&session).await);
    background::delete_expired(&world.one.ctx()).await.unwrap();
    assert!(storage.find_job(&id).await.unwrap().is_none());
    let token = storage.find_remote_credential("two.example", &id);
    assert!(token.await.unwrap().is_none());
    let own = storage.find_remote_credential("two.example", "one.example");
    assert!(own.await.unwrap().is_some());
}

async fn sign_in_survives_credentials_that_the_peer_lost(backend: Backend) {
    let world = World::make(backend).await;
    world.sign_in().await;
    let clients: Vec<Client> = world.two.app.storage().list_clients().await.unwrap();
    let changes = clients
        .into_iter()
        .map(|client| Change::RemoveClient(client.id));
    world
        .two
        .app
        .storage()
        .commit(changes.collect())
        .await
        .unwrap();
    let session = world.sign_in().await;
    assert!(world.knows_bob(&session).await);
}

async fn known_stub_is_completed_at_sign_in(backend: Backend) {
    let world = World::make(backend).await;
    let alice = world.one.person("alice").await;
    let bob = json!({ "objectType": "person", "id": BOB });
    alice
        .done(&json!({ "verb": "follow", "object": bob }))
        .await;
    world.sign_in().await;
    let (person, account) = world.stored_bob().await;
    assert_eq!(
        person["links"]["activity-outbox"]["href"],
        "https://two.example/api/user/bob/feed"
    );
    assert_eq!(account.id, BOB);
}
