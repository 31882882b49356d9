//! Exchange of authorization codes for tokens: what a code is bound to, and when it expires.

use hydraulics::model::Secret;

use super::{
    BACK, PROOF, VERIFIER, bearing, code, exchange, open, query_parameter, register, token_error,
};
use crate::support::{Request, TestServer};

on_every_backend!(
    web_client_exchanges_a_code_with_its_secret_alone,
    code_is_bound_to_client_redirect_uri_and_verifier,
    second_use_of_a_code_revokes_its_token,
    codes_and_consent_forms_expire,
    ticket_and_code_are_not_interchangeable,
    tokens_and_codes_are_stored_as_digests,
);

async fn web_client_exchanges_a_code_with_its_secret_alone(server: TestServer) {
    server.account("alice").await;
    let client = register(&server, "web", BACK).await;
    let mut browser = open(&server, &client, BACK, &[]).await;
    browser.sign_in("alice").await;
    let address = browser
        .press("allow")
        .await
        .is(303)
        .header("location")
        .to_owned();
    let code = query_parameter(&address, "code").unwrap();
    let secret = ("client_secret", client.secret.as_str());
    let none = ("code_verifier", "");
    assert_eq!(
        token_error(
            exchange(&server, &client, &[("code", &code), none]).await,
            401
        ),
        "invalid_client"
    );
    assert_eq!(
        token_error(
            exchange(
                &server,
                &client,
                &[("code", &code), none, ("client_secret", "x")]
            )
            .await,
            401
        ),
        "invalid_client"
    );
    // A verifier where no challenge was is somebody else's code.
    assert_eq!(
        token_error(
            exchange(&server, &client, &[("code", &code), secret]).await,
            400
        ),
        "invalid_grant"
    );
    exchange(&server, &client, &[("code", &code), none, secret])
        .await
        .ok();
}

async fn code_is_bound_to_client_redirect_uri_and_verifier(server: TestServer) {
    server.account("alice").await;
    let client = register(&server, "native", BACK).await;
    let other = register(&server, "native", BACK).await;
    let code = code(&server, &client, "alice", "read").await;
    let wrong = "x".repeat(43);
    for fields in [
        [("code", code.as_str()), ("code_verifier", wrong.as_str())],
        [("code", &code), ("code_verifier", "")],
        [("code", &code), ("redirect_uri", "https://app.example/cb")],
        [("code", &code), ("client_id", &other.key)],
        [("code", "nothing"), ("code_verifier", VERIFIER)],
    ] {
        assert_eq!(
            token_error(exchange(&server, &client, &fields).await, 400),
            "invalid_grant"
        );
    }
    let fields = [("code", code.as_str()), ("redirect_uri", "")];
    assert_eq!(
        token_error(exchange(&server, &client, &fields).await, 400),
        "invalid_request"
    );
    exchange(&server, &client, &[("code", &code)]).await.ok();
}

async fn second_use_of_a_code_revokes_its_token(server: TestServer) {
    server.account("alice").await;
    let client = register(&server, "native", BACK).await;
    let code = code(&server, &client, "alice", "read").await;
    let answer = exchange(&server, &client, &[("code", &code)]).await.ok();
    let token = answer["access_token"].as_str().unwrap();
    let whoami = || bearing(Request::get("/api/whoami"), token);
    server.send(whoami()).await.is(302);
    assert_eq!(
        token_error(exchange(&server, &client, &[("code", &code)]).await, 400),
        "invalid_grant"
    );
    server.send(whoami()).await.is(401);
}

async fn codes_and_consent_forms_expire(server: TestServer) {
    server.account("alice").await;
    let client = register(&server, "native", BACK).await;
    let early = code(&server, &client, "alice", "read").await;
    let late = code(&server, &client, "alice", "read").await;
    let mut browser = open(&server, &client, BACK, &PROOF).await;
    browser.sign_in("alice").await;
    server.clock.advance(300);
    exchange(&server, &client, &[("code", &early)]).await.ok();
    server.clock.advance(1);
    assert_eq!(
        token_error(exchange(&server, &client, &[("code", &late)]).await, 400),
        "invalid_grant"
    );
    server.clock.advance(300);
    browser.press("allow").await.is(400);
}

async fn ticket_and_code_are_not_interchangeable(server: TestServer) {
    server.account("alice").await;
    let client = register(&server, "native", BACK).await;
    let mut browser = open(&server, &client, BACK, &PROOF).await;
    browser.sign_in("alice").await;
    let ticket = browser.field("ticket");
    assert_eq!(
        token_error(exchange(&server, &client, &[("code", &ticket)]).await, 400),
        "invalid_grant"
    );
    let code = code(&server, &client, "alice", "read").await;
    let fields = [
        ("guard", browser.field("guard")),
        ("ticket", code.clone()),
        ("allow", "x".into()),
    ];
    let fields = fields
        .each_ref()
        .map(|(name, value)| (*name, value.as_str()));
    let swapped = Request::post("/oauth2/authz")
        .form(&fields)
        .header("cookie", &browser.cookie);
    server.send(swapped).await.is(400);
    exchange(&server, &client, &[("code", &code)]).await.ok();
}

async fn tokens_and_codes_are_stored_as_digests(server: TestServer) {
    server.account("alice").await;
    let client = register(&server, "native", BACK).await;
    let code = code(&server, &client, "alice", "read").await;
    let storage = server.app.storage();
    assert!(storage.find_authorization(&code).await.unwrap().is_none());
    let kept = storage
        .find_authorization(&Secret::new(&code).digest())
        .await
        .unwrap()
        .unwrap();
    assert!(!format!("{kept:?}").contains(&code));
    let answer = exchange(&server, &client, &[("code", &code)]).await.ok();
    let token = answer["access_token"].as_str().unwrap();
    assert!(storage.find_bearer_token(token).await.unwrap().is_none());
    let kept = storage
        .find_bearer_token(&Secret::new(token).digest())
        .await
        .unwrap()
        .unwrap();
    assert!(!format!("{kept:?}").contains(token));
}
