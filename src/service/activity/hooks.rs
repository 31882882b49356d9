//! Calls of the host's hooks.

use std::panic::{AssertUnwindSafe, catch_unwind};

use tracing::Instrument;

use super::{Draft, Plan};
use crate::{
    Context,
    app::{Event, HookError, PerformedActivity},
    model::Object,
    service::{Error, Result},
    storage::Changes,
};

/// Runs an action with hooks to its end, even if the request is cancelled.
pub(super) async fn run_uncancelled<T, Doing>(
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

/// Runs the hooks before an activity.
pub(super) async fn run_before(ctx: &Context, mut draft: Draft) -> Result<Draft> {
    for hook in ctx.app().hooks() {
        hook.before(ctx, &mut draft).await?;
    }
    Ok(draft)
}

/// Runs the hooks before an edit.
pub(super) async fn run_before_edit(
    ctx: &Context,
    activity: &Object,
    mut draft: Draft,
) -> Result<Draft> {
    for hook in ctx.app().hooks() {
        hook.before_edit(ctx, activity, &mut draft).await?;
    }
    Ok(draft)
}

/// Whether the host lets someone take back what they did.
pub(super) async fn run_before_retraction(ctx: &Context, activity: &Object) -> Result<()> {
    for hook in ctx.app().hooks() {
        hook.before_retraction(ctx, activity).await?;
    }
    Ok(())
}

/// Collects additional changes from the hooks.
pub(super) async fn additional_changes(ctx: &Context, plan: &Plan) -> Result<Changes> {
    let mut changes = Changes::new();
    for hook in ctx.app().hooks() {
        changes.extend(
            hook.additional_changes(ctx, &plan.performed_activity())
                .await?,
        );
    }
    Ok(changes)
}

/// Notifies the hooks of a performed activity.
pub(super) fn notify_performed(ctx: &Context, plan: &Plan) {
    notify(ctx, &Event::Performed(plan.performed_activity()));
    notify_followed(ctx, plan);
}

/// Notifies the hooks of an activity of another server.
pub(super) fn notify_received(ctx: &Context, plan: &Plan) {
    notify(ctx, &Event::Received(plan.performed_activity()));
    notify_followed(ctx, plan);
}

fn notify_followed(ctx: &Context, plan: &Plan) {
    let followed = plan.object.as_ref().zip(plan.activity.author.as_deref());
    if let Some((object, follower)) = followed
        && plan.activity.text_property("verb") == Some("follow")
    {
        let followed = &object.id;
        notify(ctx, &Event::Followed { follower, followed });
    }
}

/// Notifies the hooks of an event. A panic of one does not affect the others, since the activity is
/// stored.
pub(super) fn notify(ctx: &Context, event: &Event<'_>) {
    for hook in ctx.app().hooks() {
        let told = catch_unwind(AssertUnwindSafe(|| hook.after(ctx, event)));
        if told.is_err() {
            tracing::error!("hook panicked in a notification");
        }
    }
}

impl Plan {
    fn performed_activity(&self) -> PerformedActivity<'_> {
        PerformedActivity::new(&self.activity, self.object.as_ref())
    }
}

impl From<HookError> for Error {
    fn from(refusal: HookError) -> Self {
        match refusal {
            HookError::Forbidden(why) => Self::forbidden(why),
            HookError::Failed(source) => Self::internal(source),
        }
    }
}
