//! The applications that may act for a person, and their revocation.

use hydraulics::model::{Authorization, BearerToken, Nickname, RequestToken, Scope, Secret};
use hydraulics::storage::{Change, Expect};
use serde_json::{Value, json};

use crate::support::{PASSWORD, Request, Session, TestServer};

/// Gives a client of somebody's a bearer token for someone else.
async fn allow(server: &TestServer, client: &str, user: &str, token: &str, scope: Scope) {
    let token = BearerToken {
        digest: Secret::new(token).digest(),
        client: client.into(),
        user: Some(Nickname::parse(user).unwrap()),
        scope,
        code: None,
        created: server.ctx().now(),
        expires: None,
    };
    let change = Change::PutBearerToken(token);
    server.app.storage().commit(vec![change]).await.unwrap();
}

async fn works(server: &TestServer, token: &str) -> bool {
    let request = Request::get("/api/whoami").header("authorization", &format!("Bearer {token}"));
    server.send(request).await.status.as_u16() == 302
}

async fn signs_in(session: &Session) -> bool {
    session.get("/api/whoami").await.status.as_u16() == 302
}

fn path(nickname: &str, client: &str) -> String {
    format!("/api/user/{nickname}/applications/{client}")
}

fn ids(list: &Value) -> Vec<&str> {
    let items = list["items"].as_array().unwrap();
    items
        .iter()
        .map(|item| item["client_id"].as_str().unwrap())
        .collect()
}

on_every_backend!(
    applications_are_listed_for_their_person_only,
    revoked_application_loses_all_tokens_of_the_person,
    password_change_can_revoke_all_other_tokens,
    oauth1_token_that_changes_the_password_stays_valid,
    live_feed_ends_when_its_application_is_revoked,
);

async fn applications_are_listed_for_their_person_only(server: TestServer) {
    let (alice, bob) = (server.person("alice").await, server.person("bob").await);
    server.clock.advance(60);
    allow(&server, "client-of-bob", "alice", "one", Scope::Read).await;
    server.clock.advance(60);
    allow(&server, "client-of-bob", "alice", "two", Scope::WriteOwn).await;
    let list = alice.get("/api/user/alice/applications").await.ok();
    assert_eq!(
        (&list["totalItems"], ids(&list)),
        (&json!(2), vec!["client-of-bob", "client-of-alice"])
    );
    let (second, first) = (&list["items"][0], &list["items"][1]);
    assert_eq!(second["displayName"], "app-of-bob");
    assert_eq!(second["objectType"], "application");
    assert_eq!(second["scopes"], json!(["read", "writeown"]));
    assert_eq!(
        (&second["kinds"], &second["published"]),
        (&json!(["oauth2"]), &json!("2027-01-15T08:01:00Z"))
    );
    assert_eq!(first["scopes"], json!(["read", "writeown", "writeall"]));
    assert_eq!(
        (&first["kinds"], &first["published"]),
        (&json!(["oauth1"]), &json!("2027-01-15T08:00:00Z"))
    );
    assert!(!list.to_string().contains("secret"));
    bob.get("/api/user/alice/applications").await.refused(401);
    alice
        .two_legged()
        .get("/api/user/alice/applications")
        .await
        .is(400);
    server
        .send(Request::get("/api/user/alice/applications"))
        .await
        .refused(401);
}

