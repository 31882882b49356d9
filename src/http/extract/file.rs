//! Reads of files, for which browsers ask with the session in which they have the page.

use axum::{
    extract::FromRequestParts,
    http::request::Parts,
    response::{IntoResponse, Response},
};

use super::auth::{AuthRejection, OpenRead, UserRead};
use crate::{
    App, Context,
    context::Caller,
    http::session,
    service::{Error, Result},
};

/// A read of a file by anyone at all, also in a session of an account here or elsewhere.
pub(crate) struct OpenFileRead(pub(crate) Context);

/// A read of a file by someone with an account here, also in a session.
pub(crate) struct UserFileRead(pub(crate) Context);

impl FromRequestParts<App> for OpenFileRead {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Response> {
        let signed = OpenRead::from_request_parts(parts, app).await;
        let OpenRead(ctx) = signed.map_err(IntoResponse::into_response)?;
        if !matches!(ctx.caller(), Caller::Anonymous) {
            return Ok(Self(ctx));
        }
        let caller = match of_session(parts, app).await {
            Ok(Caller::Anonymous) => session::remote_caller(&parts.headers, app).await,
            caller => caller,
        };
        let caller = caller.map_err(IntoResponse::into_response)?;
        Ok(Self(app.context(caller)))
    }
}

impl FromRequestParts<App> for UserFileRead {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Response> {
        match UserRead::from_request_parts(parts, app).await {
            Ok(UserRead(ctx)) => Ok(Self(ctx)),
            Err(AuthRejection::NotLoggedIn) => match of_session(parts, app).await {
                Ok(Caller::Anonymous) => Err(Error::not_logged_in().into_response()),
                Ok(caller) => Ok(Self(app.context(caller))),
                Err(error) => Err(error.into_response()),
            },
            Err(rejection) => Err(rejection.into_response()),
        }
    }
}

/// Identifies the reader by the session of an account here.
async fn of_session(parts: &Parts, app: &App) -> Result<Caller> {
    let caller = session::caller(&parts.headers, app).await?;
    session::ensure_confirmed(app, &caller)?;
    Ok(caller)
}
