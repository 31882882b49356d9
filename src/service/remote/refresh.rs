//! Profiles of actors elsewhere, fetched anew when they are old, in the background.

use std::{sync::Arc, time::Duration};

use chrono::{DateTime, SubsecRound, TimeDelta, Utc};
use serde_json::{Map, Value};

use super::{
    actors::taken_over,
    fetch::{FetchedThing, Fetcher},
    objects::{is_current, is_stub, object_type_of, says_more, updated_of},
};
use crate::{
    Context,
    context::Caller,
    model::{ACTOR_TYPES, Object, RemoteAccount},
    service::{Error, ErrorKind, Result},
    storage::{Change, Changes},
};

/// Age from which on a profile is fetched anew.
const MAX_PROFILE_AGE: TimeDelta = TimeDelta::days(1);

/// Longest time that a profile is waited for.
const FETCH_TIMEOUT: Duration = Duration::from_secs(10);

/// Has the profile of an actor elsewhere fetched anew if it is old, when a person here looks at it.
pub(crate) async fn refresh_viewed(ctx: &Context, actor: &Object) -> Result<()> {
    let is_actor = ACTOR_TYPES.contains(&actor.object_type.as_str());
    if !is_actor || ctx.account().is_none() || ctx.urls().is_local(&actor.id) {
        return Ok(());
    }
    // This read is not tracked, so that a cached response never hides that a profile is old.
    let account = find_account(ctx, &actor.id).await?;
    if account.is_some_and(|account| is_old(&account, ctx.now())) {
        refresh_in_background(ctx, &actor.id);
    }
    Ok(())
}

/// Has the profile of an actor elsewhere fetched anew if it is old. It is looked at once an hour at
/// most, so a failure is not repeated before.
pub(crate) fn refresh_in_background(ctx: &Context, id: &str) {
    let now = ctx.now();
    if !ctx.app().peers().admit_look(id, now) {
        return;
    }
    let (ctx, id) = (ctx.app().context(Caller::Server), id.to_owned());
    tokio::spawn(async move {
        if let Err(error) = refresh_old(&ctx, &id, now).await {
            let error: &dyn std::error::Error = &error;
            tracing::warn!(error, id, "profile could not be refreshed");
        }
    });
}

/// Fetches a profile if it was old at a time.
async fn refresh_old(ctx: &Context, id: &str, now: DateTime<Utc>) -> Result<()> {
    let account = find_account(ctx, id).await?;
    let Some(account) = account.filter(|account| is_old(account, now)) else {
        return Ok(());
    };
    let Some(known) = find_actor(ctx, id).await? else {
        return Ok(());
    };
    // It was known by name only, and came with its profile since.
    if account.fetched.is_none() && !is_stub(&known) {
        return store(ctx, id, None).await;
    }
    if !ctx.app().peers().admit_refresh(&account.host, ctx.now()) {
        return Ok(());
    }
    match Fetcher::new(ctx, None, FETCH_TIMEOUT).thing(id).await {
        Some(fetched) => store(ctx, id, Some(fetched)).await,
        None => Ok(()),
    }
}

/// Stores that an actor was fetched now, and the profile if that is newer. Another request that was
/// quicker stored as much.
async fn store(ctx: &Context, id: &str, fetched: Option<FetchedThing>) -> Result<()> {
    let known = find_actor(ctx, id).await?;
    let (Some(known), Some(account)) = (known, find_account(ctx, id).await?) else {
        return Ok(());
    };
    let (said, told) = fetched.map_or((None, None), |it| (Some(it.thing), it.account));
    let said = said.map_or_else(Changes::new, |said| newer(ctx, &known, said));
    let fetched = Change::PutRemoteAccount(RemoteAccount {
        fetched: Some(ctx.now().trunc_subsecs(0)),
        ..told.unwrap_or(account)
    });
    let changes = said.into_iter().chain([fetched]).collect();
    match ctx.storage().commit(changes).await.map_err(Error::from) {
        Err(error) if error.kind() == ErrorKind::Conflict => Ok(()),
        stored => stored,
    }
}

/// Returns the changes that take over a profile as its own server shows it now.
fn newer(ctx: &Context, known: &Object, mut said: Map<String, Value>) -> Changes {
    let now = ctx.timestamp();
    let is_actor = ACTOR_TYPES.contains(&object_type_of(&said));
    said.entry("updated").or_insert_with(|| now.clone().into());
    let is_newer = is_current(known, updated_of(&said, &now)) && says_more(known, &said);
    if is_actor && is_newer {
        taken_over(ctx, Some(known), &said, &now)
    } else {
        Changes::new()
    }
}

async fn find_actor(ctx: &Context, id: &str) -> Result<Option<Arc<Object>>> {
    let found = ctx.storage().find_objects(&[id]).await?.pop().flatten();
    Ok(found.filter(|known| !known.deleted))
}

async fn find_account(ctx: &Context, id: &str) -> Result<Option<RemoteAccount>> {
    let found = ctx.storage().find_remote_accounts(&[id]).await?;
    Ok(found.into_iter().next().flatten())
}

fn is_old(account: &RemoteAccount, now: DateTime<Utc>) -> bool {
    let age = account.fetched.map(|fetched| now - fetched);
    age.is_none_or(|age| age >= MAX_PROFILE_AGE)
}
