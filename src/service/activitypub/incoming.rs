//! Activities that come signed by their actors.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::{
    effects, groups, moves,
    take::{Inbox, caller, read, take},
};
use crate::{
    Context,
    federation::{FetchBudget, check_host},
    model::{RemoteAccount, host_of_id},
    protocol::{
        as2::incoming::{self as as2, Incoming},
        http_signature::Claim,
    },
    service::{
        Error, ErrorKind, Result, access, lookup, relations,
        remote::{self, actor_of_key},
        reports::{self, ReceivedReport},
    },
};

/// Maximum requests to other servers for the key of an activity.
const MAX_REQUESTS: u32 = 3;

/// Returns a context in which the actor who signed an activity is the caller. `None` for one that
/// need not be looked at.
///
/// Errors: 401 for a signature that is not the actor's, 403 for one of a refused host, 503 if the
/// key can't be had now.
#[tracing::instrument(level = "debug", skip_all)]
pub(crate) async fn authenticate(
    ctx: &Context,
    claim: Claim,
    activity: &Map<String, Value>,
) -> Result<Option<Context>> {
    let url = welcome_actor(ctx, &claim).await?;
    let known = ctx.storage().find_actors(&[&url]).await?.pop().flatten();
    if known.is_none() && as2::deletes_own_actor(activity) {
        // Deleted accounts are announced everywhere, also where nobody knew them.
        return Ok(None);
    }
    let actor = authenticated(ctx, known, &url, Arc::new(claim)).await?;
    access::require_heard(ctx.app(), &actor.id).await?;
    if as2::named_actors(activity).first() != Some(&&*url) {
        tracing::debug!(url, "activity was signed by another actor");
        return Ok(None);
    }
    Ok(Some(ctx.with_caller(caller(ctx, &actor))))
}

/// Takes an activity of the caller, an actor of `ActivityPub`. One that concerns nobody here is
/// passed over, and one of an unknown kind.
///
/// Errors: 404 and 410 for an inbox that is not there.
#[tracing::instrument(level = "debug", skip_all)]
pub(crate) async fn receive(
    ctx: &Context,
    inbox: Inbox,
    activity: Map<String, Value>,
) -> Result<()> {
    if let Inbox::Person(nickname) = &inbox {
        lookup::account(ctx, nickname).await?;
    }
    let actor = ctx.client().and_then(|client| client.person());
    let actor = actor.ok_or_else(|| Error::unauthorized("Authentication required"))?;
    match read(ctx, &activity).await? {
        Incoming::Activity(mut done) => {
            effects::renew(ctx, actor, &mut done).await?;
            if done.get("verb").is_some_and(|verb| verb == "share") {
                groups::share(ctx, inbox, actor, (done, activity)).await
            } else {
                take(ctx, inbox, actor, done).await
            }
        }
        Incoming::PassedOn(passed) => groups::take_passed_on(ctx, inbox, actor, passed).await,
        Incoming::Undo(undo) => match effects::taken_back(ctx, undo).await? {
            Some(activity) => take(ctx, inbox, actor, activity).await,
            None => Ok(()),
        },
        Incoming::FollowAnswer(answer) => effects::answered(ctx, actor, answer).await,
        Incoming::Block { blocked, .. } => relations::part(ctx, actor, &blocked).await,
        Incoming::Move { target, .. } => moves::receive(ctx, actor, &target).await,
        Incoming::Flag { about, reason, .. } => {
            let host = host_of_id(actor).unwrap_or_default();
            let report = ReceivedReport {
                host: &host,
                id: activity.get("id").and_then(Value::as_str),
                about: &about,
                words: &reason,
            };
            reports::take(ctx, report).await
        }
        Incoming::Ignored(reason) => {
            tracing::debug!(reason, "activity has no effect here");
            Ok(())
        }
    }
}

/// Returns the URL of the actor who claims to have signed. Errors: 401 for one who is of no other
/// server, 403 for one of a refused host.
pub(super) async fn welcome_actor(ctx: &Context, claim: &Claim) -> Result<String> {
    let url = actor_of_key(claim.key_id());
    let host = host_of_id(url).filter(|host| !ctx.urls().is_own_host(host));
    let host = host.ok_or_else(|| Error::unauthorized("The key is of no other server."))?;
    check_host(ctx.app(), &host).await?;
    Ok(url.to_owned())
}

/// Returns the actor whose key made a signature. A key that it does not fit is fetched anew, once
/// within a minute.
pub(super) async fn authenticated(
    ctx: &Context,
    known: Option<RemoteAccount>,
    url: &str,
    claim: Arc<Claim>,
) -> Result<RemoteAccount> {
    if let Some(known) = known.filter(RemoteAccount::has_keys) {
        if is_signed_by(&claim, &known).await? {
            return Ok(known);
        }
        if !remote::is_key_old(ctx, &known) {
            return Err(unauthorized());
        }
    }
    // Nobody can keep an actor from being heard by signing in their name.
    let budget = FetchBudget::of_claim(MAX_REQUESTS);
    let actor = remote::fetch_actor(ctx, url, &budget).await;
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
    if !is_signed_by(&claim, &actor.account).await? {
        return Err(unauthorized());
    }
    remote::store_actor(ctx, actor).await
}

fn unauthorized() -> Error {
    Error::unauthorized("The signature does not match the request and the actor's key.")
}

async fn is_signed_by(claim: &Arc<Claim>, actor: &RemoteAccount) -> Result<bool> {
    let verified = if let Some(key) = actor.multikey(claim.key_id()) {
        // So quick that it is done here.
        claim.verify_ed25519(key)
    } else {
        let claim = Arc::clone(claim);
        let key = actor.public_key.clone().unwrap_or_default();
        let verified = tokio::task::spawn_blocking(move || claim.verify(&key)).await;
        verified.map_err(Error::internal)?
    };
    if let Err(error) = &verified {
        tracing::debug!(actor = actor.id, %error, "signature is not accepted");
    }
    Ok(verified.is_ok())
}
