//! Uploaded files: taking them in, and giving them to who may have them (pump-api 11).

#[cfg(feature = "web")]
mod admission;
mod content;
#[cfg(feature = "web")]
mod form;
pub(crate) mod formats;
pub(super) mod orphans;
mod parts;
pub(crate) mod picture;
mod upload_files;

use std::ops::Range;

use bytes::Bytes;
use chrono::{DateTime, Datelike, Utc};
use futures_util::stream::BoxStream;
use object_store::{GetOptions, ObjectStoreExt, path::Path};
use serde_json::json;

use super::{Error, ErrorKind, Result, access};
use crate::{
    Context,
    model::{Access, Account, Media, Object, Reference, Viewer},
};
#[cfg(feature = "web")]
pub(crate) use admission::{UploadAdmission, admit};
use content::Content;
#[cfg(feature = "web")]
pub(crate) use form::parse_json;
use formats::{FileKind, Format};
use parts::{links, parts};
pub(crate) use picture::Cut;
#[cfg(feature = "web")]
pub(crate) use picture::Square;
#[cfg(feature = "web")]
pub(super) use upload_files::failed;

/// How many bytes a file counts for at least, where those of an account are counted: a small file
/// takes more of a disk than its bytes.
const MIN_COUNTED_BYTES: u64 = 64 * 1024;

/// A file that the caller may read.
#[derive(Clone, Debug)]
pub(crate) struct MediaFile {
    /// Its metadata.
    pub media: Media,
    /// Whether everyone may read it.
    pub public: bool,
    /// When it was stored. It never changes.
    pub(crate) modified: DateTime<Utc>,
}

impl MediaFile {
    /// Returns the `ETag`; the bytes of a path never change.
    pub(crate) fn etag(&self) -> String {
        format!("\"{}\"", self.media.path)
    }

    /// The media type that it is served with: that of a format that is known here, or that of
    /// bytes.
    pub(crate) fn served_type(&self) -> String {
        let format = Format::parse(&self.media.media_type);
        format.map_or(formats::BYTES.into(), |format| format.served_type().into())
    }
}

/// Takes a file in for the owner of `account`: stores it, makes an image, audio, video or file
/// object of it and puts that on top of the uploads. Nobody but the author may read either until
/// the object is posted. Pictures are set upright; large ones get a thumbnail. Pictures, films and
/// sounds lose what they tell of persons, places and devices.
///
/// Errors:
/// - 400 for a `media_type` without the shape of one, and for a damaged file;
/// - 413 for too many bytes or pixels, and where the account has too many bytes;
/// - 415 for pictures of types that can't be decoded, and for films and sounds that aren't
///   recognised;
/// - 503 while there is no room for the file.
pub async fn upload(
    ctx: &Context,
    account: &Account,
    media_type: &str,
    bytes: Bytes,
) -> Result<Object> {
    upload_cut(ctx, account, media_type, bytes, Cut::Whole).await
}

/// Takes a file in as [`upload`] does. Of a picture it keeps a cut.
#[tracing::instrument(level = "debug", skip_all)]
pub(crate) async fn upload_cut(
    ctx: &Context,
    account: &Account,
    media_type: &str,
    bytes: Bytes,
    cut: Cut,
) -> Result<Object> {
    let format = Format::parse(media_type).ok_or_else(|| Error::bad_request("No mime type"))?;
    check_length(ctx, bytes.len())?;
    if format.is_unknown_picture() {
        return Err(Error::new(
            ErrorKind::UnsupportedMediaType,
            format!("Can't read pictures of type '{}'", format.media_type),
        )
        .phrased("failure-media-type"));
    }
    check_quota(ctx, account, bytes.len()).await?;
    let parts = parts(ctx, account, &format, bytes, cut).await?;
    let mut object = new_object(ctx, account, &format);
    let media = upload_files::record_upload(ctx, account, &object, &parts).await?;
    object.version = 1;
    let unfinished = object.clone();
    object.body.extend(links(ctx, &format, &media, &parts));
    if let Err(error) = upload_files::write_files(ctx, &media, parts).await {
        abandon(ctx, unfinished).await;
        return Err(error);
    }
    let changes = upload_files::finished_changes(&object, account);
    match ctx.storage().commit(changes).await.map_err(Error::from) {
        Ok(()) => Ok(object),
        // Perhaps it was stored all the same, and an object without its file is worse than the
        // reverse.
        Err(error) if error.kind() == ErrorKind::Unavailable => Err(error),
        Err(error) => {
            abandon(ctx, unfinished).await;
            Err(error)
        }
    }
}

