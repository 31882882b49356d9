//! The way from a client to its access token: request token, consent, exchange (RFC 5849 section 2,
//! pump-api 4.3 to 4.5).

use chrono::TimeDelta;
use url::Url;

use super::{
    Error, ErrorKind, Result,
    access::require_active,
    authenticate::{Verifier, check_replay, missing_parameter, required_parameters},
};
use crate::{
    Context,
    model::{AccessToken, Account, Client, Nickname, RequestToken, Secret},
    protocol::{dialback, oauth1::Request},
    storage::{Change, Expect, StorageError},
};

/// The callback of clients that have nowhere to be called back.
pub(crate) const OUT_OF_BAND: &str = "oob";

/// The most bytes of a callback, which is kept with its request token.
const MAX_CALLBACK_BYTES: usize = 2048;

/// Schemes that make a browser run or show something instead of calling an application.
const FORBIDDEN_SCHEMES: &[&str] = &[
    "about",
    "blob",
    "chrome",
    "data",
    "file",
    "filesystem",
    "javascript",
    "jar",
    "vbscript",
    "view-source",
];

/// An authorization that a person is asked for.
#[derive(Clone, Debug)]
pub(crate) struct PendingAuthorization {
    /// The token to be allowed.
    pub token: RequestToken,
    /// The client that wants it.
    pub client: Client,
}

/// Someone who signed in and is to be asked.
#[derive(Clone, Debug)]
pub(crate) struct RequestTokenConsent {
    /// The pending authorization.
    pub pending: PendingAuthorization,
    /// The account.
    pub account: Account,
    /// Secret that proves that the person was asked.
    pub verifier: Secret,
}

/// Gives a client that signed for it a request token.
#[tracing::instrument(level = "debug", skip_all)]
pub(crate) async fn request_token(ctx: &Context, request: &Request<'_>) -> Result<RequestToken> {
    let signed = request.signed()?;
    let (method, key) = required_parameters(&signed)?;
    let callback = signed.callback.as_deref().ok_or_else(missing_parameter)?;
    let client = find_client(ctx, key).await?;
    let proof = Verifier {
        client: &client,
        token: None,
    };
    proof
        .check_signature(ctx.app(), request, &signed, method)
        .map_err(Error::unauthorized)?;
    check_replay(ctx.app(), &proof, &signed, method).await?;
    let token = RequestToken {
        token: ctx.app().entropy().token::<16>(),
        secret: Secret::new(ctx.app().entropy().token::<32>()),
        callback: parse_callback(callback)?,
        client: client.id,
        user: None,
        verifier: None,
        approved: false,
        expires: ctx.now() + TimeDelta::seconds(ctx.app().settings().oauth.request_token_lifetime),
    };
    put(ctx, token.clone(), Expect::Absent).await?;
    Ok(token)
}

/// Returns the pending authorization of a request token. 400 if it is unknown, expired, or
/// answered.
#[tracing::instrument(level = "debug", skip_all)]
pub(crate) async fn pending(ctx: &Context, token: &str) -> Result<PendingAuthorization> {
    let pending = find_pending(ctx, token).await?;
    if pending.token.approved {
        return Err(expired_token());
    }
    Ok(pending)
}

/// Begins to ask someone who has signed in. An earlier sign-in for the token is replaced.
#[tracing::instrument(level = "debug", skip_all)]
pub(crate) async fn ask(
    ctx: &Context,
    token: &str,
    account: Account,
) -> Result<RequestTokenConsent> {
    let mut pending = pending(ctx, token).await?;
    let verifier = Secret::new(ctx.app().entropy().token::<16>());
    pending.token.user = Some(account.nickname.clone());
    pending.token.verifier = Some(digest(verifier.expose()));
    put(ctx, pending.token.clone(), Expect::Present).await?;
    Ok(RequestTokenConsent {
        pending,
        account,
        verifier,
    })
}

