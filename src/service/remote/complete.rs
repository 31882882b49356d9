//! Completion: persons and things that are not known yet, or by name only, are fetched from their
//! own servers, and so is what they answer. Never more than a few, and never for long.

use std::collections::{HashSet, VecDeque};

use serde_json::{Map, Value};

use super::{
    activitypub::host_changes,
    actors::{MAX_ACTOR_BYTES, actor_changes},
    fetch::{FetchedThing, Fetcher},
    objects::{account_of, complete_stub, is_stub, object_of},
};
use crate::{
    Context,
    model::{
        ACTIVITY, ACTOR_TYPES, AudienceMember, OTHER, PUBLIC, Reference, RemoteAccount, Stream,
        host_of_id,
    },
    protocol::as1::sanitize_received,
    service::{Error, ErrorKind, Result},
    storage::{Change, Changes, Duplicate, Expect},
};

/// Properties that name things which are fetched with one: what it answers, and what it quotes.
const NAMED: &[&str] = &["inReplyTo", "quote"];

/// How far up a conversation is fetched, and how far quotes in quotes are.
const MAX_FETCHED_DEPTH: usize = 12;

/// Most bytes of a fetched thing that is stored, if it is no actor.
pub(super) const MAX_THING_BYTES: usize = 128 * 1024;

/// Fetches those of these things of other servers that are not known, and what they answer or
/// quote. The rest stays unknown, if its server does not show it in time.
pub(crate) async fn complete(fetcher: &Fetcher<'_>, ctx: &Context, ids: Vec<String>) -> Result<()> {
    let ids = unknown(ctx, ids).await?.into_iter();
    let mut waiting: VecDeque<(String, usize)> = ids.map(|id| (id, 0)).collect();
    let mut seen: HashSet<String> = waiting.iter().map(|(id, _)| id.clone()).collect();
    while let Some((id, depth)) = waiting.pop_front() {
        let Some(found) = fetcher.thing(&id).await else {
            continue;
        };
        let named = NAMED.iter().map(|key| found.thing.get(*key));
        let named = named.filter_map(|named| Reference::from_value(named?));
        let named = named.filter(|_| depth < MAX_FETCHED_DEPTH);
        let named = named.map(|named| ctx.urls().canonical_id(&named.id).into_owned());
        let mut named: Vec<String> = named.collect();
        store(ctx, &id, found).await?;
        named.retain(|id| seen.insert(id.clone()));
        let named = unknown(ctx, named).await?.into_iter();
        waiting.extend(named.map(|id| (id, depth + 1)));
    }
    Ok(())
}

/// Returns those of these ids that other servers can tell of: nothing but a name is known of them.
async fn unknown(ctx: &Context, mut ids: Vec<String>) -> Result<Vec<String>> {
    ids.retain(|id| {
        let host = host_of_id(id).filter(|_| id != PUBLIC && !ctx.urls().is_local(id));
        host.is_some_and(|host| !ctx.urls().is_own_host(&host))
    });
    if ids.is_empty() {
        return Ok(ids);
    }
    let asked: Vec<&str> = ids.iter().map(String::as_str).collect();
    let found = ctx.storage().find_objects(&asked).await?;
    let mut found = found.into_iter();
    ids.retain(|_| {
        let known = found.next().flatten();
        known.is_none_or(|known| !known.deleted && is_stub(&known))
    });
    Ok(ids)
}

/// Stores what was fetched, unless someone else was quicker: then that is as good.
async fn store(ctx: &Context, id: &str, fetched: FetchedThing) -> Result<()> {
    let Some(changes) = changes_of(ctx, id, fetched).await? else {
        return Ok(());
    };
    match ctx.storage().commit(changes).await.map_err(Error::from) {
        Err(error) if error.kind() == ErrorKind::Conflict => Ok(()),
        stored => stored,
    }
}

