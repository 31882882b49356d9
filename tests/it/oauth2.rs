//! OAuth 2.0 (pump-api 5, and 18.2 no. 10).

use base64::{Engine, engine::general_purpose::STANDARD};
use hydraulics::model::{Scope, Secret};
use serde_json::{Value, json};

use crate::support::{Answer, Browser, Credentials, PASSWORD, Request, TestServer, cell, form};

/// From RFC 7636 appendix B.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

const BACK: &str = "https://app.example/cb?x=1";
const PROOF: [(&str, &str); 2] = [
    ("code_challenge", CHALLENGE),
    ("code_challenge_method", "S256"),
];

/// Registers a client of a kind, with addresses.
async fn register(server: &TestServer, kind: &str, redirect_uris: &str) -> Credentials {
    let registration = json!({
        "type": "client_associate", "application_type": kind, "application_name": "Test & Client",
        "redirect_uris": redirect_uris,
    });
    let request = Request::post("/api/client/register").json(&registration);
    let answer = server.send(request).await.ok();
    let text = |name: &str| answer[name].as_str().unwrap().to_owned();
    Credentials::client(&text("client_id"), &text("client_secret"))
}

/// The query of a way to the question.
fn question(client: &Credentials, back: &str, more: &[(&str, &str)]) -> String {
    let mut fields = vec![
        ("response_type", "code"),
        ("client_id", &client.key),
        ("redirect_uri", back),
        ("state", "s&s"),
    ];
    fields.retain(|(name, _)| more.iter().all(|(other, _)| other != name));
    fields.extend(more.iter().filter(|(_, value)| !value.is_empty()));
    form(&fields)
}

/// Goes to where a person signs in.
async fn open<'a>(
    server: &'a TestServer,
    client: &Credentials,
    back: &str,
    more: &[(&str, &str)],
) -> Browser<'a> {
    let target = format!("/oauth2/authz?{}", question(client, back, more));
    let sent_on = server.send(Request::get(&target)).await.is(302);
    assert!(sent_on.header("location").starts_with("/oauth2/authc?"));
    Browser::open(server, sent_on.header("location")).await
}

/// Parameters of a URL.
fn said(address: &str, name: &str) -> Option<String> {
    let query = address.split_once('?').unwrap().1;
    form_urlencoded::parse(query.as_bytes())
        .find(|(known, _)| known == name)
        .map(|(_, value)| value.into_owned())
}

/// Where a page that says what is wrong leads back to, without sending anyone there.
fn way_back(answer: Answer) -> String {
    let answer = answer.is(400);
    assert_eq!(answer.header("location"), "");
    let page = answer.text();
    let link = page.split_once("<a href=\"").unwrap().1;
    link.split('"').next().unwrap().replace("&#38;", "&")
}

/// Goes all the way to a code for a native client.
async fn code(server: &TestServer, client: &Credentials, nickname: &str, scope: &str) -> String {
    let more = [PROOF[0], PROOF[1], ("scope", scope)];
    let mut browser = open(server, client, BACK, &more).await;
    browser.sign_in(nickname).await;
    let answer = browser.press("allow").await.is(303);
    said(answer.header("location"), "code").unwrap()
}

/// Posts to the token endpoint, with the fields of an exchange but for those given.
async fn exchange(server: &TestServer, client: &Credentials, fields: &[(&str, &str)]) -> Answer {
    let mut all = vec![
        ("grant_type", "authorization_code"),
        ("client_id", &client.key),
        ("redirect_uri", BACK),
        ("code_verifier", VERIFIER),
    ];
    all.retain(|(name, _)| fields.iter().all(|(other, _)| other != name));
    all.extend(fields);
    server.send(Request::post("/oauth2/token").form(&all)).await
}

/// Goes all the way to a token.
async fn token(server: &TestServer, client: &Credentials, nickname: &str, scope: &str) -> String {
    let code = code(server, client, nickname, scope).await;
    let answer = exchange(server, client, &[("code", &code)]).await.ok();
    answer["access_token"].as_str().unwrap().to_owned()
}

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

fn bearing(request: Request, token: &str) -> Request {
    request.header("authorization", &format!("Bearer {token}"))
}

/// The error that a token endpoint tells.
fn told(answer: Answer, status: u16) -> String {
    let answer = answer.is(status);
    assert_eq!(answer.header("cache-control"), "no-store");
    let basic = r#"Basic realm="Pump""#;
    assert_eq!(answer.header("www-authenticate") == basic, status == 401);
    assert!(
        !answer.json()["error_description"]
            .as_str()
            .unwrap()
            .is_empty()
    );
    answer.error()
}

fn note() -> Value {
    json!({ "object": { "objectType": "note", "content": "Hello" } })
}

