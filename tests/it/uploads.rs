//! Uploads: access, ranges, quota and errors; and static files.

use axum::body::Body;
use bytes::Bytes;
use hydraulics::model::PUBLIC;
use serde_json::json;

use crate::support::{Answer, Request, Session, TestServer, path, picture};

const UPLOADS: &str = "/api/user/alice/uploads";

fn png(width: u32) -> Vec<u8> {
    picture(width, 9, image::ImageFormat::Png)
}

async fn upload(alice: &Session, kind: &str, body: impl Into<Vec<u8>>) -> Answer {
    alice.request("POST", UPLOADS, kind, body).await
}

/// A read by someone that says more than where.
async fn get(who: &Session, target: &str, name: &str, value: &str) -> Answer {
    let request = Request::get(target).header(name, value);
    who.server.send(request.by(&who.credentials)).await
}

on_every_backend!(
    upload_is_private_until_posted,
    files_are_served_whole_by_range_or_not_modified,
    active_media_types_are_served_as_bytes,
    json_upload_ignores_unknown_members,
    upload_quota_of_an_account_is_enforced,
    video_is_served_without_its_location,
    invalid_uploads_are_refused_with_a_reason,
    chunked_upload_is_cut_off_at_the_limit,
    static_files_are_served,
);

async fn upload_is_private_until_posted(server: TestServer) {
    let (alice, bob) = (server.person("alice").await, server.person("bob").await);
    let object = upload(&alice, "image/png", png(400)).await.ok();
    assert_eq!(
        (&object["author"]["id"], &object["fullImage"]["width"]),
        (&json!(alice.id()), &json!(400))
    );
    let (small, full) = (
        path(&object["image"]["url"]),
        path(&object["fullImage"]["url"]),
    );
    for target in [small, full] {
        let own = alice.get(target).await.is(200);
        assert_eq!(own.header("content-type"), "image/png");
        assert_eq!(own.header("cache-control"), "private, no-cache");
        assert_eq!(own.header("content-length"), own.body.len().to_string());
        assert!(own.header("content-security-policy").contains("sandbox"));
        assert_eq!(own.header("x-content-type-options"), "nosniff");
        assert!(image::load_from_memory(&own.body).is_ok());
        bob.get(target).await.is(403);
        server.send(Request::get(target)).await.is(403);
    }
    alice
        .done(&json!({
            "verb": "post",
            "object": { "objectType": "image", "id": object["id"] },
            "to": [{ "objectType": "collection", "id": PUBLIC }],
        }))
        .await;
    for target in [small, full] {
        let open = server.send(Request::get(target)).await.is(200);
        assert!(open.header("cache-control").starts_with("public"));
    }
}

async fn files_are_served_whole_by_range_or_not_modified(server: TestServer) {
    let alice = server.person("alice").await;
    let uploaded = upload(&alice, "text/html; charset=utf-8", "<script>")
        .await
        .ok();
    assert_eq!(uploaded["mimeType"], "text/html");
    let target = path(&uploaded["fileUrl"]);
    let whole = alice.get(target).await.is(200);
    assert_eq!(whole.text(), "<script>");
    assert!(
        whole
            .header("content-disposition")
            .starts_with("attachment")
    );
    let again = get(&alice, target, "if-none-match", whole.header("etag"))
        .await
        .is(304);
    assert!(again.body.is_empty());
    let part = get(&alice, target, "range", "bytes=1-6").await.is(206);
    assert_eq!(
        (part.text().as_str(), part.header("content-range")),
        ("script", "bytes 1-6/8")
    );
    get(&alice, target, "range", "bytes=8-").await.is(416);
    let head = alice
        .request("HEAD", target, "application/json", "")
        .await
        .is(200);
    assert_eq!((head.header("content-length"), head.body.len()), ("8", 0));
    for nowhere in [
        "/uploads/x",
        "/uploads/",
        "/uploads/../x",
        "/uploads/%2e%2e/x",
    ] {
        alice.get(nowhere).await.is(404);
    }
}

async fn active_media_types_are_served_as_bytes(server: TestServer) {
    let alice = server.person("alice").await;
    for kind in [
        "application/activity+json",
        "application/ld+json",
        "application/jrd+json",
        "application/xrd+xml",
        "application/atom+xml",
        "application/xhtml+xml",
        "text/html",
        "text/javascript",
        "multipart/mixed",
        "message/rfc822",
    ] {
        let form = json!({ "mimeType": kind, "data": "e30=" });
        let by_form = alice.post(UPLOADS, &form).await.ok();
        let by_body = upload(&alice, kind, "{}").await.ok();
        for object in [by_form, by_body] {
            assert_eq!(object["mimeType"], kind);
            let file = alice.get(path(&object["fileUrl"])).await.is(200);
            assert_eq!(
                file.header("content-type"),
                "application/octet-stream",
                "{kind}"
            );
            assert!(file.header("content-disposition").starts_with("attachment"));
            assert_eq!(file.header("x-content-type-options"), "nosniff");
            assert!(file.header("content-security-policy").contains("sandbox"));
        }
    }
}