async fn changes_of(ctx: &Context, id: &str, fetched: FetchedThing) -> Result<Option<Changes>> {
    let FetchedThing {
        thing,
        by,
        audience,
        account: told,
        ..
    } = fetched;
    let now = ctx.timestamp();
    let object_type = super::object_type_of(&thing).to_owned();
    let is_actor = ACTOR_TYPES.contains(&&*object_type);
    if object_type == ACTIVITY || id.starts_with("acct:") && !is_actor {
        return Ok(None);
    }
    let author = by.as_ref().and_then(|by| author_of(ctx, id, by));
    if author.is_none() && (!is_actor || object_type == "collection") {
        return Ok(None);
    }
    let author = author.filter(|author| author_id(author) != id);
    let parent = thing.get("inReplyTo").and_then(Reference::from_value);
    let parent = parent.map(|parent| {
        let id = ctx.urls().canonical_id(&parent.id).into_owned();
        Reference::new(parent.object_type, id)
    });
    let parent_id = parent.as_ref().map_or("", |parent| parent.id.as_str());
    let named = [id, author.as_ref().map_or("", author_id), parent_id];
    let mut stored = ctx.storage().find_objects(&named).await?.into_iter();
    let mut stored = || stored.next().flatten();
    let (known, known_author, known_parent) = (stored(), stored(), stored());
    let mut changes = Changes::new();
    let is_new = is_actor && known.is_none() || author.is_some() && known_author.is_none();
    if is_new && !admit_actor(ctx, id) {
        return Ok(None);
    }
    if let Some(author) = &author {
        changes.extend(actor_changes(ctx, known_author.as_deref(), author, &now));
    }
    let author = author.as_ref().map(author_id);
    let (mut object, expect) = match known.as_deref() {
        None => (object_of(ctx, thing, author, &now), Expect::Absent),
        Some(stub) if is_stub(stub) && !stub.deleted => {
            let mut object = stub.clone();
            complete_stub(ctx, &mut object, thing, author, &now);
            (object, Expect::Version(stub.version))
        }
        Some(_) => return Ok(None),
    };
    object.audience = vec![if is_actor {
        AudienceMember::Public
    } else {
        audience
    }];
    let most = if is_actor {
        MAX_ACTOR_BYTES
    } else {
        MAX_THING_BYTES
    };
    if object.body.raw().len() > most {
        return Ok(None);
    }
    let account = account_of(ctx, &object).map(|mut account| {
        account.fetched = Some(ctx.now());
        Change::PutRemoteAccount(account)
    });
    let item = object.id.clone();
    changes.push(Change::PutObject { object, expect });
    changes.extend(account);
    let is_stored = |account: &RemoteAccount| {
        let mut puts = changes.iter().filter_map(|change| match change {
            Change::PutObject { object, .. } => Some(&object.id),
            _ => None,
        });
        known_author.is_some() || puts.any(|id| *id == account.id)
    };
    if let Some(account) = told.filter(is_stored) {
        changes.extend(host_changes(ctx, &account).await?);
        changes.push(Change::PutRemoteAccount(account));
    }
    if let Some(parent) = parent {
        changes.extend(reply_changes(
            ctx,
            parent,
            known_parent.is_some(),
            item,
            &now,
        ));
    }
    Ok(Some(changes))
}

/// Counts an actor who was not seen before, as those are who act; whether there may be another.
fn admit_actor(ctx: &Context, id: &str) -> bool {
    let host = host_of_id(id).unwrap_or_default();
    let admitted = ctx.app().peers().admit_actor(&host, ctx.now());
    admitted.is_ok()
}

/// The place of a thing among the replies of what it answers, of which at least a stub is stored.
fn reply_changes(
    ctx: &Context,
    parent: Reference,
    is_known: bool,
    item: String,
    now: &str,
) -> Changes {
    let is_ours = ctx.urls().is_local(&parent.id);
    if !is_known && (is_ours || matches!(&*parent.object_type, "person" | ACTIVITY)) {
        return Changes::new();
    }
    let stub = (!is_known).then(|| {
        let named = Map::from_iter([
            ("id".to_owned(), parent.id.clone().into()),
            ("objectType".to_owned(), parent.object_type.clone().into()),
        ]);
        let mut object = object_of(ctx, named, None, now);
        object.audience = vec![AudienceMember::Public];
        let expect = Expect::Absent;
        Change::PutObject { object, expect }
    });
    let push = Change::Push {
        stream: Stream::Replies(parent.id),
        item,
        class: None,
        duplicate: Duplicate::Ignore,
    };
    stub.into_iter().chain([push]).collect()
}

/// The author of a thing, as its server says who that is: someone of the same host.
fn author_of(ctx: &Context, id: &str, by: &Value) -> Option<Map<String, Value>> {
    let by = match by {
        Value::String(id) => Map::from_iter([("id".to_owned(), id.clone().into())]),
        other => other.as_object()?.clone(),
    };
    let mut author = sanitize_received(by).ok()?;
    let author_id = ctx
        .urls()
        .canonical_id(author.get("id")?.as_str()?)
        .into_owned();
    if host_of_id(&author_id).is_none() || host_of_id(&author_id) != host_of_id(id) {
        return None;
    }
    author.insert("id".into(), author_id.into());
    if super::object_type_of(&author) == OTHER {
        author.insert("objectType".into(), "person".into());
    }
    ACTOR_TYPES
        .contains(&super::object_type_of(&author))
        .then_some(author)
}

fn author_id(author: &Map<String, Value>) -> &str {
    author.get("id").and_then(Value::as_str).unwrap_or_default()
}
