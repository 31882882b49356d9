//! OAuth 2.0 as it stands on the wire (RFC 6749, 7636, 8252).

mod basic;
mod parameters;
pub(crate) mod pkce;
pub(crate) mod redirect;

#[cfg(feature = "web")]
pub(crate) use basic::Basic;
#[cfg(feature = "web")]
pub(crate) use parameters::Parameters;

/// Error codes (RFC 6749 sections 4.1.2.1 and 5.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum ErrorCode {
    /// A parameter is missing, repeated, or makes no sense.
    InvalidRequest,
    /// The client is not known, or did not prove who it is.
    InvalidClient,
    /// A code is unknown, expired, used or another's.
    InvalidGrant,
    /// The client may not do that.
    UnauthorizedClient,
    /// The grant type is not supported.
    UnsupportedGrantType,
    /// The response type is not supported.
    UnsupportedResponseType,
    /// The scope does not exist.
    InvalidScope,
    /// The person said no.
    AccessDenied,
}

impl ErrorCode {
    /// The name on the wire.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::InvalidRequest => "invalid_request",
            Self::InvalidClient => "invalid_client",
            Self::InvalidGrant => "invalid_grant",
            Self::UnauthorizedClient => "unauthorized_client",
            Self::UnsupportedGrantType => "unsupported_grant_type",
            Self::UnsupportedResponseType => "unsupported_response_type",
            Self::InvalidScope => "invalid_scope",
            Self::AccessDenied => "access_denied",
        }
    }
}
