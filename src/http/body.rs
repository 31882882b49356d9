//! Reading bodies.

use axum::{
    body::Body,
    http::{HeaderMap, header},
};
use bytes::Bytes;
use http_body_util::{BodyExt, LengthLimitError, Limited};

use crate::service::{Error, ErrorKind, Result, media::UploadAdmission};

/// Whether the content type is this one, whatever its parameters.
pub(crate) fn is(headers: &HeaderMap, essence: &str) -> bool {
    headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.parse::<mime::Mime>().ok())
        .is_some_and(|mime| mime.essence_str() == essence)
}

/// Reads a body of at most `limit` bytes.
pub(crate) async fn read(body: Body, limit: usize) -> Result<Bytes> {
    read_admitted(body, limit, 0, None).await
}

/// Reads a body of at most `limit` bytes, and about `expected`, as far as it is admitted.
pub(crate) async fn read_upload(
    body: Body,
    limit: usize,
    expected: usize,
    admission: &mut UploadAdmission,
) -> Result<Bytes> {
    read_admitted(body, limit, expected, Some(admission)).await
}

/// However small the pieces are in which a body comes, it takes no more memory than its bytes.
async fn read_admitted(
    body: Body,
    limit: usize,
    expected: usize,
    mut admission: Option<&mut UploadAdmission>,
) -> Result<Bytes> {
    let mut body = Limited::new(body, limit);
    let mut first = Bytes::new();
    let mut all = Vec::new();
    loop {
        let frame = match &mut admission {
            Some(admission) => admission.wait(body.frame()).await?,
            None => body.frame().await,
        };
        let Some(frame) = frame else { break };
        let Ok(data) = frame.map_err(|error| unread(&*error, limit))?.into_data() else {
            continue;
        };
        if let Some(admission) = &mut admission {
            admission.count(data.len()).await?;
        }
        if all.is_empty() {
            if first.is_empty() {
                first = data;
                continue;
            }
            all.reserve(expected.max(first.len() + data.len()));
            all.extend_from_slice(&first);
        }
        all.extend_from_slice(&data);
    }
    Ok(if all.is_empty() { first } else { all.into() })
}

fn unread(error: &(dyn std::error::Error + Send + Sync + 'static), limit: usize) -> Error {
    if error.is::<LengthLimitError>() {
        let message = format!("The body of the request is larger than {limit} bytes.");
        return Error::new(ErrorKind::TooLarge, message);
    }
    if has_stalled(error) {
        return Error::new(
            ErrorKind::TooSlow,
            "The body of the request came too slowly.",
        );
    }
    Error::bad_request("The body of the request could not be read.")
}

/// Whether a body was waited for too long.
fn has_stalled(error: &(dyn std::error::Error + 'static)) -> bool {
    let mut causes = std::iter::successors(Some(error), |error| error.source());
    causes.any(|cause| {
        let cause = cause.downcast_ref::<std::io::Error>();
        cause.is_some_and(|cause| cause.kind() == std::io::ErrorKind::TimedOut)
    })
}

#[cfg(test)]
mod tests {
    use std::{convert::Infallible, future::ready};

    use futures_util::{FutureExt, StreamExt, stream};

    use super::*;
    use crate::{App, app::AppParts, context::Caller};

    /// Reads an upload of which so many bytes come, and then nothing more.
    async fn read_some(app: &App, bytes: usize) -> Result<Bytes> {
        let first = stream::once(ready(Ok::<_, Infallible>(vec![0; bytes])));
        let body = Body::from_stream(first.chain(stream::pending()));
        let ctx = app.context(Caller::Server);
        let mut admission = UploadAdmission::out_of_time(&ctx, "alice", usize::MAX);
        read_upload(body, usize::MAX, 0, &mut admission).await
    }

    #[tokio::test]
    async fn an_upload_that_dribbles_is_too_slow() {
        let app = App::new(AppParts::of_a_test("http://pump.test"));
        let failed = read_some(&app, 1).await.unwrap_err();
        assert_eq!(failed.kind(), ErrorKind::TooSlow);
    }

    #[tokio::test]
    async fn bytes_of_an_upload_take_room_when_they_come() {
        let app = App::new(AppParts::of_a_test("http://pump.test"));
        let mut reading = Box::pin(read_some(&app, 32 << 20));
        let _begun = (&mut reading).now_or_never();
        assert!(app.admit_upload("alice", 1).now_or_never().is_none());
        drop(reading);
        assert!(app.admit_upload("alice", 1).now_or_never().is_some());
    }
}
