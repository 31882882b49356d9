//! Rate limits and size limits for clients and registrations.

use hydraulics::service::background;
use serde_json::{Value, json};

use crate::support::{Answer, Backend, Credentials, Request, TestServer};

const GOOD: &str = "a-good-password-1";

async fn register_client(server: &TestServer, peer: &str) -> Answer {
    let body = json!({ "type": "client_associate", "application_name": "A client" });
    let request = Request::post("/api/client/register").json(&body);
    server.send(request.from(peer)).await
}

async fn register(server: &TestServer, client: &Credentials, body: &Value, peer: &str) -> Answer {
    let request = Request::post("/api/users").json(body).by(client);
    server.send(request.from(peer)).await
}

/// A server where so few may register from one network.
fn small(server: &TestServer) -> TestServer {
    server.again(|settings| settings.registration.per_network = 2)
}

on_every_backend!(
    client_registration_is_rate_limited_by_network,
    client_registration_size_is_bounded,
    unused_client_expires,
    search_text_is_bounded,
    account_registration_is_rate_limited_by_network,
    client_without_a_known_address_has_no_limit,
    responses_with_secrets_forbid_caching,
);

async fn client_registration_is_rate_limited_by_network(server: TestServer) {
    let server = small(&server);
    for peer in [
        "192.0.2.1:1",
        "192.0.2.1:2",
        "192.0.2.2:1",
        "[2001:db8::1]:1",
        "[2001:db8::2]:1",
    ] {
        register_client(&server, peer).await.is(200);
    }
    for peer in [
        "192.0.2.1:3",
        "[2001:db8:0:0:1::]:1",
        "[::ffff:192.0.2.1]:1",
    ] {
        let refused = register_client(&server, peer).await;
        assert_eq!(refused.header("retry-after"), "120");
        assert!(refused.refused(429).contains("clients"));
    }
    // So may a wider network, three times.
    let others = (1..100).map(|n| format!("[2001:db8:0:{n:x}::1]:1"));
    let mut registered = 0;
    for peer in others {
        registered += usize::from(register_client(&server, &peer).await.status == 200);
    }
    assert_eq!(registered, 4);
    server.clock.advance(120);
    register_client(&server, "192.0.2.1:1").await.is(200);
    register_client(&server, "192.0.2.1:1").await.is(429);
    assert_eq!(server.app.storage().list_clients().await.unwrap().len(), 10);
}

async fn client_registration_size_is_bounded(server: TestServer) {
    let long = |sign: &str, count: usize| sign.repeat(count);
    let mut body = json!({ "type": "client_associate", "description": long("\u{1f600}", 2000) });
    let answer = server
        .send(Request::post("/api/client/register").json(&body))
        .await
        .ok();
    let update = [
        ("type", "client_update"),
        (
            "redirect_uris",
            &format!("https://a.example/{}", long("x", 1000)),
        ),
    ];
    for (key, value) in update {
        body[key] = json!(value);
    }
    for key in ["client_id", "client_secret"] {
        body[key] = answer[key].clone();
    }
    let refused = server
        .send(Request::post("/api/client/register").json(&body))
        .await;
    assert!(refused.refused(413).contains("8192 bytes"));
    let mut clients = server.app.storage().list_clients().await.unwrap();
    assert!(clients.remove(0).redirect_uris.is_empty());
}

async fn unused_client_expires(server: TestServer) {
    let (idle, waiting, used) = (
        server.client().await,
        server.client().await,
        server.client().await,
    );
    let week = 7 * 24 * 3600;
    let body = json!({ "nickname": "alice", "password": GOOD });
    server
        .send(Request::post("/api/users").json(&body).by(&used))
        .await
        .ok();
    server.clock.advance(week);
    server
        .send(
            Request::post("/oauth/request_token")
                .callback("oob")
                .by(&waiting),
        )
        .await
        .is(200);
    background::delete_expired(&server.ctx()).await.unwrap();
    let read = |client: &Credentials| Request::get("/api/users").by(client);
    server.send(read(&idle)).await.is(200);
    server.clock.advance(1);
    background::delete_expired(&server.ctx()).await.unwrap();
    server.send(read(&idle)).await.is(401);
    server.send(read(&waiting)).await.is(200);
    server.send(read(&used)).await.is(200);
}

