//! Who is asking (pump-api 1.6). Each extractor gives a [`Context`] with the caller in it.

use axum::{
    extract::FromRequestParts,
    http::{HeaderValue, StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
};

use super::{
    super::{error, kept::Asking},
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
pub(in crate::http) struct AnyRead(pub(in crate::http) Context);

/// A read by anyone at all: a client, a client for someone, or nobody we know.
pub(in crate::http) struct OpenRead(pub(in crate::http) Context);

/// A read by a client for someone.
pub(in crate::http) struct UserRead(pub(in crate::http) Context);

/// A write by a client for someone, of what is theirs.
pub(in crate::http) struct UserWrite(pub(in crate::http) Context);

/// A write by a client for someone, to their account itself.
pub(in crate::http) struct AccountWrite(pub(in crate::http) Context);

/// The same, also for someone whose mail address is still to be confirmed: what they may do is the
/// service's to say.
pub(in crate::http) struct UnconfirmedWrite(pub(in crate::http) Context);

/// Something that a client does for itself.
pub(in crate::http) struct ClientOnly(pub(in crate::http) Context);

/// Why nobody was recognised; or the answer, if it was known as soon as it was known who asks.
pub(in crate::http) enum Refusal {
    /// A read that is not signed at all.
    NotLoggedIn,
    /// A bad signature, or none where one is needed.
    OAuth(Error),
    /// Someone whose mail address is needed and not known to be theirs.
    Unconfirmed(Error),
    /// A bearer token that is not good, or not good enough.
    Bearer(bearer::Denial),
    /// An answer from memory.
    Answered(Box<Response>),
}

impl FromRequestParts<App> for AnyRead {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Refusal> {
        let ctx = any_reader(parts, app).await?;
        read(parts, ctx).await.map(Self)
    }
}

impl FromRequestParts<App> for OpenRead {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Refusal> {
        match AnyRead::from_request_parts(parts, app).await {
            Ok(AnyRead(ctx)) => Ok(Self(ctx)),
            Err(Refusal::NotLoggedIn) => Ok(Self(app.context(Caller::Anyone))),
            Err(refusal) => Err(refusal),
        }
    }
}

impl FromRequestParts<App> for UserRead {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Refusal> {
        let ctx = user_reader(parts, app).await?;
        read(parts, ctx).await.map(Self)
    }
}

impl FromRequestParts<App> for UserWrite {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Refusal> {
        write(parts, app, Scope::WriteOwn).await.map(Self)
    }
}

impl FromRequestParts<App> for AccountWrite {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Refusal> {
        write(parts, app, Scope::WriteAll).await.map(Self)
    }
}

impl FromRequestParts<App> for UnconfirmedWrite {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Refusal> {
        let caller = writer(parts, app, Scope::WriteAll).await?;
        Ok(Self(app.context(caller)))
    }
}

impl FromRequestParts<App> for ClientOnly {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Refusal> {
        if let Some(caller) = bearer::client(parts, app, Scope::WriteAll).await? {
            return admit(app, caller).map(Self);
        }
        let signed = SignedParts::of(parts, app);
        let caller = authenticate::client(app, &signed.request()).await;
        context(app, caller).map(Self)
    }
}

async fn any_reader(parts: &Parts, app: &App) -> Result<Context, Refusal> {
    if let Some(caller) = bearer::holder(parts, app, Scope::Read).await? {
        return admit(app, caller);
    }
    let signed = SignedParts::of(parts, app);
    let request = match signed_read(&signed) {
        Err(Refusal::NotLoggedIn) if app.settings().reading.anonymous => {
            return Ok(app.context(Caller::Anyone));
        }
        request => request?,
    };
    let caller = authenticate::either(app, &request).await;
    context(app, caller)
}

async fn user_reader(parts: &Parts, app: &App) -> Result<Context, Refusal> {
    if let Some(caller) = bearer::person(parts, app, Scope::Read).await? {
        return admit(app, caller);
    }
    let signed = SignedParts::of(parts, app);
    let request = signed_read(&signed)?;
    let caller = authenticate::user(app, &request).await;
    context(app, caller)
}

/// The context of a read, unless it is answered already.
async fn read(parts: &Parts, ctx: Context) -> Result<Context, Refusal> {
    Asking::ask(parts, ctx)
        .await
        .map_err(|answer| Refusal::Answered(Box::new(answer)))
}

async fn write(parts: &Parts, app: &App, needed: Scope) -> Result<Context, Refusal> {
    admit(app, writer(parts, app, needed).await?)
}

async fn writer(parts: &Parts, app: &App, needed: Scope) -> Result<Caller, Refusal> {
    if let Some(caller) = bearer::person(parts, app, needed).await? {
        return Ok(caller);
    }
    let signed = SignedParts::of(parts, app);
    let caller = authenticate::user(app, &signed.request()).await;
    caller.map_err(Refusal::OAuth)
}

/// A read that says nothing of OAuth is one by nobody, rather than one that is badly signed.
fn signed_read<'a>(signed: &'a SignedParts<'a>) -> Result<oauth1::Request<'a>, Refusal> {
    let request = signed.request();
    let in_query = || {
        request
            .query
            .is_some_and(|query| query.contains("oauth_signature="))
    };
    if request.authorization.is_some() || in_query() {
        Ok(request)
    } else {
        Err(Refusal::NotLoggedIn)
    }
}

fn context(app: &App, caller: Result<Caller, Error>) -> Result<Context, Refusal> {
    match caller {
        Ok(caller) => admit(app, caller),
        Err(error) => Err(Refusal::OAuth(error)),
    }
}

/// Lets whoever is asking in, unless their address has to be confirmed first.
fn admit(app: &App, caller: Caller) -> Result<Context, Refusal> {
    let ctx = app.context(caller);
    match ctx.account().map(|account| may_use_api(&ctx, account)) {
        Some(Err(error)) => Err(Refusal::Unconfirmed(error)),
        _ => Ok(ctx),
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        match self {
            Self::NotLoggedIn => Error::not_logged_in().into_response(),
            Self::Answered(response) => *response,
            Self::Bearer(denial) => denial.into_response(),
            Self::Unconfirmed(error) => error.into_response(),
            Self::OAuth(error) => {
                let mut response = plain(error);
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
pub(in crate::http) fn plain(failure: Error) -> Response {
    let status: StatusCode = error::status(failure.kind());
    if status.is_server_error() {
        return failure.into_response();
    }
    let mut response = (status, failure.message().to_owned()).into_response();
    error::advise(&mut response, &failure);
    response
}
