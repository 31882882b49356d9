//! Bearer tokens are given and taken back (RFC 6749 sections 4.1.3 and 4.4, RFC 7009).

use chrono::TimeDelta;

use crate::{
    Context,
    model::{BearerToken, Client, ClientKind, Nickname, Scope, Secret},
    protocol::oauth2::{Basic, ErrorCode, Parameters, pkce},
    service::{Error, access::require_active},
    storage::{Change, StorageError},
};

/// How long the token of a client for itself is good, in seconds. It can have another at any time.
const CLIENT_TOKEN_LIFETIME_SECONDS: i64 = 3600;

/// A new token.
#[derive(Clone, Debug)]
pub(crate) struct Issued {
    /// The token; nobody can be told it again.
    pub token: Secret,
    /// How much it allows.
    pub scope: Scope,
    /// For how many seconds; `None` until it is revoked.
    pub lifetime: Option<i64>,
}

/// Why a client gets nothing.
#[derive(Debug)]
pub(crate) enum TokenError {
    /// It is told what is wrong.
    Protocol(ErrorCode, &'static str),
    /// It could not be done.
    Internal(Error),
}

impl From<StorageError> for TokenError {
    fn from(error: StorageError) -> Self {
        Self::Internal(error.into())
    }
}

/// The result of a token endpoint.
pub(crate) type Result<T> = std::result::Result<T, TokenError>;

/// Gives a client a token: for a code, or for itself.
#[tracing::instrument(level = "debug", skip_all)]
pub(crate) async fn issue(
    ctx: &Context,
    basic: Option<&Basic>,
    given: &Parameters,
) -> Result<Issued> {
    let client = AuthenticatedClient::find(ctx, basic, given).await?;
    match given.get("grant_type") {
        Some("authorization_code") => exchange(ctx, &client, given).await,
        Some("client_credentials") if client.by_secret => {
            issue_client_token(ctx, &client, given).await
        }
        Some("client_credentials") => Err(not_proven()),
        Some(_) => Err(TokenError::Protocol(
            ErrorCode::UnsupportedGrantType,
            "The grant types are authorization_code and client_credentials.",
        )),
        None => Err(invalid("grant_type is missing.")),
    }
}

/// Takes a token back. One that is not known needs no taking back; another client's is refused.
#[tracing::instrument(level = "debug", skip_all)]
pub(crate) async fn revoke(ctx: &Context, basic: Option<&Basic>, given: &Parameters) -> Result<()> {
    let client = AuthenticatedClient::find(ctx, basic, given).await?.client;
    let token = given.get("token").ok_or(invalid("token is missing."))?;
    let digest = Secret::new(token).digest();
    let Some(found) = ctx.storage().find_bearer_token(&digest).await? else {
        return Ok(());
    };
    if found.client != client.id {
        return Err(TokenError::Protocol(
            ErrorCode::UnauthorizedClient,
            "This token was given to another client.",
        ));
    }
    let change = Change::RemoveBearerToken(digest);
    match ctx.storage().commit(vec![change]).await {
        Ok(()) | Err(StorageError::Missing(_)) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// A client, and whether it knew its secret. A web application must; one on someone's own machine
/// can keep none, and is held to its challenge instead.
struct AuthenticatedClient {
    client: Client,
    by_secret: bool,
}

impl AuthenticatedClient {
    async fn find(ctx: &Context, basic: Option<&Basic>, given: &Parameters) -> Result<Self> {
        if given.has_unfit() {
            return Err(invalid(
                "A parameter is given more than once, or is no text.",
            ));
        }
        let in_body = given.get("client_secret").map(Secret::new);
        let named = given.get("client_id");
        let (id, secret) = match basic {
            Some(_) if in_body.is_some() => {
                return Err(invalid("The client's secret is given in two places."));
            }
            Some(basic) if named.is_some_and(|id| id != basic.id) => {
                return Err(invalid("client_id is not the client of the header."));
            }
            Some(basic) => {
                let secret = Some(&basic.secret).filter(|secret| !secret.expose().is_empty());
                (basic.id.as_str(), secret.cloned())
            }
            None => (named.ok_or_else(not_proven)?, in_body),
        };
        let client = ctx.storage().find_client(id).await?;
        let client = client.ok_or_else(not_proven)?;
        let by_secret = secret.is_some();
        let good = secret.map_or(client.kind == ClientKind::Native, |secret| {
            secret == client.secret
        });
        if good {
            Ok(Self { client, by_secret })
        } else {
            Err(not_proven())
        }
    }
}

/// Exchanges a code, once. A second time something is wrong with the first: what it gave is
/// revoked.
async fn exchange(
    ctx: &Context,
    proven: &AuthenticatedClient,
    given: &Parameters,
) -> Result<Issued> {
    let code = given.get("code").ok_or(invalid("code is missing."))?;
    let redirect_uri = given
        .get("redirect_uri")
        .ok_or(invalid("redirect_uri is missing."))?;
    let digest = Secret::new(code).digest();
    let allowed = ctx.storage().find_authorization(&digest).await?;
    let Some(allowed) = allowed.filter(|allowed| allowed.approved) else {
        return revoke_reused_code(ctx, digest).await;
    };
    let is_proven = match (&allowed.challenge, given.get("code_verifier")) {
        (Some(challenge), Some(verifier)) => pkce::proves(verifier, challenge),
        (None, None) => proven.by_secret,
        _ => false,
    };
    let fits = allowed.client == proven.client.id
        && allowed.redirect_uri == redirect_uri
        && allowed.expires >= ctx.now();
    if !is_proven || !fits {
        return Err(bad_grant());
    }
    let account = ctx.storage().find_account(&allowed.user).await?;
    account
        .as_ref()
        .map(require_active)
        .transpose()
        .map_err(|_| bad_grant())?;
    let (token, issued) = new_token(ctx, &proven.client, Some(allowed.user), allowed.scope);
    let token = BearerToken {
        code: Some(digest.clone()),
        ..token
    };
    let changes = vec![
        Change::RemoveAuthorization(digest.clone()),
        Change::PutBearerToken(token),
    ];
    match ctx.storage().commit(changes).await {
        Ok(()) => Ok(issued),
        // It was exchanged in the meantime, or the client or the account is gone.
        Err(StorageError::Missing(_)) => revoke_reused_code(ctx, digest).await,
        Err(error) => Err(error.into()),
    }
}

async fn revoke_reused_code(ctx: &Context, digest: String) -> Result<Issued> {
    ctx.storage()
        .commit(vec![Change::RevokeCode(digest)])
        .await?;
    Err(bad_grant())
}

async fn issue_client_token(
    ctx: &Context,
    proven: &AuthenticatedClient,
    given: &Parameters,
) -> Result<Issued> {
    let scope =
        Scope::parse_list(given.get("scope").unwrap_or_default()).ok_or(TokenError::Protocol(
            ErrorCode::InvalidScope,
            "The scopes are read, writeown and writeall, with blanks between them.",
        ))?;
    let (token, issued) = new_token(ctx, &proven.client, None, scope);
    match ctx
        .storage()
        .commit(vec![Change::PutBearerToken(token)])
        .await
    {
        Ok(()) => Ok(issued),
        Err(StorageError::Missing(_)) => Err(not_proven()),
        Err(error) => Err(error.into()),
    }
}

/// A token, as it is kept and as the client is told it.
fn new_token(
    ctx: &Context,
    client: &Client,
    user: Option<Nickname>,
    scope: Scope,
) -> (BearerToken, Issued) {
    let lifetime = user.is_none().then_some(CLIENT_TOKEN_LIFETIME_SECONDS);
    let token = Secret::new(ctx.app().entropy().token::<32>());
    let kept = BearerToken {
        digest: token.digest(),
        client: client.id.clone(),
        user,
        scope,
        code: None,
        created: ctx.now(),
        expires: lifetime.map(|seconds| ctx.now() + TimeDelta::seconds(seconds)),
    };
    let issued = Issued {
        token,
        scope,
        lifetime,
    };
    (kept, issued)
}

fn invalid(sentence: &'static str) -> TokenError {
    TokenError::Protocol(ErrorCode::InvalidRequest, sentence)
}

fn not_proven() -> TokenError {
    TokenError::Protocol(
        ErrorCode::InvalidClient,
        "The client is not known here, or its secret is missing or wrong.",
    )
}

fn bad_grant() -> TokenError {
    TokenError::Protocol(
        ErrorCode::InvalidGrant,
        "The code is unknown, expired or used, or redirect_uri or code_verifier do not belong to it.",
    )
}
