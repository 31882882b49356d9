//! Blocks and mutes, as they bear on an activity: whose inbox it misses, and who refuses it.
//!
//! Most actors are blocked and muted by nobody. That is known without a query
//! (`app/recent_reads.rs`); a block by way of another node counts here a minute later at most.

use std::collections::HashSet;

use super::{Error, Result};
use crate::{
    Context,
    model::{ACTOR_TYPES, BLOCKING_VERBS, CHANGING_VERBS, Draft, Stream, Urls, host_of_id},
};

/// Largest things that an activity names, in bytes; larger ones are looked at by nobody.
const MAX_NAMED_BYTES: usize = 8 * 1024 * 1024;

/// Returns the id of the object that stands for a host in the lists of blocked and muted ones. Only
/// the server makes it.
pub(crate) fn host_id(urls: &Urls, host: &str) -> String {
    urls.absolute(&format!("/main/host/{host}"))
}

/// Whether an id is one that stands for a host.
pub(crate) fn is_host_id(urls: &Urls, id: &str) -> bool {
    id.starts_with(&host_id(urls, ""))
}

/// Returns the ids that an actor can be blocked under: their own, and that of their host elsewhere.
pub(crate) fn names_of(urls: &Urls, actor: &str) -> Vec<String> {
    let elsewhere = Some(actor).filter(|actor| !urls.is_local(actor));
    let host = elsewhere.and_then(host_of_id);
    let host = host.map(|host| host_id(urls, &host));
    std::iter::once(actor.to_owned()).chain(host).collect()
}

/// Returns the streams of those whose inboxes nothing of an actor reaches, if there is anybody.
pub(crate) async fn excepted_streams(ctx: &Context, actor: &str) -> Result<Vec<Stream>> {
    let names = names_of(ctx.urls(), actor).into_iter();
    let streams = names.flat_map(|name| [Stream::BlockedBy(name.clone()), Stream::MutedBy(name)]);
    filled(ctx, streams.collect()).await
}

/// Returns those of some persons who are in none of the streams.
pub(crate) async fn reached(
    ctx: &Context,
    excepted: &[Stream],
    mut persons: Vec<String>,
) -> Result<Vec<String>> {
    if !excepted.is_empty() && !persons.is_empty() {
        let excepted = members(ctx, excepted, &persons).await?;
        persons.retain(|person| !excepted.contains(person));
    }
    Ok(persons)
}

/// Refuses an activity of a person here that somebody who blocks them would have to bear with: 403.
pub(crate) async fn require_welcome(ctx: &Context, actor: &str, draft: &Draft) -> Result<()> {
    if BLOCKING_VERBS.contains(&draft.verb.as_str()) {
        return Ok(());
    }
    let direct = draft.recipients.to.iter().chain(&draft.recipients.bto);
    let direct = direct.map(|person| person.id.clone()).collect();
    if is_refused(ctx, actor, draft, direct).await? {
        return Err(
            Error::forbidden("This person has chosen not to hear from you.")
                .phrased("failure-barred"),
        );
    }
    Ok(())
}

/// Whether an activity meets somebody who blocks its actor: one of `persons`, the person it is done
/// to, or the author of what it is done to or answers. To undo something is always possible.
pub(crate) async fn is_refused(
    ctx: &Context,
    actor: &str,
    draft: &Draft,
    mut persons: Vec<String>,
) -> Result<bool> {
    if CHANGING_VERBS.contains(&draft.verb.as_str()) {
        return Ok(false);
    }
    let names = names_of(ctx.urls(), actor).into_iter();
    let blocks = filled(ctx, names.map(Stream::BlockedBy).collect()).await?;
    if blocks.is_empty() {
        return Ok(false);
    }
    let parent = draft.parent().map(|parent| parent.id);
    let things = [draft.object_id(), draft.target_id(), parent.as_deref()];
    let things: Vec<&str> = things.into_iter().flatten().collect();
    let recent = ctx.app().recent_reads();
    let found = recent.find_objects_within(&things, MAX_NAMED_BYTES).await?;
    for thing in found.into_iter().flatten().flatten() {
        let is_actor = ACTOR_TYPES.contains(&thing.object_type.as_str());
        persons.extend(is_actor.then(|| thing.id.clone()));
        persons.extend(thing.author.clone());
    }
    persons.retain(|person| person != actor);
    Ok(!members(ctx, &blocks, &persons).await?.is_empty())
}

/// Returns the streams that have members.
async fn filled(ctx: &Context, mut streams: Vec<Stream>) -> Result<Vec<Stream>> {
    let recent = ctx.app().recent_reads();
    let mut totals = recent.approximate_totals(&streams).await?.into_iter();
    streams.retain(|_| totals.next().is_some_and(|total| total > 0));
    Ok(streams)
}

/// Returns those of some persons who are in one of the streams.
async fn members(ctx: &Context, streams: &[Stream], persons: &[String]) -> Result<HashSet<String>> {
    let pairs = persons.iter().flat_map(|person| {
        let of_person = |stream: &Stream| (stream.clone(), person.as_str());
        streams.iter().map(of_person)
    });
    let pairs: Vec<_> = pairs.collect();
    let held = ctx.storage().contains(&pairs).await?;
    let held = pairs.into_iter().zip(held).filter(|(_, held)| *held);
    Ok(held.map(|((_, person), _)| person.to_owned()).collect())
}
