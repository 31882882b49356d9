//! Keys of actors, and what is signed with them.

use std::sync::Arc;

use crate::{
    Context,
    federation::{FetchBudget, check_host},
    model::{ClientIdentity, RemoteAccount, host_of_id},
    protocol::{http_signature::Claim, integrity::ProofClaim},
    service::{
        Error, ErrorKind, Result,
        remote::{self, actor_of_key},
    },
};

/// Maximum requests to other servers for the key of an activity.
const MAX_REQUESTS: u32 = 3;

/// Evidence that somebody is an actor.
#[derive(Clone, Debug)]
pub(super) enum Evidence {
    /// The signature of a request.
    Request(Arc<Claim>),
    /// The proof in an activity.
    Proof(Arc<ProofClaim>),
}

impl Evidence {
    /// The evidence of a request.
    pub(super) fn of(claim: Claim) -> Self {
        Self::Request(Arc::new(claim))
    }

    /// The id of the key.
    pub(super) fn key_id(&self) -> &str {
        match self {
            Self::Request(claim) => claim.key_id(),
            Self::Proof(claim) => claim.key_id(),
        }
    }

    /// The budget of fetches for the key. Nobody can keep an actor from being heard by signing
    /// requests in their name.
    fn budget(&self, ctx: &Context) -> FetchBudget {
        match self {
            Self::Request(_) => FetchBudget::of_claim(MAX_REQUESTS),
            Self::Proof(_) => {
                let deliverer = ctx.client().and_then(|client| client.identity.as_ref());
                let deliverer = deliverer.and_then(ClientIdentity::host);
                FetchBudget::new(MAX_REQUESTS).caused_by(deliverer)
            }
        }
    }

    /// Whether it was made with a key of an actor. The RSA key counts whatever its id.
    async fn is_by(&self, actor: &RemoteAccount) -> Result<bool> {
        let multikey = actor.multikey(self.key_id());
        let verified = match (self, multikey) {
            (Self::Proof(claim), key) => return Ok(key.is_some_and(|key| claim.is_by(key))),
            (Self::Request(claim), Some(key)) => claim.verify_ed25519(key),
            (Self::Request(claim), None) => {
                let claim = Arc::clone(claim);
                let key = actor.public_key.clone().unwrap_or_default();
                let verified = tokio::task::spawn_blocking(move || claim.verify(&key)).await;
                verified.map_err(Error::internal)?
            }
        };
        if let Err(error) = &verified {
            tracing::debug!(actor = actor.id, %error, "signature is not accepted");
        }
        Ok(verified.is_ok())
    }
}

/// Returns the URL of the actor whose key made something. Errors: 401 for one who is of no other
/// server, 403 for one of a refused host.
pub(super) async fn welcome_actor(ctx: &Context, evidence: &Evidence) -> Result<String> {
    let url = actor_of_key(evidence.key_id());
    let host = host_of_id(url).filter(|host| !ctx.urls().is_own_host(host));
    let host = host.ok_or_else(|| Error::unauthorized("The key is of no other server."))?;
    check_host(ctx.app(), &host).await?;
    Ok(url.to_owned())
}

/// Returns the actor whose key made something. A key that it does not fit is fetched anew, once
/// within a minute.
///
/// Errors: 401 if it is not the actor's, 503 if the key can't be had now.
pub(super) async fn authenticated(
    ctx: &Context,
    known: Option<RemoteAccount>,
    url: &str,
    evidence: &Evidence,
) -> Result<RemoteAccount> {
    if let Some(known) = known.filter(RemoteAccount::has_keys) {
        if evidence.is_by(&known).await? {
            return Ok(known);
        }
        if !remote::is_key_old(ctx, &known) {
            return Err(unauthorized());
        }
    }
    let actor = remote::fetch_actor(ctx, url, &evidence.budget(ctx)).await;
    let actor = actor.map_err(|error| {
        let message = format!("The key can't be fetched: {error}");
        let kind = if error.is_temporary() {
            ErrorKind::Unavailable
        } else {
            ErrorKind::Unauthorized
        };
        Error::new(kind, message)
    })?;
    let actor = actor.ok_or_else(|| Error::unauthorized("The key is of no actor."))?;
    if !evidence.is_by(&actor.account).await? {
        return Err(unauthorized());
    }
    remote::store_actor(ctx, actor).await
}

fn unauthorized() -> Error {
    Error::unauthorized("The signature does not match the request and the actor's key.")
}