async fn search_text_is_bounded(server: TestServer) {
    let alice = server.person("alice").await;
    for path in ["/api/users", "/api/user/alice/followers"] {
        alice
            .get(&format!("{path}?q={}", "x".repeat(100)))
            .await
            .is(200);
        let refused = alice
            .get(&format!("{path}?q={}", "x".repeat(101)))
            .await
            .refused(400);
        assert_eq!(refused, "'q' can't be longer than 100 characters");
    }
}

async fn account_registration_is_rate_limited_by_network(server: TestServer) {
    let server = small(&server);
    let client = server.client().await;
    let home = "192.0.2.1:1";
    for name in ["alice", "bob"] {
        register(
            &server,
            &client,
            &json!({ "nickname": name, "password": GOOD }),
            home,
        )
        .await
        .is(200);
    }
    for body in [
        json!({ "nickname": "carol", "password": GOOD }),
        json!({ "nickname": "carol", "password": GOOD, "email": "c@h.example" }),
        json!({ "nickname": "carol", "password": "bad" }),
    ] {
        let refused = register(&server, &client, &body, home).await;
        assert_eq!(refused.header("retry-after"), "120");
        assert!(refused.refused(429).contains("accounts"));
    }
    // A malformed registration costs nothing, and is not counted.
    register(&server, &client, &json!({ "nickname": "a b" }), home)
        .await
        .refused(400);
    register(
        &server,
        &client,
        &json!({ "nickname": "carol", "password": GOOD }),
        "192.0.2.2:1",
    )
    .await
    .is(200);
}

async fn client_without_a_known_address_has_no_limit(server: TestServer) {
    let server = small(&server);
    for _ in 0..5 {
        server.client().await;
    }
}

async fn responses_with_secrets_forbid_caching(server: TestServer) {
    let body = json!({ "type": "client_associate" });
    let answer = server
        .send(Request::post("/api/client/register").json(&body))
        .await
        .is(200);
    assert_eq!(answer.header("cache-control"), "no-store");
    let client = server.client().await;
    let user = json!({ "nickname": "alice", "password": GOOD });
    let own = [
        ("grant_type", "client_credentials"),
        ("client_id", &client.key),
        ("client_secret", &client.secret),
    ];
    for request in [
        Request::post("/api/users").json(&user).by(&client),
        Request::post("/oauth/request_token")
            .callback("oob")
            .by(&client),
        Request::post("/oauth2/token").form(&own),
    ] {
        let answer = server.send(request).await.is(200);
        assert_eq!(
            answer.header("cache-control"),
            "no-store",
            "{}",
            answer.what
        );
    }
    let users = server
        .send(Request::get("/api/users").by(&client))
        .await
        .is(200);
    assert_eq!(
        users.header("cache-control"),
        "private, no-cache",
        "a list has no secrets"
    );
}

#[tokio::test]
async fn token_requests_are_rate_limited_by_network() {
    let server = TestServer::on(Backend::Memory).await;
    let client = server.client().await;
    let own = [
        ("grant_type", "client_credentials"),
        ("client_id", &client.key),
        ("client_secret", &client.secret),
    ];
    let ask = |peer: &str| {
        [
            Request::post("/oauth/request_token")
                .callback("oob")
                .by(&client)
                .from(peer),
            Request::post("/oauth2/token").form(&own).from(peer),
        ]
    };
    for _ in 0..150 {
        for request in ask("192.0.2.1:1") {
            server.send(request).await.is(200);
        }
    }
    for request in ask("192.0.2.1:1") {
        assert_eq!(
            server.send(request).await.is(429).header("retry-after"),
            "1"
        );
    }
    for request in ask("192.0.2.2:1") {
        server.send(request).await.is(200);
    }
}
