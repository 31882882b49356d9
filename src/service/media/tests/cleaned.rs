//! Files are cleaned by their content, whatever they are sent as.

use super::*;

#[tokio::test]
async fn content_decides_how_a_file_is_cleaned() {
    let world = World::new().await;
    let ctx = world.of(&world.alice);
    let mut picture = png(400, 9);
    let text = [&[0, 0, 0, 5][..], b"tEXtAlice", &[0; 4]].concat();
    picture.splice(33..33, text);
    let object = world.upload("text/plain", picture).await.unwrap();
    assert_eq!(object.object_type, "file");
    let file = find(&ctx, &path_of(&object.body["fileUrl"])).await.unwrap();
    let bytes: Vec<Bytes> = read(&ctx, &file, None)
        .await
        .unwrap()
        .try_collect()
        .await
        .unwrap();
    assert!(image::load_from_memory(&bytes.concat()).is_ok());
    assert!(!bytes.concat().windows(5).any(|part| part == b"Alice"));
    assert_eq!(world.blobs().await, 1, "no thumbnail");
    let raw = world
        .upload("application/octet-stream", &b"II*\0raw"[..])
        .await;
    assert_eq!(kind(raw), ErrorKind::UnsupportedMediaType);
}

#[tokio::test]
async fn film_or_sound_that_is_not_recognised_is_refused() {
    let world = World::new().await;
    for (media_type, bytes) in [
        ("audio/x-wav", &b"RF64\xff\xff\xff\xffWAVEds64"[..]),
        ("audio/mpeg", b"\0\0\xff\xfb\x90\0"),
        ("audio/mp3", b"ID3\x05\0\0\0\0\0\x05Alice"),
        ("audio/mpeg", b"APETAGEX\xd0\x07\0\0"),
        ("video/webm", b"\xec\x80\x1a\x45\xdf\xa3\x80"),
        ("video/ogg", b"\0OggS"),
        ("video/mp4", b"\0\0\0\x08what"),
        ("video/mp4", b""),
    ] {
        let refused = world.upload(media_type, bytes).await;
        assert_eq!(kind(refused), ErrorKind::UnsupportedMediaType, "{bytes:?}");
    }
    assert_eq!(world.blobs().await, 0);
    for media_type in ["audio/midi", "application/octet-stream"] {
        assert!(world.upload(media_type, "RF64").await.is_ok(), "not played");
    }
}
