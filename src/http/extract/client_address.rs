//! Address of the client.

use std::{convert::Infallible, net::IpAddr};

use axum::{
    extract::{FromRef, FromRequestParts},
    http::request::Parts,
};

use crate::{App, http::origin::client_address};

/// The address that a request comes from; see [`client_address`].
pub(crate) struct ClientAddress(pub(crate) Option<IpAddr>);

impl<S: Sync> FromRequestParts<S> for ClientAddress
where
    App: FromRef<S>,
{
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Infallible> {
        Ok(Self(client_address(parts, &App::from_ref(state))))
    }
}
