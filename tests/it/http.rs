//! HTTP rules for every request: errors, headers, compression and trailing slashes.

use hydraulics::model::Urls;
use serde_json::json;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::oneshot,
};

use crate::support::{Backend, Request, TestServer};

on_every_backend!(
    every_response_has_server_request_id_and_policy,
    front_page_says_how_to_connect_a_client,
    read_without_credentials_gets_a_json_error,
    write_without_credentials_lacks_a_parameter,
    unsupported_authorization_schemes_are_anonymous,
    unknown_path_is_json_or_page_by_accept,
    unsupported_method_gets_a_json_error,
    no_authorization_server_metadata_is_published,
    path_with_nul_or_invalid_utf8_is_refused,
    head_answers_as_get_without_a_body,
    trailing_slashes_are_signed_but_not_routed,
    read_ignores_a_content_type_without_a_body,
    long_json_is_compressed_if_accepted,
    invalid_body_gets_a_reason,
);

async fn every_response_has_server_request_id_and_policy(server: TestServer) {
    for target in [
        "/",
        "/api/whoami",
        "/nowhere/at/all",
        "/oauth/authorize",
        "/static/style.css",
    ] {
        let answer = server.send(Request::get(target)).await;
        assert!(answer.header("server").contains("pump.io/"));
        assert_eq!(answer.header("x-frame-options"), "DENY");
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        assert!(
            answer
                .header("content-security-policy")
                .contains("frame-ancestors 'none'")
        );
        assert_eq!(answer.header("x-request-id").len(), 16);
    }
}

