//! Things of other servers that an activity names and that are not known here yet.

use std::time::Duration;

use super::Draft;
use crate::{
    Context,
    model::{Account, Reference, host_of_id},
    service::{
        Result,
        remote::{self, Fetcher},
    },
};

/// Longest time that a client waits for what other servers show.
const FETCH_TIMEOUT: Duration = Duration::from_secs(10);

/// Returns the ids of things of other servers that an activity of a person here is about: its
/// object, its target and what is answered. They are fetched if they are unknown.
pub(crate) fn named_elsewhere(ctx: &Context, draft: &Draft) -> Vec<String> {
    if matches!(draft.verb.as_str(), "delete" | "update") {
        return Vec::new();
    }
    let parent = draft.parent().map(|parent| parent.id);
    let named = [draft.object_id(), draft.target_id(), parent.as_deref()];
    let named = named.into_iter().flatten();
    named
        .filter(|id| !ctx.urls().is_local(id) && host_of_id(id).is_some())
        .map(str::to_owned)
        .collect()
}

/// Fetches what an activity of a person here [names](named_elsewhere) of other servers. A web address that is followed is taken for that of a person.
pub(super) async fn complete_named(
    ctx: &Context,
    account: &Account,
    draft: &mut Draft,
) -> Result<()> {
    let mut named = named_elsewhere(ctx, draft);
    if named.is_empty() {
        return Ok(());
    }
    let fetcher = Fetcher::new(ctx, Some(account), FETCH_TIMEOUT);
    let followed = draft.object_id().filter(|id| id.starts_with("http"));
    if let Some(address) = followed.filter(|_| draft.verb == "follow")
        && ctx.storage().find_objects(&[address]).await? == [None]
        && let Some(person) = fetcher.person_at(address).await
    {
        let reference = Reference::new("person", person.clone());
        draft.object = reference.to_value().as_object().cloned();
        named.push(person);
    }
    remote::complete(&fetcher, ctx, named).await
}
