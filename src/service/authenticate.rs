//! Authentication of requests: OAuth 1.0a signatures (RFC 5849 section 3.2, pump-api 4.2) and
//! bearer tokens (RFC 6750).

use std::sync::Arc;

use chrono::{SubsecRound, TimeDelta};
use tracing::{Instrument, Span, debug_span};

use super::access::{require_active, require_heard};
use crate::{
    App, Context,
    app::CachedBearerToken,
    context::Caller,
    federation::check_host,
    model::{Client, ClientIdentity, Nonce, Scope, Secret},
    protocol::oauth1::{Malformed, Method, Request, Signed},
    service::{Error, Result},
    storage::Change,
};

/// The client that signed a request with its own secret only. A token is not looked up, if there is
/// one.
pub(crate) async fn client(app: &App, request: &Request<'_>) -> Result<Caller> {
    let signed = request.signed()?;
    let client = client_of(app, request, &signed);
    client.instrument(span()).await
}

/// The client that signed a request with an access token, and the account it acts for.
pub(crate) async fn user(app: &App, request: &Request<'_>) -> Result<Caller> {
    let signed = request.signed()?;
    user_of(app, request, &signed).instrument(span()).await
}

/// Authenticates the signer of a read: [`user`] if it has a token, else [`client`]. 403 for that of
/// a suspended person of another server.
pub(crate) async fn either(app: &App, request: &Request<'_>) -> Result<Caller> {
    let signed = request.signed()?;
    if signed.token.is_some() {
        user_of(app, request, &signed).instrument(span()).await
    } else {
        let client = client_of(app, request, &signed);
        let caller = client.instrument(span()).await?;
        if let Caller::Client(client) = &caller {
            may_read(app, client).await?;
        }
        Ok(caller)
    }
}

fn span() -> Span {
    debug_span!("authenticate")
}

async fn client_of(app: &App, request: &Request<'_>, signed: &Signed<'_>) -> Result<Caller> {
    let (method, key) = required_parameters(signed)?;
    let client = find_client(app, key).await?;
    let proof = Verifier {
        client: &client,
        token: None,
    };
    proof.check(app, request, signed, method).await?;
    ensure_welcome(app, &client).await?;
    note_use(app, &client).await;
    Ok(Caller::Client(client))
}

async fn user_of(app: &App, request: &Request<'_>, signed: &Signed<'_>) -> Result<Caller> {
    let (method, key) = required_parameters(signed)?;
    let token = signed.token.as_deref().ok_or_else(missing_parameter)?;
    let holder = app
        .credential_cache()
        .access_token(token)
        .await?
        .ok_or_else(account_gone)?;
    if holder.client.id != key {
        return Err(used_nonce());
    }
    let proof = Verifier {
        client: &holder.client,
        token: Some((&holder.token, &holder.secret)),
    };
    proof.check(app, request, signed, method).await?;
    ensure_welcome(app, &holder.client).await?;
    require_active(&holder.account)?;
    Ok(Caller::User {
        client: Arc::clone(&holder.client),
        account: Arc::clone(&holder.account),
        token: Arc::clone(&holder.token),
    })
}

/// Returns the caller and scope of a bearer token; `None` if it is unknown, expired or revoked.
pub(crate) async fn bearer(app: &App, token: &Secret) -> Result<Option<(Caller, Scope)>> {
    let digest = token.digest();
    let holder = find_valid_bearer(app, &digest).instrument(span());
    let Some(holder) = holder.await? else {
        return Ok(None);
    };
    let client = Arc::clone(&holder.client);
    ensure_welcome(app, &client).await?;
    let caller = match &holder.account {
        None => Caller::Client(client),
        Some(account) => {
            require_active(account)?;
            Caller::User {
                client,
                account: Arc::clone(account),
                token: Arc::clone(&holder.digest),
            }
        }
    };
    Ok(Some((caller, holder.scope)))
}

/// The holder of the bearer token with a digest, if it is not expired.
async fn find_valid_bearer(app: &App, digest: &str) -> Result<Option<Arc<CachedBearerToken>>> {
    let found = app.credential_cache().bearer_token(digest).await?;
    let now = app.clock().now();
    Ok(found.filter(|holder| holder.expires.is_none_or(|expires| expires >= now)))
}

/// Whether whoever asked, some time ago, would still be let in: the client is there, and so are the
/// account and the token that was used. Its host is not refused, and its person not suspended.
pub(crate) async fn still_authorized(ctx: &Context) -> Result<()> {
    let Some(client) = ctx.client() else {
        return match ctx.caller() {
            Caller::HostUser(account) => require_heard(ctx.app(), &account.person).await,
            _ => Ok(()),
        };
    };
    ensure_welcome(ctx.app(), client).await?;
    may_read(ctx.app(), client).await?;
    let (Some(account), Some(token)) = (ctx.account(), ctx.token()) else {
        return find_client(ctx.app(), &client.id).await.map(drop);
    };
    // A holder is only one whose client and account are there too.
    let holder = if let Some(holder) = ctx.app().credential_cache().access_token(token).await? {
        Some(Arc::clone(&holder.account))
    } else {
        let bearing = find_valid_bearer(ctx.app(), token).await?;
        bearing.and_then(|holder| holder.account.clone())
    };
    let holder = holder.filter(|holder| holder.person == account.person);
    require_active(&*holder.ok_or_else(account_gone)?)
}

