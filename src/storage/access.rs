//! Resolution of [`Access`](crate::model::Access) by the memberships in a store.

use std::collections::HashSet;

use super::{Result, Streams};
use crate::model::{Access, AudienceMember, Stream, Viewer};

/// For each access that a viewer has, in the same order, whether they may read now. Costs one look
/// at the streams that it depends on, or none.
pub(crate) async fn check_access(
    store: &(impl Streams + ?Sized),
    viewer: Viewer<'_>,
    access: &[Access<'_>],
) -> Result<Vec<bool>> {
    let within = access.iter().filter_map(|access| match access {
        Access::IfMemberOf(streams) => Some(streams.iter().copied()),
        Access::Granted | Access::Denied => None,
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
        Access::Granted => true,
        Access::Denied => false,
        Access::IfMemberOf(streams) => streams.iter().any(|stream| holding.contains(stream)),
    };
    Ok(access.iter().map(is_open).collect())
}

/// The most addresses of former audiences that are remembered of an object.
const MAX_FORMER_ADDRESSES: usize = 1000;

/// The addresses that an object had, and those that it has until it is replaced now: each once,
/// the latest first. Everyone stands for all of them.
pub(super) fn remember(
    former: Vec<AudienceMember>,
    replaced: &[AudienceMember],
) -> Vec<AudienceMember> {
    let mut all: Vec<AudienceMember> = replaced.to_vec();
    all.extend(former);
    if all.contains(&AudienceMember::Public) {
        return vec![AudienceMember::Public];
    }
    let mut seen = HashSet::new();
    all.retain(|address| seen.insert(address.clone()));
    all.truncate(MAX_FORMER_ADDRESSES.max(replaced.len()));
    all
}
