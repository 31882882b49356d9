//! Error formats, security headers and caching by kind of path (pump-api 1.1 to 1.4).

use crate::support::{Answer, Request, TestServer};

fn kind(answer: &Answer) -> &str {
    answer.header("content-type")
}

#[tokio::test]
async fn error_format_follows_the_accept_header() {
    let server = TestServer::in_memory().await;
    for (target, status, said) in [
        ("/no/such/page/here", 404, "Cannot GET /no/such/page/here"),
        ("/static/nothing.js", 404, "Cannot GET /static/nothing.js"),
        ("/uploads/x/y.png", 404, "No such file: 'x/y.png'"),
        (
            "/.well-known/webfinger?resource=acct:nobody@pump.example",
            404,
            "",
        ),
        ("/.well-known/webfinger", 400, ""),
        ("/?%c3%28", 400, "The address must be UTF-8"),
    ] {
        for accept in [None, Some("*/*"), Some("text/html,application/xhtml+xml")] {
            let request = Request::get(target);
            let request = match accept {
                Some(accept) => request.header("accept", accept),
                None => request,
            };
            let page = server.send(request).await.is(status);
            assert_eq!(kind(&page), "text/html; charset=utf-8", "{target}");
            let text = page.text().replace("&#39;", "'");
            // The page about an unknown address is one of the site, in the reader's language.
            let told = "There is nothing at this address";
            assert!(text.contains(said) || text.contains(told), "{text}");
            let vary = page.header("vary").to_lowercase();
            assert!(vary.starts_with("accept, "), "{vary}");
        }
        let text = Request::get(target).header("accept", "image/png");
        let text = server.send(text).await.is(status);
        assert_eq!(kind(&text), "text/plain; charset=utf-8", "{target}");
        assert!(text.text().starts_with(said), "{}", text.text());
        let script = Request::get(target).header("x-requested-with", "XMLHttpRequest");
        let script = script.header("accept", "text/html");
        let sentence = server.send(script).await.refused(status);
        assert!(sentence.starts_with(said), "{sentence}");
    }
    for target in ["/api/nothing/at/all/here", "/api/user/nobody", "/api/lrdd"] {
        let asked = Request::get(target).header("accept", "text/html");
        let answer = server.send(asked).await;
        assert!(answer.status.is_client_error() && !answer.error().is_empty());
    }
}

#[tokio::test]
async fn unsupported_method_gets_405_in_the_format_of_the_path() {
    let server = TestServer::in_memory().await;
    let program = server.send(Request::new("DELETE", "/api/users")).await;
    assert_eq!(program.header("allow"), "GET,HEAD,POST");
    assert_eq!(program.refused(405), "Cannot DELETE /api/users");
    let person = server
        .send(Request::new("PUT", "/robots.txt"))
        .await
        .is(405);
    assert_eq!(person.header("allow"), "GET,HEAD");
    assert!(kind(&person).starts_with("text/html"));
    assert!(person.text().contains("Cannot PUT /robots.txt"));
}

#[tokio::test]
async fn every_response_has_security_headers() {
    let server = TestServer::in_memory().await;
    let requests = || {
        [
            Request::get("/"),
            Request::get("/nowhere"),
            Request::get("/api/nowhere"),
            Request::get("/uploads/x"),
            Request::get("/robots.txt"),
            Request::get("/oauth/authorize"),
            Request::post("/oauth/request_token"),
            Request::post("/api/users"),
            Request::new("OPTIONS", "/api/users"),
            Request::new("DELETE", "/api/users"),
            Request::get("/?%00"),
            Request::post("/api/client/register").body("application/json", vec![b'x'; 200_000]),
        ]
    };
    for request in requests() {
        let answer = server.send(request).await;
        for (name, value) in [
            ("x-frame-options", "DENY"),
            ("x-content-type-options", "nosniff"),
            ("x-download-options", "noopen"),
        ] {
            assert_eq!(answer.header(name), value, "{}", answer.what);
        }
        let policy = answer.header("content-security-policy");
        assert!(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"));
        assert!(!policy.contains("unsafe") && !policy.contains('*'));
        assert!(answer.header("server").starts_with("pump.io/"));
        assert!(!answer.headers.contains_key("strict-transport-security"));
        assert!(!answer.headers.contains_key("x-powered-by"));
    }
    let strict = server.again(|settings| settings.hsts = "max-age=15552000".into());
    for request in requests() {
        let answer = strict.send(request).await;
        assert_eq!(
            answer.header("strict-transport-security"),
            "max-age=15552000"
        );
    }
}

#[tokio::test]
async fn static_files_are_cacheable_and_revalidated() {
    let server = TestServer::in_memory().await;
    for (target, cache) in [
        ("/favicon.ico", "public, max-age=86400"),
        ("/robots.txt", "public, max-age=3600"),
        ("/images/default.png", "public, max-age=3600"),
        ("/static/style.css", "public, max-age=3600"),
    ] {
        let file = server.send(Request::get(target)).await.is(200);
        assert_eq!(file.header("cache-control"), cache);
        let tag = file.header("etag");
        assert!(tag.starts_with("W/\""), "{tag}");
        let again = Request::get(target).header("if-none-match", tag);
        let again = server.send(again).await.is(304);
        assert_eq!((again.header("etag"), again.body.len()), (tag, 0));
        let head = server.send(Request::new("HEAD", target)).await.is(200);
        assert_eq!((head.header("etag"), head.body.len()), (tag, 0));
        let other = Request::get(target).header("if-none-match", "\"other\"");
        server.send(other).await.is(200);
    }
}

#[tokio::test]
async fn oversized_or_malformed_body_error_is_json() {
    let server = TestServer::in_memory().await;
    let register =
        |body: Vec<u8>| Request::post("/api/client/register").body("application/json", body);
    let large = server.send(register(vec![b' '; 102_401])).await;
    assert!(large.refused(413).contains("102400"));
    let broken = server.send(register(b"{\"type\":".to_vec())).await;
    assert!(broken.refused(400).starts_with("The body is not JSON"));
}

#[tokio::test]
async fn long_responses_are_compressed_and_vary_by_encoding() {
    let server = TestServer::in_memory().await;
    let asked = Request::get("/static/style.css").header("accept-encoding", "gzip, deflate");
    let short = server.send(asked).await.is(200);
    assert_eq!(short.header("content-encoding"), "gzip");
    assert!(
        short
            .header("vary")
            .to_lowercase()
            .contains("accept-encoding")
    );
    let plain = server.send(Request::get("/static/style.css")).await.is(200);
    assert!(!plain.headers.contains_key("content-encoding"));
}
