//! `/main/proxy`: a person of another server posts to their own outbox from here (pump-api 12.10).

use axum::{
    Extension,
    extract::{FromRequestParts, State},
    http::request::Parts,
};

use super::{limits::RemoteLimiter, visit::Visit};
use crate::{
    App,
    context::Caller,
    http::{api::JsonAnswer, extract::JsonBody},
    service::{
        Error, Result,
        federation::remote_sign_in::{RemoteSession, post_to_outbox},
    },
};

/// The session of a browser that posts from a page of this server; else 401.
pub(super) struct Principal {
    visit: Visit,
    session: RemoteSession,
}

impl FromRequestParts<App> for Principal {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self> {
        let visit = Visit::from_request_parts(parts, app)
            .await
            .unwrap_or_else(|never| match never {});
        visit.check_site()?;
        let session = visit.session().await?.ok_or_else(Error::not_logged_in)?;
        Ok(Self { visit, session })
    }
}

/// Posts an activity to the outbox of the person of the session; answers as their server does.
pub(super) async fn post(
    State(app): State<App>,
    Extension(limits): Extension<RemoteLimiter>,
    Principal { visit, session }: Principal,
    JsonBody(activity, _turn): JsonBody,
) -> Result<JsonAnswer> {
    limits.admit_activity(visit.address)?;
    let ctx = app.context(Caller::Anonymous);
    let answer = post_to_outbox(&ctx, &session, activity).await?;
    Ok(JsonAnswer::of(answer))
}
