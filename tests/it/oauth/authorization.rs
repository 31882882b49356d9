//! Authorization pages of OAuth 1.0a: sign-in, consent, and protection of the forms.

use http::header;
use serde_json::json;

use super::{allowed, exchange, name, open, request_token};
use crate::support::{BASE, Credentials, PASSWORD, Request, TestServer};

on_every_backend!(
    defect_2_sign_in_without_consent_gives_no_token,
    denied_request_token_cannot_be_used,
    defect_3_wrong_verifier_on_the_form_gets_an_error_page,
    wrong_password_shows_the_form_again,
    unknown_or_expired_request_token_gets_an_error_page,
    cross_site_form_posts_are_refused,
    password_guessing_is_rate_limited,
    password_guessing_does_not_lock_out_the_owner,
    responses_forbid_caching_and_pages_forbid_framing,
    application_name_is_escaped,
    member_is_asked_without_a_second_password,
    page_of_consent_speaks_the_language_of_the_browser,
);

async fn defect_2_sign_in_without_consent_gives_no_token(server: TestServer) {
    server.account("alice").await;
    let client = server.client().await;
    let token = request_token(&server, &client, "oob").await;
    exchange(&server, &token, "x").await.is(401);
    let mut browser = open(&server, name(&token)).await;
    browser.sign_in("alice").await;
    let verifier = browser.field("verifier");
    exchange(&server, &token, &verifier).await.is(401);
}

async fn denied_request_token_cannot_be_used(server: TestServer) {
    server.account("alice").await;
    let client = server.client().await;
    for (callback, status) in [("oob", 200), ("https://app.example/cb", 303)] {
        let token = request_token(&server, &client, callback).await;
        let mut browser = open(&server, name(&token)).await;
        browser.sign_in("alice").await;
        let answer = browser.press("deny").await.is(status);
        assert_eq!(
            answer
                .header("location")
                .contains("oauth_problem=permission_denied"),
            status == 303
        );
        browser.press("authorize").await.is(400);
        let verifier = browser.field("verifier");
        exchange(&server, &token, &verifier).await.is(400);
    }
}

async fn defect_3_wrong_verifier_on_the_form_gets_an_error_page(server: TestServer) {
    server.account("alice").await;
    let client = server.client().await;
    let token = request_token(&server, &client, "oob").await;
    let browser = open(&server, name(&token)).await;
    for fields in [
        [("verifier", "wrong"), ("authorize", "x")],
        [("verifier", ""), ("deny", "x")],
    ] {
        let answer = server.send(browser.post(&fields)).await.is(400);
        assert!(answer.header("content-type").starts_with("text/html"));
    }
}

async fn wrong_password_shows_the_form_again(server: TestServer) {
    server.account("alice").await;
    let client = server.client().await;
    let token = request_token(&server, &client, "oob").await;
    let browser = open(&server, name(&token)).await;
    for nickname in ["alice", "nobody", "Alice", "a\0b", "../x", ""] {
        let form = browser.post(&[("username", nickname), ("password", "wrong")]);
        let page = server.send(form).await.is(400).text();
        assert!(page.contains("role=\"alert\"") && page.contains("id=\"oauth-authentication\""));
    }
}

async fn unknown_or_expired_request_token_gets_an_error_page(server: TestServer) {
    server.account("alice").await;
    let client = server.client().await;
    for target in [
        "/oauth/authorize",
        "/oauth/authorize?oauth_token=x",
        "/oauth/authorize?oauth_token=",
    ] {
        server.send(Request::get(target)).await.is(400);
    }
    let token = request_token(&server, &client, "oob").await;
    let browser = open(&server, name(&token)).await;
    let nul = Request::post("/oauth/authorize").header("cookie", &browser.cookie);
    let guard = browser.field("guard");
    let fields = [
        ("guard", guard.as_str()),
        ("oauth_token", "a\0b"),
        ("username", "alice"),
        ("password", "x"),
    ];
    server.send(nul.form(&fields)).await.is(400);
    let (allowed, verifier) = allowed(&server, &client, "alice").await;
    server.clock.advance(601);
    let form = browser.post(&[("username", "alice"), ("password", PASSWORD)]);
    server.send(form).await.is(400);
    exchange(&server, &allowed, &verifier).await.is(401);
}

async fn cross_site_form_posts_are_refused(server: TestServer) {
    server.account("alice").await;
    let client = server.client().await;
    let token = request_token(&server, &client, "oob").await;
    let browser = open(&server, name(&token)).await;
    let form = || browser.post(&[("username", "alice"), ("password", PASSWORD)]);
    for refused in [
        form().header("cookie", ""),
        form().header("cookie", &format!("oauth_guard={}", "x".repeat(43))),
        form().header("sec-fetch-site", "cross-site"),
        form().header("sec-fetch-site", "same-site"),
        form().header("origin", "null"),
        form().header("origin", "http://evil.example"),
        form().header("origin", "http://pump.example.evil.example"),
    ] {
        let answer = server.send(refused).await.is(403);
        assert!(answer.header("content-type").starts_with("text/html"));
    }
    let good = form()
        .header("origin", "http://pump.example")
        .header("sec-fetch-site", "same-origin");
    server.send(good).await.is(200);
}

