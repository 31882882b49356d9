//! Taking files in (pump-api 11).

use axum::{
    body::Body,
    extract::Path,
    http::{HeaderMap, header},
};
use bytes::Bytes;
use serde_json::Value;

use super::answer::{Answer, Answered};
use crate::{
    Context,
    http::extract::{UserWrite, body},
    service::{
        Error, Result, media, people,
        present::{self, Detail},
    },
};

/// What the JSON form of a file has besides base64.
const JSON_HEADROOM: usize = 4096;

/// Takes a file in, and answers the object that was made of it.
pub(super) async fn upload(
    UserWrite(ctx): UserWrite,
    Path(nickname): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Answered {
    let account = people::own_account(&ctx, &nickname).await?;
    let (media_type, bytes) = file(&ctx, &headers, body).await?;
    let object = media::upload(&ctx, &account, &media_type, bytes).await?;
    present::one(&ctx, object, Detail::PLAIN)
        .await
        .map(Answer::of)
}

/// The media type and the bytes: the body itself, or JSON around it. The limit holds for bodies that
/// don't say how long they are, too.
async fn file(ctx: &Context, headers: &HeaderMap, body: Body) -> Result<(String, Bytes)> {
    let limit = ctx.app().settings().uploads.max_bytes;
    if body::is(headers, "application/json") {
        let bytes = body::read(body, limit / 3 * 4 + JSON_HEADROOM).await?;
        return match serde_json::from_slice(&bytes) {
            Ok(Value::Object(form)) => media::parse_json(ctx, &form),
            Ok(_) => Err(Error::bad_request("The body must be a JSON object.")),
            Err(error) => Err(Error::bad_request(format!(
                "The body is not JSON: {error}."
            ))),
        };
    }
    let media_type = headers.get(header::CONTENT_TYPE);
    let media_type = media_type
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    Ok((media_type.into(), body::read(body, limit).await?))
}
