//! The host is asked about what people do, and told of it.

use super::{Draft, Plan};
use crate::{
    Context,
    app::{Deed, Event, Refusal},
    service::{Error, Result},
    storage::Changes,
};

/// What the host makes of what someone wants to do.
pub(super) async fn review(ctx: &Context, mut draft: Draft) -> Result<Draft> {
    for hook in ctx.app().hooks() {
        hook.before(ctx, &mut draft).await?;
    }
    Ok(draft)
}

/// What the host has to store along with it.
pub(super) async fn along(ctx: &Context, plan: &Plan) -> Result<Changes> {
    let mut changes = Changes::new();
    for hook in ctx.app().hooks() {
        changes.extend(hook.along(ctx, &plan.deed()).await?);
    }
    Ok(changes)
}

/// Tells the host of what was done.
pub(super) fn tell(ctx: &Context, plan: &Plan) {
    let followed = plan.object.as_ref().zip(plan.activity.author.as_deref());
    let followed = followed.filter(|_| plan.activity.text("verb") == Some("follow"));
    let followed = followed.map(|(object, follower)| Event::Followed {
        follower,
        followed: &object.id,
    });
    for event in [Event::Done(plan.deed())].into_iter().chain(followed) {
        for hook in ctx.app().hooks() {
            hook.after(ctx, &event);
        }
    }
}

impl Plan {
    fn deed(&self) -> Deed<'_> {
        Deed::new(&self.activity, self.object.as_ref())
    }
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Forbidden(why) => Self::forbidden(why),
            Refusal::Failed(source) => Self::internal(source),
        }
    }
}
