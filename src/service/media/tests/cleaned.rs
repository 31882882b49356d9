//! What is taken out of files, and by what that is decided.

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
