//! The archive of an export: a tar file with gzip, as numbered parts in the blob store.
//!
//! Each part is a member of gzip, so the parts one after the other are the archive. A part is
//! written at once, and again if its step is done again.

use std::io::Write;

use bytes::Bytes;
use flate2::{Compression, write::GzEncoder};
use futures_util::StreamExt;
use object_store::{ObjectStoreExt, path::Path};
use tokio::{fs::File, io::AsyncWriteExt};

use crate::{
    Context,
    service::{Error, Result, media::failed},
};

/// Bytes of a part before it is compressed.
const PART_BYTES: usize = 4 * 1024 * 1024;

/// Bytes of a block of a tar file, to which each file in it is filled up.
const BLOCK_BYTES: usize = 512;

/// Folder of the archives in the blob store. No nickname has an `@`, so no upload is in it.
const FOLDER: &str = "@archives";

/// Place for the parts of an archive.
pub(super) enum Target<'a> {
    /// The blob store: the folder of the archive, and the number of the next part.
    Blobs(&'a str, u32),
    /// A file of the operator's.
    File(&'a mut File),
}

/// A piece of an archive that is being written.
pub(super) struct ArchiveWriter<'a> {
    ctx: &'a Context,
    target: Target<'a>,
    encoder: GzEncoder<Vec<u8>>,
    /// Bytes of the part before they are compressed.
    part_bytes: usize,
    /// Bytes that were written.
    bytes: u64,
}

impl<'a> ArchiveWriter<'a> {
    pub(super) fn new(ctx: &'a Context, target: Target<'a>) -> Self {
        Self {
            ctx,
            target,
            encoder: encoder(),
            part_bytes: 0,
            bytes: 0,
        }
    }

    /// Adds a file.
    pub(super) async fn add(&mut self, name: &str, content: &[u8]) -> Result<()> {
        self.begin_file(name, content.len() as u64).await?;
        self.write(content).await?;
        self.end_file(content.len() as u64).await
    }

    /// Adds a file of the blob store; one that is gone is left out.
    pub(super) async fn add_blob(&mut self, name: &str, path: &str) -> Result<()> {
        let found = match self.ctx.app().blobs().get(&Path::from(path)).await {
            Err(object_store::Error::NotFound { .. }) => return Ok(()),
            found => found.map_err(failed)?,
        };
        let size = found.meta.size;
        self.begin_file(name, size).await?;
        let mut chunks = found.into_stream();
        while let Some(chunk) = chunks.next().await {
            self.write(&chunk.map_err(failed)?).await?;
        }
        self.end_file(size).await
    }

    /// Ends the archive.
    pub(super) async fn end(&mut self) -> Result<()> {
        self.write(&[0; 2 * BLOCK_BYTES]).await
    }

    /// Stores what is left; returns the number of the next part, and the bytes that were written.
    pub(super) async fn finish(mut self) -> Result<(u32, u64)> {
        self.flush().await?;
        let next = match self.target {
            Target::Blobs(_, next) => next,
            Target::File(_) => 0,
        };
        Ok((next, self.bytes))
    }

    async fn begin_file(&mut self, name: &str, size: u64) -> Result<()> {
        let mut header = tar::Header::new_gnu();
        header.set_path(name).map_err(Error::internal)?;
        header.set_size(size);
        header.set_mode(0o644);
        header.set_mtime(u64::try_from(self.ctx.now().timestamp()).unwrap_or_default());
        header.set_cksum();
        self.write(header.as_bytes()).await
    }

    async fn end_file(&mut self, size: u64) -> Result<()> {
        let over = usize::try_from(size % BLOCK_BYTES as u64).unwrap_or_default();
        let padding = (BLOCK_BYTES - over) % BLOCK_BYTES;
        self.write(&[0; BLOCK_BYTES][..padding]).await
    }

    async fn write(&mut self, bytes: &[u8]) -> Result<()> {
        for piece in bytes.chunks(PART_BYTES) {
            // A Vec takes all.
            self.encoder.write_all(piece).map_err(Error::internal)?;
            self.part_bytes += piece.len();
            if self.part_bytes >= PART_BYTES {
                self.flush().await?;
            }
        }
        Ok(())
    }

    async fn flush(&mut self) -> Result<()> {
        if self.part_bytes == 0 {
            return Ok(());
        }
        let part = std::mem::replace(&mut self.encoder, encoder()).finish();
        let part = part.map_err(Error::internal)?;
        self.part_bytes = 0;
        self.bytes += part.len() as u64;
        match &mut self.target {
            Target::Blobs(folder, next) => {
                let path = part_path(folder, *next);
                let put = self.ctx.app().blobs().put(&path, Bytes::from(part).into());
                put.await.map_err(failed)?;
                *next += 1;
            }
            Target::File(file) => file.write_all(&part).await.map_err(Error::internal)?,
        }
        Ok(())
    }
}

fn encoder() -> GzEncoder<Vec<u8>> {
    GzEncoder::new(Vec::new(), Compression::fast())
}

/// Returns where a part is.
pub(super) fn part_path(folder: &str, part: u32) -> Path {
    Path::from_iter([FOLDER, folder, &part.to_string()])
}

/// Deletes so many parts. Parts that are gone are no error.
pub(super) async fn delete(ctx: &Context, folder: &str, parts: u32) -> Result<()> {
    for part in 0..parts {
        match ctx.app().blobs().delete(&part_path(folder, part)).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => {}
            Err(error) => return Err(failed(error)),
        }
    }
    Ok(())
}