on_every_backend!(
    the_whole_way_ends_with_a_token_that_reads_and_writes,
    defect_10_deny_denies,
    only_what_says_that_it_allows_allows,
    defect_10_scopes_have_their_names,
    defect_10_a_redirect_uri_that_is_not_registered_is_a_page,
    nobody_is_sent_anywhere_before_they_signed_in,
    a_web_application_may_prove_itself_by_its_secret_alone,
    a_code_is_good_for_its_client_address_and_verifier_only,
    a_code_used_twice_takes_back_what_it_gave,
    codes_and_questions_expire,
    a_ticket_is_no_code_and_a_code_no_ticket,
    a_code_is_shown_to_who_has_nowhere_to_be_sent,
    posts_from_elsewhere_and_guesses_without_end_are_refused,
    the_pages_are_never_framed_and_may_lead_away,
    a_client_can_have_a_token_for_itself,
    a_client_names_itself_in_form_json_or_header,
    each_scope_allows_what_it_says_and_no_more,
    a_token_that_is_not_good_is_told_so_on_reads_and_writes,
    a_client_takes_its_token_back,
    tokens_and_codes_are_kept_as_digests,
);

async fn the_whole_way_ends_with_a_token_that_reads_and_writes(server: TestServer) {
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
    assert_eq!(said(address, "state").as_deref(), Some("s&s"));
    let code = said(address, "code").unwrap();
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

async fn defect_10_deny_denies(server: TestServer) {
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
            (said(&address, "state").as_deref(), said(&address, "code")),
            (Some("s&s"), None)
        );
        browser.press("allow").await.is(400);
    }
    let browser = open(&server, &client, BACK, &PROOF).await;
    let address = browser
        .press("cancel")
        .await
        .is(303)
        .header("location")
        .to_owned();
    assert_eq!(said(&address, "error").as_deref(), Some("access_denied"));
}

async fn only_what_says_that_it_allows_allows(server: TestServer) {
    server.account("alice").await;
    let client = register(&server, "native", BACK).await;
    let mut browser = open(&server, &client, BACK, &PROOF).await;
    browser.sign_in("alice").await;
    browser.press("whatever").await.is(400);
    let both = browser.post(&[("allow", "x"), ("deny", "x")]);
    let address = server
        .send(both)
        .await
        .is(303)
        .header("location")
        .to_owned();
    assert_eq!(said(&address, "error").as_deref(), Some("access_denied"));
}

async fn defect_10_scopes_have_their_names(server: TestServer) {
    server.account("alice").await;
    let client = register(&server, "native", BACK).await;
    for (scope, granted) in [
        ("", "read"),
        ("read", "read"),
        ("writeown", "read writeown"),
        ("writeall read", "read writeown writeall"),
    ] {
        let code = code(&server, &client, "alice", scope).await;
        let answer = exchange(&server, &client, &[("code", &code)]).await.ok();
        assert_eq!(answer["scope"], granted);
    }
    for scope in ["0", "length", "read,writeown", "admin"] {
        let target = format!(
            "/oauth2/authz?{}",
            question(&client, BACK, &[PROOF[0], PROOF[1], ("scope", scope)])
        );
        let address = way_back(server.send(Request::get(&target)).await);
        assert_eq!(said(&address, "error").as_deref(), Some("invalid_scope"));
    }
}

async fn defect_10_a_redirect_uri_that_is_not_registered_is_a_page(server: TestServer) {
    let client = register(
        &server,
        "native",
        "https://app.example/cb?x=1 http://127.0.0.1/cb",
    )
    .await;
    let bare = server.client().await;
    for (client, back) in [
        (&client, "https://app.example/cb"),
        (&client, "https://app.example/cb?x=1&y=2"),
        (&client, "https://evil.example/"),
        (&client, "http://127.0.0.1:8000/other"),
        (&client, ""),
        (&bare, BACK),
    ] {
        for page in ["authz", "authc"] {
            let target = format!("/oauth2/{page}?{}", question(client, back, &PROOF));
            let answer = server.send(Request::get(&target)).await.is(400);
            assert!(answer.header("content-type").starts_with("text/html"));
            assert_eq!(answer.header("location"), "");
        }
    }
    open(&server, &client, "http://127.0.0.1:49152/cb", &PROOF).await;
}

