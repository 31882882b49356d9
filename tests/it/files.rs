//! Media types, thumbnails, avatars and deletion of uploaded files (pump-api 11).

use futures_util::TryStreamExt;
use hydraulics::{model::PUBLIC, service::background};
use serde_json::{Value, json};

use crate::support::{BASE, Request, Session, TestServer, path, picture};

fn png(width: u32, height: u32) -> Vec<u8> {
    picture(width, height, image::ImageFormat::Png)
}

async fn upload(who: &Session, kind: &str, bytes: impl Into<Vec<u8>>) -> Value {
    let target = format!("/api/user/{}/uploads", who.nickname);
    who.request("POST", &target, kind, bytes).await.ok()
}

async fn blobs(server: &TestServer) -> usize {
    let all: Vec<_> = server.app.blobs().list(None).try_collect().await.unwrap();
    all.len()
}

async fn put_profile(alice: &Session, image: Value, large: Value) -> Value {
    let profile = json!({
        "objectType": "person",
        "displayName": "Alice",
        "image": image,
        "pump_io": { "fullImage": large },
    });
    alice.put("/api/user/alice/profile", &profile).await.ok()
}

on_every_backend!(
    media_type_determines_object_extension_and_link,
    files_of_unknown_types_can_be_fetched,
    large_picture_has_a_320_pixel_thumbnail,
    json_upload_names_the_missing_property,
    avatar_does_not_reveal_the_posts_recipients,
    profile_picture_is_as_visible_as_the_profile,
    deleted_file_loses_its_bytes,
);

async fn media_type_determines_object_extension_and_link(server: TestServer) {
    let alice = server.person("alice").await;
    let (jpeg, gif) = (
        picture(2, 2, image::ImageFormat::Jpeg),
        picture(2, 2, image::ImageFormat::Gif),
    );
    let (flac, mp3) = (b"fLaC\x80\0\0\0".to_vec(), b"\xff\xfb\x90\0".to_vec());
    let (wav, avi) = (
        b"RIFF\x04\0\0\0WAVE".to_vec(),
        b"RIFF\x04\0\0\0AVI ".to_vec(),
    );
    let (mp4, mpg) = (b"\0\0\0\x0cftypisom".to_vec(), b"\0\0\x01\xba".to_vec());
    let (ogg, webm) = (
        [&b"OggS"[..], &[0; 23]].concat(),
        b"\x1a\x45\xdf\xa3\x80".to_vec(),
    );
    for (kind, bytes, object_type, link, extension) in [
        ("audio/flac", flac, "audio", "stream", "flac"),
        ("audio/mpeg", mp3, "audio", "stream", "mp3"),
        ("audio/ogg", ogg.clone(), "audio", "stream", "ogg"),
        ("audio/x-wav", wav, "audio", "stream", "wav"),
        ("audio/midi", vec![1], "audio", "stream", "bin"),
        ("image/gif", gif, "image", "image", "gif"),
        ("image/jpeg", jpeg, "image", "image", "jpg"),
        ("image/png", png(2, 2), "image", "image", "png"),
        ("image/svg+xml", b"<svg/>".to_vec(), "image", "image", "svg"),
        ("video/3gpp", mp4.clone(), "video", "stream", "3gp"),
        ("video/mpeg", mpg, "video", "stream", "mpg"),
        ("video/mp4", mp4.clone(), "video", "stream", "mp4"),
        ("video/quicktime", mp4, "video", "stream", "mov"),
        ("video/ogg", ogg, "video", "stream", "ogv"),
        ("video/webm", webm, "video", "stream", "webm"),
        ("video/x-msvideo", avi, "video", "stream", "avi"),
        ("application/pdf", vec![1], "file", "fileUrl", "bin"),
    ] {
        let object = upload(&alice, kind, bytes).await;
        assert_eq!(object["objectType"], object_type, "{kind}");
        assert!(
            object["id"]
                .as_str()
                .unwrap()
                .starts_with(&format!("{BASE}/api/{object_type}/"))
        );
        assert!(
            object["url"]
                .as_str()
                .unwrap()
                .starts_with(&format!("{BASE}/alice/{object_type}/"))
        );
        let url = if link == "fileUrl" {
            &object[link]
        } else {
            &object[link]["url"]
        };
        let parts: Vec<&str> = path(url).split('/').collect();
        assert_eq!(
            parts[..6],
            ["", "uploads", "alice", "2027", "1", "15"],
            "{kind}: no zeros before"
        );
        assert_eq!(
            parts[6]
                .split_once('.')
                .map(|(name, end)| (name.len(), end)),
            Some((6, extension))
        );
        assert_eq!(
            object.get("mimeType"),
            (link == "fileUrl").then(|| json!(kind)).as_ref()
        );
        assert!(object.get("fullImage").is_none() && object["likes"].get("totalItems").is_none());
        let file = alice.get(path(url)).await.is(200);
        let content_type = if extension == "bin" {
            "application/octet-stream"
        } else {
            kind
        };
        assert_eq!(file.header("content-type"), content_type);
        let attached = file.header("content-disposition").starts_with("attachment");
        assert_eq!(attached, extension == "bin", "{kind}");
        assert_eq!(file.header("accept-ranges"), "bytes");
        assert!(!file.header("last-modified").is_empty() && !file.header("etag").is_empty());
    }
    assert_eq!(alice.feed("uploads").await["totalItems"], 17);
}

