//! Who signed a request (RFC 5849 section 3.2, pump-api 4.2), or holds a bearer token (RFC 6750).

use crate::{
    App, Context,
    context::Caller,
    model::{BearerToken, Client, Nonce, Scope, Secret},
    protocol::oauth1::{Malformed, Method, Request, Signed},
    service::{Error, Result},
};

/// The client that signed a request with its own secret only. A token is not looked up, if there is one.
pub async fn client(app: &App, request: &Request<'_>) -> Result<Caller> {
    let signed = request.signed()?;
    let (method, key) = basics(&signed)?;
    let client = find_client(app, key).await?;
    let proof = Proof {
        client: &client,
        token: None,
    };
    proof.check(app, request, &signed, method).await?;
    Ok(Caller::Client(Box::new(client)))
}

/// The client that signed a request with an access token, and the account it acts for.
pub async fn user(app: &App, request: &Request<'_>) -> Result<Caller> {
    let signed = request.signed()?;
    let (method, key) = basics(&signed)?;
    let token = signed.token.as_deref().ok_or_else(missing_parameter)?;
    let token = app
        .storage()
        .find_access_token(token)
        .await?
        .ok_or_else(|| Error::bad_request("Invalid / expired Token"))?;
    let client = find_client(app, key).await?;
    if token.client != client.id {
        return Err(used_nonce());
    }
    let proof = Proof {
        client: &client,
        token: Some((&token.token, &token.secret)),
    };
    proof.check(app, request, &signed, method).await?;
    let account = app
        .storage()
        .find_account(&token.user)
        .await?
        .ok_or_else(|| Error::bad_request("Invalid / expired Token"))?;
    Ok(Caller::User {
        client: Box::new(client),
        account: Box::new(account),
        token: token.token,
    })
}

/// Whom a bearer token was given to, and how much it allows; `None` if it is unknown, expired or revoked.
pub async fn bearer(app: &App, token: &Secret) -> Result<Option<(Caller, Scope)>> {
    let storage = app.storage();
    let Some(token) = good_bearer(app, &token.digest()).await? else {
        return Ok(None);
    };
    let Some(client) = storage.find_client(&token.client).await? else {
        return Ok(None);
    };
    let client = Box::new(client);
    let caller = match &token.user {
        None => Caller::Client(client),
        Some(user) => match storage.find_account(user).await? {
            None => return Ok(None),
            Some(account) => Caller::User {
                client,
                account: Box::new(account),
                token: token.digest,
            },
        },
    };
    Ok(Some((caller, token.scope)))
}

/// The bearer token with a digest, if it is not expired.
async fn good_bearer(app: &App, digest: &str) -> Result<Option<BearerToken>> {
    let found = app.storage().find_bearer_token(digest).await?;
    let now = app.clock().now();
    Ok(found.filter(|token| token.expires.is_none_or(|expires| expires >= now)))
}

/// Whoever signed a request: [`user`] if it has a token, else [`client`].
pub async fn either(app: &App, request: &Request<'_>) -> Result<Caller> {
    if request.signed()?.token.is_some() {
        user(app, request).await
    } else {
        client(app, request).await
    }
}

/// Whether whoever asked, some time ago, would still be let in: the client is there, and so are the
/// account and the token that was used.
pub async fn still(ctx: &Context) -> Result<()> {
    let gone = || Error::bad_request("Invalid / expired Token");
    if let Some(client) = ctx.client() {
        find_client(ctx.app(), &client.id).await?;
        if let Some(account) = ctx.account() {
            let token = ctx.token().ok_or_else(gone)?;
            let is_signing = ctx.storage().find_access_token(token).await?.is_some();
            if !is_signing && good_bearer(ctx.app(), token).await?.is_none() {
                return Err(gone());
            }
            let found = ctx.storage().find_account(&account.nickname).await?;
            found
                .filter(|found| found.person == account.person)
                .ok_or_else(gone)?;
        }
    }
    Ok(())
}

/// With what a request must be signed.
pub(super) struct Proof<'a> {
    pub(super) client: &'a Client,
    pub(super) token: Option<(&'a str, &'a Secret)>,
}

impl Proof<'_> {
    /// Checks the signature, then the time, then that it was not seen before.
    async fn check(
        &self,
        app: &App,
        request: &Request<'_>,
        signed: &Signed,
        method: Method,
    ) -> Result<()> {
        self.check_signature(app, request, signed, method)
            .map_err(Error::bad_request)?;
        fresh(app, self, signed, method).await
    }

    /// Checks the signature alone; a failure is a sentence for the client.
    pub(super) fn check_signature(
        &self,
        app: &App,
        request: &Request<'_>,
        signed: &Signed,
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
pub(super) fn basics(signed: &Signed) -> Result<(Method, &str)> {
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

/// Refuses what was signed at another time, or was seen before. To be asked once the signature is known
/// to be good, so that nobody can use up another's nonces.
pub(super) async fn fresh(
    app: &App,
    proof: &Proof<'_>,
    signed: &Signed,
    method: Method,
) -> Result<()> {
    let (Some(timestamp), Some(nonce)) = (&signed.timestamp, &signed.nonce) else {
        debug_assert_eq!(method, Method::Plaintext);
        return Ok(());
    };
    let timestamp: i64 = timestamp
        .parse()
        .map_err(|_| Error::bad_request("Invalid timestamp"))?;
    if nonce.len() > LONGEST_NONCE {
        return Err(Error::bad_request("Invalid nonce"));
    }
    let now = app.clock().now().timestamp();
    if now.abs_diff(timestamp) > app.settings().oauth.timestamp_window.unsigned_abs() {
        return Err(Error::unauthorized(format!(
            "Invalid timestamp: it is {now} here"
        )));
    }
    let nonce = Nonce {
        client: proof.client.id.clone(),
        token: proof
            .token
            .map(|(token, _)| token.to_owned())
            .unwrap_or_default(),
        timestamp,
        nonce: nonce.clone(),
    };
    if app.storage().use_nonce(&nonce).await? {
        Ok(())
    } else {
        Err(used_nonce())
    }
}

const LONGEST_NONCE: usize = 256;

async fn find_client(app: &App, key: &str) -> Result<Client> {
    app.storage().find_client(key).await?.ok_or_else(used_nonce)
}

pub(super) fn missing_parameter() -> Error {
    Error::bad_request("Missing required parameter")
}

/// What clients and peers expect to hear when their credentials are not known here, too.
fn used_nonce() -> Error {
    Error::unauthorized("Invalid / used nonce")
}

impl From<Malformed> for Error {
    fn from(error: Malformed) -> Self {
        Self::bad_request(error.to_string())
    }
}
