//! How requests and answers behave whatever they are about (pump-api 1.1 to 1.4).

use http::HeaderMap;
use hydraulics::model::Urls;
use serde_json::json;

use crate::support::{Answer, BASE, Backend, Request, TestServer};

const OVERRIDE: &str = "x-http-method-override";

on_every_backend!(etag_changes_with_the_response,);

async fn etag_changes_with_the_response(server: TestServer) {
    let alice = server.person("alice").await;
    let target = "/api/user/alice/feed";
    let tag = |answer: Answer| answer.is(200).header("etag").to_owned();
    let empty = tag(alice.get(target).await);
    assert_eq!(empty, tag(alice.get(target).await));
    alice.note("hello", json!({})).await;
    let full = tag(alice.get(target).await);
    assert_ne!(empty, full);
    let bob = server.person("bob").await;
    assert_ne!(full, tag(bob.get(target).await), "bob sees less");
}

/// A server in memory, whose storage plays no part.
async fn in_memory() -> TestServer {
    TestServer::on(Backend::Memory).await
}

#[tokio::test]
async fn a_tag_is_weak_and_has_the_length_of_the_body() {
    let server = in_memory().await;
    let alice = server.person("alice").await;
    for target in [
        "/api/users",
        "/api/user/alice",
        "/api/user/alice/profile",
        "/api/user/alice/inbox",
    ] {
        let answer = alice.get(target).await.is(200);
        let expected = format!("W/\"{:x}-", answer.body.len());
        let tag = answer.header("etag");
        assert!(tag.starts_with(&expected) && tag.ends_with('"'), "{tag}");
        let vary: Vec<_> = answer.headers.get_all("vary").iter().collect();
        assert_eq!(vary[..2], ["Accept", "Authorization"]);
        assert_eq!(answer.header("cache-control"), "private, no-cache");
    }
}

#[tokio::test]
async fn not_modified_repeats_the_headers() {
    let server = in_memory().await;
    let alice = server.user("alice").await;
    for (method, encoding) in [("GET", ""), ("HEAD", ""), ("GET", "gzip"), ("HEAD", "gzip")] {
        let read = || {
            Request::new(method, "/api/user/alice/feed")
                .by(&alice)
                .header("accept-encoding", encoding)
        };
        let first = server.send(read()).await.is(200);
        let tag = first.header("etag");
        let strong = tag.trim_start_matches("W/");
        for known in [tag, strong, "*", &format!("\"x\", {tag}")] {
            let again = server.send(read().header("if-none-match", known)).await;
            let again = again.is(304);
            assert!(again.body.is_empty());
            assert_eq!(again.header("content-length"), "");
            let left_out = ["content-length", "content-type", "content-encoding"];
            assert_eq!(steady(&again, &left_out), steady(&first, &left_out));
        }
        for unknown in ["\"x\"", "", "W/", &tag[..tag.len() - 1]] {
            let request = read().header("if-none-match", unknown);
            server.send(request).await.is(200);
        }
    }
}

#[tokio::test]
async fn only_successful_reads_of_the_api_have_tags() {
    let server = in_memory().await;
    let alice = server.person("alice").await;
    for (answer, status) in [
        (alice.get("/api/whoami").await, 302),
        (alice.get("/api/user/nobody").await, 404),
        (
            alice
                .get("/api/lrdd?resource=acct:alice@pump.example")
                .await,
            200,
        ),
        (alice.get("/.well-known/host-meta").await, 200),
        (alice.get("/.well-known/host-meta.json").await, 200),
        (
            alice
                .put("/api/user/alice/profile", &json!({"displayName": "A"}))
                .await,
            200,
        ),
        (server.send(Request::get("/api/users")).await, 401),
        (
            server
                .send(
                    Request::get("/oauth/request_token")
                        .by(&alice.two_legged().credentials)
                        .callback("oob"),
                )
                .await,
            200,
        ),
    ] {
        let answer = answer.is(status);
        assert_eq!(answer.header("etag"), "", "{}", answer.what);
    }
}

#[tokio::test]
async fn a_tag_opens_no_door() {
    let server = in_memory().await;
    let alice = server.person("alice").await;
    let read = Request::get("/api/user/alice/inbox").header("if-none-match", "*");
    server.send(read).await.is(401);
    let write = Request::post("/api/user/alice/feed")
        .header("if-none-match", "*")
        .json(&json!({"object": {"objectType": "note", "content": "hello"}}));
    server.send(write.by(&alice.credentials)).await.is(200);
}

