//! Relations that a person decides about alone: whom they block or mute, and who may follow them.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::{
    Error, Result, activity,
    barriers::{host_id, names_of},
    batches,
    follow_replies::reply_to_follow,
    retry::retry_on_conflict,
};
use crate::{
    Context,
    model::{ACTOR_TYPES, BLOCKING_VERBS, Draft, Object, Recipients, Reference, Stream, host_name},
    storage::{Change, Changes, Duplicate, Expect},
};

/// Type of the objects that stand for hosts.
const HOST_TYPE: &str = "service";

/// Relation of a person to another, or to a whole host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Relation {
    /// Nothing of theirs reaches the person, and they can do nothing with what the person made.
    Block,
    /// Nothing of theirs reaches the person, which they can't notice.
    Mute,
}

/// Decisions of a person about another.
#[allow(
    clippy::struct_excessive_bools,
    reason = "each is a relation of its own"
)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Decided {
    pub(crate) blocks: bool,
    pub(crate) mutes: bool,
    pub(crate) blocks_host: bool,
    pub(crate) mutes_host: bool,
}

impl Relation {
    /// The stream at the person's end.
    pub(crate) fn of(self, person: &str) -> Stream {
        match self {
            Self::Block => Stream::Blocked(person.to_owned()),
            Self::Mute => Stream::Muted(person.to_owned()),
        }
    }

    /// The stream at the other end.
    fn by(self, other: &str) -> Stream {
        match self {
            Self::Block => Stream::BlockedBy(other.to_owned()),
            Self::Mute => Stream::MutedBy(other.to_owned()),
        }
    }
}

/// Blocks or mutes a person for the caller; to do it again changes nothing. A block ends what is
/// between the two: follows and requests both ways, and membership in lists of the caller. Another
/// server hears that the caller stopped following, if they did.
///
/// Errors: 400 for the caller, and for what is no person; 404 for what is not known here.
#[tracing::instrument(level = "debug", skip_all)]
pub(crate) async fn add(ctx: &Context, relation: Relation, id: &str) -> Result<Arc<Object>> {
    let own = own(ctx)?;
    let other = ctx.storage().find_objects(&[id]).await?.pop().flatten();
    let other = other.ok_or_else(|| {
        Error::not_found("That person is not known here.").phrased("failure-no-person")
    })?;
    let is_actor = ACTOR_TYPES.contains(&other.object_type.as_str());
    if id == own || !is_actor || other.object_type == "collection" {
        return Err(not_a_person());
    }
    if relation == Relation::Block {
        stop_following_elsewhere(ctx, own, id).await?;
    }
    retry_on_conflict(ctx, || async {
        let ends = ends(own, id, relation);
        let mut changes: Changes = ends.map(|(stream, item)| push(stream, item)).into();
        if relation == Relation::Block {
            changes.extend(held(ctx, edges(own, id)).await?);
        }
        Ok((changes, ()))
    })
    .await?;
    if relation == Relation::Block {
        leave_lists(ctx, own, id).await?;
    }
    Ok(other)
}

/// Does what an activity of the caller says if it blocks somebody, or ends that, and keeps such an
/// activity from everybody else: no other server ever hears of it.
///
/// Errors: as [`add`] and [`remove`]; 400 for a host.
pub(crate) async fn block_as_said(ctx: &Context, draft: &mut Draft) -> Result<()> {
    if !BLOCKING_VERBS.contains(&draft.verb.as_str()) {
        return Ok(());
    }
    let object = draft.object.take().unwrap_or_default();
    let id = id_of(&object)?;
    if object
        .get("objectType")
        .is_some_and(|kind| kind == HOST_TYPE)
    {
        return Err(not_a_person());
    }
    match draft.verb.as_str() {
        "block" => add(ctx, Relation::Block, id).await.map(drop)?,
        _ => remove(ctx, Relation::Block, id).await?,
    }
    draft.object = Some(object);
    draft.target = None;
    draft.recipients = Recipients::to(vec![Reference::new("person", own(ctx)?)]);
    Ok(())
}

/// Blocks or mutes the person in a body, or the host if it is a `service` with its name as
/// `displayName`.
///
/// Errors: as [`add`] and [`add_host`].
pub(crate) async fn add_named(
    ctx: &Context,
    relation: Relation,
    body: &Map<String, Value>,
) -> Result<Arc<Object>> {
    let text = |name: &str| body.get(name).and_then(Value::as_str).unwrap_or_default();
    match (text("objectType"), text("displayName")) {
        (HOST_TYPE, host) if !host.is_empty() => add_host(ctx, relation, host).await,
        _ => add(ctx, relation, id_of(body)?).await,
    }
}

/// Returns the id in a body that names somebody; 400 without one.
pub(crate) fn id_of(body: &Map<String, Value>) -> Result<&str> {
    let id = body.get("id").and_then(Value::as_str);
    id.ok_or_else(|| Error::bad_request("The object has no 'id'."))
}

