//! Verification of OAuth 1.0a signatures, timestamps and nonces (pump-api 4.1, 4.2).

use serde_json::json;

use crate::support::{Backend, Credentials, NOW, Request, TestServer, form};

on_every_backend!(
    every_signature_method_is_accepted,
    parameters_may_be_in_the_query_or_the_form,
    form_parameters_are_signed,
    credential_errors_name_the_problem,
    nonce_works_once_per_client_token_and_timestamp,
    invalid_signature_uses_up_no_nonce,
    timestamp_outside_the_window_is_refused,
    nonces_are_forgotten_after_the_timestamp_window,
    decoded_query_may_be_signed_encoded,
    query_repeated_in_the_header_is_signed_once,
    plaintext_signature_needs_tls,
);

async fn every_signature_method_is_accepted(server: TestServer) {
    let alice = server.user("alice").await;
    for method in ["HMAC-SHA1", "HMAC-SHA256"] {
        let answer = server
            .send(Request::get("/api/whoami").by(&alice).signing(method))
            .await
            .is(302);
        assert_eq!(
            answer.header("location"),
            "http://pump.example/api/user/alice/profile"
        );
    }
}

async fn parameters_may_be_in_the_query_or_the_form(server: TestServer) {
    let client = server.client().await;
    let target = "/api/users?x=1";
    let header = Request::get(target)
        .by(&client)
        .authorization(&*server.clock)
        .unwrap();
    let query = header["OAuth ".len()..].replace('"', "").replace(',', "&");
    server
        .send(Request::get(&format!("{target}&{query}")))
        .await
        .is(200);

    let fields = [("nickname", "carol"), ("password", "not so bad 1")];
    let post = Request::post("/api/users").form(&fields);
    let header = post
        .clone()
        .by(&client)
        .authorization(&*server.clock)
        .unwrap();
    let oauth = header["OAuth ".len()..].replace('"', "").replace(',', "&");
    let body = format!("{}&{oauth}", crate::support::form(&fields));
    let answer = server
        .send(post.body("application/x-www-form-urlencoded", body))
        .await
        .is(200);
    assert_eq!(answer.json()["nickname"], "carol");
    assert!(!answer.text().contains("oauth_"));
}

async fn form_parameters_are_signed(server: TestServer) {
    let client = server.client().await;
    let signed =
        Request::post("/api/users").form(&[("nickname", "carol"), ("password", "not so bad 1")]);
    let header = signed.by(&client).authorization(&*server.clock).unwrap();
    let sent =
        Request::post("/api/users").form(&[("nickname", "mallory"), ("password", "not so bad 1")]);
    let answer = server
        .send(sent.header("authorization", &header))
        .await
        .is(400);
    assert_eq!(answer.text(), "Invalid signature");
}

async fn credential_errors_name_the_problem(server: TestServer) {
    let alice = server.user("alice").await;
    let bob = server.user("bob").await;
    let (token, secret) = bob.token.clone().unwrap();
    let feed = || Request::get("/api/user/alice/inbox");
    for (request, status, text) in [
        (
            feed().by(&Credentials {
                secret: "wrong".into(),
                ..alice.clone()
            }),
            400,
            "Invalid signature",
        ),
        (
            feed().by(&Credentials {
                key: "nobody".into(),
                ..alice.clone()
            }),
            401,
            "Invalid / used nonce",
        ),
        (
            feed().by(&alice.with_token("nothing", "x")),
            400,
            "Invalid / expired Token",
        ),
        (
            feed().by(&alice.with_token(&token, &secret)),
            401,
            "Invalid / used nonce",
        ),
        (
            feed().by(&alice).signing("RSA-SHA1"),
            400,
            "Invalid Signature Method",
        ),
        (
            feed().by(&Credentials {
                token: None,
                ..alice.clone()
            }),
            400,
            "Missing required parameter",
        ),
        (
            feed().header("authorization", "OAuth x"),
            400,
            "Malformed OAuth parameters",
        ),
        (
            feed().header("authorization", "OAuth"),
            400,
            "Missing required parameter",
        ),
        (
            feed().header("authorization", "OAuth oauth_token=\"%00\""),
            400,
            "Malformed OAuth parameters",
        ),
        (
            feed().by(&alice).nonce(&"n".repeat(1000)),
            400,
            "Invalid nonce",
        ),
        (feed().by(&alice).nonce(""), 400, "Invalid nonce"),
    ] {
        let answer = server.send(request).await.is(status);
        assert!(answer.text().starts_with(text), "{}", answer.text());
        assert_eq!(answer.header("www-authenticate"), "OAuth realm=\"OAuth\"");
    }
}

async fn nonce_works_once_per_client_token_and_timestamp(server: TestServer) {
    let alice = server.user("alice").await;
    let read = Request::get("/api/whoami").by(&alice).nonce("n");
    server.send(read.clone()).await.is(302);
    let answer = server.send(read.clone()).await.is(401);
    assert_eq!(answer.text(), "Invalid / used nonce");
    server.send(read.clone().timestamp(NOW + 1)).await.is(302);
    server.again(|_| ()).send(read).await.is(401);
}

async fn invalid_signature_uses_up_no_nonce(server: TestServer) {
    let alice = server.user("alice").await;
    let thief = Credentials {
        secret: "wrong".into(),
        ..alice.clone()
    };
    let read = Request::get("/api/whoami").nonce("n");
    server.send(read.clone().by(&thief)).await.is(400);
    server.send(read.by(&alice)).await.is(302);
}

