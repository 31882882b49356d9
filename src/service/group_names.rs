//! Names of the groups of this server, by which `ActivityPub` servers know them. Of groups that not
//! everyone may read nobody is told.

use std::sync::Arc;

use super::{Error, Result};
use crate::{
    Context,
    model::{self, AudienceMember, Nickname, Object, uuid_of_group},
};

/// Returns the name of a group as an actor. `None` for a group that not everyone may read, for
/// anything else, and if no `ActivityPub` servers are spoken to.
pub(crate) fn group_name(ctx: &Context, group: &Object) -> Option<Nickname> {
    let is_on = ctx.app().settings().federation.speaks_activitypub();
    let is_shown = !group.deleted && group.audience.contains(&AudienceMember::Public);
    let is_group = group.object_type == "group" && ctx.urls().is_group_id(&group.id);
    let name = model::group_name(&group.uuid).filter(|_| is_on && is_shown && is_group);
    Nickname::parse(&name?).ok()
}

/// Returns the group with a name. Errors: 404 without one.
pub(crate) async fn find_group(ctx: &Context, name: &str) -> Result<Arc<Object>> {
    let found = match uuid_of_group(name) {
        Some(uuid) => ctx.storage().find_object_by_uuid(&uuid).await?,
        None => None,
    };
    let group = found.filter(|group| group_name(ctx, group).is_some());
    group.ok_or_else(|| Error::not_found(format!("No such group '{name}'")))
}

/// Returns the address of a group, by which people of other servers join it.
#[cfg(feature = "web")]
pub(crate) fn group_address(ctx: &Context, group: &Object) -> Option<String> {
    let name = group_name(ctx, group)?;
    Some(format!("{name}@{}", ctx.urls().authority()))
}
