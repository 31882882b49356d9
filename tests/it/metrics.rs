//! Metrics for Prometheus.

use axum::body::Body;
use http_body_util::BodyExt;
use hydraulics::model::Secret;
use tower::ServiceExt;

use crate::support::{Backend, Request, TestServer};

#[tokio::test]
async fn metrics_are_off_by_default() {
    let server = TestServer::in_memory().await;
    server.send(Request::get("/metrics")).await.is(404);
}

#[tokio::test]
async fn metrics_are_shown_for_their_token() {
    let server = TestServer::with(Backend::Memory, |settings| {
        settings.has_metrics = true;
        settings.metrics_token = Some(Secret::new("a token"));
    })
    .await;
    let alice = server.person("alice").await;
    for _ in 0..2 {
        alice.get("/api/user/alice/profile").await.ok();
    }
    let ask = |token: &str| Request::get("/metrics").header("authorization", token);
    for wrong in ["", "Bearer", "Bearer a toke", "Basic a token"] {
        server.send(ask(wrong)).await.is(401);
    }
    let metrics = server.send(ask("Bearer a token")).await.is(200).text();
    for line in [
        "hydraulics_requests_total{route=\"user\",status=\"2xx\"} 2",
        "hydraulics_response_cache_lookups_total{outcome=\"hit\"} 1",
        "hydraulics_queue_deliveries{state=\"failing\"} 0",
        "hydraulics_live_feeds 0",
    ] {
        assert!(metrics.lines().any(|one| one == line), "{line}:\n{metrics}");
    }
    assert!(!metrics.contains("alice"), "{metrics}");
}

#[tokio::test]
async fn metrics_of_their_own_address_need_no_token() {
    let server = TestServer::in_memory().await;
    let router = hydraulics::http::metrics_router(server.app.clone());
    let request = http::Request::get("/metrics").body(Body::empty()).unwrap();
    let response = router.oneshot(request).await.unwrap();
    assert_eq!(response.status(), 200);
    let body = response.into_body().collect().await.unwrap().to_bytes();
    assert!(body.ends_with(b"# EOF\n"), "{body:?}");
}
