//! Visibility of objects: [`Object::access`], with what the store knows of streams, and of persons
//! whom a moderator limited.

use std::sync::Arc;

use super::{Error, Result};
use crate::{
    App, Context,
    app::LimitedPersons,
    model::{Access, Account, Object, Standing, Viewer},
    storage::check_access,
};

/// For each thing, in the same order, whether a viewer may read it now. Costs one query, or none
/// where the things tell by themselves.
pub(super) async fn readable(
    ctx: &Context,
    viewer: Viewer<'_>,
    things: &[&Object],
) -> Result<Vec<bool>> {
    let limited = limited(ctx, viewer).await?;
    let is_hidden = |thing: &Object| limited.as_ref().is_some_and(|all| all.hides(thing));
    let access = things.iter().map(|thing| {
        if is_hidden(thing) {
            Access::Denied
        } else {
            thing.access(viewer)
        }
    });
    let access: Vec<_> = access.collect();
    Ok(check_access(ctx.storage(), viewer, &access).await?)
}

/// Returns the persons whom a moderator limited, for a viewer from whom something is hidden; `None`
/// if there are none.
pub(super) async fn limited(
    ctx: &Context,
    viewer: Viewer<'_>,
) -> Result<Option<Arc<LimitedPersons>>> {
    match viewer {
        Viewer::Unrestricted => Ok(None),
        _ => Ok(ctx.app().limited_persons().get().await?),
    }
}

/// Refuses what is of a suspended person: 403.
pub(super) async fn require_shown(ctx: &Context, object: &Object) -> Result<()> {
    match limited(ctx, ctx.viewer()).await? {
        Some(limited) if limited.hides(object) => Err(suspended()),
        _ => Ok(()),
    }
}

/// Refuses what a suspended person does, of this server or of another: 403.
pub(super) async fn require_heard(app: &App, person: &str) -> Result<()> {
    match app.limited_persons().get().await? {
        Some(limited) if limited.hides_person(person) => Err(suspended()),
        _ => Ok(()),
    }
}

/// Refuses an account whose owner can't sign in: 403.
pub(crate) fn require_active(account: &Account) -> Result<()> {
    match account.standing {
        Standing::Good | Standing::Silenced => Ok(()),
        Standing::Pending => Err(Error::forbidden(
            "This account waits for a moderator to approve it.",
        )
        .phrased("failure-pending")),
        Standing::Suspended => Err(suspended()),
    }
}

/// The error for a suspended person, and what is theirs. It is no 410: it may end.
pub(super) fn suspended() -> Error {
    Error::forbidden("This account is suspended.").phrased("failure-suspended")
}