async fn revoked_application_loses_all_tokens_of_the_person(server: TestServer) {
    let (alice, bob) = (server.person("alice").await, server.person("bob").await);
    allow(&server, "client-of-bob", "alice", "one", Scope::Read).await;
    allow(&server, "client-of-bob", "bob", "two", Scope::Read).await;
    let request = RequestToken {
        token: "request".into(),
        secret: Secret::new("s"),
        client: "client-of-bob".into(),
        callback: "oob".into(),
        user: Some(Nickname::parse("alice").unwrap()),
        verifier: None,
        approved: true,
        expires: server.ctx().now(),
    };
    let asked = Authorization {
        digest: "code".into(),
        client: "client-of-bob".into(),
        user: Nickname::parse("alice").unwrap(),
        redirect_uri: "x:".into(),
        state: None,
        challenge: None,
        scope: Scope::Read,
        approved: true,
        expires: server.ctx().now(),
    };
    let pending = vec![
        Change::PutRequestToken {
            token: request,
            expect: Expect::Absent,
        },
        Change::PutAuthorization(asked),
    ];
    let storage = server.app.storage();
    storage.commit(pending).await.unwrap();
    let node = server.again(|_| ());
    assert!(works(&node, "one").await);
    let refused = bob
        .delete(&path("alice", "client-of-bob"))
        .await
        .refused(401);
    assert_eq!(refused, "Not authorized");
    assert_eq!(
        alice.delete(&path("alice", "client-of-bob")).await.ok(),
        "Deleted"
    );
    assert!(!works(&node, "one").await);
    assert!(
        storage
            .find_request_token("request")
            .await
            .unwrap()
            .is_none()
    );
    assert!(storage.find_authorization("code").await.unwrap().is_none());
    assert!(works(&node, "two").await && signs_in(&bob).await && signs_in(&alice).await);
    alice
        .delete(&path("alice", "client-of-bob"))
        .await
        .refused(404);
    alice.delete(&path("alice", "nothing")).await.refused(404);
    assert_eq!(
        alice.delete(&path("alice", "client-of-alice")).await.ok(),
        "Deleted"
    );
    assert!(!signs_in(&alice).await);
}

async fn password_change_can_revoke_all_other_tokens(server: TestServer) {
    let alice = server.person("alice").await;
    server.person("bob").await;
    allow(&server, "client-of-bob", "alice", "one", Scope::WriteAll).await;
    allow(&server, "client-of-bob", "alice", "two", Scope::Read).await;
    let user = |revoke: Value| {
        json!({
            "nickname": "alice",
            "password": "battery staple 9",
            "revoke": revoke,
        })
    };
    for kept in [json!(false), json!(null)] {
        let shown = alice.put("/api/user/alice", &user(kept)).await.ok();
        assert!(shown.get("revoke").is_none());
        assert!(works(&server, "two").await);
    }
    alice
        .put("/api/user/alice", &user(json!("yes")))
        .await
        .refused(400);
    let request = Request::new("PUT", "/api/user/alice").json(&user(json!(true)));
    let shown = server
        .send(request.header("authorization", "Bearer one"))
        .await
        .ok();
    assert!(shown.get("revoke").is_none());
    assert!(works(&server, "one").await && !works(&server, "two").await && !signs_in(&alice).await);
    // A password that is refused revokes nothing.
    let weak = json!({ "nickname": "alice", "password": "x", "revoke": true });
    allow(&server, "client-of-bob", "alice", "three", Scope::Read).await;
    let request = Request::new("PUT", "/api/user/alice").json(&weak);
    server
        .send(request.header("authorization", "Bearer one"))
        .await
        .refused(400);
    assert!(works(&server, "three").await);
}

async fn oauth1_token_that_changes_the_password_stays_valid(server: TestServer) {
    let alice = server.person("alice").await;
    allow(&server, "client-of-alice", "alice", "one", Scope::Read).await;
    let user = json!({ "nickname": "alice", "password": PASSWORD, "revoke": true });
    alice.put("/api/user/alice", &user).await.ok();
    assert!(signs_in(&alice).await && !works(&server, "one").await);
}

async fn live_feed_ends_when_its_application_is_revoked(server: TestServer) {
    let (alice, bob) = (server.person("alice").await, server.person("bob").await);
    allow(&server, "client-of-bob", "alice", "one", Scope::Read).await;
    let listening = Request::get("/api/user/alice/inbox").header("authorization", "Bearer one");
    let mut feed = server.listen(listening).await;
    alice.note("here", json!({ "to": [alice.person()] })).await;
    assert_eq!(feed.contents(1).await, ["here"]);
    // That there is another token of that client changes nothing.
    allow(&server, "client-of-alice", "alice", "two", Scope::Read).await;
    alice.delete(&path("alice", "client-of-bob")).await.ok();
    bob.note("too late", json!({ "to": [alice.person()] }))
        .await;
    let more = feed.event().await;
    assert!(more.is_none(), "{more:?}");
}
