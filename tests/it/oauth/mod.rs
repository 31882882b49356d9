//! OAuth 1.0a (pump-api 3, 4.3 to 4.5): registration of clients, and their way to an access token.

mod authorization;
mod client_registration;
mod tokens;

use crate::support::{Answer, Browser, Credentials, Request, TestServer, cell};

const FORM: &str = "application/x-www-form-urlencoded";

/// Opens the page where a person is asked about a token.
async fn open<'a>(server: &'a TestServer, token: &str) -> Browser<'a> {
    Browser::open(server, &format!("/oauth/authorize?oauth_token={token}")).await
}

async fn request_token(server: &TestServer, client: &Credentials, callback: &str) -> Credentials {
    let request = Request::post("/oauth/request_token")
        .by(client)
        .callback(callback);
    let answer = server.send(request).await.is(200);
    assert_eq!(answer.header("content-type"), FORM);
    assert_eq!(answer.parameter("oauth_callback_confirmed"), "true");
    client.with_token(
        &answer.parameter("oauth_token"),
        &answer.parameter("oauth_token_secret"),
    )
}

fn name(credentials: &Credentials) -> &str {
    &credentials.token.as_ref().unwrap().0
}

/// Goes all the way to a request token that was allowed, and its verifier.
async fn allowed(
    server: &TestServer,
    client: &Credentials,
    nickname: &str,
) -> (Credentials, String) {
    let token = request_token(server, client, "oob").await;
    let mut browser = open(server, name(&token)).await;
    browser.sign_in(nickname).await;
    let page = browser.press("authorize").await.is(200).text();
    (token, cell(&page, "verifier"))
}

async fn exchange(server: &TestServer, token: &Credentials, verifier: &str) -> Answer {
    server
        .send(
            Request::post("/oauth/access_token")
                .by(token)
                .verifier(verifier),
        )
        .await
}