/// Returns whether a file is a picture, film or sound of the kind that it is sent as.
pub(crate) fn is_as_sent(media_type: &str, file: &[u8]) -> bool {
    let Some(format) = Format::parse(media_type) else {
        return false;
    };
    match (format.kind, Content::of(file)) {
        (FileKind::Picture(sent), Some(Content::Picture(found))) => sent == found,
        (FileKind::Audio | FileKind::Video, Some(found)) => {
            format.is_known() && !matches!(found, Content::Picture(_) | Content::UnknownPicture)
        }
        _ => false,
    }
}

/// Gives up an upload. If that fails, too, a cleanup gives it up when it has been there for long.
async fn abandon(ctx: &Context, unfinished: Object) {
    if orphans::abandon(ctx, unfinished).await.is_ok() {
        ctx.app().request_cleanup();
    }
}

/// The file at a path below `/uploads/`.
///
/// Errors: 404 for an unknown path, 403 when the caller may not read the object it belongs to,
/// 410 when that was deleted.
pub(crate) async fn find(ctx: &Context, path: &str) -> Result<MediaFile> {
    let unknown = || Error::not_found(format!("No such file: '{path}'"));
    let media = ctx.storage().find_media(path).await?.ok_or_else(unknown)?;
    let ids = [media.object.as_str()];
    let object = ctx.storage().find_objects(&ids).await?.pop().flatten();
    let object = object.ok_or_else(unknown)?;
    if object.deleted {
        return Err(Error::gone());
    }
    access::require_shown(ctx, &object).await?;
    let public = object.access(Viewer::Anonymous) == Access::Granted;
    if !public && access::readable(ctx, ctx.viewer(), &[&object]).await? != [true] {
        return Err(Error::forbidden("You may not see this file.").phrased("failure-not-reader"));
    }
    match ctx.app().blobs().head(&Path::from(path)).await {
        Ok(meta) => Ok(MediaFile {
            media,
            public,
            modified: meta.last_modified,
        }),
        Err(object_store::Error::NotFound { .. }) => Err(unknown()),
        Err(error) => Err(upload_files::failed(error)),
    }
}

/// The bytes of a file, or those of a range of it.
pub(crate) async fn read(
    ctx: &Context,
    file: &MediaFile,
    range: Option<Range<u64>>,
) -> Result<BoxStream<'static, object_store::Result<Bytes>>> {
    let options = GetOptions {
        range: range.map(Into::into),
        ..GetOptions::default()
    };
    let path = Path::from(file.media.path.as_str());
    match ctx.app().blobs().get_opts(&path, options).await {
        Ok(found) => Ok(found.into_stream()),
        Err(error) => Err(upload_files::failed(error)),
    }
}

fn check_length(ctx: &Context, length: usize) -> Result<()> {
    let most = ctx.app().settings().uploads.max_bytes;
    if length > most {
        let message = format!("A file may have {most} bytes and no more.");
        return Err(Error::new(ErrorKind::TooLarge, message));
    }
    Ok(())
}

/// Refuses an upload after which an account would have more bytes than it may.
async fn check_quota(ctx: &Context, account: &Account, length: usize) -> Result<()> {
    let most = ctx.app().settings().uploads.account_bytes;
    if most == 0 {
        return Ok(());
    }
    let used = ctx.storage().uploaded(&account.nickname).await?;
    let used = used.bytes.max(used.files.saturating_mul(MIN_COUNTED_BYTES));
    if used.saturating_add(length as u64) > most {
        let message = format!(
            "All uploads of an account may have {most} bytes, and these have {used}. Delete some first."
        );
        return Err(Error::new(ErrorKind::TooLarge, message));
    }
    Ok(())
}

/// The object of a new file, without the links to its bytes (pump-api 7.2).
fn new_object(ctx: &Context, account: &Account, format: &Format) -> Object {
    let uuid = ctx.uuid();
    let object_type = format.kind.object_type();
    let id = ctx.urls().object(object_type, &uuid);
    let now = ctx.timestamp();
    let body = json!({
        "author": Reference::new("person", account.person.as_str()).to_value(),
        "published": now,
        "updated": now,
        "links": { "self": { "href": id } },
        "likes": { "url": format!("{id}/likes") },
        "replies": { "url": format!("{id}/replies") },
        "shares": { "url": format!("{id}/shares") },
        "url": ctx.urls().object_page(account.nickname.as_str(), object_type, &uuid),
    });
    let body = body.as_object().cloned().unwrap_or_default();
    let author = Some(account.person.clone());
    Object {
        author,
        ..Object::new(object_type, id, uuid, body)
    }
}

/// `NICK/YYYY/M/D/`: the folder of what someone uploads on a day.
fn folder(account: &Account, day: DateTime<Utc>) -> String {
    let (year, month, day) = (day.year(), day.month(), day.day());
    format!("{}/{year}/{month}/{day}/", account.nickname)
}

#[cfg(test)]
mod tests;
