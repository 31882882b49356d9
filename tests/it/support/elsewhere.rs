//! The rest of the world, as far as tests need it.

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::{StreamExt, stream};
use http::{Request, Response};
use hydraulics::app::{Incoming, Transport, TransportError};

/// One host: `/picture.png` is a picture with a tag, `/slow` breaks off, and everything else is not there.
pub(crate) struct Elsewhere;

#[async_trait]
impl Transport for Elsewhere {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Incoming>, TransportError> {
        assert!(
            !request.headers().contains_key("authorization"),
            "secrets stay here"
        );
        let uri = request.uri();
        if uri.host() != Some("elsewhere.example") {
            return Err(TransportError::Forbidden(uri.to_string()));
        }
        let known = request
            .headers()
            .get("if-none-match")
            .is_some_and(|tag| tag == "\"one\"");
        let (status, body) = match uri.path() {
            "/picture.png" if known => (304, Vec::new()),
            "/picture.png" => (200, vec![Ok(Bytes::from_static(b"picture"))]),
            "/slow" => (200, vec![Err(std::io::Error::other("gone"))]),
            _ => (404, Vec::new()),
        };
        let response = Response::builder()
            .status(status)
            .header("content-type", "image/png")
            .header("etag", "\"one\"")
            .header("set-cookie", "track=1")
            .header("cache-control", "public, max-age=9999");
        Ok(response
            .body(stream::iter(body).boxed())
            .expect("an answer"))
    }
}
