//! Request tokens, callbacks, verifiers, and their exchange for access tokens.

use super::{FORM, allowed, exchange, name, open, request_token};
use crate::support::{Credentials, Request, TestServer, cell};

on_every_backend!(
    out_of_band_flow_gives_a_working_token,
    token_endpoints_accept_get_and_trailing_slashes,
    callback_receives_token_and_verifier,
    invalid_callback_is_refused,
    token_endpoint_errors_name_the_problem,
    defect_2_verifier_is_checked_and_works_once,
    same_client_and_person_get_the_same_access_token,
    parallel_exchanges_give_one_access_token,
);

async fn out_of_band_flow_gives_a_working_token(server: TestServer) {
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

async fn token_endpoints_accept_get_and_trailing_slashes(server: TestServer) {
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

async fn callback_receives_token_and_verifier(server: TestServer) {
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

async fn invalid_callback_is_refused(server: TestServer) {
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

async fn same_client_and_person_get_the_same_access_token(server: TestServer) {
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

async fn parallel_exchanges_give_one_access_token(server: TestServer) {
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
