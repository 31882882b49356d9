//! The files of one upload, on their way into the blob store. They are written under paths that
//! were recorded before, so that none can be left of which nobody knows.

use std::io::ErrorKind;

use bytes::Bytes;
use object_store::{ObjectStoreExt, path::Path};

use super::{folder, formats::Format};
use crate::{
    Context,
    model::{Account, Media, Object, Stream},
    service::{Error, Result},
    storage::{Change, Changes, Duplicate, Expect, StorageError},
};

/// How often another name is tried when one is taken.
const MAX_NAME_ATTEMPTS: usize = 5;

/// A file of an upload.
pub(super) struct UploadPart {
    /// Suffix of its name: empty, or `_thumb`.
    pub(super) suffix: &'static str,
    /// Its format.
    pub(super) format: Format,
    /// Its content.
    pub(super) bytes: Bytes,
    /// Its width and height, if it is a picture.
    pub(super) size: Option<(u32, u32)>,
}

impl UploadPart {
    /// The only file of an upload.
    pub(super) fn whole(format: &Format, bytes: Bytes) -> Self {
        Self {
            suffix: "",
            format: format.clone(),
            bytes,
            size: None,
        }
    }
}

/// Records the object of an upload as one that is not finished, and its files under names that were
/// free.
pub(super) async fn record_upload(
    ctx: &Context,
    account: &Account,
    object: &Object,
    parts: &[UploadPart],
) -> Result<Vec<Media>> {
    for _ in 0..MAX_NAME_ATTEMPTS {
        let name = ctx.app().entropy().token::<4>();
        let name = format!("{}{name}", folder(account, ctx.now()));
        let media: Vec<Media> = parts
            .iter()
            .map(|part| Media {
                path: format!("{name}{}.{}", part.suffix, part.format.extension),
                object: object.id.clone(),
                media_type: part.format.served_type().into(),
                size: part.bytes.len() as u64,
            })
            .collect();
        match ctx
            .storage()
            .commit(unfinished_changes(object, &media))
            .await
        {
            Ok(()) => return Ok(media),
            Err(StorageError::AlreadyExists(_)) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(Error::internal("no free name for an upload"))
}

fn unfinished_changes(object: &Object, media: &[Media]) -> Changes {
    let put = Change::PutObject {
        object: object.clone(),
        expect: Expect::Absent,
    };
    let push = Change::Push {
        stream: Stream::OrphanedUploads,
        item: object.id.clone(),
        class: None,
        duplicate: Duplicate::Reject,
    };
    let media = media.iter().cloned().map(Change::PutMedia);
    [put, push].into_iter().chain(media).collect()
}

/// Writes the files.
pub(super) async fn write_files(
    ctx: &Context,
    media: &[Media],
    parts: Vec<UploadPart>,
) -> Result<()> {
    for (media, part) in media.iter().zip(parts) {
        let path = Path::from(media.path.as_str());
        let put = ctx.app().blobs().put(&path, part.bytes.into()).await;
        put.map_err(failed)?;
    }
    Ok(())
}

/// A failure of the blob store. That it is full or can't be reached may pass.
pub(in crate::service) fn failed(error: object_store::Error) -> Error {
    if is_full(&error) {
        return Error::unavailable(
            "The server has no room for more files. Try again later.",
            error,
        );
    }
    match error {
        error @ object_store::Error::Generic { .. } => {
            let message = "The server can't reach its store of files. Try again in a moment.";
            Error::unavailable(message, error)
        }
        other => Error::internal(other),
    }
}

/// Whether a failure is one of a disk without room, or of the share of it that the server has.
fn is_full(error: &object_store::Error) -> bool {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(error) = cause {
        let kind = error
            .downcast_ref::<std::io::Error>()
            .map(std::io::Error::kind);
        if matches!(
            kind,
            Some(ErrorKind::StorageFull | ErrorKind::QuotaExceeded)
        ) {
            return true;
        }
        cause = error.source();
    }
    false
}

/// Returns the changes that finish an upload.
pub(super) fn finished_changes(object: &Object, account: &Account) -> Changes {
    vec![
        Change::PutObject {
            object: object.clone(),
            expect: Expect::Version(1),
        },
        Change::RemoveItem {
            stream: Stream::OrphanedUploads,
            item: object.id.clone(),
        },
        Change::Push {
            stream: Stream::Uploads(account.person.clone()),
            item: object.id.clone(),
            class: None,
            duplicate: Duplicate::Reject,
        },
    ]
}