async fn files_of_unknown_types_can_be_fetched(server: TestServer) {
    let (alice, bob) = (server.person("alice").await, server.person("bob").await);
    let object = upload(&alice, "application/x-unknown", "bytes").await;
    assert_eq!(
        alice.get(path(&object["fileUrl"])).await.is(200).text(),
        "bytes"
    );
    alice
        .done(&json!({
            "verb": "post",
            "object": { "objectType": "file", "id": object["id"] },
            "to": [bob.person()],
        }))
        .await;
    assert_eq!(
        bob.get(path(&object["fileUrl"])).await.is(200).text(),
        "bytes"
    );
    server
        .send(Request::get(path(&object["fileUrl"])))
        .await
        .is(403);
}

async fn large_picture_has_a_320_pixel_thumbnail(server: TestServer) {
    let alice = server.person("alice").await;
    for (width, height, small) in [
        (640, 400, (320, 200)),
        (100, 640, (50, 320)),
        (320, 320, (320, 320)),
    ] {
        let object = upload(&alice, "image/png", png(width, height)).await;
        let image = (
            object["image"]["width"].as_u64(),
            object["image"]["height"].as_u64(),
        );
        assert_eq!(image, (Some(small.0), Some(small.1)));
        let full = object.get("fullImage").map(|full| full["width"].as_u64());
        assert_eq!(
            full,
            (width > 320 || height > 320).then_some(Some(u64::from(width)))
        );
        if full.is_some() {
            let name = object["fullImage"]["url"]
                .as_str()
                .unwrap()
                .strip_suffix(".png")
                .unwrap();
            assert_eq!(object["image"]["url"], format!("{name}_thumb.png"));
        }
    }
}

async fn json_upload_names_the_missing_property(server: TestServer) {
    let alice = server.person("alice").await;
    let post = |body: Value| {
        let alice = alice.clone();
        async move { alice.post("/api/user/alice/uploads", &body).await }
    };
    assert_eq!(
        post(json!({ "data": "aGk=" })).await.refused(400),
        "No mime type"
    );
    assert_eq!(
        post(json!({ "mimeType": "text/plain" })).await.refused(400),
        "No data"
    );
    let object = post(json!({ "mimeType": "text/plain", "data": "aGk=" }))
        .await
        .ok();
    assert_eq!(
        alice.get(path(&object["fileUrl"])).await.is(200).text(),
        "hi"
    );
    let bare = alice
        .request("POST", "/api/user/alice/uploads", "", "x")
        .await;
    assert_eq!(bare.refused(400), "No mime type");
}

