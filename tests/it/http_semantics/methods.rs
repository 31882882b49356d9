//! OPTIONS, HEAD, refused methods, and the method override.

use serde_json::json;

use super::steady;
use crate::support::{BASE, Request, TestServer, person_list};

const OVERRIDE: &str = "x-http-method-override";

#[tokio::test]
async fn options_lists_the_methods_of_each_path() {
    let server = TestServer::in_memory().await;
    for (target, methods) in [
        ("/api/client/register", "POST"),
        ("/api/users", "GET,HEAD,POST"),
        ("/api/user/nobody", "GET,HEAD,PUT,DELETE"),
        ("/api/user/nobody/feed/", "GET,HEAD,POST"),
        ("/api/whoami", "GET,HEAD"),
        ("/api/note/nothing", "GET,HEAD,PUT,DELETE"),
        ("/api/collection/nothing/members", "GET,HEAD,POST"),
        ("/api/activity/nothing", "GET,HEAD,PUT,DELETE"),
        ("/api/group/nothing/inbox", "GET,HEAD,POST"),
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
    for target in ["/api/user/nobody/nothing/here", "/no/such/page/here"] {
        server.send(Request::new("OPTIONS", target)).await.is(404);
    }
}

#[tokio::test]
async fn token_endpoints_accept_any_method_if_signed() {
    let server = TestServer::in_memory().await;
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
async fn refused_method_gets_the_list_of_allowed_ones() {
    let server = TestServer::in_memory().await;
    let answer = server.send(Request::new("DELETE", "/api/users")).await;
    let answer = answer.is(405);
    assert_eq!(answer.header("allow"), "GET,HEAD,POST");
    assert_eq!(answer.error(), "Cannot DELETE /api/users");
}

#[tokio::test]
async fn method_override_is_signed_with_the_effective_method() {
    let server = TestServer::in_memory().await;
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
async fn method_override_is_for_post_and_put_or_delete_only() {
    let server = TestServer::in_memory().await;
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
async fn head_equals_get_without_the_body() {
    let server = TestServer::in_memory().await;
    let alice = server.person("alice").await;
    let note = alice.note("hello", json!({})).await;
    let note = note["id"]
        .as_str()
        .unwrap()
        .trim_start_matches(BASE)
        .to_owned();
    let list = person_list("L");
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
