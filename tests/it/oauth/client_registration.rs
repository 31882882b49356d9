//! Registration of clients (pump-api 3).

use serde_json::json;

use super::FORM;
use crate::support::{Request, TestServer, form};

on_every_backend!(
    client_registers_by_json_form_or_multipart,
    registration_without_a_type_is_refused,
    client_updates_its_registration_with_its_secret,
);

async fn client_registers_by_json_form_or_multipart(server: TestServer) {
    let multipart =
        "--B\r\ncontent-disposition: form-data; name=\"type\"\r\n\r\nclient_associate\r\n--B--\r\n";
    for (kind, body) in [
        (
            "application/json",
            "{ \"type\" :\n\"client_associate\", \"redirect_uri\": [], \"x\": 1}".to_owned(),
        ),
        (
            FORM,
            form(&[("type", "client_associate"), ("logo_uri", "x")]),
        ),
        ("multipart/form-data; boundary=B", multipart.to_owned()),
    ] {
        let answer = server
            .send(Request::post("/api/client/register").body(kind, body))
            .await
            .is(200);
        let json = answer.json();
        assert_eq!(json["client_id"].as_str().unwrap().len(), 22);
        assert_eq!(json["client_secret"].as_str().unwrap().len(), 43);
        assert_eq!(json["expires_at"], 0);
    }
    assert_eq!(server.app.storage().list_clients().await.unwrap().len(), 3);
}

async fn registration_without_a_type_is_refused(server: TestServer) {
    for (kind, body) in [
        ("application/json", "{}"),
        ("text/plain", "type=client_associate"),
        (FORM, ""),
    ] {
        let answer = server
            .send(Request::post("/api/client/register").body(kind, body))
            .await
            .is(400);
        assert_eq!(answer.error(), "No registration type provided");
    }
    let broken = Request::post("/api/client/register").body("multipart/form-data", "x");
    server.send(broken).await.is(400).error();
    assert!(
        server
            .app
            .storage()
            .list_clients()
            .await
            .unwrap()
            .is_empty()
    );
}

async fn client_updates_its_registration_with_its_secret(server: TestServer) {
    let client = server.client().await;
    let update = |id: &str, secret: &str| {
        Request::post("/api/client/register").json(&json!({
            "type": "client_update",
            "client_id": id,
            "client_secret": secret,
            "application_name": "Changed",
        }))
    };
    let answer = server
        .send(update(&client.key, &client.secret))
        .await
        .is(200);
    assert_eq!(answer.json()["client_id"], client.key);
    let kept = server
        .app
        .storage()
        .find_client(&client.key)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(kept.name.as_deref(), Some("Changed"));
    for refused in [
        update(&client.key, "wrong"),
        update(&client.key, ""),
        update("nobody", &client.secret),
    ] {
        assert_eq!(server.send(refused).await.is(403).error(), "Unauthorized");
    }
    let nameless = json!({"type": "client_update", "client_secret": client.secret});
    server
        .send(Request::post("/api/client/register").json(&nameless))
        .await
        .is(400)
        .error();
}
