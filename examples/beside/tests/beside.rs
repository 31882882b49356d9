//! Two Pump servers and another service in one process, told from each other by host and path.

use axum::body::Body;
use beside::Service;
use http::{Request, StatusCode, header};
use http_body_util::BodyExt;
use hydraulics::{
    Caller,
    model::Secret,
    service::accounts::{self, Registration},
};
use oauth1_request::{Builder, HMAC_SHA1};
use serde_json::{Value, json};

const FIRST_HOST: &str = "one.localhost";
const SECOND_HOST: &str = "two.localhost";

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
    let service = Service::on(&[FIRST_HOST, SECOND_HOST]).unwrap();
    let ctx = service.server(FIRST_HOST).unwrap().context(Caller::Server);
    let registration = Registration::new("alice", Secret::new("correct horse 9"));
    accounts::register(&ctx, registration).await.unwrap();
    service
}

#[tokio::test]
async fn other_service_answers_paths_outside_pump() {
    let service = with_alice().await;
    for path in ["/", "/api/user/alice", "/pumpkin", "/static/style.css"] {
        let (status, text) = get(&service, FIRST_HOST, path).await;
        assert_eq!(status, StatusCode::OK);
        assert_eq!(
            text,
            format!("You asked {FIRST_HOST} for {path}, and that is all we know.\n")
        );
    }
}

#[tokio::test]
async fn well_known_at_root_links_below_the_path() {
    let service = with_alice().await;
    let (status, found) = get(
        &service,
        FIRST_HOST,
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
    let (_, host) = get(&service, FIRST_HOST, "/.well-known/host-meta.json").await;
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
            FIRST_HOST,
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
    let (status, alice) = get(&service, FIRST_HOST, profile).await;
    assert_eq!(status, StatusCode::OK);
    let alice: Value = serde_json::from_str(&alice).unwrap();
    assert_eq!(
        alice["links"]["self"]["href"],
        format!("http://one.localhost{profile}")
    );
    let (status, _) = get(&service, SECOND_HOST, profile).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn client_registers_and_signs_below_the_mounted_path() {
    let service = with_alice().await;
    let json = |path: &str| {
        Request::post(path.to_owned()).header(header::CONTENT_TYPE, "application/json")
    };
    let body = json!({ "type": "client_associate" }).to_string();
    let (status, client) = asked(
        &service,
        FIRST_HOST,
        json("/pump/api/client/register"),
        &body,
    )
    .await;
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
    let (status, given) = asked(&service, SECOND_HOST, request(), "").await;
    assert_ne!(
        status,
        StatusCode::OK,
        "the other server knows no such client: {given}"
    );
    let (status, given) = asked(&service, FIRST_HOST, request(), "").await;
    assert_eq!(status, StatusCode::OK, "{given}");

    let token = given
        .split('&')
        .find_map(|pair| pair.strip_prefix("oauth_token="))
        .unwrap();
    let (status, page) = get(
        &service,
        FIRST_HOST,
        &format!("/pump/oauth/authorize?oauth_token={token}"),
    )
    .await;
    assert_eq!(status, StatusCode::OK);
    assert!(page.contains("action=\"/pump/oauth/authorize\""), "{page}");
    assert!(page.contains("href=\"/pump/static/style.css\""), "{page}");
    let (status, _) = get(&service, FIRST_HOST, "/pump/static/style.css").await;
    assert_eq!(status, StatusCode::OK);
    let (status, page) = get(&service, FIRST_HOST, "/pump/nothing/there").await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    assert!(page.contains("/pump/static/style.css"), "{page}");
}
