//! Authentication extractors (pump-api 1.6). Each extractor gives a [`Context`] with the caller in
//! it.

use axum::{
    extract::FromRequestParts,
    http::{HeaderValue, StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
};

use super::{
    super::{error, response_cache::CacheHandle},
    bearer,
    signed::SignedParts,
};
use crate::{
    App, Context,
    context::Caller,
    model::Scope,
    protocol::oauth1,
    service::{Error, authenticate, mail::confirm::may_use_api},
};

/// A read by a client, by a client for someone, or, if this server allows it, by anyone at all.
pub(crate) struct AnyRead(pub(crate) Context);

/// A read by anyone at all: a client, a client for someone, or nobody we know.
pub(crate) struct OpenRead(pub(crate) Context);

/// A read by a client for someone.
pub(crate) struct UserRead(pub(crate) Context);

/// A write by a client for someone, of what is theirs.
pub(crate) struct UserWrite(pub(crate) Context);

/// A write by a client for someone, to their account itself.
pub(crate) struct AccountWrite(pub(crate) Context);

/// The same, also for someone whose mail address is still to be confirmed: what they may do is the
/// service's to say.
pub(crate) struct UnconfirmedWrite(pub(crate) Context);

/// Something that a client does for itself.
pub(crate) struct ClientOnly(pub(crate) Context);

/// Why nobody was recognised; or the answer, if it was known as soon as it was known who asks.
pub(crate) enum AuthRejection {
    /// A read that is not signed at all.
    NotLoggedIn,
    /// A bad signature, or none where one is needed.
    OAuth(Error),
    /// Someone whose mail address is needed and not known to be theirs.
    Unconfirmed(Error),
    /// A bearer token that is not good, or not good enough.
    Bearer(bearer::BearerError),
    /// An answer from memory.
    Cached(Box<Response>),
}

impl FromRequestParts<App> for AnyRead {
    type Rejection = AuthRejection;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, AuthRejection> {
        let ctx = any_reader(parts, app).await?;
        read(parts, ctx).await.map(Self)
    }
}

impl FromRequestParts<App> for OpenRead {
    type Rejection = AuthRejection;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, AuthRejection> {
        match AnyRead::from_request_parts(parts, app).await {
            Ok(AnyRead(ctx)) => Ok(Self(ctx)),
            Err(AuthRejection::NotLoggedIn) => Ok(Self(app.context(Caller::Anonymous))),
            Err(refusal) => Err(refusal),
        }
    }
}

impl FromRequestParts<App> for UserRead {
    type Rejection = AuthRejection;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, AuthRejection> {
        let ctx = user_reader(parts, app).await?;
        read(parts, ctx).await.map(Self)
    }
}

impl FromRequestParts<App> for UserWrite {
    type Rejection = AuthRejection;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, AuthRejection> {
        write(parts, app, Scope::WriteOwn).await.map(Self)
    }
}

impl FromRequestParts<App> for AccountWrite {
    type Rejection = AuthRejection;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, AuthRejection> {
        write(parts, app, Scope::WriteAll).await.map(Self)
    }
}

impl FromRequestParts<App> for UnconfirmedWrite {
    type Rejection = AuthRejection;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, AuthRejection> {
        let caller = writer(parts, app, Scope::WriteAll).await?;
        Ok(Self(app.context(caller)))
    }
}

impl FromRequestParts<App> for ClientOnly {
    type Rejection = AuthRejection;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, AuthRejection> {
        if let Some(caller) = bearer::client(parts, app, Scope::WriteAll).await? {
            return authorize(app, caller).map(Self);
        }
        let signed = SignedParts::of(parts, app);
        let caller = authenticate::client(app, &signed.request()).await;
        context(app, caller).map(Self)
    }
}

async fn any_reader(parts: &Parts, app: &App) -> Result<Context, AuthRejection> {
    if let Some(caller) = bearer::holder(parts, app, Scope::Read).await? {
        return authorize(app, caller);
    }
    let signed = SignedParts::of(parts, app);
    let request = match signed_read(&signed) {
        Err(AuthRejection::NotLoggedIn) if app.settings().reading.anonymous => {
            return Ok(app.context(Caller::Anonymous));
        }
        request => request?,
    };
    let caller = authenticate::either(app, &request).await;
    context(app, caller)
}

async fn user_reader(parts: &Parts, app: &App) -> Result<Context, AuthRejection> {
    if let Some(caller) = bearer::person(parts, app, Scope::Read).await? {
        return authorize(app, caller);
    }
    let signed = SignedParts::of(parts, app);
    let request = signed_read(&signed)?;
    let caller = authenticate::user(app, &request).await;
    context(app, caller)
}

/// The context of a read, unless it is answered already.
async fn read(parts: &Parts, ctx: Context) -> Result<Context, AuthRejection> {
    CacheHandle::lookup(parts, ctx)
        .await
        .map_err(|answer| AuthRejection::Cached(Box::new(answer)))
}

async fn write(parts: &Parts, app: &App, needed: Scope) -> Result<Context, AuthRejection> {
    authorize(app, writer(parts, app, needed).await?)
}

async fn writer(parts: &Parts, app: &App, needed: Scope) -> Result<Caller, AuthRejection> {
    if let Some(caller) = bearer::person(parts, app, needed).await? {
        return Ok(caller);
    }
    let signed = SignedParts::of(parts, app);
    let caller = authenticate::user(app, &signed.request()).await;
    caller.map_err(AuthRejection::OAuth)
}

/// A read that says nothing of OAuth is one by nobody, rather than one that is badly signed.
fn signed_read<'a>(signed: &'a SignedParts<'a>) -> Result<oauth1::Request<'a>, AuthRejection> {
    let request = signed.request();
    let in_query = || {
        request
            .query
            .is_some_and(|query| query.contains("oauth_signature="))
    };
    if request.authorization.is_some() || in_query() {
        Ok(request)
    } else {
        Err(AuthRejection::NotLoggedIn)
    }
}

fn context(app: &App, caller: Result<Caller, Error>) -> Result<Context, AuthRejection> {
    match caller {
        Ok(caller) => authorize(app, caller),
        Err(error) => Err(AuthRejection::OAuth(error)),
    }
}

/// Lets whoever is asking in, unless their address has to be confirmed first.
fn authorize(app: &App, caller: Caller) -> Result<Context, AuthRejection> {
    let ctx = app.context(caller);
    match ctx.account().map(|account| may_use_api(&ctx, account)) {
        Some(Err(error)) => Err(AuthRejection::Unconfirmed(error)),
        _ => Ok(ctx),
    }
}

impl From<bearer::BearerError> for AuthRejection {
    fn from(refusal: bearer::BearerError) -> Self {
        Self::Bearer(refusal)
    }
}

impl IntoResponse for AuthRejection {
    fn into_response(self) -> Response {
        match self {
            Self::NotLoggedIn => Error::not_logged_in().into_response(),
            Self::Cached(response) => *response,
            Self::Bearer(denial) => denial.into_response(),
            Self::Unconfirmed(error) => error.into_response(),
            Self::OAuth(error) => {
                let mut response = plain_text_error(error);
                if !response.status().is_server_error() {
                    response.headers_mut().insert(
                        header::WWW_AUTHENTICATE,
                        HeaderValue::from_static(r#"OAuth realm="OAuth""#),
                    );
                }
                response
            }
        }
    }
}

/// A failure of OAuth as plain text; faults of ours are told as everywhere.
pub(crate) fn plain_text_error(failure: Error) -> Response {
    let status: StatusCode = error::status(failure.kind());
    if status.is_server_error() {
        return failure.into_response();
    }
    let mut response = (status, failure.message().to_owned()).into_response();
    error::set_retry_after(&mut response, &failure);
    response
}