/// Ends it; to do it again changes nothing.
///
/// Errors: 400 for an empty id.
#[tracing::instrument(level = "debug", skip_all)]
pub(crate) async fn remove(ctx: &Context, relation: Relation, id: &str) -> Result<()> {
    let own = own(ctx)?;
    require_id(id)?;
    retry_on_conflict(ctx, || async {
        Ok((held(ctx, ends(own, id, relation).into()).await?, ()))
    })
    .await
}

/// Ends that a person follows another, or a group that they are in.
pub(crate) async fn end_follow(ctx: &Context, follower: &str, person: &str) -> Result<()> {
    let entries = [
        (Stream::Following(follower.to_owned()), person),
        (Stream::Followers(person.to_owned()), follower),
        (Stream::Members(person.to_owned()), follower),
    ];
    retry_on_conflict(ctx, || async {
        Ok((held(ctx, entries.to_vec()).await?, ()))
    })
    .await
}

/// Ends what is between two persons: follows and requests both ways.
pub(crate) async fn part(ctx: &Context, one: &str, other: &str) -> Result<()> {
    retry_on_conflict(ctx, || async {
        Ok((held(ctx, edges(one, other)).await?, ()))
    })
    .await
}

/// Blocks or mutes a whole host for the caller: all who are there. Follows stay as they are.
///
/// Errors: 400 for what is no host, and for this one.
#[tracing::instrument(level = "debug", skip_all)]
pub(crate) async fn add_host(ctx: &Context, relation: Relation, host: &str) -> Result<Arc<Object>> {
    let own = own(ctx)?;
    let name = host_name(host.trim()).filter(|name| !ctx.urls().is_own_host(name));
    let name = name
        .ok_or_else(|| Error::bad_request("That is no other server.").phrased("failure-no-host"))?;
    let id = host_id(ctx.urls(), &name);
    retry_on_conflict(ctx, || async {
        let known = ctx.storage().find_objects(&[&id]).await?.pop().flatten();
        let mut changes = Changes::new();
        let host = known.unwrap_or_else(|| {
            let made = Arc::new(host_object(ctx, &id, &name));
            changes.push(Change::PutObject {
                object: Object::clone(&made),
                expect: Expect::Absent,
            });
            made
        });
        changes.extend(ends(own, &id, relation).map(|(stream, item)| push(stream, item)));
        Ok((changes, host))
    })
    .await
}

/// Ends it for a host.
#[tracing::instrument(level = "debug", skip_all)]
pub(crate) async fn remove_host(ctx: &Context, relation: Relation, host: &str) -> Result<()> {
    let name = host_name(host.trim()).unwrap_or_default();
    remove(ctx, relation, &host_id(ctx.urls(), &name)).await
}

/// Returns what the caller has decided about a person.
pub(crate) async fn decided(ctx: &Context, id: &str) -> Result<Decided> {
    let own = own(ctx)?;
    let names = names_of(ctx.urls(), id);
    let pairs = names.iter().flat_map(|name| {
        [Relation::Block, Relation::Mute].map(|relation| (relation.of(own), name.as_str()))
    });
    let held = ctx.storage().contains(&pairs.collect::<Vec<_>>()).await?;
    let held = |at: usize| held.get(at).copied().unwrap_or_default();
    Ok(Decided {
        blocks: held(0),
        mutes: held(1),
        blocks_host: held(2),
        mutes_host: held(3),
    })
}

/// Returns for each of some persons, in the same order, whether the caller blocks or muted them, or
/// their host.
pub(crate) async fn are_shunned(ctx: &Context, persons: &[&str]) -> Result<Vec<bool>> {
    let Some(own) = ctx.person() else {
        return Ok(vec![false; persons.len()]);
    };
    let lists = [Relation::Block, Relation::Mute].map(|relation| relation.of(own));
    let totals = ctx.app().recent_reads().approximate_totals(&lists).await?;
    if totals.iter().all(|total| *total == 0) {
        return Ok(vec![false; persons.len()]);
    }
    let names: Vec<Vec<String>> = persons.iter().map(|id| names_of(ctx.urls(), id)).collect();
    let pairs = names.iter().flatten();
    let pairs = pairs.flat_map(|name| lists.clone().map(|list| (list, name.as_str())));
    let held = ctx.storage().contains(&pairs.collect::<Vec<_>>()).await?;
    let mut held = held.chunks(lists.len());
    let mut next = || held.next().is_some_and(|held| held.contains(&true));
    Ok(names
        .iter()
        .map(|names| names.iter().fold(false, |shunned, _| next() | shunned))
        .collect())
}

/// Whether the caller decides about each follower.
pub(crate) async fn asks_first(ctx: &Context) -> Result<bool> {
    let pair = [(Stream::FollowApprovers, own(ctx)?)];
    Ok(ctx.storage().contains(&pair).await? == [true])
}

/// Whether the caller waits for a person to accept them as a follower.
pub(crate) async fn waits_for(ctx: &Context, id: &str) -> Result<bool> {
    let pair = [(Stream::Requests(id.to_owned()), own(ctx)?)];
    Ok(ctx.storage().contains(&pair).await? == [true])
}

