//! OAuth 2.0: the way from a client to a bearer token (RFC 6749, pump-api 5).

pub(crate) mod authorize;
pub(crate) mod token;