/// Allows a token; the verifier proves that its person was asked. To allow it again changes
/// nothing.
#[tracing::instrument(level = "debug", skip_all)]
pub(crate) async fn approve(ctx: &Context, token: &str, verifier: &str) -> Result<RequestToken> {
    let mut token = find_asked_token(ctx, token, verifier).await?;
    if !token.approved {
        token.approved = true;
        put(ctx, token.clone(), Expect::Present).await?;
    }
    Ok(token)
}

/// Denies a token, which is then worth nothing; the verifier proves that its person was asked.
#[tracing::instrument(level = "debug", skip_all)]
pub(crate) async fn deny(ctx: &Context, token: &str, verifier: &str) -> Result<RequestToken> {
    let token = find_asked_token(ctx, token, verifier).await?;
    let change = Change::RemoveRequestToken(token.token.clone());
    match ctx.storage().commit(vec![change]).await {
        Ok(()) => Ok(token),
        Err(StorageError::Missing(_)) => Err(expired_token()),
        Err(error) => Err(error.into()),
    }
}

/// Exchanges an allowed request token, once, for an access token: the one that this client has for
/// this person already, or a new one.
#[tracing::instrument(level = "debug", skip_all)]
pub(crate) async fn access_token(ctx: &Context, request: &Request<'_>) -> Result<AccessToken> {
    let signed = request.signed()?;
    let (method, key) = required_parameters(&signed)?;
    let (Some(name), Some(verifier)) = (&signed.token, &signed.verifier) else {
        return Err(missing_parameter());
    };
    let client = find_client(ctx, key).await?;
    let token = ctx
        .storage()
        .find_request_token(name)
        .await?
        .filter(|token| token.client == client.id)
        .ok_or_else(|| Error::bad_request(EXPIRED_TOKEN_MESSAGE))?;
    let proof = Verifier {
        client: &client,
        token: Some((&token.token, &token.secret)),
    };
    proof
        .check_signature(ctx.app(), request, &signed, method)
        .map_err(Error::unauthorized)?;
    check_replay(ctx.app(), &proof, &signed, method).await?;
    let proven = token.verifier.as_ref() == Some(&digest(verifier));
    if !token.approved || !proven || token.expires < ctx.now() {
        return Err(Error::unauthorized(EXPIRED_TOKEN_MESSAGE));
    }
    exchange(ctx, token).await
}

/// Forgets nonces and request tokens that are too old to matter. To be called now and then.
///
/// Twice the window is kept: a nonce is needed while its timestamp may still come in, by the clock
/// of any node.
pub(crate) async fn delete_expired(ctx: &Context) -> Result<()> {
    let window = ctx.app().settings().oauth.timestamp_window;
    let window = window.max(dialback::DATE_WINDOW.num_seconds());
    let oldest = ctx.now().timestamp() - 2 * window;
    Ok(ctx.storage().delete_expired(oldest).await?)
}

const EXPIRED_TOKEN_MESSAGE: &str = "Invalid / expired Token";

async fn exchange(ctx: &Context, token: RequestToken) -> Result<AccessToken> {
    let Some(user) = token.user else {
        return Err(Error::unauthorized(EXPIRED_TOKEN_MESSAGE));
    };
    let account = ctx.storage().find_account(&user).await?;
    account.as_ref().map(require_active).transpose()?;
    // One after another, so that two exchanges for one person find the same token.
    let _turn = ctx.app().token_issue_lock().lock().await;
    let known = ctx
        .storage()
        .find_access_token_for(&token.client, &user)
        .await?;
    let mut changes = vec![Change::RemoveRequestToken(token.token)];
    let granted = if let Some(known) = known {
        known
    } else {
        let new = new_access_token(ctx, token.client, user);
        changes.push(Change::PutAccessToken(new.clone()));
        new
    };
    match ctx.storage().commit(changes).await {
        Ok(()) => Ok(granted),
        // It was exchanged in the meantime, or the client or the account is gone.
        Err(StorageError::Missing(_)) => Err(Error::unauthorized(EXPIRED_TOKEN_MESSAGE)),
        Err(error) => Err(error.into()),
    }
}

