//! Remote hosts, as far as tests need them.

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::{StreamExt, stream};
use http::{Request, Response};
use hydraulics::app::{Incoming, Transport, TransportError};

/// One host: `/picture.png` is a picture with a tag, `/slow` breaks off, and everything else is not
/// there, but for some answers that are odd.
pub(crate) struct RemoteHosts;

/// Odd answers, by path: a header of them, and their body.
const ODD: &[(&str, &str, &str, &str)] = &[
    ("/page", "content-type", "text/html", "<script>"),
    ("/actor", "content-type", "application/activity+json", "{}"),
    ("/avatar.avif", "content-type", "image/avif", "avif"),
    ("/untyped", "x-odd", "yes", "bytes"),
    ("/packed", "content-encoding", "gzip", "packed"),
    ("/huge", "content-length", "10000000000", "and so on"),
];

#[async_trait]
impl Transport for RemoteHosts {
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
        let odd = ODD.iter().find(|(path, ..)| *path == uri.path());
        let (status, body) = match odd {
            Some((_, _, _, text)) => (200, vec![Ok(Bytes::from_static(text.as_bytes()))]),
            None => (status, body),
        };
        let mut response = Response::builder().status(status);
        match odd {
            Some((_, name, value, _)) => response = response.header(*name, *value),
            None => response = response.header("content-type", "image/png"),
        }
        let response = response
            .header("etag", "\"one\"")
            .header("set-cookie", "track=1")
            .header("cache-control", "public, max-age=9999");
        Ok(response
            .body(stream::iter(body).boxed())
            .expect("an answer"))
    }
}