async fn password_guessing_is_rate_limited(server: TestServer) {
    server.account("alice").await;
    let client = server.client().await;
    let token = request_token(&server, &client, "oob").await;
    let browser = open(&server, name(&token)).await;
    let form = || browser.post(&[("username", "alice"), ("password", "wrong")]);
    for _ in 0..20 {
        server.send(form()).await.is(400);
    }
    let refused = server.send(form()).await.is(429);
    assert!(refused.text().contains("role=\"alert\""));
    assert_eq!(refused.header("retry-after"), "6");
    server.clock.advance(6);
    server.send(form()).await.is(400);
}

async fn password_guessing_does_not_lock_out_the_owner(server: TestServer) {
    server.account("alice").await;
    let client = server.client().await;
    let token = request_token(&server, &client, "oob").await;
    let browser = open(&server, name(&token)).await;
    let wrong = |peer: &str| {
        browser
            .post(&[("username", "alice"), ("password", "wrong")])
            .from(peer)
    };
    for _ in 0..20 {
        server.send(wrong("192.0.2.1:1000")).await.is(400);
    }
    for port in 0..400 {
        server
            .send(wrong(&format!("192.0.2.1:{}", 2000 + port)))
            .await
            .is(429);
    }
    let right = browser.post(&[("username", "alice"), ("password", PASSWORD)]);
    server.send(right.from("192.0.2.2:1000")).await.is(200);
}

async fn responses_forbid_caching_and_pages_forbid_framing(server: TestServer) {
    server.account("alice").await;
    let client = server.client().await;
    let answer = server
        .send(
            Request::post("/oauth/request_token")
                .by(&client)
                .callback("https://app.example/"),
        )
        .await;
    assert_eq!(answer.header("cache-control"), "no-store");
    let token = answer.parameter("oauth_token");
    let browser = open(&server, &token).await;
    let answer = server
        .send(browser.post(&[("username", "alice"), ("password", PASSWORD)]))
        .await
        .is(200);
    assert_eq!(answer.header("cache-control"), "no-store");
    let policy = answer.header(header::CONTENT_SECURITY_POLICY.as_str());
    // With a form-action the browser would not follow the redirect to the application.
    assert!(policy.contains("frame-ancestors 'none'") && !policy.contains("form-action"));
}

async fn application_name_is_escaped(server: TestServer) {
    let registration =
        json!({"type": "client_associate", "application_name": "<script>x</script>"});
    let answer = server
        .send(Request::post("/api/client/register").json(&registration))
        .await
        .json();
    let client = Credentials::client(
        answer["client_id"].as_str().unwrap(),
        answer["client_secret"].as_str().unwrap(),
    );
    let token = request_token(&server, &client, "oob").await;
    let browser = open(&server, name(&token)).await;
    assert!(!browser.page.contains("<script>"));
}

async fn member_is_asked_without_a_second_password(server: TestServer) {
    for nickname in ["alice", "bob"] {
        server.account(nickname).await;
    }
    let client = server.client().await;
    let token = request_token(&server, &client, "oob").await;
    let form = [("nickname", "alice"), ("password", PASSWORD)];
    let sign_in = Request::post("/main/login").form(&form);
    let session = server.send(sign_in.header("origin", BASE)).await.is(303);
    let session = session.header("set-cookie").split(';').next().unwrap();
    let path = format!("/oauth/authorize?oauth_token={}", name(&token));
    let ask = |path: &str| server.send(Request::get(path).header("cookie", session));
    let page = ask(&path).await.is(200).text();
    assert!(page.contains("id=\"username\">alice<") && page.contains("button id=\"authorize\""));
    let other = format!("{path}&as=other");
    assert!(page.contains(&other.replace('&', "&#38;")), "{page}");
    let page = ask(&other).await.is(200).text();
    assert!(page.contains("form id=\"oauth-authentication\""), "{page}");
}

async fn page_of_consent_speaks_the_language_of_the_browser(server: TestServer) {
    let client = server.client().await;
    let token = request_token(&server, &client, "oob").await;
    let path = format!("/oauth/authorize?oauth_token={}", name(&token));
    let page = Request::get(&path).header("accept-language", "de");
    let page = server.send(page).await.is(200).text();
    assert!(page.contains("<html lang=\"de\">") && page.contains(">Anmelden</button>"));
    let unknown = Request::get("/oauth/authorize").header("accept-language", "de");
    let page = server.send(unknown).await.is(400).text();
    assert!(page.contains("Geh zurück zur Anwendung"), "{page}");
}
