//! Actors as their own server shows them.

use serde_json::{Map, Value};

use super::objects::{
    account_of, complete_stub, is_bare, is_newer, is_stub, object_of, refresh, updated_of,
};
use crate::{
    Context,
    model::{AudienceMember, Object},
    protocol::as1::sanitize_received,
    service::{Error, ErrorKind, Result},
    storage::{Change, Changes, Expect},
};

/// Most bytes of an actor that are stored of what another server says.
pub(super) const MAX_ACTOR_BYTES: usize = 16 * 1024;

/// Stores a person with an id of another host, as that host shows them, if they are new, known by
/// name only, or changed since. A deleted one is 403.
pub(crate) async fn store_person(
    ctx: &Context,
    id: &str,
    mut shown: Map<String, Value>,
) -> Result<()> {
    shown.insert("objectType".into(), "person".into());
    let changes = profile_changes(ctx, id, shown).await?;
    if changes.is_empty() {
        return Ok(());
    }
    match ctx.storage().commit(changes).await.map_err(Error::from) {
        // Another request was quicker, and stored as much.
        Err(error) if error.kind() == ErrorKind::Conflict => Ok(()),
        stored => stored,
    }
}

/// Returns the changes that store an actor of another host, as that host shows them: none, if
/// nothing is new. A deleted one is 403.
pub(super) async fn profile_changes(
    ctx: &Context,
    id: &str,
    shown: Map<String, Value>,
) -> Result<Changes> {
    let object_type = shown.get("objectType").cloned().unwrap_or_default();
    let mut said = sanitize_received(shown)?;
    if serde_json::to_string(&said).map_or(0, |json| json.len()) > MAX_ACTOR_BYTES {
        said = Map::new();
    }
    said.insert("id".into(), id.into());
    said.insert("objectType".into(), object_type);
    let known = ctx.storage().find_objects(&[id]).await?.pop().flatten();
    if known.as_ref().is_some_and(|known| known.deleted) {
        return Err(Error::forbidden(format!("{id} was deleted.")));
    }
    Ok(actor_changes(
        ctx,
        known.as_deref(),
        &said,
        &ctx.timestamp(),
    ))
}

/// Returns the changes that store an actor whom their own server told of: none, if nothing is new.
pub(super) fn actor_changes(
    ctx: &Context,
    known: Option<&Object>,
    said: &Map<String, Value>,
    now: &str,
) -> Changes {
    if let Some(known) = known {
        let is_newer = !is_bare(said) && is_newer(known, updated_of(said, ""));
        if known.deleted || !is_newer {
            return Changes::new();
        }
    }
    taken_over(ctx, known, said, now)
}

/// Returns the changes that store what is said of an actor, unless it is too large.
pub(super) fn taken_over(
    ctx: &Context,
    known: Option<&Object>,
    said: &Map<String, Value>,
    now: &str,
) -> Changes {
    let (mut actor, expect) = match known {
        None => (object_of(ctx, said.clone(), None, now), Expect::Absent),
        Some(known) => {
            let mut actor = known.clone();
            if is_stub(known) {
                complete_stub(ctx, &mut actor, said.clone(), None, now);
            } else {
                refresh(ctx, &mut actor, said.clone(), now);
            }
            (actor, Expect::Version(known.version))
        }
    };
    if actor.body.raw().len() > MAX_ACTOR_BYTES {
        return Changes::new();
    }
    actor.audience = vec![AudienceMember::Public];
    let account = account_of(ctx, &actor).filter(|_| known.is_none());
    let object = Change::PutObject {
        object: actor,
        expect,
    };
    let account = account.map(Change::PutRemoteAccount);
    std::iter::once(object).chain(account).collect()
}
