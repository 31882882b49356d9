//! Redirects to the canonical host.

use hydraulics::model::Urls;

use crate::support::{Backend, Request, TestServer};

/// A server in memory at this URL, which wants to be asked there.
async fn canonical(url: &str) -> TestServer {
    let urls = Urls::new(&url.parse().unwrap()).unwrap();
    TestServer::with(Backend::Memory, |settings| {
        settings.urls = urls;
        settings.redirect_to_canonical = true;
        settings.trusted_proxies = vec!["10.0.0.0/8".parse().unwrap()];
    })
    .await
}

#[tokio::test]
async fn other_host_is_redirected_to_the_public_url() {
    let server = canonical("https://pump.example:8443").await;
    for target in [
        "/",
        "/api/users?count=1&x=%2F",
        "/api/user/a/feed/",
        "/oauth/request_token",
        "/no/such/page",
        "/%00",
    ] {
        for method in ["GET", "POST", "OPTIONS"] {
            for host in [
                "www.pump.example:8443",
                "pump.example",
                "other",
                "pump.example.:8443",
            ] {
                let answer = server
                    .send(Request::new(method, target).header("host", host))
                    .await
                    .is(if method == "GET" { 301 } else { 308 });
                let there = format!("https://pump.example:8443{target}");
                assert_eq!(answer.header("location"), there);
                assert!(answer.header("content-type").starts_with("text/plain"));
                assert!(answer.text().ends_with(&there));
            }
        }
    }
}

#[tokio::test]
async fn discovery_redirects_and_errors_allow_cross_origin_reads() {
    let server = canonical("http://pump.example").await;
    for (target, host, status, is_open) in [
        ("/.well-known/webfinger?resource=x", "other", 301, true),
        ("/.well-known/host-meta", "other", 301, true),
        (
            "/.well-known/webfinger?resource=%ff",
            "pump.example",
            400,
            true,
        ),
        ("/api/lrdd/?resource=%ff", "pump.example", 400, true),
        ("/api/users", "other", 301, false),
        ("/.well-known/x", "pump.example", 404, false),
    ] {
        let request = Request::get(target).header("host", host);
        let answer = server.send(request).await.is(status);
        let allowed = answer.header("access-control-allow-origin");
        assert_eq!(allowed, if is_open { "*" } else { "" }, "{target}");
    }
}

#[tokio::test]
async fn public_host_ip_and_missing_host_are_not_redirected() {
    let server = canonical("http://pump.example").await;
    for host in [
        "pump.example",
        "PUMP.example:80",
        "127.0.0.1:8080",
        "[::1]:80",
        "192.0.2.1",
        "localhost:8080",
        "",
    ] {
        server
            .send(Request::get("/").header("host", host))
            .await
            .is(200);
    }
    let without = http::Request::get("/").version(http::Version::HTTP_10);
    let without = without.body(axum::body::Body::empty()).unwrap();
    server.send_raw(without).await.is(200);
    for target in ["/livez", "/readyz"] {
        server
            .send(Request::get(target).header("host", "other"))
            .await
            .is(200);
    }
    let star = Request::new("OPTIONS", "*").header("host", "other");
    server.send(star).await.is(404);
}

#[tokio::test]
async fn forwarded_host_of_a_trusted_proxy_is_used() {
    let server = canonical("https://pump.example").await;
    let asked = |peer, host, forwarded| {
        let request = Request::get("/").from(peer).header("host", host);
        server.send(request.header("x-forwarded-host", forwarded))
    };
    asked("10.1.1.1:1", "backend:8080", "pump.example")
        .await
        .is(200);
    asked("10.1.1.1:1", "pump.example", "other").await.is(301);
    asked("192.0.2.1:1", "pump.example", "other").await.is(200);
    asked("192.0.2.1:1", "other", "pump.example").await.is(301);
}

#[tokio::test]
async fn canonical_redirect_is_optional_and_skips_localhost() {
    let server = TestServer::in_memory().await;
    let other = || Request::get("/").header("host", "other");
    server.send(other()).await.is(200);
    for url in [
        "http://localhost:8080",
        "http://127.0.0.1:8080",
        "http://[::1]:8080",
    ] {
        canonical(url).await.send(other()).await.is(200);
    }
}
