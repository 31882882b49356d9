//! `/oauth2/token` and `/oauth2/revoke`.

use axum::{
    Extension,
    extract::{FromRequest, Request, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};

use super::super::super::{
    body,
    error::{self, JSON_CONTENT_TYPE},
    extract::{ClientAddress, JsonBody},
    layers::FormBody,
    sign_in_limits::SignInLimiter,
};
use crate::{
    App,
    context::Caller,
    protocol::oauth2::{Basic, ErrorCode, Parameters},
    service::{
        ErrorKind,
        oauth2::token::{self, Issued, Result, TokenError},
    },
};

/// `POST /oauth2/token`.
pub(super) async fn token(
    State(app): State<App>,
    Extension(limits): Extension<SignInLimiter>,
    ClientAddress(address): ClientAddress,
    request: Request,
) -> Response {
    if let Err(error) = limits.admit_token(address) {
        return error::json_error(error);
    }
    let issued = match asked(&app, request).await {
        Ok((basic, given)) => {
            let ctx = app.context(Caller::Anonymous);
            token::issue(&ctx, basic.as_ref(), &given).await
        }
        Err(refusal) => Err(refusal),
    };
    issued.map_or_else(refuse, |issued| told(&issued))
}

/// `POST /oauth2/revoke`.
pub(super) async fn revoke(State(app): State<App>, request: Request) -> Response {
    let revoked = match asked(&app, request).await {
        Ok((basic, given)) => {
            let ctx = app.context(Caller::Anonymous);
            token::revoke(&ctx, basic.as_ref(), &given).await
        }
        Err(refusal) => Err(refusal),
    };
    revoked.map_or_else(refuse, IntoResponse::into_response)
}

/// Reads the client's credentials from the header, and its parameters from a form or JSON.
async fn asked(app: &App, request: Request) -> Result<(Option<Basic>, Parameters)> {
    let basic = basic(request.headers())?;
    if let Some(FormBody(form)) = request.extensions().get() {
        return Ok((basic, form_urlencoded::parse(form).into_owned().collect()));
    }
    if !body::is(request.headers(), "application/json") {
        let sentence = "Send a form or a JSON object, and say so in Content-Type.";
        return Err(TokenError::Protocol(ErrorCode::InvalidRequest, sentence));
    }
    let JsonBody(fields, _turn) = JsonBody::from_request(request, app)
        .await
        .map_err(|error| match error.kind() {
            ErrorKind::BadRequest => {
                TokenError::Protocol(ErrorCode::InvalidRequest, "The body is not a JSON object.")
            }
            _ => TokenError::Internal(error),
        })?;
    let text = |(name, value)| match value {
        Value::String(text) => Ok((name, text)),
        Value::Null => Ok((name, String::new())),
        _ => Err(TokenError::Protocol(
            ErrorCode::InvalidRequest,
            "The parameters must be strings.",
        )),
    };
    let given = fields.into_iter().map(text).collect::<Result<_>>()?;
    Ok((basic, given))
}

fn basic(headers: &HeaderMap) -> Result<Option<Basic>> {
    let unreadable = TokenError::Protocol(
        ErrorCode::InvalidClient,
        "The Authorization header can't be read.",
    );
    let values = headers.get_all(header::AUTHORIZATION).iter();
    let mut values = values.filter_map(|value| value.to_str().ok());
    values
        .find_map(Basic::parse)
        .transpose()
        .map_err(|_| unreadable)
}

fn told(issued: &Issued) -> Response {
    let mut body = json!({
        "access_token": issued.token.expose(),
        "token_type": "Bearer",
        "scope": issued.scope.list(),
    });
    if let (Some(seconds), Some(body)) = (issued.lifetime, body.as_object_mut()) {
        body.insert("expires_in".into(), seconds.into());
    }
    answer(StatusCode::OK, &body)
}

fn refuse(refusal: TokenError) -> Response {
    let (code, sentence) = match refusal {
        TokenError::Protocol(code, sentence) => (code, sentence),
        TokenError::Internal(error) => return error.into_response(),
    };
    let body = json!({ "error": code.as_str(), "error_description": sentence });
    if code != ErrorCode::InvalidClient {
        return answer(StatusCode::BAD_REQUEST, &body);
    }
    let mut response = answer(StatusCode::UNAUTHORIZED, &body);
    let challenge = HeaderValue::from_static(r#"Basic realm="Pump""#);
    let headers = response.headers_mut();
    headers.insert(header::WWW_AUTHENTICATE, challenge);
    response
}

/// Nothing of this is to be stored; the layer around these routes says so, and this to those who
/// are old.
fn answer(status: StatusCode, body: &Value) -> Response {
    let pragma = (header::PRAGMA, HeaderValue::from_static("no-cache"));
    let headers = [(header::CONTENT_TYPE, JSON_CONTENT_TYPE), pragma];
    (status, headers, body.to_string()).into_response()
}