/// The headers that are the same for two answers to the same request.
fn steady(answer: &Answer, left_out: &[&str]) -> HeaderMap {
    let mut headers = answer.headers.clone();
    headers.remove("x-request-id");
    for name in left_out {
        headers.remove(*name);
    }
    headers
}

#[tokio::test]
async fn options_tell_what_can_be_done_to_anyone() {
    let server = in_memory().await;
    for (target, methods) in [
        ("/api/client/register", "POST"),
        ("/api/users", "GET,HEAD,POST"),
        ("/api/user/nobody", "GET,HEAD,PUT,DELETE"),
        ("/api/user/nobody/feed/", "GET,HEAD,POST"),
        ("/api/whoami", "GET,HEAD"),
        ("/api/note/nothing", "GET,HEAD,PUT,DELETE"),
        ("/api/collection/nothing/members", "GET,HEAD,POST"),
        ("/api/activity/nothing", "GET,HEAD,PUT,DELETE"),
        ("/api/group/nothing/inbox", "GET,HEAD"),
        ("/api/group/members?id=x", "GET,HEAD"),
        ("/api/lrdd", "GET,HEAD"),
        ("/oauth/authorize", "GET,HEAD,POST"),
        ("/.well-known/host-meta", "GET,HEAD"),
        ("/.well-known/webfinger", "GET,HEAD"),
        ("/", "GET,HEAD"),
    ] {
        let answer = server.send(Request::new("OPTIONS", target)).await.is(200);
        let sorted = |list: &str| {
            let mut list: Vec<String> = list.split(',').map(str::to_owned).collect();
            list.sort();
            list
        };
        let allowed = answer.header("allow");
        assert_eq!(sorted(allowed), sorted(methods), "{target}");
        assert_eq!(answer.text(), allowed);
        assert!(answer.header("content-type").starts_with("text/plain"));
        assert!(answer.header("server").contains("pump.io/"));
    }
    for target in ["/api/user/nobody/nothing/here", "/no/such/page"] {
        server.send(Request::new("OPTIONS", target)).await.is(404);
    }
}

#[tokio::test]
async fn token_endpoints_take_any_method_but_no_unsigned_one() {
    let server = in_memory().await;
    for target in ["/oauth/request_token", "/oauth/access_token"] {
        let answer = server.send(Request::new("OPTIONS", target)).await.is(400);
        assert_eq!(answer.text(), "Missing required parameter");
    }
    let client = server.client().await;
    for method in ["GET", "HEAD", "POST", "OPTIONS"] {
        let asked = Request::new(method, "/oauth/request_token").callback("oob");
        server.send(asked.by(&client)).await.is(200);
    }
}

#[tokio::test]
async fn another_method_is_refused_with_those_that_are_not() {
    let server = in_memory().await;
    let answer = server.send(Request::new("DELETE", "/api/users")).await;
    let answer = answer.is(405);
    assert_eq!(answer.header("allow"), "GET,HEAD,POST");
    assert_eq!(answer.error(), "Cannot DELETE /api/users");
}

#[tokio::test]
async fn method_override_is_signed_with_the_effective_method() {
    let server = in_memory().await;
    let alice = server.person("alice").await;
    let note = alice.note("hello", json!({})).await;
    let path = note["id"]
        .as_str()
        .unwrap()
        .trim_start_matches(BASE)
        .to_owned();
    let post = |meant: &str| Request::post(&path).header(OVERRIDE, meant);
    let body = json!({"content": "changed"});

    let put = Request::new("PUT", &path)
        .json(&body)
        .by(&alice.credentials);
    let put = put.authorization(&*server.clock).unwrap();
    let answer = server
        .send(post("put").json(&body).header("authorization", &put))
        .await;
    assert_eq!(answer.header("vary"), OVERRIDE);
    assert_eq!(answer.ok()["content"], "changed");

    server
        .send(post("DELETE").by(&alice.credentials))
        .await
        .is(400);
    let delete = Request::new("DELETE", &path).by(&alice.credentials);
    let delete = delete.authorization(&*server.clock).unwrap();
    let answer = server
        .send(post("DELETE").header("authorization", &delete))
        .await;
    assert_eq!(answer.ok(), "Deleted");
    alice.get(&path).await.is(410);
}

