//! Groups of servers of `ActivityPub` that things are in (FEP-1b12).

use super::planner::Planner;
use crate::{
    model::{AudienceMember, Object, Reference, Stream},
    service::Result,
};

/// Returns the group of another server that a public thing is in, if the actor follows it. The
/// group passes on activities about the thing (FEP-1b12).
pub(super) async fn followed_group(
    planner: &Planner<'_>,
    thing: &Object,
) -> Result<Option<Reference>> {
    let is_open = !planner.origin.is_received() && thing.audience.contains(&AudienceMember::Public);
    let group = thing.reference_property("group").filter(|group| {
        is_open && group.object_type == "group" && !planner.ctx.urls().is_local(&group.id)
    });
    let Some(group) = group else { return Ok(None) };
    let following = Stream::Following(planner.actor.id.clone());
    let is_followed = planner.contains(following, &group.id).await?;
    Ok(Some(group).filter(|_| is_followed))
}
