//! A request as those who check signatures see it.

use axum::{
    extract::OriginalUri,
    http::{header, request::Parts},
};

use super::super::{
    layers::{FormBody, SentAsHead},
    origin::Origin,
};
use crate::{App, protocol::oauth1};

/// Owner of the parts that [`oauth1::Request`] borrows.
pub(crate) struct SignedParts<'a> {
    parts: &'a Parts,
    origin: Origin<'a>,
}

impl<'a> SignedParts<'a> {
    pub(crate) fn of(parts: &'a Parts, app: &'a App) -> Self {
        Self {
            parts,
            origin: Origin::of(parts, app),
        }
    }

    /// The request, with its URI as it was sent and the method that was meant.
    pub(crate) fn request(&self) -> oauth1::Request<'a> {
        let uri = self
            .parts
            .extensions
            .get::<OriginalUri>()
            .map_or(&self.parts.uri, |OriginalUri(uri)| uri);
        let is_head = self.parts.extensions.get::<SentAsHead>().is_some();
        oauth1::Request {
            method: if is_head {
                "HEAD"
            } else {
                self.parts.method.as_str()
            },
            scheme: self.origin.scheme,
            authority: self.origin.authority,
            path: uri.path(),
            query: uri.query(),
            authorization: self.authorization(),
            form: self.parts.extensions.get::<FormBody>().map(|form| &*form.0),
            secure: self.origin.secure,
        }
    }

    /// The header of our scheme, if there is one among several.
    fn authorization(&self) -> Option<&'a str> {
        self.parts
            .headers
            .get_all(header::AUTHORIZATION)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .find(|value| oauth1::is_ours(value))
    }
}
