//! Clients, and their way to an access token (pump-api 3, 4.3 to 4.5).

use http::header;
use serde_json::json;

use crate::support::{Answer, Browser, Credentials, PASSWORD, Request, TestServer, cell, form};

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

on_every_backend!(
    a_client_registers_by_json_form_or_multipart,
    a_registration_without_a_type_is_refused,
    a_client_with_its_secret_changes_itself,
    the_whole_way_out_of_band_ends_with_a_token_that_works,
    token_endpoints_take_get_and_slashes_at_the_end,
    a_callback_is_called_with_token_and_verifier,
    a_bad_callback_is_refused,
    token_endpoint_errors_name_the_problem,
    defect_2_verifier_is_checked_and_works_once,
    defect_2_signing_in_without_consent_gives_nothing,
    deny_denies,
    defect_3_a_wrong_verifier_on_the_form_is_a_page_that_says_so,
    a_wrong_password_shows_the_form_again,
    an_unknown_or_expired_token_is_a_page_that_says_so,
    a_post_from_elsewhere_is_refused,
    passwords_cant_be_tried_without_end,
    a_stranger_who_guesses_does_not_keep_the_owner_out,
    the_same_client_and_person_get_the_same_token_again,
    parallel_exchanges_neither_fail_nor_double,
    answers_with_secrets_are_never_stored_and_pages_never_framed,
    the_name_of_an_application_is_text,
);

