//! `/main/remote`, `/main/authorized` and `/main/logout`: a person of another server signs in, and
//! out.

use std::collections::HashMap;

use axum::{
    Extension,
    extract::{Path, Query},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::{Map, Value};

use super::{limits::RemoteLimiter, pages, visit::Visit};
use crate::{
    http::{
        extract::Fields,
        page::{self, visitor::Visitor},
    },
    service::{
        Error, Result,
        federation::remote_sign_in::{self, SignInStart},
    },
};

/// `GET /main/remote`: the form. An address in the query is filled in.
pub(super) async fn form(
    visitor: Visitor,
    Query(query): Query<HashMap<String, String>>,
) -> Response {
    let text = |name| query.get(name).map_or("", String::as_str);
    pages::form(&visitor, text("webfinger"), text("continueTo"))
}

/// `POST /main/remote`: sends a person to their server.
pub(super) async fn begin(
    visitor: Visitor,
    Extension(limits): Extension<RemoteLimiter>,
    visit: Visit,
    fields: Result<Fields>,
) -> Response {
    let fields = fields.map(|fields| fields.0).unwrap_or_default();
    let (address, continue_to) = (text(&fields, "webfinger"), text(&fields, "continueTo"));
    let begun = async {
        visit.check_site()?;
        if fields
            .get("continueTo")
            .is_some_and(|path| !path.is_string())
        {
            return Err(Error::bad_request("'continueTo' must be a string"));
        }
        limits.admit_sign_in(visit.address)?;
        remote_sign_in::begin(&visitor.anyone(), address, continue_to).await
    };
    match begun.await {
        Ok(SignInStart::Local) => pages::local(&visitor),
        Ok(SignInStart::Elsewhere { page, ticket }) => {
            let mut response = redirect(page.as_str());
            visit.set_ticket(Some(&ticket), response.headers_mut());
            response
        }
        Err(error) => pages::failed(&visitor, (address, continue_to), error),
    }
}

/// `GET /main/authorized/HOST`: the way back from there.
pub(super) async fn finish(
    visitor: Visitor,
    Path(host): Path<String>,
    Query(query): Query<HashMap<String, String>>,
    visit: Visit,
) -> Response {
    let text = |name| query.get(name).map_or("", String::as_str);
    let said = (text("oauth_token"), text("oauth_verifier"));
    let ctx = visitor.anyone();
    match remote_sign_in::finish(&ctx, &host, visit.ticket.as_ref(), said).await {
        Ok(signed_in) => {
            let mut response = redirect(&signed_in.continue_to);
            visit.set_ticket(None, response.headers_mut());
            visit.set_session(Some(&signed_in.session), response.headers_mut());
            response
        }
        Err(error) => page::failure(&visitor, error),
    }
}

fn redirect(place: &str) -> Response {
    (StatusCode::FOUND, [(header::LOCATION, place)]).into_response()
}

fn text<'a>(fields: &'a Map<String, Value>, name: &str) -> &'a str {
    fields.get(name).and_then(Value::as_str).unwrap_or_default()
}
