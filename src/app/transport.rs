//! The way to other hosts.

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::stream::BoxStream;
use http::{Request, Response};
use url::Url;

/// Sends requests to other hosts. Implementations decide which hosts may be reached at all.
#[async_trait]
pub trait Transport: Send + Sync {
    /// Sends one request, and answers as soon as the headers of the answer are here. Redirects are
    /// followed; then the answer has a [`FinalUrl`] among its extensions. Any status is an answer;
    /// an error means that there was none.
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Incoming>, TransportError>;
}

/// The body of an answer, as it comes in.
pub type Incoming = BoxStream<'static, std::io::Result<Bytes>>;

/// The URL that answered, where that is not the one that was asked.
#[derive(Clone, Debug)]
pub struct FinalUrl(pub Url);

/// Why there was no answer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TransportError {
    /// The address is none that this server may ask.
    #[error("request to {0} blocked: not a public address")]
    Forbidden(String),
    /// It could not be reached, or did not answer in time.
    #[error(transparent)]
    Failed(Box<dyn std::error::Error + Send + Sync>),
}

/// A transport for those who want to talk to nobody: every request fails.
pub struct NoTransport;

#[async_trait]
impl Transport for NoTransport {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Incoming>, TransportError> {
        Err(TransportError::Forbidden(request.uri().to_string()))
    }
}
