//! Activities that are delivered by another than their actor (`ActivityPub` 7.1.2): believed for
//! the proof in them, or because their own server shows them.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use serde_json::{Map, Value};

use super::{
    keys::{Evidence, authenticated},
    take::{Authenticated, caller},
};
use crate::{
    Context,
    federation::check_host,
    model::{Object, RemoteAccount, Stream, host_of_id},
    protocol::{as2::incoming as as2, integrity::ProofClaim},
    service::{
        Error, ErrorKind, Result, access,
        remote::{self, Fetcher, actor_of_key},
    },
};

/// Longest time that an activity waits for what other servers show.
const FETCH_TIMEOUT: Duration = Duration::from_secs(3);

/// Returns an activity with its actor as the caller, who is the deliverer in the context given.
/// `None` for one that concerns nobody here, is stored already, or is not believed.
///
/// Errors: 503 if its own server can't be asked now.
pub(super) async fn authenticate(
    ctx: &Context,
    activity: Map<String, Value>,
    body: Bytes,
) -> Result<Option<Authenticated>> {
    let Some((id, url)) = origin_of(ctx, &activity) else {
        return Ok(None);
    };
    let host = host_of_id(&url).unwrap_or_default();
    let known = ctx.storage().find_actors(&[&url]).await?.pop().flatten();
    let is_refused = check_host(ctx.app(), &host).await.is_err();
    let concern = concern(ctx, known.as_ref(), &id, &activity).await?;
    if is_refused || concern == Concern::Nobody {
        return Ok(None);
    }
    let (actor, activity, original) = match proved(ctx, known, &url, &activity).await? {
        Some(actor) => (actor, activity, Some(body)),
        None => match shown(ctx, &id, &url).await? {
            Some((actor, shown)) => (actor, shown, None),
            None => return Ok(None),
        },
    };
    access::require_heard(ctx.app(), &actor.id).await?;
    if concern == Concern::Conversation {
        complete_conversation(ctx, &activity).await?;
        return Ok(None);
    }
    Ok(Some(Authenticated {
        ctx: ctx.with_caller(caller(ctx, &actor)),
        activity,
        original,
    }))
}

/// The id of an activity, and the URL of its actor, if both are of one other server.
fn origin_of(ctx: &Context, activity: &Map<String, Value>) -> Option<(String, String)> {
    let id = activity.get("id")?.as_str()?;
    let url = *as2::named_actors(activity).first()?;
    let host = host_of_id(url).filter(|host| !ctx.urls().is_own_host(host))?;
    (host_of_id(id) == Some(host)).then(|| (id.to_owned(), url.to_owned()))
}

/// Concern of those who are here with an activity.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Concern {
    /// Nothing is fetched for it.
    Nobody,
    /// It is about a known thing of another server.
    Conversation,
    /// It names somebody, is about a thing of theirs, or they follow its actor.
    Person,
}

/// Returns the concern with an activity, which is none if it is not new.
async fn concern(
    ctx: &Context,
    actor: Option<&RemoteAccount>,
    id: &str,
    activity: &Map<String, Value>,
) -> Result<Concern> {
    let object = as2::shown_object(activity);
    let parent = object.and_then(|object| object.get("inReplyTo")?.as_str());
    let object = match object {
        Some(object) => object.get("id").and_then(Value::as_str),
        None => activity.get("object").and_then(Value::as_str),
    };
    let about = object.into_iter().chain(parent);
    let about: Vec<_> = about.map(|id| ctx.urls().canonical_id(id)).collect();
    let ids: Vec<&str> = std::iter::once(id)
        .chain(about.iter().map(|id| &**id))
        .collect();
    let mut found = ctx.storage().find_objects(&ids).await?.into_iter();
    if found.next().flatten().is_some() {
        return Ok(Concern::Nobody);
    }
    let found: Vec<Arc<Object>> = found.flatten().collect();
    let is_ours = |thing: &Arc<Object>| {
        let author = thing.author.as_deref().unwrap_or(&thing.id);
        ctx.urls().is_local(author)
    };
    let mut named = as2::named_actors(activity).into_iter();
    if found.iter().any(is_ours) || named.any(|url| ctx.urls().is_own_address(url)) {
        return Ok(Concern::Person);
    }
    if let Some(actor) = actor {
        let followers = Stream::Followers(actor.id.clone());
        let first = ctx.storage().items_after(&followers, 0, 1).await?;
        if !first.is_empty() {
            return Ok(Concern::Person);
        }
    }
    Ok(if found.is_empty() {
        Concern::Nobody
    } else {
        Concern::Conversation
    })
}

/// Stores a new thing for everyone that a `Create` has. It stands in the conversation, and in no
/// inbox.
async fn complete_conversation(ctx: &Context, activity: &Map<String, Value>) -> Result<()> {
    let is_new = activity.get("type").and_then(Value::as_str) == Some("Create");
    let object = as2::shown_object(activity).filter(|_| is_new);
    let id = object.and_then(|object| object.get("id")?.as_str());
    let (Some(object), Some(id)) = (object, id) else {
        return Ok(());
    };
    let mut fetcher = Fetcher::new(ctx, None, FETCH_TIMEOUT);
    fetcher.shown = Some(object.clone());
    remote::complete(&fetcher, ctx, vec![id.to_owned()]).await
}

/// Returns the actor of an activity if it has a proof by them.
async fn proved(
    ctx: &Context,
    known: Option<RemoteAccount>,
    url: &str,
    activity: &Map<String, Value>,
) -> Result<Option<RemoteAccount>> {
    let claim = ProofClaim::parse(activity, ctx.now());
    let Some(claim) = claim.filter(|claim| actor_of_key(claim.key_id()) == url) else {
        return Ok(None);
    };
    let evidence = Evidence::Proof(Arc::new(claim));
    match authenticated(ctx, known, url, &evidence).await {
        Err(error) if error.kind() == ErrorKind::Unauthorized => Ok(None),
        actor => actor.map(Some),
    }
}

/// Returns an activity as its own server shows it, with its actor.
async fn shown(
    ctx: &Context,
    id: &str,
    url: &str,
) -> Result<Option<(RemoteAccount, Map<String, Value>)>> {
    if id.contains('#') {
        // Another document than the activity is there.
        return Ok(None);
    }
    let fetcher = Fetcher::new(ctx, None, FETCH_TIMEOUT);
    let shown = match fetcher.document(id).await {
        Ok(shown) => shown,
        Err(error) if error.is_temporary() => {
            let message = format!("'{id}' can't be fetched now: {error}");
            return Err(Error::new(ErrorKind::Unavailable, message));
        }
        Err(_) => return Ok(None),
    };
    let is_it = shown.get("id").and_then(Value::as_str) == Some(id)
        && as2::named_actors(&shown).first() == Some(&url);
    if !is_it {
        return Ok(None);
    }
    let actor = fetcher.actor_at(url).await?;
    Ok(actor.map(|actor| (actor, shown)))
}
