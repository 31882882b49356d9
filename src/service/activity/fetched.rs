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

/// Fetches what an activity of someone here names of other servers: its object, its target and what
/// is answered. A web address that is followed is taken for that of a person.
pub(super) async fn complete_named(
    ctx: &Context,
    account: &Account,
    draft: &mut Draft,
) -> Result<()> {
    let parent = draft.parent().map(|parent| parent.id);
    let named = [draft.object_id(), draft.target_id(), parent.as_deref()];
    let named = named.into_iter().flatten();
    let mut named: Vec<String> = named
        .filter(|id| !ctx.urls().is_local(id) && host_of_id(id).is_some())
        .map(str::to_owned)
        .collect();
    if named.is_empty() || matches!(draft.verb.as_str(), "delete" | "update") {
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
