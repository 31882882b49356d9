//! Registration of accounts over the API (pump-api 6.1).

use hydraulics::{
    app::RegistrationMode,
    model::{Nickname, Secret},
    service::{
        accounts,
        provision::{FixedUser, Provision, provision},
    },
};
use serde_json::{Value, json};

use crate::support::{Backend, Credentials, Request, TestServer};

const GOOD: &str = "a-good-password-1";

async fn register(
    server: &TestServer,
    client: &Credentials,
    body: &Value,
) -> crate::support::Answer {
    server
        .send(Request::post("/api/users").json(body).by(client))
        .await
}

on_every_backend!(
    new_account_comes_with_a_working_token,
    account_is_registered_by_form,
    invalid_names_and_passwords_get_known_errors,
    concurrent_registrations_of_a_name_succeed_once,
    concurrent_starts_provision_the_same_users,
    nickname_of_a_removed_account_stays_taken,
    registration_needs_a_client,
);

async fn new_account_comes_with_a_working_token(server: TestServer) {
    let client = server.client().await;
    let body = json!({
        "nickname": "alice", "password": GOOD, "email": "a@b.example", "theme": "dark",
        "profile": { "displayName": "Mallory" }, "_x": 1
    });
    let user = register(&server, &client, &body).await.ok();
    assert_eq!(
        (&user["nickname"], &user["profile"]["id"]),
        (&json!("alice"), &json!("acct:alice@pump.example"))
    );
    assert_eq!(user["profile"]["displayName"], "alice");
    assert!(user.get("password").is_none());
    let text = |key: &str| user[key].as_str().unwrap().to_owned();
    assert_eq!((text("token").len(), text("secret").len()), (22, 43));
    let alice = client.with_token(&text("token"), &text("secret"));
    let seen = server
        .send(Request::get("/api/user/alice").by(&alice))
        .await
        .ok();
    assert_eq!(
        (&seen["email"], &seen["profile"]["lists"]["totalItems"]),
        (&json!("a@b.example"), &json!(4))
    );
    assert_eq!((&seen["theme"], seen.get("_x")), (&json!("dark"), None));
    let bob = server.user("bob").await;
    for request in [
        Request::get("/api/user/alice"),
        Request::get("/api/user/alice").by(&bob),
    ] {
        assert_eq!(
            server.send(request).await.ok().get("theme"),
            None,
            "it is for its owner"
        );
    }
    accounts::remove(&server.ctx(), &Nickname::parse("bob").unwrap())
        .await
        .unwrap();
    let users = server
        .send(Request::get("/api/users").by(&client))
        .await
        .ok();
    assert_eq!(
        (&users["totalItems"], &users["items"][0]["nickname"]),
        (&json!(1), &json!("alice"))
    );
    assert!(users["items"][0].get("email").is_none());
}

async fn account_is_registered_by_form(server: TestServer) {
    let client = server.client().await;
    let form = Request::post("/api/users").form(&[("nickname", "bob"), ("password", GOOD)]);
    let user = server.send(form.by(&client)).await.ok();
    assert_eq!(user["nickname"], "bob");
    assert!(
        !user
            .as_object()
            .unwrap()
            .keys()
            .any(|key| key.starts_with("oauth_"))
    );
}