#[tokio::test]
async fn only_posts_can_mean_something_else_and_only_these_two() {
    let server = in_memory().await;
    for meant in ["GET", "PATCH", "POST", "OPTIONS", "", "PUT, DELETE"] {
        let answer = server
            .send(Request::post("/api/users").header(OVERRIDE, meant))
            .await;
        assert_eq!(answer.header("vary"), OVERRIDE);
        answer.refused(400);
    }
    let twice = http::Request::post("/api/users")
        .header("host", "pump.example")
        .header(OVERRIDE, "PUT")
        .header(OVERRIDE, "PUT");
    server
        .send_raw(twice.body(axum::body::Body::empty()).unwrap())
        .await
        .refused(400);
    let alice = server.person("alice").await;
    for method in ["GET", "HEAD"] {
        let read = Request::new(method, "/api/user/alice").header(OVERRIDE, "DELETE");
        server.send(read.by(&alice.credentials)).await.is(200);
    }
    let plain = server.send(Request::post("/api/users")).await;
    assert_eq!(plain.header("vary"), OVERRIDE);
}

#[tokio::test]
async fn head_is_get_without_the_body() {
    let server = in_memory().await;
    let alice = server.person("alice").await;
    let note = alice.note("hello", json!({})).await;
    let note = note["id"]
        .as_str()
        .unwrap()
        .trim_start_matches(BASE)
        .to_owned();
    let list = json!({"verb": "create", "object": {"objectType": "collection", "objectTypes": ["person"], "displayName": "L"}});
    let list = alice.done(&list).await;
    let list = list["object"]["id"]
        .as_str()
        .unwrap()
        .trim_start_matches(BASE)
        .to_owned();
    let activity = alice.ids("feed").await[0]
        .trim_start_matches(BASE)
        .to_owned();
    let user = |rest: &str| format!("/api/user/alice{rest}");
    let targets = [
        "/",
        "/livez",
        "/readyz",
        "/favicon.ico",
        "/robots.txt",
        "/static/style.css",
        "/images/default.png",
        "/.well-known/host-meta",
        "/.well-known/host-meta.json",
        "/.well-known/webfinger?resource=acct:alice@pump.example",
        "/api/lrdd?resource=acct:alice@pump.example",
        "/oauth/authorize",
        "/oauth/request_token",
        "/uploads/alice/nothing",
        "/api/users",
        "/api/whoami",
        "/api/person?id=acct:alice@pump.example",
        "/api/person/likes?id=acct:alice@pump.example",
        "/api/client/register",
        "/api/note/nothing",
        "/no/such/page",
        "/%00",
    ];
    let mut targets: Vec<String> = targets.map(str::to_owned).into();
    targets.extend(
        [
            "",
            "/profile",
            "/feed",
            "/feed/major",
            "/feed/minor",
            "/inbox",
            "/inbox/major",
            "/inbox/minor",
            "/inbox/direct",
            "/inbox/direct/major",
            "/inbox/direct/minor",
            "/followers",
            "/following",
            "/favorites",
            "/lists/person",
            "/uploads",
            "/nothing",
        ]
        .map(user),
    );
    targets.extend(["", "/likes", "/replies", "/shares"].map(|feed| format!("{note}{feed}")));
    targets.extend([activity, format!("{list}/members")]);
    for target in &targets {
        for encoding in ["identity", "gzip"] {
            for credentials in [None, Some(&alice.credentials)] {
                let ask = |method| {
                    let request = Request::new(method, target).header("accept-encoding", encoding);
                    server.send(match credentials {
                        Some(credentials) => request.by(credentials),
                        None => request,
                    })
                };
                let (get, head) = (ask("GET").await, ask("HEAD").await);
                assert_eq!(head.status, get.status, "{target}");
                assert!(head.body.is_empty(), "{target}");
                let own = ["set-cookie"];
                assert_eq!(
                    steady(&head, &own),
                    steady(&get, &own),
                    "{target} {encoding}"
                );
            }
        }
    }
}

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
async fn another_host_is_sent_to_the_same_path_of_the_public_url() {
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
async fn discovery_is_open_to_scripts_before_it_is_found() {
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
async fn the_host_that_a_trusted_proxy_names_is_the_one_that_counts() {
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
    let server = in_memory().await;
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