/// With what a request must be signed.
pub(super) struct Verifier<'a> {
    pub(super) client: &'a Client,
    pub(super) token: Option<(&'a str, &'a Secret)>,
}

impl Verifier<'_> {
    /// Checks the signature, then the time, then that it was not seen before.
    async fn check(
        &self,
        app: &App,
        request: &Request<'_>,
        signed: &Signed<'_>,
        method: Method,
    ) -> Result<()> {
        self.check_signature(app, request, signed, method)
            .map_err(Error::bad_request)?;
        check_replay(app, self, signed, method).await
    }

    /// Checks the signature alone; a failure is a sentence for the client.
    pub(super) fn check_signature(
        &self,
        app: &App,
        request: &Request<'_>,
        signed: &Signed<'_>,
        method: Method,
    ) -> Result<(), &'static str> {
        let oauth = &app.settings().oauth;
        if method == Method::Plaintext && !request.secure && !oauth.plaintext_without_tls {
            return Err("Invalid Signature Method: PLAINTEXT is for https only");
        }
        let token_secret = self.token.map(|(_, secret)| secret.expose());
        if signed.verify(method, self.client.secret.expose(), token_secret) {
            Ok(())
        } else {
            Err("Invalid signature")
        }
    }
}

/// The parameters that every signed request has.
pub(super) fn required_parameters<'a>(signed: &'a Signed<'_>) -> Result<(Method, &'a str)> {
    let key = signed.consumer_key.as_deref();
    let (Some(key), Some(name), Some(_)) = (key, &signed.signature_method, &signed.signature)
    else {
        return Err(missing_parameter());
    };
    let method =
        Method::parse(name).ok_or_else(|| Error::bad_request("Invalid Signature Method"))?;
    // Plaintext needs neither (RFC 5849 section 3.1): it is repeatable by its nature.
    let timeless = signed.timestamp.is_none() && signed.nonce.is_none();
    let timely = signed.timestamp.is_some() && signed.nonce.is_some();
    if timely || (timeless && method == Method::Plaintext) {
        Ok((method, key))
    } else {
        Err(missing_parameter())
    }
}

/// Refuses what was signed at another time, or was seen before. To be asked once the signature is
/// known to be good, so that nobody can use up another's nonces.
pub(super) async fn check_replay(
    app: &App,
    proof: &Verifier<'_>,
    signed: &Signed<'_>,
    method: Method,
) -> Result<()> {
    let (Some(timestamp), Some(nonce)) = (&signed.timestamp, &signed.nonce) else {
        debug_assert_eq!(method, Method::Plaintext);
        return Ok(());
    };
    let timestamp: i64 = timestamp
        .parse()
        .map_err(|_| Error::bad_request("Invalid timestamp"))?;
    if nonce.is_empty() || nonce.len() > MAX_NONCE_BYTES {
        return Err(Error::bad_request("Invalid nonce"));
    }
    let now = app.clock().now().timestamp();
    if now.abs_diff(timestamp) > app.settings().oauth.timestamp_window.unsigned_abs() {
        return Err(Error::unauthorized(format!(
            "Invalid timestamp: it is {now} here"
        )));
    }
    let nonce = Nonce {
        client: &proof.client.id,
        token: proof.token.map_or("", |(token, _)| token),
        timestamp,
        nonce,
    };
    if app.storage().use_nonce(&nonce).await? {
        Ok(())
    } else {
        Err(used_nonce())
    }
}

const MAX_NONCE_BYTES: usize = 256;

async fn find_client(app: &App, key: &str) -> Result<Arc<Client>> {
    app.credential_cache()
        .client(key)
        .await?
        .ok_or_else(used_nonce)
}

/// Refuses the client of another server that this one has nothing to do with any more: 403.
async fn ensure_welcome(app: &App, client: &Client) -> Result<()> {
    match client.identity.as_ref().and_then(ClientIdentity::host) {
        Some(host) => Ok(check_host(app, &host).await?),
        None => Ok(()),
    }
}

/// Refuses reads of a suspended person of another server: 403.
async fn may_read(app: &App, client: &Client) -> Result<()> {
    match client.person() {
        Some(person) => require_heard(app, person).await,
        None => Ok(()),
    }
}

/// Notes, once a day, that the client of another server is used, so that it is not forgotten.
async fn note_use(app: &App, client: &Client) {
    let now = app.clock().now().trunc_subsecs(0);
    let is_due = |since| now - since > TimeDelta::days(1);
    if client.identity.is_none() || !client.unused_since.is_some_and(is_due) {
        return;
    }
    let id = client.id.clone();
    let noted = app
        .storage()
        .commit(vec![Change::UseClient { id, at: now }])
        .await;
    if let Err(error) = noted {
        tracing::warn!(%error, client = client.id, "could not note the use of a client");
    }
}

fn account_gone() -> Error {
    Error::bad_request("Invalid / expired Token")
}

pub(super) fn missing_parameter() -> Error {
    Error::bad_request("Missing required parameter")
}

/// The error that clients and peers expect for a used nonce; unknown credentials give the same.
fn used_nonce() -> Error {
    Error::unauthorized("Invalid / used nonce")
}

impl From<Malformed> for Error {
    fn from(error: Malformed) -> Self {
        Self::bad_request(error.to_string())
    }
}
