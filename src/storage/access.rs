//! What the rule of who may read what, [`Object::access`](crate::model::Object::access), asks of a store.

use std::collections::HashSet;

use super::{Result, Streams};
use crate::model::{Access, Stream, Viewer};

/// For each access that a viewer has, in the same order, whether they may read now. Costs one look at the streams that
/// it depends on, or none.
pub(crate) async fn are_open(
    store: &(impl Streams + ?Sized),
    viewer: Viewer<'_>,
    access: &[Access<'_>],
) -> Result<Vec<bool>> {
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
        let held = store.contains(&pairs).await?;
        let held = asked.into_iter().zip(held).filter(|(_, held)| *held);
        holding = held.map(|(stream, _)| stream).collect();
    }
    let is_open = |access: &Access<'_>| match access {
        Access::Open => true,
        Access::Closed => false,
        Access::Within(streams) => streams.iter().any(|stream| holding.contains(stream)),
    };
    Ok(access.iter().map(is_open).collect())
}
