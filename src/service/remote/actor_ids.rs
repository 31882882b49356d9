//! Ids of actors of `ActivityPub`: `acct:NAME@HOST`. A group and another actor of one name have two
//! ids, however they became known.

use crate::{
    Context,
    federation::{FetchBudget, GROUP_PREFIX, PeerError, discover},
    protocol::as2::incoming::Actor,
};

/// Beginning of the id of an actor whose name a group has that was known before.
const OTHER_PREFIX: &str = "acct:~";

/// Returns the id of an actor, and whether it is known. One who is keeps it. For a new group its
/// host is asked whether another actor has the name, too.
pub(super) async fn id_of(
    ctx: &Context,
    actor: &Actor,
    budget: &FetchBudget,
) -> Result<(String, bool), PeerError> {
    let (url, host) = (&*actor.addresses.id, &actor.addresses.host);
    let failed = |error: crate::storage::StorageError| PeerError::new("fetch", host, error.into());
    let known = ctx.storage().find_actors(&[url]).await.map_err(failed)?;
    if let Some(known) = known.into_iter().flatten().next() {
        return Ok((known.id, true));
    }
    let text = |key: &str| actor.object.get(key).and_then(serde_json::Value::as_str);
    let id = text("id").unwrap_or_default().to_owned();
    let is_group = text("objectType") == Some("group");
    let prefix = if is_group { GROUP_PREFIX } else { OTHER_PREFIX };
    let other = || id.replacen("acct:", prefix, 1);
    let found = ctx.storage().find_objects(&[&id]).await.map_err(failed)?;
    let account = ctx
        .storage()
        .find_remote_accounts(&[&id])
        .await
        .map_err(failed)?;
    let account = account.into_iter().flatten().next();
    let found = found.into_iter().flatten().next();
    if let (Some(found), Some(account)) = (found, account) {
        let is_other = account.actor_id().is_some() && (found.object_type == "group") != is_group;
        return Ok((if is_other { other() } else { id }, false));
    }
    if !is_group {
        return Ok((id, false));
    }
    let found = discover(ctx.app(), &id, budget).await;
    let is_shared = found.is_ok_and(|found| found.is_shared_name);
    Ok((if is_shared { other() } else { id }, false))
}
