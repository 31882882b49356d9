//! Activities that come signed by their actors.

use bytes::Bytes;
use serde_json::{Map, Value};

use super::{
    effects, forwarded, groups,
    keys::{Evidence, authenticated, welcome_actor},
    moves, polls,
    take::{Authenticated, Inbox, caller, read, take},
};
use crate::{
    Context,
    model::host_of_id,
    protocol::{
        as2::incoming::{self as as2, Incoming},
        http_signature::Claim,
    },
    service::{
        Error, Result, access,
        federation::forwarding,
        lookup, objects, relations,
        reports::{self, ReceivedReport},
    },
};

/// Returns an activity with its actor as the caller. `None` for one that need not be looked at, or
/// that another actor delivers and that is not believed.
///
/// If the signature of the request is the actor's, it counts, whatever proof is in the activity.
/// FEP-8b32 says to ignore proofs that can't be verified, and peers do so with wrong ones.
///
/// Errors: 401 for a signature that is not the signer's, 403 for one of a refused host, 503 if the
/// key can't be had now.
#[tracing::instrument(level = "debug", skip_all)]
pub(crate) async fn authenticate(
    ctx: &Context,
    claim: Claim,
    activity: Map<String, Value>,
    body: Bytes,
) -> Result<Option<Authenticated>> {
    let evidence = Evidence::of(claim);
    let url = welcome_actor(ctx, &evidence).await?;
    let known = ctx.storage().find_actors(&[&url]).await?.pop().flatten();
    if known.is_none() && as2::deletes_own_actor(&activity) {
        // Deleted accounts are announced everywhere, also where nobody knew them.
        return Ok(None);
    }
    let signer = authenticated(ctx, known, &url, &evidence).await?;
    access::require_heard(ctx.app(), &signer.id).await?;
    let ctx = ctx.with_caller(caller(ctx, &signer));
    if as2::named_actors(&activity).first() != Some(&&*url) {
        tracing::debug!(url, "activity was signed by another actor");
        return forwarded::authenticate(&ctx, activity, body).await;
    }
    Ok(Some(Authenticated {
        ctx,
        activity,
        original: Some(body),
    }))
}

/// Takes an activity of an actor of `ActivityPub`. One that concerns nobody here is
/// passed over, and one of an unknown kind.
///
/// Errors: 404 and 410 for an inbox that is not there.
#[tracing::instrument(level = "debug", skip_all)]
pub(crate) async fn receive(inbox: Inbox, authenticated: Authenticated) -> Result<()> {
    let Authenticated {
        ctx,
        activity,
        original,
    } = authenticated;
    let ctx = &ctx;
    match &inbox {
        Inbox::Person(nickname) => {
            lookup::account(ctx, nickname).await?;
        }
        Inbox::Group(name) => {
            objects::find_existing(ctx, "group", name).await?;
        }
        Inbox::Shared => {}
    }
    let actor = ctx.client().and_then(|client| client.person());
    let actor = actor.ok_or_else(|| Error::unauthorized("Authentication required"))?;
    match read(ctx, &activity).await? {
        Incoming::Activity(mut done) => {
            if polls::take_votes(ctx, actor, &done).await? {
                return Ok(());
            }
            effects::renew(ctx, actor, &mut done).await?;
            if let Some(original) = original {
                forwarding::keep(ctx, &done, &original).await?;
            }
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