async fn avatar_does_not_reveal_the_posts_recipients(server: TestServer) {
    let [alice, bob, mallory] = server.people(["alice", "bob", "mallory"]).await;
    let object = upload(&alice, "image/png", png(9, 9)).await;
    let named = json!({ "objectType": "image", "id": object["id"] });
    alice
        .done(&json!({ "object": named, "to": [bob.person()] }))
        .await;
    put_profile(&alice, object["image"].clone(), object["image"].clone()).await;
    mallory.get(object["id"].as_str().unwrap()).await.ok();
    for verb in ["favorite", "unfavorite"] {
        let done = mallory
            .done(&json!({ "verb": verb, "object": named }))
            .await;
        assert!(!done.to_string().contains("bob"), "{done}");
    }
    let comment = json!({ "objectType": "comment", "content": "nice", "inReplyTo": named });
    assert!(
        !mallory
            .act(&json!({ "object": comment }))
            .await
            .text()
            .contains("bob")
    );
    assert!(
        bob.done(&json!({ "verb": "favorite", "object": named }))
            .await
            .to_string()
            .contains("bob")
    );
}

async fn profile_picture_is_as_visible_as_the_profile(server: TestServer) {
    let (alice, bob) = (server.person("alice").await, server.person("bob").await);
    let object = upload(&alice, "image/png", png(400, 400)).await;
    let bobs = upload(&bob, "image/png", png(9, 9)).await;
    let (small, large) = (
        path(&object["image"]["url"]),
        path(&object["fullImage"]["url"]),
    );
    bob.get(small).await.is(403);
    let profile = put_profile(&alice, object["image"].clone(), object["fullImage"].clone()).await;
    assert_eq!(profile["pump_io"]["fullImage"], object["fullImage"]);
    let seen = bob.get("/api/user/alice/profile").await.ok();
    assert_eq!(
        (&seen["image"], &seen["pump_io"]["fullImage"]),
        (&object["image"], &object["fullImage"])
    );
    for file in [small, large] {
        bob.get(file).await.is(200);
        let open = server.send(Request::get(file)).await.is(200);
        assert!(open.header("cache-control").starts_with("public"));
    }
    // Naming what another uploaded opens nothing, and what is not there is no picture.
    put_profile(
        &alice,
        bobs["image"].clone(),
        json!({ "url": format!("{BASE}/uploads/alice/nothing.png") }),
    )
    .await;
    alice.get(path(&bobs["image"]["url"])).await.is(403);
    server
        .send(Request::get(path(&bobs["image"]["url"])))
        .await
        .is(403);
    let again = json!({
        "verb": "post",
        "object": { "objectType": "image", "id": object["id"] },
        "to": [{ "objectType": "collection", "id": PUBLIC }],
    });
    alice.done(&again).await;
}

async fn deleted_file_loses_its_bytes(server: TestServer) {
    let (alice, bob) = (server.person("alice").await, server.person("bob").await);
    let gone = upload(&alice, "image/png", png(400, 400)).await;
    let kept = upload(&alice, "text/plain", "kept").await;
    let bobs = upload(&bob, "text/plain", "bob's").await;
    assert_eq!(blobs(&server).await, 4);
    alice.delete(path(&gone["id"])).await.is(200);
    background::run_cleanup(&server.ctx()).await.unwrap();
    assert_eq!(blobs(&server).await, 2);
    alice.get(path(&gone["image"]["url"])).await.is(410);
    alice.get(path(&kept["fileUrl"])).await.is(200);
    alice.delete("/api/user/alice").await.is(200);
    background::run_cleanup(&server.ctx()).await.unwrap();
    assert_eq!(blobs(&server).await, 1);
    bob.get(path(&kept["fileUrl"])).await.is(410);
    assert_eq!(
        bob.get(path(&bobs["fileUrl"])).await.is(200).text(),
        "bob's"
    );
}