/// A new access token for a client to act for a person, which is yet to be stored.
pub(super) fn new_access_token(ctx: &Context, client: String, user: Nickname) -> AccessToken {
    AccessToken {
        token: ctx.app().entropy().token::<16>(),
        secret: Secret::new(ctx.app().entropy().token::<32>()),
        client,
        user,
        created: ctx.now(),
    }
}

/// The token that a person was asked about and shown this verifier for.
async fn find_asked_token(ctx: &Context, token: &str, verifier: &str) -> Result<RequestToken> {
    let token = find_pending(ctx, token).await?.token;
    if token.verifier.as_ref() == Some(&digest(verifier)) {
        Ok(token)
    } else {
        Err(Error::bad_request(
            "This answer does not belong to the question. Go back to the application and start again.",
        ))
    }
}

async fn find_pending(ctx: &Context, token: &str) -> Result<PendingAuthorization> {
    // No token has a NUL, and not every store could look for one.
    if token.contains('\0') {
        return Err(expired_token());
    }
    let token = ctx.storage().find_request_token(token).await?;
    let token = token
        .filter(|token| token.expires >= ctx.now())
        .ok_or_else(expired_token)?;
    let client = ctx.storage().find_client(&token.client).await?;
    let client = client.ok_or_else(expired_token)?;
    Ok(PendingAuthorization { token, client })
}

async fn find_client(ctx: &Context, key: &str) -> Result<Client> {
    ctx.storage()
        .find_client(key)
        .await?
        .ok_or_else(|| Error::bad_request("Invalid Consumer Key"))
}

async fn put(ctx: &Context, token: RequestToken, expect: Expect) -> Result<()> {
    let change = Change::PutRequestToken { token, expect };
    match ctx.storage().commit(vec![change]).await {
        Err(StorageError::Missing(_)) => Err(expired_token()),
        result => Ok(result?),
    }
}

fn expired_token() -> Error {
    Error::new(
        ErrorKind::BadRequest,
        "This request for access is not known here, has expired, or was answered already. \
         Go back to the application and start again.",
    )
    .phrased("failure-request")
}

/// SHA-256 of a secret that is random enough to be found by it, in hexadecimal.
pub(super) fn digest(verifier: &str) -> Secret {
    Secret::new(Secret::new(verifier).digest())
}

/// Reads an `oauth_callback`: [`OUT_OF_BAND`], or an absolute URL of the web or of an application's
/// own scheme.
fn parse_callback(text: &str) -> Result<String> {
    if text == OUT_OF_BAND {
        return Ok(text.into());
    }
    if text.len() > MAX_CALLBACK_BYTES {
        return Err(Error::bad_request("Invalid callback: it is too long"));
    }
    match Url::parse(text) {
        Ok(url) if !FORBIDDEN_SCHEMES.contains(&url.scheme()) => Ok(url.into()),
        _ => Err(Error::bad_request(
            "Invalid callback: it must be 'oob' or an absolute URL",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_callback_is_oob_or_a_url_that_a_browser_only_follows() {
        for good in [
            "oob",
            "http://app.example/cb?x=1",
            "https://app.example/",
            "myapp://cb",
            "org.app:/cb",
        ] {
            assert_eq!(parse_callback(good).unwrap(), good);
        }
        for bad in [
            "",
            "OOB",
            "app.example/cb",
            "/cb",
            "javascript:alert(1)",
            " JavaScript:x",
            "data:,x",
            "file:///x",
            &format!("https://app.example/{}", "x".repeat(MAX_CALLBACK_BYTES)),
        ] {
            assert!(parse_callback(bad).is_err(), "{bad}");
        }
    }
}
