//! Authentication (pump-api 1.6): extractors that give a [`Context`] with the caller in it. Reads
//! can also be signed by an actor of `ActivityPub`.
//!
//! Reads of the API are authenticated [before their handler](ReadAccess), since their responses may
//! be cached.

use std::convert::Infallible;

use axum::{
    extract::{FromRef, FromRequestParts},
    http::{HeaderValue, StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
};

use super::{super::error, actor::signed_reader, bearer, signed::SignedParts};
use crate::{
    App, Context,
    context::Caller,
    model::Scope,
    protocol::oauth1,
    service::{Error, authenticate, mail::confirm::may_use_api},
};

/// A read by a client, by a client for a user, or by anyone at all if the settings allow it.
#[derive(Clone)]
pub(crate) struct AnyRead(pub(crate) Context);

/// A read by a client for a user.
#[derive(Clone)]
pub(crate) struct UserRead(pub(crate) Context);

/// A read by anyone at all: a client, a client for a user, or nobody in particular.
pub(crate) struct OpenRead(pub(crate) Context);

/// A write by a client for a user, of the user's content.
pub(crate) struct UserWrite(pub(crate) Context);

/// A write by a client for a user, to the account itself.
pub(crate) struct AccountWrite(pub(crate) Context);

/// The same, also for a user whose mail address is unconfirmed: the service decides what that user
/// may do.
pub(crate) struct UnconfirmedWrite(pub(crate) Context);

/// A request that a client makes for itself.
pub(crate) struct ClientOnly(pub(crate) Context);

/// A write by a client that proved to be another server, or a person of one.
pub(crate) struct PeerWrite(pub(crate) Context);

/// Reason why a caller was not recognised, or not let in.
pub(crate) enum AuthRejection {
    /// A read that is not signed at all.
    NotLoggedIn,
    /// A bad signature, or none where one is needed.
    OAuth(Error),
    /// An HTTP signature of an actor who is not recognised, or not welcome.
    HttpSignature(Error),
    /// An account whose mail address is unconfirmed where a confirmed one is needed.
    Unconfirmed(Error),
    /// A bearer token that is not valid, or whose scope is too small.
    Bearer(bearer::BearerError),
}

/// Access that a read of the API needs. It is granted before the handler runs, which has it as its
/// state, and extracts it from there.
pub(crate) trait ReadAccess: Clone + Send + Sync + 'static {
    /// Authenticates the caller of a read.
    fn authenticate(
        parts: &Parts,
        app: &App,
    ) -> impl Future<Output = Result<Caller, AuthRejection>> + Send;

    /// Returns the access of an authenticated caller.
    fn granted(ctx: Context) -> Self;
}

macro_rules! read_access {
    ($access:ident, $authenticate:ident) => {
        impl ReadAccess for $access {
            async fn authenticate(parts: &Parts, app: &App) -> Result<Caller, AuthRejection> {
                $authenticate(parts, app).await
            }

            fn granted(ctx: Context) -> Self {
                Self(ctx)
            }
        }

        impl FromRequestParts<Self> for $access {
            type Rejection = Infallible;

            async fn from_request_parts(_: &mut Parts, granted: &Self) -> Result<Self, Infallible> {
                Ok(granted.clone())
            }
        }

        impl FromRef<$access> for App {
            fn from_ref($access(ctx): &$access) -> Self {
                ctx.app().clone()
            }
        }
    };
}

read_access!(AnyRead, any_reader);
read_access!(UserRead, user_reader);

impl FromRequestParts<App> for UserRead {
    type Rejection = AuthRejection;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, AuthRejection> {
        Ok(Self(app.context(user_reader(parts, app).await?)))
    }
}

impl FromRequestParts<App> for OpenRead {
    type Rejection = AuthRejection;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, AuthRejection> {
        let caller = match any_reader(parts, app).await {
            Err(AuthRejection::NotLoggedIn) => Caller::Anonymous,
            caller => caller?,
        };
        Ok(Self(app.context(caller)))
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
            return Ok(Self(app.context(caller)));
        }
        let signed = SignedParts::of(parts, app);
        let caller = authenticate::client(app, &signed.request()).await?;
        Ok(Self(app.context(caller)))
    }
}

impl FromRequestParts<App> for PeerWrite {
    type Rejection = AuthRejection;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, AuthRejection> {
        let signed = SignedParts::of(parts, app);
        match authenticate::client(app, &signed.request()).await? {
            Caller::Client(client) if client.identity.is_some() => {
                Ok(Self(app.context(Caller::Client(client))))
            }
            _ => Err(Error::unauthorized("Authentication required").into()),
        }
    }
}

async fn any_reader(parts: &Parts, app: &App) -> Result<Caller, AuthRejection> {
    if let Some(caller) = bearer::holder(parts, app, Scope::Read).await? {
        return authorize(app, caller);
    }
    let signed = SignedParts::of(parts, app);
    let request = match signed_read(&signed) {
        Err(AuthRejection::NotLoggedIn) => return reader_without_oauth(parts, app).await,
        request => request?,
    };
    authorize(app, authenticate::either(app, &request).await?)
}

/// The actor who signed a read, or else nobody, if the settings allow that.
async fn reader_without_oauth(parts: &Parts, app: &App) -> Result<Caller, AuthRejection> {
    let reader = signed_reader(parts, app).await;
    match reader.map_err(AuthRejection::HttpSignature)? {
        Some(actor) => Ok(actor),
        None if app.settings().api.anonymous_read => Ok(Caller::Anonymous),
        None => Err(AuthRejection::NotLoggedIn),
    }
}

async fn user_reader(parts: &Parts, app: &App) -> Result<Caller, AuthRejection> {
    if let Some(caller) = bearer::person(parts, app, Scope::Read).await? {
        return authorize(app, caller);
    }
    let signed = SignedParts::of(parts, app);
    let request = signed_read(&signed)?;
    authorize(app, authenticate::user(app, &request).await?)
}

async fn write(parts: &Parts, app: &App, needed: Scope) -> Result<Context, AuthRejection> {
    let caller = authorize(app, writer(parts, app, needed).await?)?;
    Ok(app.context(caller))
}

async fn writer(parts: &Parts, app: &App, needed: Scope) -> Result<Caller, AuthRejection> {
    if let Some(caller) = bearer::person(parts, app, needed).await? {
        return Ok(caller);
    }
    let signed = SignedParts::of(parts, app);
    Ok(authenticate::user(app, &signed.request()).await?)
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

/// Lets a caller in, unless the mail address of the account has to be confirmed first.
fn authorize(app: &App, caller: Caller) -> Result<Caller, AuthRejection> {
    if let Caller::User { account, .. } = &caller {
        may_use_api(app, account).map_err(AuthRejection::Unconfirmed)?;
    }
    Ok(caller)
}

/// Errors of OAuth 1.0a; all others are mapped where they occur.
impl From<Error> for AuthRejection {
    fn from(error: Error) -> Self {
        Self::OAuth(error)
    }
}

impl From<bearer::BearerError> for AuthRejection {
    fn from(error: bearer::BearerError) -> Self {
        Self::Bearer(error)
    }
}

impl IntoResponse for AuthRejection {
    fn into_response(self) -> Response {
        match self {
            Self::NotLoggedIn => Error::not_logged_in().into_response(),
            Self::Bearer(denial) => denial.into_response(),
            Self::Unconfirmed(error) | Self::HttpSignature(error) => error.into_response(),
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