async fn a_client_registers_by_json_form_or_multipart(server: TestServer) {
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

async fn a_registration_without_a_type_is_refused(server: TestServer) {
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

async fn a_client_with_its_secret_changes_itself(server: TestServer) {
    let client = server.client().await;
    let update = |id: &str, secret: &str| {
        Request::post("/api/client/register").json(&json!({
                "type": "client_update", "client_id": id, "client_secret": secret, "application_name": "Changed",
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

async fn the_whole_way_out_of_band_ends_with_a_token_that_works(server: TestServer) {
    server.account("alice").await;
    let client = server.client().await;
    let token = request_token(&server, &client, "oob").await;
    let mut browser = open(&server, name(&token)).await;
    for needed in [
        "form id=\"oauth-authentication\"",
        "id=\"username\"",
        "id=\"password\"",
        "id=\"authenticate\"",
        "Test Client",
    ] {
        assert!(browser.page.contains(needed), "{needed}");
    }
    browser.sign_in("alice").await;
    for needed in [
        "form id=\"oauth-authorization\"",
        "button id=\"authorize\"",
        "id=\"oauth_token\"",
        "id=\"verifier\"",
        "id=\"username\">alice<",
        "Test Client",
    ] {
        assert!(browser.page.contains(needed), "{needed}");
    }
    let page = browser.press("authorize").await.is(200).text();
    assert_eq!(cell(&page, "token"), name(&token));
    let answer = exchange(&server, &token, &cell(&page, "verifier"))
        .await
        .is(200);
    assert_eq!(answer.header("content-type"), FORM);
    let access = client.with_token(
        &answer.parameter("oauth_token"),
        &answer.parameter("oauth_token_secret"),
    );
    let profile = server
        .send(Request::get("/api/whoami").by(&access))
        .await
        .is(302);
    assert_eq!(
        profile.header("location"),
        "http://pump.example/api/user/alice/profile"
    );
}

async fn token_endpoints_take_get_and_slashes_at_the_end(server: TestServer) {
    server.account("alice").await;
    let client = server.client().await;
    let get = Request::get("/oauth/request_token/")
        .by(&client)
        .callback("oob");
    let answer = server.send(get).await.is(200);
    let token = client.with_token(
        &answer.parameter("oauth_token"),
        &answer.parameter("oauth_token_secret"),
    );
    let mut browser = open(&server, name(&token)).await;
    browser.sign_in("alice").await;
    let verifier = cell(&browser.press("authorize").await.text(), "verifier");
    let get = Request::get("/oauth/access_token/")
        .by(&token)
        .verifier(&verifier);
    server
        .send(get)
        .await
        .is(200)
        .parameter("oauth_token_secret");
}

async fn a_callback_is_called_with_token_and_verifier(server: TestServer) {
    server.account("alice").await;
    let client = server.client().await;
    for (callback, start) in [
        (
            "https://app.example/cb",
            "https://app.example/cb?oauth_token=",
        ),
        (
            "https://app.example/cb?x=a%20b#f",
            "https://app.example/cb?x=a%20b&oauth_token=",
        ),
        ("myapp://cb", "myapp://cb?oauth_token="),
    ] {
        let token = request_token(&server, &client, callback).await;
        let mut browser = open(&server, name(&token)).await;
        browser.sign_in("alice").await;
        let answer = browser.press("authorize").await.is(303);
        let location = answer.header("location");
        assert!(location.starts_with(start), "{location}");
        let verifier = location
            .split_once("oauth_verifier=")
            .unwrap()
            .1
            .split('#')
            .next()
            .unwrap();
        exchange(&server, &token, verifier).await.is(200);
    }
}

async fn a_bad_callback_is_refused(server: TestServer) {
    let client = server.client().await;
    for callback in ["", "/cb", "javascript:alert(1)", "data:text/html,x", "OOB"] {
        let request = Request::post("/oauth/request_token")
            .by(&client)
            .callback(callback);
        server.send(request).await.is(400);
    }
    let none = Request::post("/oauth/request_token").by(&client);
    assert_eq!(
        server.send(none).await.is(400).text(),
        "Missing required parameter"
    );
}

async fn token_endpoint_errors_name_the_problem(server: TestServer) {
    server.account("alice").await;
    let client = server.client().await;
    let ask = |client: &Credentials| {
        Request::post("/oauth/request_token")
            .by(client)
            .callback("oob")
    };
    let nobody = Credentials {
        key: "nobody".into(),
        ..client.clone()
    };
    let liar = Credentials {
        secret: "wrong".into(),
        ..client.clone()
    };
    for (request, status, text) in [
        (ask(&nobody), 400, "Invalid Consumer Key"),
        (ask(&liar), 401, "Invalid signature"),
        (ask(&client).signing("MD5"), 400, "Invalid Signature Method"),
        (ask(&client).timestamp(1), 401, "Invalid timestamp"),
        (
            Request::post("/oauth/access_token").by(&client),
            400,
            "Missing required parameter",
        ),
        (
            Request::post("/oauth/access_token")
                .by(&client.with_token("x", "y"))
                .verifier("v"),
            400,
            "Invalid / expired Token",
        ),
    ] {
        assert!(
            server
                .send(request)
                .await
                .is(status)
                .text()
                .starts_with(text)
        );
    }
    let (token, verifier) = allowed(&server, &client, "alice").await;
    let other = server.client().await;
    let stolen = Credentials {
        token: token.token.clone(),
        ..other
    };
    exchange(&server, &stolen, &verifier).await.is(400);
    exchange(&server, &token.with_token(name(&token), "wrong"), &verifier)
        .await
        .is(401);
    exchange(&server, &token, &verifier).await.is(200);
}

async fn defect_2_verifier_is_checked_and_works_once(server: TestServer) {
    server.account("alice").await;
    let client = server.client().await;
    let (token, verifier) = allowed(&server, &client, "alice").await;
    exchange(&server, &token, "wrong").await.is(401);
    exchange(&server, &token, &verifier).await.is(200);
    exchange(&server, &token, &verifier).await.is(400);
}

async fn defect_2_signing_in_without_consent_gives_nothing(server: TestServer) {
    server.account("alice").await;
    let client = server.client().await;
    let token = request_token(&server, &client, "oob").await;
    exchange(&server, &token, "x").await.is(401);
    let mut browser = open(&server, name(&token)).await;
    browser.sign_in("alice").await;
    let verifier = browser.field("verifier");
    exchange(&server, &token, &verifier).await.is(401);
}

async fn deny_denies(server: TestServer) {
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

async fn defect_3_a_wrong_verifier_on_the_form_is_a_page_that_says_so(server: TestServer) {
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

async fn a_wrong_password_shows_the_form_again(server: TestServer) {
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

async fn an_unknown_or_expired_token_is_a_page_that_says_so(server: TestServer) {
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

async fn a_post_from_elsewhere_is_refused(server: TestServer) {
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

async fn passwords_cant_be_tried_without_end(server: TestServer) {
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

async fn a_stranger_who_guesses_does_not_keep_the_owner_out(server: TestServer) {
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

async fn the_same_client_and_person_get_the_same_token_again(server: TestServer) {
    server.account("alice").await;
    server.account("bob").await;
    let client = server.client().await;
    let mut tokens = Vec::new();
    for nickname in ["alice", "alice", "bob"] {
        let (token, verifier) = allowed(&server, &client, nickname).await;
        tokens.push(
            exchange(&server, &token, &verifier)
                .await
                .is(200)
                .parameter("oauth_token"),
        );
    }
    assert_eq!(tokens[0], tokens[1]);
    assert_ne!(tokens[0], tokens[2]);
}

async fn parallel_exchanges_neither_fail_nor_double(server: TestServer) {
    server.account("alice").await;
    let client = server.client().await;
    let mut allowed_ones = Vec::new();
    for _ in 0..8 {
        allowed_ones.push(allowed(&server, &client, "alice").await);
    }
    let exchanges = allowed_ones
        .iter()
        .map(|(token, verifier)| exchange(&server, token, verifier));
    let answers = futures_util::future::join_all(exchanges).await;
    let mut tokens: Vec<_> = answers
        .into_iter()
        .map(|answer| answer.is(200).parameter("oauth_token"))
        .collect();
    tokens.dedup();
    assert_eq!(tokens.len(), 1);
}

async fn answers_with_secrets_are_never_stored_and_pages_never_framed(server: TestServer) {
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

async fn the_name_of_an_application_is_text(server: TestServer) {
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
