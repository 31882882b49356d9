//! `/oauth/request_token` and `/oauth/access_token`. Some clients use GET (clients T1).

use axum::{
    Extension,
    extract::{Request, State},
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use form_urlencoded::Serializer;

use super::super::{
    extract::{SignedParts, plain_text_error},
    origin::client_address,
    sign_in_limits::SignInLimiter,
};
use crate::{App, context::Caller, model::Secret, service::oauth};

/// `/oauth/request_token`.
pub(super) async fn request_token(
    State(app): State<App>,
    Extension(limits): Extension<SignInLimiter>,
    request: Request,
) -> Response {
    let (parts, _) = request.into_parts();
    if let Err(error) = limits.admit_token(client_address(&parts, &app)) {
        return plain_text_error(error);
    }
    let signed = SignedParts::of(&parts, &app);
    let ctx = app.context(Caller::Anonymous);
    match oauth::request_token(&ctx, &signed.request()).await {
        Ok(token) => form(
            &token.token,
            &token.secret,
            &[("oauth_callback_confirmed", "true")],
        ),
        Err(error) => plain_text_error(error),
    }
}

/// `/oauth/access_token`.
pub(super) async fn access_token(State(app): State<App>, request: Request) -> Response {
    let (parts, _) = request.into_parts();
    let signed = SignedParts::of(&parts, &app);
    let ctx = app.context(Caller::Anonymous);
    match oauth::access_token(&ctx, &signed.request()).await {
        Ok(token) => form(&token.token, &token.secret, &[]),
        Err(error) => plain_text_error(error),
    }
}

fn form(token: &str, secret: &Secret, more: &[(&str, &str)]) -> Response {
    let body = Serializer::new(String::new())
        .append_pair("oauth_token", token)
        .append_pair("oauth_token_secret", secret.expose())
        .extend_pairs(more)
        .finish();
    let kind = HeaderValue::from_static("application/x-www-form-urlencoded");
    ([(header::CONTENT_TYPE, kind)], body).into_response()
}