async fn nobody_is_sent_anywhere_before_they_signed_in(server: TestServer) {
    let native = register(&server, "native", BACK).await;
    let nobody = Credentials {
        key: "nobody".into(),
        ..native.clone()
    };
    for query in [
        question(&nobody, BACK, &PROOF),
        question(&native, BACK, &[("client_id", "")]),
        format!("{}&client_id=x", question(&native, BACK, &PROOF)),
    ] {
        server
            .send(Request::get(&format!("/oauth2/authz?{query}")))
            .await
            .is(400);
    }
    for (more, error) in [
        (
            vec![PROOF[0], PROOF[1], ("response_type", "token")],
            "unsupported_response_type",
        ),
        (
            vec![PROOF[0], PROOF[1], ("response_type", "")],
            "invalid_request",
        ),
        (vec![], "invalid_request"),
        (
            vec![PROOF[0], ("code_challenge_method", "plain")],
            "invalid_request",
        ),
        (vec![PROOF[0]], "invalid_request"),
        (vec![PROOF[1]], "invalid_request"),
        (
            vec![("code_challenge", "short"), PROOF[1]],
            "invalid_request",
        ),
        (
            vec![PROOF[0], PROOF[1], ("scope", "read"), ("scope", "read")],
            "invalid_request",
        ),
    ] {
        for page in ["authz", "authc"] {
            let target = format!("/oauth2/{page}?{}", question(&native, BACK, &more));
            let address = way_back(server.send(Request::get(&target)).await);
            assert!(
                address.starts_with("https://app.example/cb?x=1&error="),
                "{address}"
            );
            assert_eq!(
                (
                    said(&address, "error").as_deref(),
                    said(&address, "state").as_deref()
                ),
                (Some(error), Some("s&s"))
            );
        }
    }
}

async fn a_web_application_may_prove_itself_by_its_secret_alone(server: TestServer) {
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
    let code = said(&address, "code").unwrap();
    let secret = ("client_secret", client.secret.as_str());
    let none = ("code_verifier", "");
    assert_eq!(
        told(
            exchange(&server, &client, &[("code", &code), none]).await,
            401
        ),
        "invalid_client"
    );
    assert_eq!(
        told(
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
        told(
            exchange(&server, &client, &[("code", &code), secret]).await,
            400
        ),
        "invalid_grant"
    );
    exchange(&server, &client, &[("code", &code), none, secret])
        .await
        .ok();
}

async fn a_code_is_good_for_its_client_address_and_verifier_only(server: TestServer) {
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
            told(exchange(&server, &client, &fields).await, 400),
            "invalid_grant"
        );
    }
    let fields = [("code", code.as_str()), ("redirect_uri", "")];
    assert_eq!(
        told(exchange(&server, &client, &fields).await, 400),
        "invalid_request"
    );
    exchange(&server, &client, &[("code", &code)]).await.ok();
}

async fn a_code_used_twice_takes_back_what_it_gave(server: TestServer) {
    server.account("alice").await;
    let client = register(&server, "native", BACK).await;
    let code = code(&server, &client, "alice", "read").await;
    let answer = exchange(&server, &client, &[("code", &code)]).await.ok();
    let token = answer["access_token"].as_str().unwrap();
    let whoami = || bearing(Request::get("/api/whoami"), token);
    server.send(whoami()).await.is(302);
    assert_eq!(
        told(exchange(&server, &client, &[("code", &code)]).await, 400),
        "invalid_grant"
    );
    server.send(whoami()).await.is(401);
}

async fn codes_and_questions_expire(server: TestServer) {
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
        told(exchange(&server, &client, &[("code", &late)]).await, 400),
        "invalid_grant"
    );
    server.clock.advance(300);
    browser.press("allow").await.is(400);
}

