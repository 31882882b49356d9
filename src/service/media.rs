//! Uploaded files: taking them in, and giving them to who may have them (pump-api 11).

pub mod formats;
pub(super) mod loose;
pub mod picture;
mod store;

use std::ops::Range;

use base64::{
    Engine, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use bytes::Bytes;
use chrono::{DateTime, Datelike, Utc};
use futures_util::stream::BoxStream;
use object_store::{GetOptions, ObjectStoreExt, path::Path};
use serde_json::{Map, Value, json};

use super::{Error, ErrorKind, Result, access};
use crate::{
    Context,
    model::{Access, Account, Media, Object, Reference, Viewer},
};
use formats::{Format, Kind};
use picture::{BadPicture, Picture, Prepared};
use store::Part;

/// Base64 as clients write it: with or without padding.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// A file that the caller may read.
#[derive(Clone, Debug)]
pub struct File {
    /// What is known of it.
    pub media: Media,
    /// Whether everyone may read it.
    pub public: bool,
    /// When it was stored. It never changes.
    pub modified: DateTime<Utc>,
}

impl File {
    /// What its bytes are called: the same name never has other bytes.
    pub fn etag(&self) -> String {
        format!("\"{}\"", self.media.path)
    }

    /// Whether browsers may show it in place; the rest is only for saving.
    pub fn is_shown(&self) -> bool {
        Format::parse(&self.media.media_type).is_some_and(|format| format.is_shown())
    }
}

/// Takes a file in for the owner of `account`: stores it, makes an image, audio, video or file object
/// of it and puts that on top of the uploads. Nobody but the author may read either until the object
/// is posted. Pictures are set upright and lose what they tell of their maker; large ones get a
/// thumbnail.
///
/// Errors: 400 for a `media_type` without the shape of one and for a picture that can't be decoded as
/// what it says to be; 413 for too many bytes or pixels; 415 for pictures of types we can't decode.
pub async fn upload(
    ctx: &Context,
    account: &Account,
    media_type: &str,
    bytes: Bytes,
) -> Result<Object> {
    let format = Format::parse(media_type).ok_or_else(|| Error::bad_request("No mime type"))?;
    check_length(ctx, bytes.len())?;
    if format.is_unknown_picture() {
        return Err(Error::new(
            ErrorKind::UnsupportedMediaType,
            format!("Can't read pictures of type '{}'", format.media_type),
        ));
    }
    let parts = parts(ctx, &format, bytes).await?;
    let mut object = new_object(ctx, account, &format);
    let media = store::record(ctx, account, &object, &parts).await?;
    object.version = 1;
    let unfinished = object.clone();
    object.body.extend(links(ctx, &format, &media, &parts));
    let outcome = match store::write(ctx, &media, parts).await {
        Ok(()) => {
            let changes = store::finished(&object, account);
            ctx.storage().commit(changes).await.map_err(Error::from)
        }
        Err(error) => Err(error),
    };
    match outcome {
        Ok(()) => Ok(object),
        // Perhaps it was stored all the same, and an object without its file is worse than the reverse.
        Err(error) if error.kind() == ErrorKind::Unavailable => Err(error),
        Err(error) => {
            // What fails here, too, is given up when it has been there for long.
            if loose::give_up(ctx, unfinished).await.is_ok() {
                ctx.app().sweep_soon();
            }
            Err(error)
        }
    }
}

/// Reads the JSON form of an upload, `{"mimeType", "data"}` with the data in base64: the media type
/// and the bytes.
pub fn parse_json(ctx: &Context, body: &Map<String, Value>) -> Result<(String, Bytes)> {
    let text = |key: &str| body.get(key).and_then(Value::as_str);
    let media_type = text("mimeType").ok_or_else(|| Error::bad_request("No mime type"))?;
    let data = text("data").ok_or_else(|| Error::bad_request("No data"))?;
    check_length(ctx, data.len() / 4 * 3)?;
    let data: Vec<u8> = data.bytes().filter(|b| !b.is_ascii_whitespace()).collect();
    let bytes = BASE64
        .decode(data)
        .map_err(|_| Error::bad_request("'data' is not base64"))?;
    Ok((media_type.into(), bytes.into()))
}

/// The file at a path below `/uploads/`.
///
/// Errors: 404 for an unknown path, 403 when the caller may not read the object it belongs to,
/// 410 when that was deleted.
pub async fn find(ctx: &Context, path: &str) -> Result<File> {
    let unknown = || Error::not_found(format!("No such file: '{path}'"));
    let media = ctx.storage().find_media(path).await?.ok_or_else(unknown)?;
    let ids = [media.object.as_str()];
    let object = ctx.storage().find_objects(&ids).await?.pop().flatten();
    let object = object.ok_or_else(unknown)?;
    if object.deleted {
        return Err(Error::gone());
    }
    let public = object.access(Viewer::Anyone) == Access::Open;
    if !public && access::readable(ctx, ctx.viewer(), &[&object]).await? != [true] {
        return Err(Error::forbidden("You may not see this file."));
    }
    match ctx.app().blobs().head(&Path::from(path)).await {
        Ok(meta) => Ok(File {
            media,
            public,
            modified: meta.last_modified,
        }),
        Err(object_store::Error::NotFound { .. }) => Err(unknown()),
        Err(error) => Err(Error::internal(error)),
    }
}

/// The bytes of a file, or those of a range of it.
pub async fn read(
    ctx: &Context,
    file: &File,
    range: Option<Range<u64>>,
) -> Result<BoxStream<'static, object_store::Result<Bytes>>> {
    let options = GetOptions {
        range: range.map(Into::into),
        ..GetOptions::default()
    };
    let path = Path::from(file.media.path.as_str());
    match ctx.app().blobs().get_opts(&path, options).await {
        Ok(found) => Ok(found.into_stream()),
        Err(error) => Err(Error::internal(error)),
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

/// Works on a picture where blocking is allowed, not too many at once.
async fn prepare(ctx: &Context, bytes: Bytes, format: image::ImageFormat) -> Result<Prepared> {
    let pictures = ctx.app().pictures().clone();
    let permit = pictures.acquire_owned().await.map_err(Error::internal)?;
    let max_pixels = ctx.app().settings().uploads.max_pixels;
    let work = tokio::task::spawn_blocking(move || {
        // The work goes on when the caller goes away: so the permit goes with the work.
        let _permit = permit;
        picture::prepare(bytes, format, max_pixels)
    });
    match work.await {
        Ok(prepared) => prepared.map_err(Error::from),
        // A decoder that panics has met a file that nobody thought of: that is the file's fault.
        Err(_) => Err(Error::bad_request("The picture can't be read")),
    }
}

impl From<BadPicture> for Error {
    fn from(bad: BadPicture) -> Self {
        let kind = match &bad {
            BadPicture::TooLarge { .. } | BadPicture::Unreadable(image::ImageError::Limits(_)) => {
                ErrorKind::TooLarge
            }
            BadPicture::Unreadable(_) | BadPicture::Damaged(_) => ErrorKind::BadRequest,
        };
        Self::new(kind, bad.to_string())
    }
}

/// The files that an upload is kept as: itself, and the thumbnail of a large picture.
async fn parts(ctx: &Context, format: &Format, bytes: Bytes) -> Result<Vec<Part>> {
    let Kind::Picture(encoding) = format.kind else {
        let part = Part {
            suffix: "",
            format: format.clone(),
            bytes,
            size: None,
        };
        return Ok(vec![part]);
    };
    let Prepared { full, thumbnail } = prepare(ctx, bytes, encoding).await?;
    let part = |suffix, format, picture: Picture| Part {
        suffix,
        format,
        bytes: picture.bytes,
        size: Some((picture.width, picture.height)),
    };
    let small = thumbnail.map(|small| {
        let format = Format::parse(small.format.to_mime_type()).unwrap_or(format.clone());
        part("_thumb", format, small)
    });
    Ok([part("", format.clone(), full)]
        .into_iter()
        .chain(small)
        .collect())
}

/// Where an object says that its files are.
fn links(ctx: &Context, format: &Format, media: &[Media], parts: &[Part]) -> Map<String, Value> {
    let urls = media
        .iter()
        .map(|media| ctx.urls().absolute(&format!("/uploads/{}", media.path)));
    let mut links = urls.zip(parts).map(|(url, part)| match part.size {
        Some((width, height)) => json!({ "url": url, "width": width, "height": height }),
        None => json!({ "url": url }),
    });
    let (file, thumbnail) = (links.next().unwrap_or_default(), links.next());
    let links = match (format.kind, thumbnail) {
        (Kind::Picture(_) | Kind::Drawing, Some(small)) => {
            json!({ "image": small, "fullImage": file })
        }
        (Kind::Picture(_) | Kind::Drawing, None) => json!({ "image": file }),
        (Kind::Audio | Kind::Video, _) => json!({ "stream": file }),
        (Kind::File, _) => json!({ "fileUrl": file["url"], "mimeType": format.media_type }),
    };
    links.as_object().cloned().unwrap_or_default()
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
