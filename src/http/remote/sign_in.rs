//! `/main/remote`, `/main/authorized` and `/main/logout`: a person of another server signs in, and
//! out.

use std::collections::HashMap;

use axum::{
    Extension,
    extract::{Path, Query, State},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::{Map, Value};

use super::{limits::RemoteLimiter, pages, visit::Visit};
use crate::{
    App,
    context::Caller,
    http::{api::JsonAnswer, error::json_error, extract::Fields, page},
    service::{
        Error, Result,
        federation::remote_sign_in::{self, SignInStart},
    },
};

/// `GET /main/remote`: the form. An address in the query is filled in.
pub(super) async fn form(
    State(app): State<App>,
    Query(query): Query<HashMap<String, String>>,
) -> Response {
    let text = |name| query.get(name).map_or("", String::as_str);
    pages::form(&app, text("webfinger"), text("continueTo"))
}

/// `POST /main/remote`: sends a person to their server.
pub(super) async fn begin(
    State(app): State<App>,
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
        remote_sign_in::begin(&app.context(Caller::Anonymous), address, continue_to).await
    };
    match begun.await {
        Ok(SignInStart::Local) => pages::local(&app),
        Ok(SignInStart::Elsewhere { page, ticket }) => {
            let mut response = redirect(page.as_str());
            visit.set_ticket(Some(&ticket), response.headers_mut());
            response
        }
        Err(error) => pages::failed(&app, (address, continue_to), error),
    }
}

/// `GET /main/authorized/HOST`: the way back from there.
pub(super) async fn finish(
    State(app): State<App>,
    Path(host): Path<String>,
    Query(query): Query<HashMap<String, String>>,
    visit: Visit,
) -> Response {
    let text = |name| query.get(name).map_or("", String::as_str);
    let said = (text("oauth_token"), text("oauth_verifier"));
    let ctx = app.context(Caller::Anonymous);
    match remote_sign_in::finish(&ctx, &host, visit.ticket.as_ref(), said).await {
        Ok(signed_in) => {
            let mut response = redirect(&signed_in.continue_to);
            visit.set_ticket(None, response.headers_mut());
            visit.set_session(Some(&signed_in.session), response.headers_mut());
            response
        }
        Err(error) => page::failure(&app, error),
    }
}

/// `POST /main/logout`: ends the session. Browsers get the front page, programs the answer of the
/// reference.
pub(super) async fn sign_out(State(app): State<App>, visit: Visit) -> Response {
    let ended = async {
        visit.check_site()?;
        let session = visit.session().await?;
        if let Some(session) = &session {
            remote_sign_in::end_session(&app.context(Caller::Anonymous), session).await?;
        }
        Ok(session.is_some())
    };
    let mut response = match ended.await {
        Ok(_) if visit.wants_page => {
            let front = app.urls().absolute("/");
            (StatusCode::SEE_OTHER, [(header::LOCATION, front)]).into_response()
        }
        Ok(true) => JsonAnswer::of("OK").into_response(),
        Ok(false) => json_error(Error::not_logged_in()),
        Err(error) => return page::failure(&app, error),
    };
    visit.set_session(None, response.headers_mut());
    response
}

fn redirect(place: &str) -> Response {
    (StatusCode::FOUND, [(header::LOCATION, place)]).into_response()
}

fn text<'a>(fields: &'a Map<String, Value>, name: &str) -> &'a str {
    fields.get(name).and_then(Value::as_str).unwrap_or_default()
}
