//! Two Pump servers and another service in one process, told from each other by host and path.

use axum::body::Body;
use beside::Service;
use http::{Request, StatusCode, header};
use http_body_util::BodyExt;
use hydraulics::{
    context::Caller,
    model::Secret,
    service::accounts::{self, Registration},
};
use oauth1_request::{Builder, HMAC_SHA1};
use serde_json::{Value, json};

const ONE: &str = "one.localhost";
const TWO: &str = "two.localhost";

async fn asked(
    service: &Service,
    host: &str,
    request: http::request::Builder,
    body: &str,
) -> (StatusCode, String) {
    let request = request.header(header::HOST, host);
    let request = request.body(Body::from(body.to_owned())).unwrap();
    let answer = service.answer(request).await.unwrap();
    let (parts, body) = answer.into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    (parts.status, String::from_utf8_lossy(&body).into_owned())
}

async fn get(service: &Service, host: &str, path: &str) -> (StatusCode, String) {
    asked(service, host, Request::get(path), "").await
}

async fn with_alice() -> Service {
    let service = Service::on(&[ONE, TWO]).unwrap();
    let ctx = service.server(ONE).unwrap().context(Caller::Server);
    let registration = Registration::new("alice", Secret::new("correct horse 9"));
    accounts::register(&ctx, registration).await.unwrap();
    service
}

#[tokio::test]
async fn what_is_no_pump_is_the_other_services() {
    let service = with_alice().await;
    for path in ["/", "/api/user/alice", "/pumpkin", "/static/style.css"] {
        let (status, text) = get(&service, ONE, path).await;
        assert_eq!(status, StatusCode::OK);
        assert_eq!(
            text,
            format!("You asked {ONE} for {path}, and that is all we know.\n")
        );
    }
}

#[tokio::test]
async fn what_is_well_known_is_at_the_root_and_leads_below_the_path() {
    let service = with_alice().await;
    let (status, found) = get(
        &service,
        ONE,
        "/.well-known/webfinger?resource=acct:alice@one.localhost",
    )
    .await;
    assert_eq!(status, StatusCode::OK);
    let found: Value = serde_json::from_str(&found).unwrap();
    let inbox = found["links"]
        .as_array()
        .unwrap()
        .iter()
        .find(|link| link["rel"] == "activity-inbox");
    assert_eq!(
        inbox.unwrap()["href"],
        "http://one.localhost/pump/api/user/alice/inbox"
    );
    let (_, host) = get(&service, ONE, "/.well-known/host-meta.json").await;
    assert!(
        host.contains("http://one.localhost/.well-known/webfinger?resource={uri}"),
        "{host}"
    );
    assert!(
        host.contains("http://one.localhost/pump/api/client/register"),
        "{host}"
    );
    for resource in [
        "acct:alice@one.localhost",
        "http://one.localhost/pump/api/user/alice/profile",
    ] {
        let (status, _) = get(
            &service,
            ONE,
            &format!("/pump/api/lrdd?resource={resource}"),
        )
        .await;
        assert_eq!(status, StatusCode::OK, "{resource}");
    }
}

#[tokio::test]
async fn servers_in_one_process_share_nobody() {
    let service = with_alice().await;
    let profile = "/pump/api/user/alice/profile";
    let (status, alice) = get(&service, ONE, profile).await;
    assert_eq!(status, StatusCode::OK);
    let alice: Value = serde_json::from_str(&alice).unwrap();
    assert_eq!(
        alice["links"]["self"]["href"],
        format!("http://one.localhost{profile}")
    );
    let (status, _) = get(&service, TWO, profile).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_client_registers_and_signs_below_the_path_of_its_own_server() {
    let service = with_alice().await;
    let json = |path: &str| {
        Request::post(path.to_owned()).header(header::CONTENT_TYPE, "application/json")
    };
    let body = json!({ "type": "client_associate" }).to_string();
    let (status, client) = asked(&service, ONE, json("/pump/api/client/register"), &body).await;
    assert_eq!(status, StatusCode::OK, "{client}");
    let client: Value = serde_json::from_str(&client).unwrap();
    let text = |name: &str| client[name].as_str().unwrap().to_owned();
    let url = "http://one.localhost/pump/oauth/request_token";
    let token = oauth1_request::Credentials::new(text("client_id"), text("client_secret"));
    let signed = Builder::<_, _>::new(token.as_ref(), HMAC_SHA1)
        .callback("oob")
        .post(url, &());
    let request =
        || Request::post("/pump/oauth/request_token").header(header::AUTHORIZATION, &signed);
    let (status, given) = asked(&service, TWO, request(), "").await;
    assert_ne!(
        status,
        StatusCode::OK,
        "the other server knows no such client: {given}"
    );
    let (status, given) = asked(&service, ONE, request(), "").await;
    assert_eq!(status, StatusCode::OK, "{given}");

    let token = given
        .split('&')
        .find_map(|pair| pair.strip_prefix("oauth_token="))
        .unwrap();
    let (status, page) = get(
        &service,
        ONE,
        &format!("/pump/oauth/authorize?oauth_token={token}"),
    )
    .await;
    assert_eq!(status, StatusCode::OK);
    assert!(page.contains("action=\"/pump/oauth/authorize\""), "{page}");
    assert!(page.contains("href=\"/pump/static/style.css\""), "{page}");
    let (status, _) = get(&service, ONE, "/pump/static/style.css").await;
    assert_eq!(status, StatusCode::OK);
    let (status, page) = get(&service, ONE, "/pump/nothing/there").await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    assert!(page.contains("/pump/static/style.css"), "{page}");
}