async fn front_page_says_how_to_connect_a_client(server: TestServer) {
    let named = server.again(|settings| settings.site = "Brücke & <Co>".into());
    let answer = named.send(Request::get("/")).await.is(200);
    assert!(answer.header("content-type").starts_with("text/html"));
    let page = answer.text();
    for part in [
        "nickname@<strong>pump.example</strong>",
        "do without HTTPS",
        "https://github.com/",
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
    assert!(
        page.contains("<title>Br\u{fc}cke &#38; &#60;Co&#62;</title>"),
        "{page}"
    );
    assert!(
        page.matches("<script").count() == 1 && !page.contains("know no ports"),
        "{page}"
    );
    let head = named.send(Request::new("HEAD", "/")).await.is(200);
    assert_eq!(
        (head.header("content-type"), head.body.len()),
        (answer.header("content-type"), 0)
    );
    named.send(Request::post("/")).await.is(405);
    let elsewhere = Urls::new(&"https://pump.example:8443".parse().unwrap()).unwrap();
    let elsewhere = server.again(|settings| settings.urls = elsewhere);
    let page = elsewhere.send(Request::get("/")).await.is(200).text();
    assert!(
        page.contains("nickname@<strong>pump.example:8443</strong>"),
        "{page}"
    );
    assert!(
        page.contains("know no ports") && !page.contains("do without HTTPS"),
        "{page}"
    );
}

async fn read_without_credentials_gets_a_json_error(server: TestServer) {
    server.account("alice").await;
    for target in [
        "/api/whoami",
        "/api/users",
        "/api/user/alice/inbox",
        "/api/user/alice/uploads",
    ] {
        let answer = server.send(Request::get(target)).await.is(401);
        assert_eq!(answer.error(), "Not logged in.");
    }
}

async fn write_without_credentials_lacks_a_parameter(server: TestServer) {
    let note = json!({"object": {"objectType": "note"}});
    for request in [
        Request::post("/api/user/alice/feed").json(&note),
        Request::post("/api/users"),
    ] {
        let answer = server.send(request).await.is(400);
        assert_eq!(answer.text(), "Missing required parameter");
        assert_eq!(answer.header("www-authenticate"), "OAuth realm=\"OAuth\"");
        assert!(answer.header("content-type").starts_with("text/plain"));
    }
}

async fn unsupported_authorization_schemes_are_anonymous(server: TestServer) {
    for authorization in [
        "Dialback",
        "Dialback host=\"x\", token=\"y\"",
        "Bearer x",
        "\u{7f}",
    ] {
        let request = http::Request::get("/api/users")
            .header("host", "pump.example")
            .header("authorization", authorization.as_bytes());
        let Ok(request) = request.body(axum::body::Body::empty()) else {
            continue;
        };
        server.send_raw(request).await.is(401);
    }
    let register = Request::post("/api/client/register").json(&json!({"type": "client_associate"}));
    server
        .send(register.header("authorization", "Dialback"))
        .await
        .is(401);
}

async fn unknown_path_is_json_or_page_by_accept(server: TestServer) {
    server
        .send(Request::get("/api/user/alice/nothing/here"))
        .await
        .is(404)
        .error();
    let answer = server
        .send(Request::get("/no/such/page/here"))
        .await
        .is(404);
    assert!(answer.header("content-type").starts_with("text/html"));
}

async fn unsupported_method_gets_a_json_error(server: TestServer) {
    server
        .send(Request::new("DELETE", "/api/users"))
        .await
        .is(405)
        .error();
}

async fn no_authorization_server_metadata_is_published(server: TestServer) {
    server
        .send(Request::get("/.well-known/oauth-authorization-server"))
        .await
        .is(404);
}

async fn path_with_nul_or_invalid_utf8_is_refused(server: TestServer) {
    for target in ["/api/user/a%00b", "/api/user/%ff", "/api/users?before=%00"] {
        server.send(Request::get(target)).await.is(400).error();
    }
}

async fn head_answers_as_get_without_a_body(server: TestServer) {
    let alice = server.user("alice").await;
    let get = server
        .send(Request::get("/api/user/alice/profile").by(&alice))
        .await
        .is(200);
    let head = server
        .send(Request::new("HEAD", "/api/user/alice/profile").by(&alice))
        .await
        .is(200);
    assert_eq!(head.header("content-type"), get.header("content-type"));
    assert!(head.body.is_empty());
}

async fn trailing_slashes_are_signed_but_not_routed(server: TestServer) {
    let alice = server.user("alice").await;
    for target in [
        "/api/user/alice/inbox/direct/major/",
        "/api/user/alice/feed/major/?count=1",
    ] {
        server.send(Request::get(target).by(&alice)).await.is(200);
    }
    let other = Request::get("/api/user/alice/feed/").signed_as("/api/user/alice/feed");
    server.send(other.by(&alice)).await.is(400);
}

async fn read_ignores_a_content_type_without_a_body(server: TestServer) {
    let alice = server.user("alice").await;
    let read = Request::get("/api/user/alice/inbox").body("application/json", "");
    server.send(read.by(&alice)).await.is(200);
}

async fn long_json_is_compressed_if_accepted(server: TestServer) {
    let alice = server.user("alice").await;
    let read = Request::get("/api/user/alice/inbox")
        .by(&alice)
        .header("accept-encoding", "gzip");
    assert_eq!(
        server.send(read).await.is(200).header("content-encoding"),
        "gzip"
    );
}

async fn invalid_body_gets_a_reason(server: TestServer) {
    let alice = server.user("alice").await;
    let deep = format!("{{\"object\":{}{}}}", "[".repeat(1000), "]".repeat(1000));
    let big = format!("{{\"object\":\"{}\"}}", "x".repeat(10 << 20));
    for (kind, body, status) in [
        ("application/json", "{".into(), 400),
        ("application/json", String::new(), 400),
        ("application/json; charset=utf-8", "[]".into(), 400),
        ("application/json", "{\"object\":\"\\u0000\"}".into(), 400),
        ("application/json", deep, 400),
        ("application/json", big.clone(), 413),
        ("text/plain", "{}".into(), 415),
        ("application/x-www-form-urlencoded", format!("a={big}"), 413),
    ] {
        let post = Request::post("/api/user/alice/feed").body(kind, body);
        let answer = server.send(post.by(&alice)).await.is(status);
        assert!(!answer.error().is_empty());
    }
    let broken =
        Request::post("/api/user/alice/feed").body("application/json", b"{\"a\":\"\xff\"}");
    assert!(
        server
            .send(broken.by(&alice))
            .await
            .is(400)
            .error()
            .contains("UTF-8")
    );
}

/// Over a real connection, which would break under a client whose body is not read to its end.
#[tokio::test]
async fn refused_upload_gets_a_readable_response() {
    let server = TestServer::on(Backend::Memory).await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel::<()>();
    let serving = hydraulics::http::serve(listener, server.app.clone(), async {
        stopped.await.unwrap();
    });
    let sending = async move {
        let mut connection = TcpStream::connect(address).await.unwrap();
        let length = 10 << 20;
        let head = format!(
            "POST /api/user/alice/feed HTTP/1.1\r\nhost: pump.example\r\nconnection: close\r\n\
             content-type: application/json\r\ncontent-length: {length}\r\n\r\n"
        );
        connection.write_all(head.as_bytes()).await.unwrap();
        connection.write_all(&vec![b' '; length]).await.unwrap();
        let mut answer = String::new();
        connection.read_to_string(&mut answer).await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 400"), "{answer}");
        assert!(answer.ends_with("Missing required parameter"), "{answer}");
        stop.send(()).unwrap();
    };
    tokio::join!(async { serving.await.unwrap() }, sending);
}
