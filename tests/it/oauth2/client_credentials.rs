//! The client credentials grant, and how a client authenticates at the token endpoint.

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

use super::{bearing, token_error};
use crate::support::{Credentials, PASSWORD, Request, TestServer};

/// A token of the client for itself.
async fn own_token(server: &TestServer, client: &Credentials, scope: &str) -> Value {
    let fields = [
        ("grant_type", "client_credentials"),
        ("client_id", &client.key),
        ("client_secret", &client.secret),
        ("scope", scope),
    ];
    let request = Request::post("/oauth2/token").form(&fields);
    server.send(request).await.ok()
}

on_every_backend!(
    client_credentials_give_a_token_without_a_user,
    client_authenticates_by_form_json_or_basic_header,
);

async fn client_credentials_give_a_token_without_a_user(server: TestServer) {
    let client = server.client().await;
    let answer = own_token(&server, &client, "").await;
    assert_eq!(
        (&answer["scope"], &answer["expires_in"]),
        (&json!("read"), &json!(3600))
    );
    let token = answer["access_token"].as_str().unwrap().to_owned();
    server
        .send(bearing(Request::get("/api/users"), &token))
        .await
        .ok();
    let refused = server
        .send(bearing(Request::get("/api/whoami"), &token))
        .await
        .is(403);
    assert!(
        refused
            .header("www-authenticate")
            .contains("insufficient_scope")
    );
    let newcomer =
        || Request::post("/api/users").json(&json!({ "nickname": "carol", "password": PASSWORD }));
    server.send(bearing(newcomer(), &token)).await.refused(403);
    let answer = own_token(&server, &client, "writeall").await;
    server
        .send(bearing(
            newcomer(),
            answer["access_token"].as_str().unwrap(),
        ))
        .await
        .ok();
    server.clock.advance(3600);
    server
        .send(bearing(Request::get("/api/users"), &token))
        .await
        .ok();
    server.clock.advance(1);
    server
        .send(bearing(Request::get("/api/users"), &token))
        .await
        .refused(401);
}

async fn client_authenticates_by_form_json_or_basic_header(server: TestServer) {
    let client = server.client().await;
    let basic = format!(
        "Basic {}",
        STANDARD.encode(format!("{}:{}", client.key, client.secret))
    );
    let grant = ("grant_type", "client_credentials");
    let named = [
        grant,
        ("client_id", client.key.as_str()),
        ("client_secret", client.secret.as_str()),
    ];
    let json = |value: Value| Request::post("/oauth2/token").json(&value);
    let plain = |fields: &[(&str, &str)]| Request::post("/oauth2/token").form(fields);
    for request in [
        plain(&named),
        plain(&[grant]).header("authorization", &basic),
        plain(&named[..2]).header("authorization", &basic),
        json(json!({
            "grant_type": "client_credentials",
            "client_id": client.key,
            "client_secret": client.secret,
            "scope": null,
        })),
        json(json!({ "grant_type": "client_credentials" })).header("authorization", &basic),
    ] {
        server.send(request).await.ok();
    }
    for (request, status, error) in [
        (
            plain(&named).header("authorization", &basic),
            400,
            "invalid_request",
        ),
        (
            plain(&[grant, ("client_id", "x")]).header("authorization", &basic),
            400,
            "invalid_request",
        ),
        (
            plain(&[grant, grant]).header("authorization", &basic),
            400,
            "invalid_request",
        ),
        (
            plain(&[]).header("authorization", &basic),
            400,
            "invalid_request",
        ),
        (
            plain(&[("grant_type", "password")]).header("authorization", &basic),
            400,
            "unsupported_grant_type",
        ),
        (
            plain(&[grant, ("scope", "x")]).header("authorization", &basic),
            400,
            "invalid_scope",
        ),
        (
            plain(&[grant, ("scope", "a\0")]).header("authorization", &basic),
            400,
            "invalid_request",
        ),
        (plain(&[grant]), 401, "invalid_client"),
        (plain(&named[..2]), 401, "invalid_client"),
        (
            plain(&[grant, named[1], ("client_secret", "x")]),
            401,
            "invalid_client",
        ),
        (
            plain(&[grant, ("client_id", "nobody"), named[2]]),
            401,
            "invalid_client",
        ),
        (
            plain(&[grant]).header("authorization", "Basic x"),
            401,
            "invalid_client",
        ),
        (json(json!({ "grant_type": 7 })), 400, "invalid_request"),
        (json(json!([])), 400, "invalid_request"),
        (Request::post("/oauth2/token"), 400, "invalid_request"),
        (
            plain(&[("grant_type", "authorization_code")]).header("authorization", &basic),
            400,
            "invalid_request",
        ),
    ] {
        assert_eq!(token_error(server.send(request).await, status), error);
    }
}
