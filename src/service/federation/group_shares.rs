//! Activities that groups of this server pass on, in the words of `ActivityPub` (FEP-1b12).

use std::sync::Arc;

use bytes::Bytes;

use super::as2;
use crate::{
    Context,
    model::{ACTIVITY, Object, RemoteAccount},
    protocol::as2::outgoing::{self, Actors},
    service::Result,
};

/// Returns the document by which a group here passes on an activity, whose JSON was rendered for an
/// account. `None` if servers of `ActivityPub` have no use for the activity.
pub(super) async fn pass_on(
    ctx: &Context,
    share: &Object,
    passed: (&Object, &[u8]),
    account: &RemoteAccount,
) -> Result<Option<Bytes>> {
    let (activity, rendered) = passed;
    let shown = as2::shown(ctx.urls(), activity, rendered)?;
    let known = as2::names_for(ctx, &shown, &[], account).await?;
    let Some(passed) = as2::document(ctx, activity, &shown, (&known, &[])).await? else {
        return Ok(None);
    };
    let document = outgoing::pass_on(&Actors::new(ctx.urls(), &|_| None), &share.body, passed);
    as2::signed(ctx, document).await
}

/// Returns the activity that a group here passes on with another one.
pub(super) async fn passed_on(ctx: &Context, share: &Object) -> Result<Option<Arc<Object>>> {
    let by_group = share
        .author
        .as_ref()
        .is_some_and(|id| ctx.urls().is_group_id(id));
    let passed = share.reference_property("object");
    let passed = passed.filter(|passed| {
        by_group && share.text_property("verb") == Some("share") && passed.object_type == ACTIVITY
    });
    match passed {
        Some(passed) => Ok(ctx
            .storage()
            .find_objects(&[&passed.id])
            .await?
            .pop()
            .flatten()),
        None => Ok(None),
    }
}
