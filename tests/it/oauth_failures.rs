//! Errors of the OAuth endpoints, in the form of their protocol.

use crate::support::{Backend, Request, TestServer};

#[tokio::test]
async fn unreachable_storage_gets_a_protocol_error() {
    let server = TestServer::on(Backend::Sqlite).await;
    let client = server.client().await;
    server.app.storage().close().await;
    for accept in ["text/html", "*/*", "application/json"] {
        for path in ["/oauth2/token", "/oauth2/revoke"] {
            let form = [("client_id", "x"), ("client_secret", "y"), ("token", "z")];
            let request = Request::post(path).form(&form).header("accept", accept);
            let answer = server.send(request).await.is(503);
            assert_eq!(answer.header("retry-after"), "10");
            assert_eq!(answer.json()["error"], "temporarily_unavailable");
            let sentence = answer.json()["error_description"].to_string();
            assert!(sentence.contains("storage"), "{sentence}");
        }
        let person = client.with_token("token", "secret");
        for (path, signer) in [
            ("/oauth/request_token", &client),
            ("/oauth/access_token", &person),
        ] {
            let request = Request::post(path).by(signer).callback("oob").verifier("v");
            let answer = server.send(request.header("accept", accept)).await.is(503);
            assert_eq!(answer.header("retry-after"), "10");
            assert!(answer.header("content-type").starts_with("text/plain"));
            assert!(answer.text().contains("storage"), "{}", answer.text());
        }
    }
}

#[tokio::test]
async fn layer_errors_at_token_endpoints_have_an_error_code() {
    let server = TestServer::on(Backend::Memory).await;
    let long = "x".repeat(1 << 20);
    let request = Request::post("/oauth2/token").form(&[("code", &long)]);
    let answer = server.send(request).await.is(413);
    assert_eq!(answer.json()["error"], "invalid_request");
    let answer = server.send(Request::get("/oauth2/token")).await.is(405);
    assert_eq!(answer.json()["error"], "invalid_request");
    let request = Request::post("/oauth/request_token").form(&[("code", &long)]);
    let answer = server.send(request).await.is(413);
    assert!(answer.header("content-type").starts_with("text/plain"));
}
