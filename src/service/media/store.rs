//! The files of one upload, on their way into the blob store.

use bytes::Bytes;
use object_store::{ObjectStoreExt, PutMode, PutOptions, path::Path};

use super::{folder, formats::Format};
use crate::{
    Context,
    model::{Account, Media},
    service::{Error, Result},
};

/// How often another name is tried when one is taken.
const ATTEMPTS: usize = 5;

/// Puts the files of one upload into the blob store, and takes them out again if nothing comes of it.
pub(super) struct Files<'a> {
    ctx: &'a Context,
    folder: String,
    object: String,
    name: String,
    media: Vec<Media>,
}

impl<'a> Files<'a> {
    /// For the files of the object with this id.
    pub(super) fn new(ctx: &'a Context, account: &Account, object: &str) -> Self {
        Self {
            ctx,
            folder: folder(account, ctx.now()),
            object: object.into(),
            name: String::new(),
            media: Vec::new(),
        }
    }

    /// What is known of the files so far.
    pub(super) fn media(&self) -> &[Media] {
        &self.media
    }

    /// Stores the file itself under a name that was free, and returns its URL.
    pub(super) async fn put(&mut self, format: &Format, bytes: Bytes) -> Result<String> {
        for _ in 0..ATTEMPTS {
            self.name = self.ctx.app().entropy().token::<4>();
            let path = format!("{}{}.{}", self.folder, self.name, format.extension);
            if let Some(url) = self.store(path, format, bytes.clone()).await? {
                return Ok(url);
            }
        }
        Err(Error::internal("no free name for an upload"))
    }

    /// Stores its thumbnail beside it, and returns the URL of that.
    pub(super) async fn put_thumbnail(&mut self, format: &Format, bytes: Bytes) -> Result<String> {
        let path = format!("{}{}_thumb.{}", self.folder, self.name, format.extension);
        let stored = self.store(path, format, bytes).await?;
        stored.ok_or_else(|| Error::internal("a thumbnail without its picture was there"))
    }

    /// Takes the files out of the store again. What can't be taken out is left, and logged: nothing
    /// refers to it.
    pub(super) async fn discard(self) {
        for media in self.media {
            if let Err(error) = self
                .ctx
                .app()
                .blobs()
                .delete(&Path::from(media.path.as_str()))
                .await
            {
                tracing::warn!(path = media.path, %error, "an unused file could not be deleted");
            }
        }
    }

    /// `None` if the path is taken.
    async fn store(
        &mut self,
        path: String,
        format: &Format,
        bytes: Bytes,
    ) -> Result<Option<String>> {
        let size = bytes.len() as u64;
        let options = PutOptions::from(PutMode::Create);
        let blob = Path::from(path.as_str());
        match self
            .ctx
            .app()
            .blobs()
            .put_opts(&blob, bytes.into(), options)
            .await
        {
            Ok(_) => {}
            Err(object_store::Error::AlreadyExists { .. }) => return Ok(None),
            Err(error) => return Err(Error::internal(error)),
        }
        let url = self.ctx.urls().absolute(&format!("/uploads/{path}"));
        self.media.push(Media {
            path,
            object: self.object.clone(),
            media_type: format.media_type.clone(),
            size,
        });
        Ok(Some(url))
    }
}
