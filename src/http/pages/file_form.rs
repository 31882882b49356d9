//! Forms with a file.

use axum::{
    body::Body,
    extract::{
        DefaultBodyLimit, FromRequest, FromRequestParts, Multipart, Request,
        multipart::{Field, MultipartError},
    },
    http::{header, request::Parts},
    response::Response,
};
use bytes::Bytes;

use super::submission::Submission;
use crate::{
    App,
    http::body,
    service::{
        Error, ErrorKind, Result,
        media::{self, UploadAdmission},
    },
};

/// Most fields of a form.
const MAX_FIELDS: usize = 32;

/// Most bytes of all texts of a form. It is more than a thing may have, so that a text that is too
/// long comes back.
const MAX_TEXT_BYTES: usize = 1024 * 1024;

/// A form that was posted from a page of this server, perhaps with a file.
pub(super) struct FileSubmission {
    pub(super) form: Submission,
    /// The file, if one was chosen; or why not all of the form could be read. The texts before it
    /// are there all the same.
    pub(super) file: Result<Option<PostedFile>>,
}

/// A file of a form.
pub(super) struct PostedFile {
    pub(super) media_type: String,
    pub(super) bytes: Bytes,
    /// Kept until the file is stored.
    pub(super) admission: UploadAdmission,
}

impl FromRequest<App> for FileSubmission {
    type Rejection = Response;

    async fn from_request(request: Request, app: &App) -> Result<Self, Response> {
        let (mut parts, body) = request.into_parts();
        let mut form = Submission::from_request_parts(&mut parts, app).await?;
        let file = if body::is(&parts.headers, "multipart/form-data") {
            read(&mut form, parts, body).await
        } else {
            Ok(None)
        };
        Ok(Self { form, file })
    }
}

async fn read(form: &mut Submission, parts: Parts, body: Body) -> Result<Option<PostedFile>> {
    let length = parts.headers.get(header::CONTENT_LENGTH);
    let length = length.and_then(|length| length.to_str().ok()?.parse().ok());
    let mut request = Request::from_parts(parts, body);
    // The limits are here.
    DefaultBodyLimit::disable().apply(&mut request);
    let parts = Multipart::from_request(request, &()).await;
    let mut parts = parts
        .map_err(|_| Error::bad_request("The form could not be read.").phrased("failure-form"))?;
    let (mut fields, mut text_bytes, mut file) = (0, 0, None);
    while let Some(field) = parts.next_field().await.map_err(unread)? {
        fields += 1;
        if fields > MAX_FIELDS || file.is_some() {
            return Err(Error::bad_request("The form has too many fields.").phrased("failure-form"));
        }
        if field.file_name().is_some() {
            file = read_file(form, field, length.unwrap_or(usize::MAX)).await?;
        } else {
            let name = field.name().unwrap_or_default().to_owned();
            let text = read_text(field, &mut text_bytes).await?;
            form.push(name, &text);
        }
    }
    Ok(file)
}

async fn read_text(mut field: Field<'_>, all_bytes: &mut usize) -> Result<String> {
    let mut text = Vec::new();
    while let Some(chunk) = field.chunk().await.map_err(unread)? {
        *all_bytes += chunk.len();
        if *all_bytes > MAX_TEXT_BYTES {
            let message = format!("The text may have {MAX_TEXT_BYTES} bytes and no more.");
            return Err(Error::new(ErrorKind::TooLarge, message));
        }
        text.extend_from_slice(&chunk);
    }
    Ok(String::from_utf8_lossy(&text).into_owned())
}

/// Reads a file of at most `length` bytes of a member; `None` if none was chosen.
async fn read_file(
    form: &Submission,
    mut field: Field<'_>,
    length: usize,
) -> Result<Option<PostedFile>> {
    let mut chunk = Bytes::new();
    while chunk.is_empty() {
        match field.chunk().await.map_err(unread)? {
            Some(next) => chunk = next,
            None => return Ok(None),
        }
    }
    form.require_member()?;
    let ctx = &form.visitor.ctx;
    let most = ctx.app().settings().uploads.max_bytes;
    let mut admission = media::admit(ctx, form.visitor.account()?, length.min(most)).await?;
    let mut bytes = Vec::new();
    loop {
        if bytes.len() + chunk.len() > most {
            let message = format!("A file may have {most} bytes and no more.");
            return Err(Error::new(ErrorKind::TooLarge, message));
        }
        admission.count(chunk.len()).await?;
        bytes.extend_from_slice(&chunk);
        match admission.wait(field.chunk()).await?.map_err(unread)? {
            Some(next) => chunk = next,
            None => break,
        }
    }
    let media_type = field.content_type().unwrap_or_default().to_owned();
    Ok(Some(PostedFile {
        media_type,
        bytes: bytes.into(),
        admission,
    }))
}

fn unread(_: MultipartError) -> Error {
    Error::bad_request("The form could not be read to its end.").phrased("failure-form")
}