async fn a_ticket_is_no_code_and_a_code_no_ticket(server: TestServer) {
    server.account("alice").await;
    let client = register(&server, "native", BACK).await;
    let mut browser = open(&server, &client, BACK, &PROOF).await;
    browser.sign_in("alice").await;
    let ticket = browser.field("ticket");
    assert_eq!(
        told(exchange(&server, &client, &[("code", &ticket)]).await, 400),
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

async fn a_code_is_shown_to_who_has_nowhere_to_be_sent(server: TestServer) {
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
    let target = format!("/oauth2/authz?{}", question(&client, oob, &[]));
    server.send(Request::get(&target)).await.is(400);
}

async fn posts_from_elsewhere_and_guesses_without_end_are_refused(server: TestServer) {
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

async fn the_pages_are_never_framed_and_may_lead_away(server: TestServer) {
    let client = register(&server, "native", BACK).await;
    let target = format!("/oauth2/authc?{}", question(&client, BACK, &PROOF));
    let answer = server.send(Request::get(&target)).await.is(200);
    let policy = answer.header("content-security-policy");
    assert!(policy.contains("frame-ancestors 'none'") && !policy.contains("form-action"));
    assert!(answer.text().contains("Test &#38; Client"));
}

async fn a_client_can_have_a_token_for_itself(server: TestServer) {
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

async fn a_client_names_itself_in_form_json_or_header(server: TestServer) {
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
        json(
            json!({ "grant_type": "client_credentials", "client_id": client.key, "client_secret": client.secret, "scope": null }),
        ),
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
        assert_eq!(told(server.send(request).await, status), error);
    }
}

async fn each_scope_allows_what_it_says_and_no_more(server: TestServer) {
    server.account("alice").await;
    let client = register(&server, "native", BACK).await;
    let user = json!({ "nickname": "alice", "password": PASSWORD });
    // Only those that are let through get to hear what else may be wrong with them.
    let requests = || {
        [
            (Scope::Read, Request::get("/api/whoami"), 302),
            (Scope::Read, Request::get("/api/user/alice/inbox"), 200),
            (Scope::Read, Request::get("/api/user/alice"), 200),
            (
                Scope::Read,
                Request::get("/api/user/alice/applications"),
                200,
            ),
            (
                Scope::WriteOwn,
                Request::post("/api/user/alice/feed").json(&note()),
                200,
            ),
            (
                Scope::WriteOwn,
                Request::new("PUT", "/api/user/alice/profile").json(&json!({ "summary": "x" })),
                200,
            ),
            (
                Scope::WriteOwn,
                Request::post("/api/user/alice/uploads").body("image/png", "x"),
                400,
            ),
            (
                Scope::WriteAll,
                Request::new("PUT", "/api/user/alice").json(&user),
                200,
            ),
            (
                Scope::WriteAll,
                Request::new("DELETE", "/api/user/alice/applications/x"),
                404,
            ),
            (
                Scope::WriteAll,
                Request::post("/api/users").json(&json!({})),
                400,
            ),
            (
                Scope::WriteAll,
                Request::new("DELETE", "/api/user/alice"),
                200,
            ),
        ]
    };
    for scope in Scope::ALL {
        let token = token(&server, &client, "alice", scope.as_str()).await;
        for (needed, request, status) in requests() {
            let answer = server.send(bearing(request, &token)).await;
            if scope >= needed {
                answer.is(status);
                continue;
            }
            let challenge = format!(
                "Bearer realm=\"Pump\", error=\"insufficient_scope\", scope=\"{}\"",
                needed.list()
            );
            assert_eq!(answer.header("www-authenticate"), challenge);
            assert_eq!(
                answer.refused(403),
                format!("This needs a token with the scope {}.", needed.as_str())
            );
        }
    }
}

async fn a_token_that_is_not_good_is_told_so_on_reads_and_writes(server: TestServer) {
    let alice = server.person("alice").await;
    for authorization in ["Bearer x", "bearer x", "Bearer"] {
        for request in [
            Request::get("/api/whoami"),
            Request::get("/api/users"),
            Request::post("/api/user/alice/feed").json(&note()),
            Request::post("/api/users").json(&json!({})),
        ] {
            let answer = server
                .send(request.header("authorization", authorization))
                .await
                .is(401);
            assert_eq!(
                answer.header("www-authenticate"),
                r#"Bearer realm="Pump", error="invalid_token""#
            );
            assert_eq!(answer.error(), "Invalid / expired Token");
        }
    }
    let client = register(&server, "native", BACK).await;
    let token = token(&server, &client, "alice", "read").await;
    // In the header and nowhere else.
    server
        .send(Request::get(&format!("/api/whoami?access_token={token}")))
        .await
        .is(401);
    // It reads what its person may read, and nothing else.
    let bob = server.person("bob").await;
    let secret = bob.note("secret", json!({ "to": [bob.person()] })).await;
    let path = secret["id"]
        .as_str()
        .unwrap()
        .strip_prefix("http://pump.example")
        .unwrap()
        .to_owned();
    server
        .send(bearing(Request::get(&path), &token))
        .await
        .is(403);
    alice.get("/api/whoami").await.is(302);
}

async fn a_client_takes_its_token_back(server: TestServer) {
    server.account("alice").await;
    let client = register(&server, "native", BACK).await;
    let other = server.client().await;
    let token = token(&server, &client, "alice", "read").await;
    let revoke = |client: &Credentials, token: &str| {
        Request::post("/oauth2/revoke").form(&[
            ("client_id", &client.key),
            ("client_secret", &client.secret),
            ("token", token),
            ("token_type_hint", "access_token"),
        ])
    };
    assert_eq!(
        told(server.send(revoke(&other, &token)).await, 400),
        "unauthorized_client"
    );
    assert_eq!(
        told(
            server
                .send(Request::post("/oauth2/revoke").form(&[("token", &token)]))
                .await,
            401
        ),
        "invalid_client"
    );
    assert_eq!(
        told(server.send(revoke(&client, "")).await, 400),
        "invalid_request"
    );
    server
        .send(bearing(Request::get("/api/whoami"), &token))
        .await
        .is(302);
    server.send(revoke(&client, &token)).await.is(200);
    server
        .again(|_| ())
        .send(bearing(Request::get("/api/whoami"), &token))
        .await
        .is(401);
    server.send(revoke(&client, &token)).await.is(200);
}

async fn tokens_and_codes_are_kept_as_digests(server: TestServer) {
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
