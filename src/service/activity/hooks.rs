//! The host is asked about what people do, and told of it.

use tracing::Instrument;

use super::{Draft, Plan};
use crate::{
    Context,
    app::{Deed, Event, Refusal},
    model::Object,
    service::{Error, Result},
    storage::Changes,
};

/// Does something that the host is told of when it is stored: to its end, even if nobody waits for it any more.
pub(super) async fn to_the_end<T, Doing>(
    ctx: &Context,
    what: impl FnOnce(Context) -> Doing,
) -> Result<T>
where
    T: Send + 'static,
    Doing: Future<Output = Result<T>> + Send + 'static,
{
    let doing = what(ctx.clone());
    if ctx.app().hooks().is_empty() {
        return doing.await;
    }
    let done = tokio::spawn(doing.in_current_span()).await;
    done.unwrap_or_else(|broken| Err(Error::internal(broken)))
}

/// What the host makes of what someone wants to do.
pub(super) async fn review(ctx: &Context, mut draft: Draft) -> Result<Draft> {
    for hook in ctx.app().hooks() {
        hook.before(ctx, &mut draft).await?;
    }
    Ok(draft)
}

/// What the host makes of what someone wants to say anew of what they did.
pub(super) async fn review_amending(
    ctx: &Context,
    activity: &Object,
    mut draft: Draft,
) -> Result<Draft> {
    for hook in ctx.app().hooks() {
        hook.before_amending(ctx, activity, &mut draft).await?;
    }
    Ok(draft)
}

/// Whether the host lets someone take back what they did.
pub(super) async fn review_taking_back(ctx: &Context, activity: &Object) -> Result<()> {
    for hook in ctx.app().hooks() {
        hook.before_taking_back(ctx, activity).await?;
    }
    Ok(())
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
pub(super) fn tell_done(ctx: &Context, plan: &Plan) {
    tell(ctx, &Event::Done(plan.deed()));
    let followed = plan.object.as_ref().zip(plan.activity.author.as_deref());
    if let Some((object, follower)) = followed
        && plan.activity.text("verb") == Some("follow")
    {
        let followed = &object.id;
        tell(ctx, &Event::Followed { follower, followed });
    }
}

/// Tells the host of something.
pub(super) fn tell(ctx: &Context, event: &Event<'_>) {
    for hook in ctx.app().hooks() {
        hook.after(ctx, event);
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
