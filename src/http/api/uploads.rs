//! Taking files in (pump-api 11).

use axum::{
    body::Body,
    extract::Path,
    http::{HeaderMap, header},
};
use bytes::Bytes;

use super::answer::{ApiResult, JsonAnswer};
use crate::{
    Context,
    http::{body, extract::UserWrite},
    service::{
        Result, lookup,
        media::{self, UploadAdmission},
        present::{self, Detail},
    },
};

/// Size of the JSON around the base64 text.
const JSON_HEADROOM_BYTES: usize = 4096;

/// Takes a file in, and answers the object that was made of it.
pub(super) async fn upload(
    UserWrite(ctx): UserWrite,
    Path(nickname): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> ApiResult {
    let account = lookup::own_account(&ctx, &nickname).await?;
    let length = length(&ctx, &headers);
    // It is kept until the answer is there.
    let mut admission = media::admit(&ctx, &account, length).await?;
    let (media_type, bytes) = file(&ctx, &headers, body, length, &mut admission).await?;
    let object = media::upload(&ctx, &account, &media_type, bytes).await?;
    present::render(&ctx, object, Detail::PLAIN)
        .await
        .map(JsonAnswer::of)
}

/// Most bytes of a body: those of the file itself, or of the JSON around it.
fn limit(ctx: &Context, headers: &HeaderMap) -> usize {
    let limit = ctx.app().settings().uploads.max_bytes;
    if is_json(headers) {
        limit / 3 * 4 + JSON_HEADROOM_BYTES
    } else {
        limit
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    body::is(headers, "application/json")
}

/// How many bytes a body may have: as many as it says, or as it may have at most.
fn length(ctx: &Context, headers: &HeaderMap) -> usize {
    let said = headers.get(header::CONTENT_LENGTH);
    let said = said.and_then(|value| value.to_str().ok()?.parse().ok());
    limit(ctx, headers).min(said.unwrap_or(usize::MAX))
}

/// The media type and the bytes: the body itself, or JSON around it. The limit holds for bodies
/// that don't say how long they are, too.
async fn file(
    ctx: &Context,
    headers: &HeaderMap,
    body: Body,
    length: usize,
    admission: &mut UploadAdmission,
) -> Result<(String, Bytes)> {
    let bytes = body::read_upload(body, limit(ctx, headers), length, admission).await?;
    if is_json(headers) {
        return media::parse_json(ctx, bytes).await;
    }
    let media_type = headers.get(header::CONTENT_TYPE);
    let media_type = media_type.and_then(|value| value.to_str().ok());
    Ok((media_type.unwrap_or_default().into(), bytes))
}
