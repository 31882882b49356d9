//! The fields of a form that was posted here, and from where.

use std::{convert::Infallible, net::IpAddr};

use axum::{extract::FromRequestParts, http::request::Parts};

use super::super::{layers::FormBody, origin::client_address};
use crate::{App, protocol::oauth2::Parameters};

/// A form that a person sent.
pub(super) struct SubmittedForm {
    fields: Vec<(String, String)>,
    /// Where it came from.
    pub(super) address: Option<IpAddr>,
}

impl SubmittedForm {
    /// Whether it has a field of that name.
    pub(super) fn has(&self, name: &str) -> bool {
        self.fields.iter().any(|(known, _)| known == name)
    }

    /// The field of that name, empty if there is none.
    pub(super) fn get(&self, name: &str) -> &str {
        let mut fields = self.fields.iter();
        fields
            .find(|(known, _)| known == name)
            .map_or("", |(_, value)| value)
    }

    /// All fields, as the parameters of a client.
    pub(super) fn parameters(&self) -> Parameters {
        self.fields.iter().cloned().collect()
    }
}

impl FromRequestParts<App> for SubmittedForm {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Infallible> {
        let body = parts.extensions.get::<FormBody>();
        let fields = body
            .map(|form| form_urlencoded::parse(&form.0).into_owned().collect())
            .unwrap_or_default();
        let address = client_address(parts, app);
        Ok(Self { fields, address })
    }
}
