//! Use of bearer tokens: scopes, errors and revocation.

use hydraulics::model::Scope;
use serde_json::json;

use super::{BACK, bearing, note, register, token, token_error};
use crate::support::{Credentials, PASSWORD, Request, TestServer};

on_every_backend!(
    each_scope_allows_exactly_its_requests,
    invalid_bearer_token_is_rejected_with_a_challenge,
    client_revokes_its_token,
);

async fn each_scope_allows_exactly_its_requests(server: TestServer) {
    server.account("alice").await;
    let client = register(&server, "native", BACK).await;
    let user = json!({ "nickname": "alice", "password": PASSWORD });
    // Only those that are let through get to hear what else may be wrong with them.
    let requests = || {
        [
            (Scope::Read, Request::get("/api/whoami"), 302),
            (Scope::Read, Request::get("/api/user/alice/inbox"), 200),
            (Scope::Read, Request::get("/api/user/alice"), 200),
            (
                Scope::Read,
                Request::get("/api/user/alice/applications"),
                200,
            ),
            (
                Scope::WriteOwn,
                Request::post("/api/user/alice/feed").json(&note()),
                200,
            ),
            (
                Scope::WriteOwn,
                Request::new("PUT", "/api/user/alice/profile").json(&json!({ "summary": "x" })),
                200,
            ),
            (
                Scope::WriteOwn,
                Request::post("/api/user/alice/uploads").body("image/png", "x"),
                400,
            ),
            (
                Scope::WriteAll,
                Request::new("PUT", "/api/user/alice").json(&user),
                200,
            ),
            (
                Scope::WriteAll,
                Request::new("DELETE", "/api/user/alice/applications/x"),
                404,
            ),
            (
                Scope::WriteAll,
                Request::post("/api/users").json(&json!({})),
                400,
            ),
            (
                Scope::WriteAll,
                Request::new("DELETE", "/api/user/alice"),
                200,
            ),
        ]
    };
    for scope in Scope::ALL {
        let token = token(&server, &client, "alice", scope.as_str()).await;
        for (needed, request, status) in requests() {
            let answer = server.send(bearing(request, &token)).await;
            if scope >= needed {
                answer.is(status);
                continue;
            }
            let challenge = format!(
                "Bearer realm=\"Pump\", error=\"insufficient_scope\", scope=\"{}\"",
                needed.list()
            );
            assert_eq!(answer.header("www-authenticate"), challenge);
            assert_eq!(
                answer.refused(403),
                format!("This needs a token with the scope {}.", needed.as_str())
            );
        }
    }
}

async fn invalid_bearer_token_is_rejected_with_a_challenge(server: TestServer) {
    let alice = server.person("alice").await;
    for authorization in ["Bearer x", "bearer x", "Bearer"] {
        for request in [
            Request::get("/api/whoami"),
            Request::get("/api/users"),
            Request::post("/api/user/alice/feed").json(&note()),
            Request::post("/api/users").json(&json!({})),
        ] {
            let answer = server
                .send(request.header("authorization", authorization))
                .await
                .is(401);
            assert_eq!(
                answer.header("www-authenticate"),
                r#"Bearer realm="Pump", error="invalid_token""#
            );
            assert_eq!(answer.error(), "Invalid / expired Token");
        }
    }
    let client = register(&server, "native", BACK).await;
    let token = token(&server, &client, "alice", "read").await;
    // In the header and nowhere else.
    server
        .send(Request::get(&format!("/api/whoami?access_token={token}")))
        .await
        .is(401);
    // It reads what its person may read, and nothing else.
    let bob = server.person("bob").await;
    let secret = bob.note("secret", json!({ "to": [bob.person()] })).await;
    let path = secret["id"]
        .as_str()
        .unwrap()
        .strip_prefix("http://pump.example")
        .unwrap()
        .to_owned();
    server
        .send(bearing(Request::get(&path), &token))
        .await
        .is(403);
    alice.get("/api/whoami").await.is(302);
}

async fn client_revokes_its_token(server: TestServer) {
    server.account("alice").await;
    let client = register(&server, "native", BACK).await;
    let other = server.client().await;
    let token = token(&server, &client, "alice", "read").await;
    let revoke = |client: &Credentials, token: &str| {
        Request::post("/oauth2/revoke").form(&[
            ("client_id", &client.key),
            ("client_secret", &client.secret),
            ("token", token),
            ("token_type_hint", "access_token"),
        ])
    };
    assert_eq!(
        token_error(server.send(revoke(&other, &token)).await, 400),
        "unauthorized_client"
    );
    assert_eq!(
        token_error(
            server
                .send(Request::post("/oauth2/revoke").form(&[("token", &token)]))
                .await,
            401
        ),
        "invalid_client"
    );
    assert_eq!(
        token_error(server.send(revoke(&client, "")).await, 400),
        "invalid_request"
    );
    server
        .send(bearing(Request::get("/api/whoami"), &token))
        .await
        .is(302);
    server.send(revoke(&client, &token)).await.is(200);
    server
        .again(|_| ())
        .send(bearing(Request::get("/api/whoami"), &token))
        .await
        .is(401);
    server.send(revoke(&client, &token)).await.is(200);
}
