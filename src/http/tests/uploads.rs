//! Uploaded files, and the server's own.

use axum::{
    body::Body,
    http::{StatusCode, header},
};
use bytes::Bytes;
use serde_json::{Value, json};

use super::{ALICE, BOB, Server};

fn png(width: u32) -> Vec<u8> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    image::DynamicImage::from(image::RgbImage::new(width, 9))
        .write_to(&mut bytes, image::ImageFormat::Png)
        .unwrap();
    bytes.into_inner()
}

fn path(url: &Value) -> String {
    url.as_str()
        .unwrap()
        .strip_prefix("https://h.example")
        .unwrap()
        .into()
}

#[tokio::test]
async fn an_upload_is_the_authors_alone_until_it_is_posted() {
    let server = Server::at("https://h.example").await;
    let uploaded = server.upload("image/png", png(400)).await;
    assert_eq!(uploaded.status, 200, "{}", uploaded.text());
    let object = uploaded.json();
    assert_eq!(object["author"]["id"], "acct:alice@h.example");
    assert_eq!(object["fullImage"]["width"], 400);
    let small = path(&object["image"]["url"]);
    let full = path(&object["fullImage"]["url"]);
    for at in [&small, &full] {
        let own = server.get(at, &[("authorization", ALICE)]).await;
        assert_eq!(own.status, 200);
        assert_eq!(own.header(header::CONTENT_TYPE), "image/png");
        assert_eq!(own.header(header::CACHE_CONTROL), "private, no-cache");
        assert_eq!(
            own.header(header::CONTENT_LENGTH),
            own.body.len().to_string()
        );
        assert!(
            own.header(header::CONTENT_SECURITY_POLICY)
                .contains("sandbox")
        );
        assert_eq!(own.header(header::X_CONTENT_TYPE_OPTIONS), "nosniff");
        assert!(image::load_from_memory(&own.body).is_ok());
        assert_eq!(server.get(at, &[("authorization", BOB)]).await.status, 403);
        assert_eq!(server.get(at, &[]).await.status, 403);
    }
    let post = json!({
        "verb": "post",
        "object": { "objectType": "image", "id": object["id"] },
        "to": [{ "objectType": "collection", "id": crate::model::PUBLIC }],
    });
    let headers = [
        ("authorization", ALICE),
        ("content-type", "application/json"),
    ];
    let posted = server
        .ask(
            "POST",
            "/api/user/alice/feed",
            &headers,
            post.to_string().into(),
        )
        .await;
    assert_eq!(posted.status, 200, "{}", posted.text());
    let open = server.get(&small, &[]).await;
    assert_eq!(open.status, 200);
    assert!(open.header(header::CACHE_CONTROL).starts_with("public"));
}

#[tokio::test]
async fn files_are_served_whole_in_part_or_not_again() {
    let server = Server::at("https://h.example").await;
    let uploaded = server
        .upload("text/html; charset=utf-8", "<script>")
        .await
        .json();
    assert_eq!(uploaded["mimeType"], "text/html");
    let at = path(&uploaded["fileUrl"]);
    let alice = ("authorization", ALICE);
    let whole = server.get(&at, &[alice]).await;
    assert_eq!(whole.text(), "<script>");
    assert!(
        whole
            .header(header::CONTENT_DISPOSITION)
            .starts_with("attachment")
    );
    let etag = whole.header(header::ETAG);
    let again = server.get(&at, &[alice, ("if-none-match", etag)]).await;
    assert_eq!(
        (again.status, again.body.len()),
        (StatusCode::NOT_MODIFIED, 0)
    );
    let part = server.get(&at, &[alice, ("range", "bytes=1-6")]).await;
    assert_eq!(
        (part.status, part.text()),
        (StatusCode::PARTIAL_CONTENT, "script")
    );
    assert_eq!(part.header(header::CONTENT_RANGE), "bytes 1-6/8");
    let outside = server.get(&at, &[alice, ("range", "bytes=8-")]).await;
    assert_eq!(outside.status, 416);
    let head = server.ask("HEAD", &at, &[alice], Body::empty()).await;
    assert_eq!(
        (head.status, head.header(header::CONTENT_LENGTH)),
        (StatusCode::OK, "8")
    );
    for nowhere in [
        "/uploads/x",
        "/uploads/",
        "/uploads/../x",
        "/uploads/%2e%2e/x",
    ] {
        assert_eq!(server.get(nowhere, &[alice]).await.status, 404, "{nowhere}");
    }
}

#[tokio::test]
async fn bad_uploads_are_refused_with_a_sentence() {
    let server = Server::at("https://h.example").await;
    let chunks = (0..20).map(|_| Ok::<_, std::io::Error>(Bytes::from_static(&[7; 1000])));
    let chunked = Body::from_stream(futures_util::stream::iter(chunks));
    assert_eq!(server.upload("image/png", chunked).await.status, 413);
    let json = |body: &'static str| server.upload("application/json", body);
    for (answer, status) in [
        (server.upload("image/png", png(9).split_off(9)).await, 400),
        (server.upload("", "x").await, 400),
        (server.upload("image/heic", "x").await, 415),
        (json("{").await, 400),
        (json("[]").await, 400),
        (json("{}").await, 400),
        (json(r#"{"mimeType":"image/png"}"#).await, 400),
        (json(r#"{"mimeType":"image/png","data":"&"}"#).await, 400),
        (json(r#"{"mimeType":1,"data":[]}"#).await, 400),
    ] {
        assert_eq!(answer.status, status, "{}", answer.text());
        assert!(answer.json()["error"].is_string());
    }
    let good = json(r#"{"mimeType":"audio/ogg","data":"aGVsbG8="}"#).await;
    assert_eq!(good.json()["objectType"], "audio");
    let headers = [("authorization", BOB), ("content-type", "text/plain")];
    let others = server
        .ask("POST", "/api/user/alice/uploads", &headers, "x".into())
        .await;
    assert_eq!(others.status, 401);
}

#[tokio::test]
async fn the_files_of_the_server_itself_are_there() {
    let server = Server::at("https://h.example").await;
    for (path, kind) in [
        ("/images/default.png", "image/png"),
        ("/favicon.ico", "image/x-icon"),
        ("/static/mark.svg", "image/svg+xml"),
        ("/static/style.css", "text/css; charset=utf-8"),
        ("/robots.txt", "text/plain; charset=utf-8"),
    ] {
        let answer = server.get(path, &[]).await;
        assert_eq!(
            (answer.status, answer.header(header::CONTENT_TYPE)),
            (StatusCode::OK, kind)
        );
    }
    let robots = server.get("/robots.txt", &[]).await;
    assert_eq!(robots.text(), "User-agent: *\nDisallow: /api/\n");
    let avatar = server.get("/images/default.png", &[]).await;
    let avatar = image::load_from_memory(&avatar.body).unwrap();
    assert_eq!((avatar.width(), avatar.height()), (96, 96));
}
