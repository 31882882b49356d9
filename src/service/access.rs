//! Who may read what: [`Object::access`], with what the store knows of streams.

use std::collections::HashSet;

use super::Result;
use crate::{
    Context,
    model::{Access, Object, Stream, Viewer},
};

/// For each thing, in the same order, whether a viewer may read it now. Costs one query, or none where the
/// things tell by themselves.
pub(super) async fn readable(
    ctx: &Context,
    viewer: Viewer<'_>,
    things: &[&Object],
) -> Result<Vec<bool>> {
    let access: Vec<Access<'_>> = things.iter().map(|thing| thing.access(viewer)).collect();
    let within = access.iter().filter_map(|access| match access {
        Access::Within(streams) => Some(streams.iter().copied()),
        Access::Open | Access::Closed => None,
    });
    let asked: HashSet<&Stream> = within.flatten().collect();
    let mut holding: HashSet<&Stream> = HashSet::new();
    if let (Viewer::Person(person), false) = (viewer, asked.is_empty()) {
        let pairs: Vec<(Stream, &str)> = asked
            .iter()
            .map(|stream| ((*stream).clone(), person))
            .collect();
        let held = ctx.storage().contains(&pairs).await?;
        let held = asked.into_iter().zip(held).filter(|(_, held)| *held);
        holding = held.map(|(stream, _)| stream).collect();
    }
    Ok(access
        .iter()
        .map(|access| match access {
            Access::Open => true,
            Access::Closed => false,
            Access::Within(streams) => streams.iter().any(|stream| holding.contains(stream)),
        })
        .collect())
}
