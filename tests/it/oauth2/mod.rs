//! OAuth 2.0 (pump-api 5, and 18.2 no. 10): authorization codes, client credentials, bearer tokens.

mod authorization;
mod authorization_requests;
mod bearer_tokens;
mod client_credentials;
mod codes;

use serde_json::{Value, json};

use crate::support::{Answer, Browser, Credentials, Request, TestServer, form};

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

/// The query of an authorization request.
fn authorization_query(client: &Credentials, back: &str, more: &[(&str, &str)]) -> String {
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
    let target = format!("/oauth2/authz?{}", authorization_query(client, back, more));
    let sent_on = server.send(Request::get(&target)).await.is(302);
    assert!(sent_on.header("location").starts_with("/oauth2/authc?"));
    Browser::open(server, sent_on.header("location")).await
}

/// Parameters of a URL.
fn query_parameter(address: &str, name: &str) -> Option<String> {
    let query = address.split_once('?').unwrap().1;
    form_urlencoded::parse(query.as_bytes())
        .find(|(known, _)| known == name)
        .map(|(_, value)| value.into_owned())
}

/// Goes all the way to a code for a native client.
async fn code(server: &TestServer, client: &Credentials, nickname: &str, scope: &str) -> String {
    let more = [PROOF[0], PROOF[1], ("scope", scope)];
    let mut browser = open(server, client, BACK, &more).await;
    browser.sign_in(nickname).await;
    let answer = browser.press("allow").await.is(303);
    query_parameter(answer.header("location"), "code").unwrap()
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

fn bearing(request: Request, token: &str) -> Request {
    request.header("authorization", &format!("Bearer {token}"))
}

/// The error that a token endpoint tells.
fn token_error(answer: Answer, status: u16) -> String {
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
