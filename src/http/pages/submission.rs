//! Forms that are posted.

use std::net::IpAddr;

use axum::{
    extract::FromRequestParts,
    http::{StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
};

use super::{frame, visitor, visitor::Visitor};
use crate::{
    App,
    http::{
        layers::FormBody,
        origin::client_address,
        session::{SessionCookie, check_site},
    },
    service::{Error, Result},
};

/// A form that was posted from a page of this server.
pub(super) struct Submission {
    pub(super) visitor: Visitor,
    pub(super) address: Option<IpAddr>,
    pub(super) cookie: SessionCookie,
    fields: Vec<(String, String)>,
}

impl Submission {
    /// Returns the field of that name, without blanks around it; empty if there is none.
    pub(super) fn get(&self, name: &str) -> &str {
        self.raw(name).trim()
    }

    /// Returns the field of that name as it was sent, such as a password.
    pub(super) fn raw(&self, name: &str) -> &str {
        let field = self.fields.iter().find(|(known, _)| known == name);
        field.map_or("", |(_, value)| value)
    }

    /// Returns all fields of that name as they were sent.
    pub(super) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        let fields = self.fields.iter().filter(move |(known, _)| known == name);
        fields.map(|(_, value)| value.as_str())
    }

    /// Adds a field that was read from elsewhere.
    pub(super) fn push(&mut self, name: String, value: &str) {
        self.fields.push((name, value.replace('\0', "")));
    }

    /// Refuses a caller who has not signed in, or whose address has to be confirmed.
    pub(super) fn require_member(&self) -> Result<()> {
        self.visitor.account()?;
        visitor::ensure_confirmed(self.visitor.ctx.app(), self.visitor.ctx.caller())
    }

    /// Leads to a place on this server.
    pub(super) fn redirect(&self, place: &str) -> Response {
        let location = self.visitor.ctx.urls().local_place(place);
        (StatusCode::SEE_OTHER, [(header::LOCATION, location)]).into_response()
    }
}

impl FromRequestParts<App> for Submission {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Response> {
        let visitor = Visitor::from_request_parts(parts, app).await;
        let visitor = visitor.map_err(Error::into_response)?;
        check_site(parts, app).map_err(|error| frame::failure(&visitor, error))?;
        let fields = parts.extensions.get::<FormBody>();
        let fields = fields.map(|form| form_urlencoded::parse(&form.0).into_owned().collect());
        let fields: Vec<(String, String)> = fields.unwrap_or_default();
        if fields.iter().any(|(_, value)| value.contains('\0')) {
            let error = Error::bad_request("Text can't contain U+0000.").phrased("failure-form");
            return Err(frame::failure(&visitor, error));
        }
        Ok(Self {
            visitor,
            address: client_address(parts, app),
            cookie: SessionCookie::of(parts, app),
            fields,
        })
    }
}