async fn invalid_names_and_passwords_get_known_errors(server: TestServer) {
    let client = server.client().await;
    for (body, words) in [
        (json!({ "password": GOOD }), "Bad nickname: 'undefined'"),
        (
            json!({ "nickname": "api", "password": GOOD }),
            "Bad nickname: 'api'",
        ),
        (
            json!({ "nickname": "a b", "password": GOOD }),
            "Bad nickname: 'a b'",
        ),
        (
            json!({ "nickname": "x".repeat(65), "password": GOOD }),
            "Bad nickname",
        ),
        (
            json!({ "nickname": 5, "password": GOOD }),
            "Bad nickname: '5'",
        ),
        (json!({ "nickname": "alice" }), "Bad password"),
        (
            json!({ "nickname": "alice", "password": "short1" }),
            "Bad password",
        ),
        (
            json!({ "nickname": "alice", "password": "onlyletters" }),
            "Bad password",
        ),
        (
            json!({ "nickname": "alice", "password": "1234567890" }),
            "Bad password",
        ),
        (
            json!({ "nickname": "alice", "password": "password1" }),
            "Bad password",
        ),
        (
            json!({ "nickname": "alice", "password": GOOD, "email": "nowhere" }),
            "Invalid email",
        ),
    ] {
        let refused = register(&server, &client, &body).await.refused(400);
        assert!(refused.starts_with(words), "{body}: {refused}");
    }
    let users = server
        .send(Request::get("/api/users").by(&client))
        .await
        .ok();
    assert_eq!(users["totalItems"], 0);
}

async fn concurrent_registrations_of_a_name_succeed_once(server: TestServer) {
    let client = server.client().await;
    let body = json!({ "nickname": "alice", "password": GOOD });
    let (first, second) = tokio::join!(
        register(&server, &client, &body),
        register(&server, &client, &body)
    );
    let mut statuses = [first.status.as_u16(), second.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 409]);
    let refused = register(&server, &client, &body).await.refused(409);
    assert_eq!(refused, "Already have a(n) 'user' with id 'alice'");
    register(
        &server,
        &client,
        &json!({ "nickname": "Alice", "password": GOOD }),
    )
    .await
    .refused(409);
}

async fn concurrent_starts_provision_the_same_users(server: TestServer) {
    let other = server.again(|_| ());
    let wanted = Provision {
        clients: Vec::new(),
        users: vec![FixedUser {
            nickname: Nickname::parse("alice").unwrap(),
            password: Secret::new(GOOD),
            email: None,
            tokens: Vec::new(),
        }],
    };
    let (one, two) = (server.ctx(), other.ctx());
    let (first, second) = tokio::join!(provision(&one, &wanted), provision(&two, &wanted));
    first.unwrap();
    second.unwrap();
    assert_eq!(accounts::list(&one).await.unwrap().len(), 1);
}

async fn nickname_of_a_removed_account_stays_taken(server: TestServer) {
    let alice = server.person("alice").await;
    let nickname = Nickname::parse("alice").unwrap();
    accounts::remove(&server.ctx(), &nickname).await.unwrap();
    let client = server.client().await;
    register(
        &server,
        &client,
        &json!({ "nickname": "alice", "password": GOOD }),
    )
    .await
    .refused(409);
    assert_eq!(
        alice.get("/api/user/alice/inbox").await.status.as_u16(),
        400,
        "its tokens are gone"
    );
    server
        .send(Request::get("/api/user/alice").by(&client))
        .await
        .refused(404);
}

async fn registration_needs_a_client(server: TestServer) {
    let body = json!({ "nickname": "alice", "password": GOOD });
    server
        .send(Request::post("/api/users").json(&body))
        .await
        .is(400);
    let unknown = Credentials::client("unknown", "secret");
    register(&server, &unknown, &body).await.is(401);
}

#[tokio::test]
async fn registration_can_be_switched_off() {
    let server = TestServer::with(Backend::Memory, |settings| {
        settings.registration.mode = RegistrationMode::Closed;
    })
    .await;
    let client = server.client().await;
    let refused = register(
        &server,
        &client,
        &json!({ "nickname": "alice", "password": GOOD }),
    )
    .await
    .refused(403);
    assert_eq!(refused, "No registration allowed.");
    // Nobody learns what else would have been wrong.
    for (kind, body) in [
        ("application/json", "{}"),
        ("application/json", "{"),
        ("text/plain", "x"),
    ] {
        let request = Request::post("/api/users").body(kind, body).by(&client);
        assert_eq!(server.send(request).await.refused(403), refused, "{body}");
    }
    // The operator still can.
    server.account("bob").await;
}
