//! Authorization pages of OAuth 2.0: sign-in, consent, and the redirect back to the client.

use serde_json::json;

use super::{
    BACK, PROOF, authorization_query, bearing, exchange, note, open, query_parameter, register,
};
use crate::support::{Answer, Request, TestServer, cell};

on_every_backend!(
    authorization_code_flow_gives_a_working_token,
    defect_10_denied_consent_returns_access_denied,
    consent_needs_the_allow_button_alone,
    out_of_band_code_is_shown_on_a_page,
    forged_forms_and_password_guessing_are_refused,
    authorization_pages_forbid_framing_but_not_redirects,
);

async fn authorization_code_flow_gives_a_working_token(server: TestServer) {
    server.account("alice").await;
    let client = register(&server, "native", BACK).await;
    let more = [PROOF[0], PROOF[1], ("scope", "writeown")];
    let mut browser = open(&server, &client, BACK, &more).await;
    for needed in [
        "form id=\"oauth2-authentication\"",
        "id=\"username\" name=\"nickname\"",
        "id=\"password\"",
        "id=\"authenticate\"",
        "id=\"cancel\"",
    ] {
        assert!(browser.page.contains(needed), "{needed}");
    }
    browser.sign_in("alice").await;
    for needed in [
        "form id=\"oauth2-authorization\" action=\"/oauth2/authz\"",
        "name=\"allow\"",
        "name=\"deny\"",
        "post, like",
        "app.example",
    ] {
        assert!(browser.page.contains(needed), "{needed}");
    }
    assert!(!browser.page.contains("change your password"));
    let answer = browser.press("allow").await.is(303);
    let address = answer.header("location");
    assert!(
        address.starts_with("https://app.example/cb?x=1&code="),
        "{address}"
    );
    assert_eq!(query_parameter(address, "state").as_deref(), Some("s&s"));
    let code = query_parameter(address, "code").unwrap();
    let answer = exchange(&server, &client, &[("code", &code)]).await.is(200);
    assert_eq!(
        (answer.header("cache-control"), answer.header("pragma")),
        ("no-store", "no-cache")
    );
    let json = answer.json();
    assert_eq!(
        (&json["token_type"], &json["scope"]),
        (&json!("Bearer"), &json!("read writeown"))
    );
    assert!(json.get("expires_in").is_none());
    let token = json["access_token"].as_str().unwrap();
    let profile = server
        .send(bearing(Request::get("/api/whoami"), token))
        .await
        .is(302);
    assert_eq!(
        profile.header("location"),
        "http://pump.example/api/user/alice/profile"
    );
    let posted = server
        .send(bearing(
            Request::post("/api/user/alice/feed").json(&note()),
            token,
        ))
        .await
        .ok();
    let found = server
        .send(bearing(Request::get("/api/user/alice/feed"), token))
        .await
        .ok();
    assert_eq!(found["items"][0]["id"], posted["id"]);
    assert_eq!(posted["generator"]["displayName"], "Test & Client");
}

async fn defect_10_denied_consent_returns_access_denied(server: TestServer) {
    server.account("alice").await;
    let client = register(&server, "native", BACK).await;
    for button in ["deny", "denied"] {
        let mut browser = open(&server, &client, BACK, &PROOF).await;
        browser.sign_in("alice").await;
        let address = browser
            .press(button)
            .await
            .is(303)
            .header("location")
            .to_owned();
        assert!(
            address.starts_with("https://app.example/cb?x=1&error=access_denied"),
            "{address}"
        );
        assert_eq!(
            (
                query_parameter(&address, "state").as_deref(),
                query_parameter(&address, "code")
            ),
            (Some("s&s"), None)
        );
        browser.press("allow").await.is(400);
    }
    let browser = open(&server, &client, BACK, &PROOF).await;
    assert_denied(&browser.press("cancel").await);
}

/// Expects that a person is sent back to the client with the error of a refusal.
fn assert_denied(answer: &Answer) {
    assert_eq!(answer.status, 303);
    let error = query_parameter(answer.header("location"), "error");
    assert_eq!(error.as_deref(), Some("access_denied"));
}

async fn consent_needs_the_allow_button_alone(server: TestServer) {
    server.account("alice").await;
    let client = register(&server, "native", BACK).await;
    let mut browser = open(&server, &client, BACK, &PROOF).await;
    browser.sign_in("alice").await;
    browser.press("whatever").await.is(400);
    let both = browser.post(&[("allow", "x"), ("deny", "x")]);
    assert_denied(&server.send(both).await);
}

async fn out_of_band_code_is_shown_on_a_page(server: TestServer) {
    server.account("alice").await;
    let oob = "urn:ietf:wg:oauth:2.0:oob";
    let client = register(&server, "native", oob).await;
    let mut browser = open(&server, &client, oob, &PROOF).await;
    browser.sign_in("alice").await;
    let code = cell(&browser.press("allow").await.is(200).text(), "code");
    exchange(&server, &client, &[("code", &code), ("redirect_uri", oob)])
        .await
        .ok();
    let mut browser = open(&server, &client, oob, &PROOF).await;
    browser.sign_in("alice").await;
    assert!(
        browser
            .press("deny")
            .await
            .is(200)
            .text()
            .contains("Denied")
    );
    let target = format!("/oauth2/authz?{}", authorization_query(&client, oob, &[]));
    server.send(Request::get(&target)).await.is(400);
}

async fn forged_forms_and_password_guessing_are_refused(server: TestServer) {
    server.account("alice").await;
    let client = register(&server, "native", BACK).await;
    let mut browser = open(&server, &client, BACK, &PROOF).await;
    let wrong = || browser.post(&[("nickname", "alice"), ("password", "wrong")]);
    for refused in [
        wrong().header("cookie", ""),
        wrong().header("sec-fetch-site", "cross-site"),
        wrong().header("origin", "http://evil.example"),
    ] {
        server.send(refused).await.is(403);
    }
    for _ in 0..20 {
        assert!(
            server
                .send(wrong())
                .await
                .is(400)
                .text()
                .contains("role=\"alert\"")
        );
    }
    assert_eq!(
        server.send(wrong()).await.is(429).header("retry-after"),
        "6"
    );
    server.clock.advance(6);
    browser.sign_in("alice").await;
    let allow = || browser.post(&[("allow", "x")]);
    for refused in [
        allow().header("cookie", ""),
        allow().header("origin", "null"),
    ] {
        server.send(refused).await.is(403);
    }
    let answer = server.send(allow()).await.is(303);
    assert_eq!(answer.header("cache-control"), "no-store");
}

async fn authorization_pages_forbid_framing_but_not_redirects(server: TestServer) {
    let client = register(&server, "native", BACK).await;
    let target = format!(
        "/oauth2/authc?{}",
        authorization_query(&client, BACK, &PROOF)
    );
    let answer = server.send(Request::get(&target)).await.is(200);
    let policy = answer.header("content-security-policy");
    assert!(policy.contains("frame-ancestors 'none'") && !policy.contains("form-action"));
    assert!(answer.text().contains("Test &#38; Client"));
}
