//! Effects of verbs.

use super::{
    Draft, avatar, groups, membership, planner::Planner, publish, social, things, update, vote,
};
use crate::{
    model::Object,
    service::{Error, Result},
    storage::Expect,
};

/// The effects of the verb; other verbs have none, and their object is taken as it is.
pub(super) async fn apply_verb(planner: &mut Planner<'_>, draft: &mut Draft) -> Result<Object> {
    match (draft.verb.as_str(), planner.origin.received()) {
        ("post" | "create", Some(received)) => things::publish(planner, draft, received).await,
        ("update", Some(received)) => things::update(planner, draft, received).await,
        ("delete", Some(received)) => things::delete(planner, draft, received).await,
        ("post" | "create", None) => publish::publish(planner, draft).await,
        ("update", None) => {
            let object = update::update(planner, draft).await?;
            if object.id == planner.actor.id {
                avatar::publish_avatar(planner, &object).await?;
            }
            Ok(object)
        }
        ("delete", _) => update::delete(planner, draft).await,
        ("follow", _) => social::follow(planner, draft).await,
        ("stop-following", _) => groups::stop_following(planner, draft).await,
        ("favorite" | "like", _) => social::favorite(planner, draft).await,
        ("unfavorite" | "unlike", _) => social::undo(planner, draft, social::like_edge).await,
        ("share", _) => social::share(planner, draft).await,
        ("unshare", _) => social::undo(planner, draft, social::share_edge).await,
        ("vote", None) => vote::vote(planner, draft).await,
        ("add", _) => membership::add_existing(planner, draft).await,
        ("remove", _) => membership::remove(planner, draft).await,
        ("join", _) if groups::is_about_group(planner, draft) => groups::join(planner, draft).await,
        ("leave", _) if groups::is_about_group(planner, draft) => {
            groups::leave(planner, draft).await
        }
        _ => passive_object(planner, draft).await,
    }
}

/// The object of a verb without effects: something stored, or something new.
async fn passive_object(planner: &mut Planner<'_>, draft: &Draft) -> Result<Object> {
    let body = draft.object.as_ref();
    let body = body.ok_or_else(|| Error::bad_request("Activity has no object"))?;
    if draft.object_id().is_some() || planner.origin.is_received() {
        let object = planner.existing_or_foreign(Some(body), "object")?;
        planner.require_readable(&object).await?;
        return Ok(object);
    }
    // Only a post answers anything.
    let mut body = body.clone();
    body.shift_remove("inReplyTo");
    let object = planner.new_object(body)?;
    planner.put(object.clone(), Expect::Absent);
    Ok(object)
}
