//! Uploads of which nothing comes leave nothing behind.

use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use object_store::{
    CopyOptions, GetResult, ListResult, MultipartUpload, ObjectMeta, PutMultipartOptions,
    PutOptions, PutPayload, PutResult,
};

use super::*;

/// A blob store that takes so many files and no more; then it fails as a disk does.
#[derive(Debug)]
struct Full(Arc<InMemory>, AtomicUsize, std::io::ErrorKind);

impl std::fmt::Display for Full {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a full store")
    }
}

#[async_trait]
impl ObjectStore for Full {
    async fn put_opts(
        &self,
        path: &Path,
        bytes: PutPayload,
        options: PutOptions,
    ) -> object_store::Result<PutResult> {
        if self.1.fetch_sub(1, Ordering::SeqCst) == 0 {
            return Err(object_store::Error::Generic {
                store: "full",
                source: std::io::Error::from(self.2).into(),
            });
        }
        self.0.put_opts(path, bytes, options).await
    }

    async fn put_multipart_opts(
        &self,
        path: &Path,
        options: PutMultipartOptions,
    ) -> object_store::Result<Box<dyn MultipartUpload>> {
        self.0.put_multipart_opts(path, options).await
    }

    async fn get_opts(&self, path: &Path, options: GetOptions) -> object_store::Result<GetResult> {
        self.0.get_opts(path, options).await
    }

    fn delete_stream(
        &self,
        paths: BoxStream<'static, object_store::Result<Path>>,
    ) -> BoxStream<'static, object_store::Result<Path>> {
        self.0.delete_stream(paths)
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, object_store::Result<ObjectMeta>> {
        self.0.list(prefix)
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> object_store::Result<ListResult> {
        self.0.list_with_delimiter(prefix).await
    }

    async fn copy_opts(
        &self,
        from: &Path,
        to: &Path,
        options: CopyOptions,
    ) -> object_store::Result<()> {
        self.0.copy_opts(from, to, options).await
    }
}

#[tokio::test]
async fn when_not_all_files_can_be_written_those_that_were_go_again() {
    let memory = Arc::new(InMemory::new());
    let full = Full(
        memory.clone(),
        AtomicUsize::new(1),
        std::io::ErrorKind::StorageFull,
    );
    let world = World::with(Arc::new(Memory::new()), Arc::new(full), memory).await;
    let refused = world.upload("image/png", png(640, 400)).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Unavailable);
    assert!(refused.message().contains("no room"));
    assert_eq!((world.blobs().await, world.uploads().await.len()), (1, 0));
    world.sweep().await;
    assert_eq!((world.blobs().await, world.loose().await), (0, 0));
}

#[tokio::test]
async fn an_upload_that_was_cut_off_is_cleared_away_when_it_is_old() {
    let world = World::new().await;
    let ctx = world.of(&world.alice);
    let format = Format::parse("image/png").unwrap();
    let object = new_object(&ctx, &world.alice, &format);
    let parts = parts(
        &ctx,
        &world.alice,
        &format,
        png(400, 400).into(),
        Cut::Whole,
    )
    .await
    .unwrap();
    let media = upload_files::record_upload(&ctx, &world.alice, &object, &parts)
        .await
        .unwrap();
    upload_files::write_files(&ctx, &media, parts)
        .await
        .unwrap();
    world.sweep().await;
    assert_eq!((world.blobs().await, world.loose().await), (2, 1));
    world.clock.advance(3601);
    world.sweep().await;
    assert_eq!((world.blobs().await, world.loose().await), (0, 0));
    let late = upload_files::finished_changes(&object, &world.alice);
    let late = world.app.storage().commit(late).await;
    assert!(late.is_err(), "what was given up is not finished any more");
}

#[tokio::test]
async fn when_nobody_can_know_of_the_files_none_are_written() {
    let world = World::on(Arc::new(Sqlite::temporary().await.unwrap())).await;
    world.app.storage().close().await;
    let uploaded = world.upload("text/plain", "words").await;
    assert_eq!(kind(uploaded), ErrorKind::Unavailable);
    assert_eq!(world.blobs().await, 0);
}

#[tokio::test]
async fn a_store_out_of_reach_is_told_as_that() {
    let memory = Arc::new(InMemory::new());
    let away = Full(
        memory.clone(),
        AtomicUsize::new(0),
        std::io::ErrorKind::ConnectionRefused,
    );
    let world = World::with(Arc::new(Memory::new()), Arc::new(away), memory).await;
    let refused = world.upload("text/plain", "words").await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Unavailable);
    assert!(refused.message().contains("can't reach"));
    world.sweep().await;
    assert_eq!((world.blobs().await, world.loose().await), (0, 0));
}
