//! Uploaded files, and the server's own.

use axum::body::Body;
use bytes::Bytes;
use hydraulics::model::PUBLIC;
use serde_json::{Value, json};

use crate::support::{Answer, BASE, Request, Session};

const UPLOADS: &str = "/api/user/alice/uploads";

fn png(width: u32) -> Vec<u8> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    image::DynamicImage::from(image::RgbImage::new(width, 9))
        .write_to(&mut bytes, image::ImageFormat::Png)
        .unwrap();
    bytes.into_inner()
}

fn path(url: &Value) -> &str {
    url.as_str().unwrap().strip_prefix(BASE).unwrap()
}

async fn upload(alice: &Session, kind: &str, body: impl Into<Vec<u8>>) -> Answer {
    alice.request("POST", UPLOADS, kind, body).await
}

/// A read by someone that says more than where.
async fn get(who: &Session, target: &str, name: &str, value: &str) -> Answer {
    let request = Request::get(target).header(name, value);
    who.server.send(request.by(&who.credentials)).await
}

on_every_backend! {
    async fn an_upload_is_the_authors_alone_until_it_is_posted(server) {
        let (alice, bob) = (server.person("alice").await, server.person("bob").await);
        let object = upload(&alice, "image/png", png(400)).await.ok();
        assert_eq!((&object["author"]["id"], &object["fullImage"]["width"]), (&json!(alice.id()), &json!(400)));
        let (small, full) = (path(&object["image"]["url"]), path(&object["fullImage"]["url"]));
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
        alice.done(&json!({
            "verb": "post",
            "object": { "objectType": "image", "id": object["id"] },
            "to": [{ "objectType": "collection", "id": PUBLIC }],
        })).await;
        for target in [small, full] {
            let open = server.send(Request::get(target)).await.is(200);
            assert!(open.header("cache-control").starts_with("public"));
        }
    }

    async fn files_are_served_whole_in_part_or_not_again(server) {
        let alice = server.person("alice").await;
        let uploaded = upload(&alice, "text/html; charset=utf-8", "<script>").await.ok();
        assert_eq!(uploaded["mimeType"], "text/html");
        let target = path(&uploaded["fileUrl"]);
        let whole = alice.get(target).await.is(200);
        assert_eq!(whole.text(), "<script>");
        assert!(whole.header("content-disposition").starts_with("attachment"));
        let again = get(&alice, target, "if-none-match", whole.header("etag")).await.is(304);
        assert!(again.body.is_empty());
        let part = get(&alice, target, "range", "bytes=1-6").await.is(206);
        assert_eq!((part.text().as_str(), part.header("content-range")), ("script", "bytes 1-6/8"));
        get(&alice, target, "range", "bytes=8-").await.is(416);
        let head = alice.request("HEAD", target, "application/json", "").await.is(200);
        assert_eq!((head.header("content-length"), head.body.len()), ("8", 0));
        for nowhere in ["/uploads/x", "/uploads/", "/uploads/../x", "/uploads/%2e%2e/x"] {
            alice.get(nowhere).await.is(404);
        }
    }

    async fn bad_uploads_are_refused_with_a_sentence(server) {
        let server = server.again(|settings| settings.uploads.max_bytes = 10_000);
        let (alice, bob) = (server.person("alice").await, server.person("bob").await);
        for (kind, body, status) in [
            ("image/png", png(9).split_off(9), 400),
            ("", "x".into(), 400),
            ("image/heic", "x".into(), 415),
            ("image/png", vec![7; 10_001], 413),
            ("application/json", "{".into(), 400),
            ("application/json", "[]".into(), 400),
            ("application/json", "{}".into(), 400),
            ("application/json", r#"{"mimeType":"image/png"}"#.into(), 400),
            ("application/json", r#"{"mimeType":"image/png","data":"&"}"#.into(), 400),
            ("application/json", r#"{"mimeType":1,"data":[]}"#.into(), 400),
        ] {
            let sentence = upload(&alice, kind, body).await.refused(status);
            assert!(!sentence.is_empty(), "{kind}");
        }
        let good = r#"{"mimeType":"audio/ogg","data":"aGVsbG8="}"#;
        assert_eq!(upload(&alice, "application/json", good).await.ok()["objectType"], "audio");
        upload(&bob, "text/plain", "x").await.is(401);
    }

    async fn an_upload_that_does_not_say_its_length_is_cut_off_where_it_is_too_large(server) {
        let server = server.again(|settings| settings.uploads.max_bytes = 10_000);
        let alice = server.person("alice").await;
        let chunks = (0..20).map(|_| Ok::<_, std::io::Error>(Bytes::from_static(&[7; 1000])));
        let chunked = Body::from_stream(futures_util::stream::iter(chunks));
        let request = Request::post(UPLOADS).body("image/png", "").by(&alice.credentials);
        let request = request.build(&*server.clock).map(|_| chunked);
        server.send_raw(request).await.refused(413);
    }

    async fn the_files_of_the_server_itself_are_there(server) {
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
        assert_eq!(robots.text(), "User-agent: *\nDisallow: /api/\n");
        let avatar = server.send(Request::get("/images/default.png")).await;
        let avatar = image::load_from_memory(&avatar.body).unwrap();
        assert_eq!((avatar.width(), avatar.height()), (96, 96));
    }
}