async fn json_upload_ignores_unknown_members(server: TestServer) {
    let alice = server.person("alice").await;
    let other = format!("[{}{{}}]", "0,".repeat(1_000_000));
    let form = format!(r#"{{"x":{other},"mimeType":"text\/plain","data":"aGk="}}"#);
    let object = upload(&alice, "application/json", form).await.ok();
    assert_eq!(
        alice.get(path(&object["fileUrl"])).await.is(200).text(),
        "hi"
    );
    let array = r#"["text/plain","aGk="]"#;
    upload(&alice, "application/json", array).await.refused(400);
}

async fn upload_quota_of_an_account_is_enforced(server: TestServer) {
    let server = server.again(|settings| settings.uploads.account_bytes = 150_000);
    let (alice, bob) = (server.person("alice").await, server.person("bob").await);
    let first = upload(&alice, "text/plain", "x").await.ok();
    upload(&alice, "text/plain", "x").await.ok();
    let sentence = upload(&alice, "text/plain", vec![b'x'; 20_000])
        .await
        .refused(413);
    assert!(
        sentence.contains("150000") && sentence.contains("131072"),
        "{sentence}"
    );
    let target = format!("/api/user/{}/uploads", bob.nickname);
    bob.request("POST", &target, "text/plain", vec![b'x'; 20_000])
        .await
        .ok();
    alice.delete(path(&first["id"])).await.is(200);
    upload(&alice, "text/plain", vec![b'x'; 20_000]).await.ok();
}

async fn video_is_served_without_its_location(server: TestServer) {
    let alice = server.person("alice").await;
    let place = b"\0\0\0\x22udta\0\0\0\x1a\xa9xyz\0\x10\x15\xc7+52.52+13.405/";
    let movie = [b"\0\0\0\x2amoov".as_slice(), place].concat();
    let film = [b"\0\0\0\x0cftypisom".as_slice(), &movie].concat();
    for kind in ["video/mp4", "application/octet-stream"] {
        let object = upload(&alice, kind, film.clone()).await.ok();
        let url = object["stream"].get("url").unwrap_or(&object["fileUrl"]);
        let download = alice.get(path(url)).await.is(200);
        assert_eq!(download.body.len(), film.len());
        assert!(
            !String::from_utf8_lossy(&download.body).contains("52.52"),
            "{kind}"
        );
    }
    let broken = [b"\0\0\0\x0cftypisom".as_slice(), b"\0\0\0\x03moov"].concat();
    upload(&alice, "video/mp4", broken).await.refused(400);
    upload(&alice, "image/svg+xml", "words").await.refused(400);
    upload(&alice, "text/plain", "\0\0\0\x0cftypheic")
        .await
        .refused(415);
}

async fn invalid_uploads_are_refused_with_a_reason(server: TestServer) {
    let server = server.again(|settings| settings.uploads.max_bytes = 10_000);
    let (alice, bob) = (server.person("alice").await, server.person("bob").await);
    for (kind, body, status) in [
        ("image/png", png(9).split_off(9), 400),
        ("", "x".into(), 400),
        ("image/heic", "x".into(), 415),
        ("video/mp4", "x".into(), 415),
        ("image/png", vec![7; 10_001], 413),
        ("application/json", "{".into(), 400),
        ("application/json", "[]".into(), 400),
        ("application/json", "{}".into(), 400),
        (
            "application/json",
            r#"{"mimeType":"image/png"}"#.into(),
            400,
        ),
        (
            "application/json",
            r#"{"mimeType":"image/png","data":"&"}"#.into(),
            400,
        ),
        (
            "application/json",
            r#"{"mimeType":1,"data":[]}"#.into(),
            400,
        ),
    ] {
        let sentence = upload(&alice, kind, body).await.refused(status);
        assert!(!sentence.is_empty(), "{kind}");
    }
    let good = r#"{"mimeType":"audio/flac","data":"ZkxhQ4AAAAA="}"#;
    assert_eq!(
        upload(&alice, "application/json", good).await.ok()["objectType"],
        "audio"
    );
    upload(&bob, "text/plain", "x").await.is(401);
}

async fn chunked_upload_is_cut_off_at_the_limit(server: TestServer) {
    let server = server.again(|settings| settings.uploads.max_bytes = 10_000);
    let alice = server.person("alice").await;
    let chunks = (0..20).map(|_| Ok::<_, std::io::Error>(Bytes::from_static(&[7; 1000])));
    let chunked = Body::from_stream(futures_util::stream::iter(chunks));
    let request = Request::post(UPLOADS)
        .body("image/png", "")
        .by(&alice.credentials);
    let request = request.build(&*server.clock).map(|_| chunked);
    server.send_raw(request).await.refused(413);
}

async fn static_files_are_served(server: TestServer) {
    for (target, kind) in [
        ("/images/default.png", "image/png"),
        ("/favicon.ico", "image/x-icon"),
        ("/static/mark.svg", "image/svg+xml"),
        ("/static/mark.png", "image/png"),
        ("/static/style.css", "text/css; charset=utf-8"),
        ("/robots.txt", "text/plain; charset=utf-8"),
    ] {
        let answer = server.send(Request::get(target)).await.is(200);
        assert_eq!(answer.header("content-type"), kind);
    }
    let robots = server.send(Request::get("/robots.txt")).await;
    let robots = robots.text();
    for path in ["/api/", "/main/", "/oauth"] {
        assert!(robots.contains(&format!("Disallow: {path}\n")), "{robots}");
    }
    let avatar = server.send(Request::get("/images/default.png")).await;
    let avatar = image::load_from_memory(&avatar.body).unwrap();
    assert_eq!((avatar.width(), avatar.height()), (96, 96));
}