/// Sets whether the caller decides about each follower. Requests that wait go on waiting.
#[tracing::instrument(level = "debug", skip_all)]
pub(crate) async fn set_asks_first(ctx: &Context, asks_first: bool) -> Result<()> {
    let own = own(ctx)?;
    retry_on_conflict(ctx, || async {
        let changes = if asks_first {
            vec![push(Stream::FollowApprovers, own)]
        } else {
            held(ctx, vec![(Stream::FollowApprovers, own)]).await?
        };
        Ok((changes, ()))
    })
    .await
}

/// Decides about a person who asked to follow the caller; to do it again changes nothing. The
/// rejection of one who did not ask, or took it back, is passed over.
///
/// Errors: 400 for an empty id; 404 to accept one who neither asks nor follows.
#[tracing::instrument(level = "debug", skip_all)]
pub(crate) async fn decide(ctx: &Context, id: &str, accepts: bool) -> Result<()> {
    let own = own(ctx)?;
    require_id(id)?;
    retry_on_conflict(ctx, || async {
        let followers = || Stream::Followers(own.to_owned());
        let mut changes = held(ctx, vec![(Stream::Requests(own.to_owned()), id)]).await?;
        if changes.is_empty() && accepts {
            let follows = ctx.storage().contains(&[(followers(), id)]).await? == [true];
            let missing = || {
                Error::not_found("That person doesn't ask to follow you.")
                    .phrased("failure-no-request")
            };
            follows.then_some(()).ok_or_else(missing)?;
        } else if accepts {
            changes.push(push(followers(), id));
            changes.extend(reply_to_follow(ctx, id, own, true).await?);
        } else if !changes.is_empty() {
            changes.extend(reply_to_follow(ctx, id, own, false).await?);
            changes.extend(held(ctx, vec![(Stream::Following(id.to_owned()), own)]).await?);
        }
        Ok((changes, ()))
    })
    .await
}

fn not_a_person() -> Error {
    Error::bad_request("Only another person can be blocked or muted.")
        .phrased("failure-not-a-person")
}

fn require_id(id: &str) -> Result<()> {
    let missing = || Error::bad_request("'id' must say who is meant.");
    (!id.is_empty()).then_some(()).ok_or_else(missing)
}

fn own(ctx: &Context) -> Result<&str> {
    ctx.person().ok_or_else(Error::not_logged_in)
}

/// The entries of a relation.
fn ends<'a>(own: &'a str, other: &'a str, relation: Relation) -> [(Stream, &'a str); 2] {
    [(relation.of(own), other), (relation.by(other), own)]
}

/// The entries that a block ends.
fn edges<'a>(own: &'a str, other: &'a str) -> Vec<(Stream, &'a str)> {
    let both = [(own, other), (other, own)];
    let edges = both.map(|(one, two)| {
        [
            (Stream::Followers(one.to_owned()), two),
            (Stream::Following(one.to_owned()), two),
            (Stream::Requests(one.to_owned()), two),
        ]
    });
    edges.into_iter().flatten().collect()
}

/// Returns the removals of those entries that are there.
async fn held(ctx: &Context, entries: Vec<(Stream, &str)>) -> Result<Changes> {
    let held = ctx.storage().contains(&entries).await?;
    let held = entries.into_iter().zip(held).filter(|(_, held)| *held);
    let removals = held.map(|((stream, item), _)| Change::RemoveItem {
        stream,
        item: item.to_owned(),
    });
    Ok(removals.collect())
}

/// Tells a person of another server, and nobody else, that the caller follows them no more.
async fn stop_following_elsewhere(ctx: &Context, own: &str, id: &str) -> Result<()> {
    let pair = [(Stream::Following(own.to_owned()), id)];
    if ctx.urls().is_local(id) || ctx.storage().contains(&pair).await? != [true] {
        return Ok(());
    }
    let person = json!({ "objectType": "person", "id": id });
    let stop = json!({ "verb": "stop-following", "object": person, "to": [person] });
    activity::perform_json(ctx, stop).await.map(drop)
}

/// Takes a person out of the lists of the caller, and so out of what goes to these.
async fn leave_lists(ctx: &Context, own: &str, id: &str) -> Result<()> {
    let lists = Stream::Lists {
        owner: own.to_owned(),
        object_type: "person".into(),
    };
    batches::for_each_item(ctx, &lists, |ctx, list| {
        let id = id.to_owned();
        async move {
            let member = vec![(Stream::Members(list.id.clone()), &*id)];
            let changes = held(&ctx, member).await?;
            if !changes.is_empty() {
                ctx.storage().commit(changes).await?;
            }
            Ok(())
        }
    })
    .await
}

fn host_object(ctx: &Context, id: &str, name: &str) -> Object {
    let body = Map::from_iter([
        ("id".into(), Value::from(id)),
        ("displayName".into(), name.into()),
        ("published".into(), ctx.timestamp().into()),
    ]);
    Object::new(HOST_TYPE, id, ctx.uuid(), body)
}

fn push(stream: Stream, item: &str) -> Change {
    Change::Push {
        stream,
        item: item.to_owned(),
        class: None,
        duplicate: Duplicate::Ignore,
    }
}
