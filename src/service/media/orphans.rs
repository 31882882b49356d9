//! Files that nothing may name any more: those of deleted uploads, and of uploads that were cut
//! off.

use std::sync::Arc;

use object_store::{ObjectStoreExt, path::Path};

use crate::{
    Context,
    model::{Object, Stream},
    service::{Error, ErrorKind, Result, batches, tombstone::make_tombstone},
    storage::{Change, Expect},
};

/// After how many seconds an upload that is not finished never will be.
const UPLOAD_TIMEOUT_SECONDS: i64 = 3600;

/// Deletes the bytes of what was deleted or cut off. The metadata stays, so that old links answer
/// 410.
pub(crate) async fn clean_up(ctx: &Context) -> Result<()> {
    batches::for_each_item(ctx, &Stream::OrphanedUploads, delete_bytes).await
}

async fn delete_bytes(ctx: Context, object: Arc<Object>) -> Result<()> {
    let ctx = &ctx;
    if !object.deleted && !batches::is_older_than(ctx, &object, "published", UPLOAD_TIMEOUT_SECONDS)
    {
        return Ok(());
    }
    let id = object.id.clone();
    if !object.deleted && !abandon(ctx, Arc::unwrap_or_clone(object)).await? {
        return Ok(());
    }
    for media in ctx.storage().list_media_of(&id).await? {
        match ctx.app().blobs().delete(&Path::from(media.path)).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => {}
            Err(error) => return Err(Error::internal(error)),
        }
    }
    let done = Change::RemoveItem {
        stream: Stream::OrphanedUploads,
        item: id,
    };
    match ctx.storage().commit(vec![done]).await.map_err(Error::from) {
        // Another cleanup was faster.
        Err(error) if error.kind() == ErrorKind::Conflict => Ok(()),
        done => done,
    }
}

/// Makes a tombstone of the object of an upload that is not finished, and never will be then;
/// whether it was still so.
pub(super) async fn abandon(ctx: &Context, mut object: Object) -> Result<bool> {
    make_tombstone(&mut object, &ctx.timestamp());
    let gone = Change::PutObject {
        expect: Expect::Version(object.version),
        object,
    };
    match ctx.storage().commit(vec![gone]).await.map_err(Error::from) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == ErrorKind::Conflict => Ok(false),
        Err(error) => Err(error),
    }
}
