//! Visibility of objects: [`Object::access`], with what the store knows of streams.

use super::Result;
use crate::{
    Context,
    model::{Object, Viewer},
    storage::check_access,
};

/// For each thing, in the same order, whether a viewer may read it now. Costs one query, or none
/// where the things tell by themselves.
pub(super) async fn readable(
    ctx: &Context,
    viewer: Viewer<'_>,
    things: &[&Object],
) -> Result<Vec<bool>> {
    let access: Vec<_> = things.iter().map(|thing| thing.access(viewer)).collect();
    Ok(check_access(ctx.storage(), viewer, &access).await?)
}