async fn timestamp_outside_the_window_is_refused(server: TestServer) {
    let alice = server.user("alice").await;
    let at = |seconds| {
        Request::get("/api/whoami")
            .by(&alice)
            .timestamp(NOW + seconds)
    };
    for (seconds, status) in [
        (-300, 302),
        (300, 302),
        (-301, 401),
        (301, 401),
        (-NOW + 1, 401),
    ] {
        server.send(at(seconds)).await.is(status);
    }
}

async fn nonces_are_forgotten_after_the_timestamp_window(server: TestServer) {
    let alice = server.user("alice").await;
    let read = Request::get("/api/whoami")
        .by(&alice)
        .nonce("n")
        .timestamp(NOW);
    server.send(read.clone()).await.is(302);
    for seconds in [300, 1] {
        server.clock.advance(seconds);
        hydraulics::service::background::delete_expired(&server.ctx())
            .await
            .unwrap();
        server.send(read.clone()).await.is(401);
    }
}

async fn decoded_query_may_be_signed_encoded(server: TestServer) {
    let alice = server.user("alice").await;
    let note = json!({"object": {"objectType": "note", "content": "hi"}});
    let posted = server
        .send(Request::post("/api/user/alice/feed").json(&note).by(&alice))
        .await
        .is(200);
    let id = posted.json()["id"].as_str().unwrap().to_owned();
    let encoded = crate::support::form(&[("before", &id)]);
    let read = Request::get(&format!("/api/user/alice/feed?before={id}"))
        .signed_as(&format!("/api/user/alice/feed?{encoded}"));
    server.send(read.by(&alice)).await.is(200);
}

async fn query_repeated_in_the_header_is_signed_once(server: TestServer) {
    let alice = server.user("alice").await;
    let note = "http://pump.example/api/activity/a+b c";
    let before = form(&[("since", note), ("count", "20")]);
    for (query, again, status) in [
        ("count=20", "count=\"20\"", 200),
        ("count=20&offset=1", "offset=\"1\",count=\"20\"", 200),
        ("count=20", "count=\"21\"", 400),
        ("count=20", "offset=\"1\"", 400),
        (
            before.as_str(),
            "since=\"http%3A%2F%2Fpump.example%2Fapi%2Factivity%2Fa%2Bb%20c\"",
            400,
        ),
    ] {
        let read = Request::get(&format!("/api/user/alice/inbox?{query}"));
        let header = read
            .clone()
            .by(&alice)
            .authorization(&*server.clock)
            .unwrap();
        let header = header.replace("OAuth ", &format!("OAuth {again},"));
        let answer = server
            .send(read.header("authorization", &header))
            .await
            .is(status);
        let invalid = answer.text() == "Invalid signature";
        assert_eq!(
            invalid,
            status == 400 && query != before,
            "{}",
            answer.text()
        );
    }
}

async fn plaintext_signature_needs_tls(server: TestServer) {
    let alice = server.user("alice").await;
    let read = || Request::get("/api/whoami").by(&alice).signing("PLAINTEXT");
    let answer = server.send(read()).await.is(400);
    assert!(answer.text().starts_with("Invalid Signature Method"));
    let claimed = read().header("x-forwarded-proto", "https");
    server.send(claimed).await.is(400);
    let lenient = server.again(|settings| settings.oauth.plaintext_without_tls = true);
    lenient.send(read()).await.is(302);
    lenient.send(read().nonce("twice")).await.is(302);
    lenient.send(read().nonce("twice")).await.is(401);
    let twice_encoded = "OAuth oauth_consumer_key=\"client-of-alice\",\
        oauth_token=\"token-of-alice\",oauth_signature_method=\"PLAINTEXT\",\
        oauth_signature=\"client-secret%2526token-secret\"";
    lenient
        .send(Request::get("/api/whoami").header("authorization", twice_encoded))
        .await
        .is(302);
}

fn behind_a_proxy(settings: &mut hydraulics::app::Settings) {
    settings.urls = hydraulics::model::Urls::new(&"https://pump.example".parse().unwrap()).unwrap();
    settings.trusted_proxies = vec!["10.0.0.0/8".parse().unwrap()];
}

on_every_backend!(defect_16_forwarded_proto_and_host_are_trusted,);

async fn defect_16_forwarded_proto_and_host_are_trusted(server: TestServer) {
    let server = server.again(behind_a_proxy);
    let alice = server.user("alice").await;
    let proxied = || {
        Request::get("/api/whoami")
            .by(&alice)
            .header("host", "127.0.0.1:8080")
            .signed_as_host("pump.example")
            .header("x-forwarded-host", "pump.example")
            .header("x-forwarded-proto", "https")
    };
    for (peer, status) in [("10.1.2.3:4", 302), ("192.0.2.1:4", 400)] {
        server
            .send(proxied().signed_as_https().from(peer))
            .await
            .is(status);
        server
            .send(proxied().signing("PLAINTEXT").from(peer))
            .await
            .is(status);
    }
}

#[tokio::test]
async fn scheme_of_other_hosts_is_http() {
    let server = TestServer::with(Backend::Memory, behind_a_proxy).await;
    let alice = server.user("alice").await;
    let read = || Request::get("/api/whoami").by(&alice);
    server.send(read().signed_as_https()).await.is(302);
    server
        .send(read().signed_as_https().header("host", "Pump.Example:443"))
        .await
        .is(302);
    server.send(read()).await.is(400);
    server
        .send(read().header("host", "127.0.0.1:8080"))
        .await
        .is(302);
}
