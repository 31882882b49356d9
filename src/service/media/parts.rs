//! The files that are made of an upload, and where its object says that they are.

use bytes::Bytes;
use serde_json::{Map, Value, json};

use super::{
    content::{self, Content, Damaged},
    formats::{FileKind, Format},
    picture::{self, BadPicture, Cut, Picture, drawing::BadDrawing},
    upload_files::UploadPart,
};
use crate::{
    Context,
    model::{Account, Media},
    service::{Error, ErrorKind, Result},
};

/// Makes the files that an upload is kept as: itself, without what it tells of persons, places and
/// devices, and the thumbnail of a large picture. The content decides in which format that is
/// looked for, whatever the upload is sent as.
pub(super) async fn parts(
    ctx: &Context,
    account: &Account,
    format: &Format,
    bytes: Bytes,
    cut: Cut,
) -> Result<Vec<UploadPart>> {
    let content = match format.kind {
        FileKind::Picture(encoding) => Some(Content::Picture(encoding)),
        FileKind::Drawing => {
            let drawing = blocking(ctx, account, move || picture::drawing::clean(&bytes)).await??;
            return Ok(vec![UploadPart::whole(format, drawing.into())]);
        }
        FileKind::Audio | FileKind::Video | FileKind::File => Content::of(&bytes),
    };
    match content {
        Some(Content::Picture(encoding)) => {
            let max_pixels = ctx.app().settings().uploads.max_pixels;
            let work = move || picture::prepare_cut(bytes, encoding, max_pixels, cut);
            let prepared = blocking(ctx, account, work).await??;
            if !matches!(format.kind, FileKind::Picture(_)) {
                return Ok(vec![UploadPart::whole(format, prepared.full.bytes)]);
            }
            let made = |suffix, picture: Picture| {
                let own = Format::parse(picture.format.to_mime_type());
                part(suffix, own.unwrap_or(format.clone()), picture)
            };
            let full = match cut {
                Cut::Whole => part("", format.clone(), prepared.full),
                Cut::Square(_) => made("", prepared.full),
            };
            let thumbnail = prepared.thumbnail.map(|small| made("_thumb", small));
            Ok([full].into_iter().chain(thumbnail).collect())
        }
        Some(Content::UnknownPicture) => Err(Error::new(
            ErrorKind::UnsupportedMediaType,
            "Can't read pictures of this type",
        )
        .phrased("failure-media-type")),
        Some(content) => {
            let work = move || {
                let mut file = Vec::from(bytes);
                content::clean(&mut file, content).map(|()| Bytes::from(file))
            };
            Ok(vec![UploadPart::whole(
                format,
                blocking(ctx, account, work).await??,
            )])
        }
        None if format.is_known() => Err(Error::new(
            ErrorKind::UnsupportedMediaType,
            format!("Can't recognise the file as '{}'", format.media_type),
        )
        .phrased("failure-media-type")),
        None => Ok(vec![UploadPart::whole(format, bytes)]),
    }
}

fn part(suffix: &'static str, format: Format, picture: Picture) -> UploadPart {
    UploadPart {
        suffix,
        format,
        bytes: picture.bytes,
        size: Some((picture.width, picture.height)),
    }
}

/// Works on a file where blocking is allowed, not on too many at once, and on one of an account.
async fn blocking<T: Send + 'static>(
    ctx: &Context,
    account: &Account,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T> {
    let pass = ctx.app().admit_image(account.nickname.as_str()).await;
    let pass = pass.ok_or_else(|| {
        let message = "Too many files are being worked on. Try again in a moment.";
        Error::new(ErrorKind::Unavailable, message)
    })?;
    let work = tokio::task::spawn_blocking(move || {
        // The work goes on when the caller goes away: so the pass goes with the work.
        let _pass = pass;
        work()
    });
    // A decoder that panics has met a file that nobody thought of: that is the file's fault.
    work.await
        .map_err(|_| Error::bad_request("The file can't be read").phrased("failure-file"))
}

impl From<BadPicture> for Error {
    fn from(bad: BadPicture) -> Self {
        let kind = match &bad {
            BadPicture::TooLarge { .. } | BadPicture::Unreadable(image::ImageError::Limits(_)) => {
                ErrorKind::TooLarge
            }
            BadPicture::Unreadable(_) => ErrorKind::BadRequest,
        };
        Self::new(kind, bad.to_string())
    }
}

impl From<BadDrawing> for Error {
    fn from(bad: BadDrawing) -> Self {
        Self::bad_request(bad.to_string())
    }
}

impl From<Damaged> for Error {
    fn from(damaged: Damaged) -> Self {
        Self::bad_request(damaged.to_string())
    }
}

/// Where an object says that its files are.
pub(super) fn links(
    ctx: &Context,
    format: &Format,
    media: &[Media],
    parts: &[UploadPart],
) -> Map<String, Value> {
    let urls = media
        .iter()
        .map(|media| ctx.urls().absolute(&format!("/uploads/{}", media.path)));
    let mut links = urls.zip(parts).map(|(url, part)| match part.size {
        Some((width, height)) => json!({ "url": url, "width": width, "height": height }),
        None => json!({ "url": url }),
    });
    let (file, thumbnail) = (links.next().unwrap_or_default(), links.next());
    let links = match (format.kind, thumbnail) {
        (FileKind::Picture(_) | FileKind::Drawing, Some(small)) => {
            json!({ "image": small, "fullImage": file })
        }
        (FileKind::Picture(_) | FileKind::Drawing, None) => json!({ "image": file }),
        (FileKind::Audio | FileKind::Video, _) => json!({ "stream": file }),
        (FileKind::File, _) => json!({ "fileUrl": file["url"], "mimeType": format.media_type }),
    };
    links.as_object().cloned().unwrap_or_default()
}
