//! Notices: the activities that a person is told of, on a page of their own and by mail.

use std::collections::BTreeMap;
#[cfg(feature = "web")]
use std::collections::HashSet;

#[cfg(feature = "web")]
use super::{Error, ErrorKind};
use super::{Result, barriers, mail::notification_jobs};
#[cfg(feature = "web")]
use crate::model::{MAX_COUNT, Viewer};
use crate::{
    Context,
    model::{CHANGING_VERBS, NotificationKind, Object, Stream},
    storage::{Change, Changes, Duplicate},
};

/// Returns the changes by which an activity is noticed, to be written in its commit: by those in
/// `direct`, and by whose person or thing it was done to. Members of the excepted streams are not
/// told.
pub(super) async fn for_activity(
    ctx: &Context,
    activity: &Object,
    (object, parent): (Option<&Object>, Option<&Object>),
    direct: &[String],
    excepted: &[Stream],
) -> Result<Changes> {
    let mut kinds = kinds(activity, object, parent, direct);
    kinds.retain(|person, _| ctx.urls().is_local(person));
    if kinds.is_empty() {
        return Ok(Changes::new());
    }
    let persons = kinds.keys().map(|person| (*person).to_owned()).collect();
    let reached = barriers::reached(ctx, excepted, persons).await?;
    kinds.retain(|person, _| reached.iter().any(|reached| reached == person));
    let noticed = reached
        .into_iter()
        .flat_map(|person| [Stream::Notices(person.clone()), Stream::Unseen(person)]);
    let pushes = noticed.map(|stream| Change::Push {
        stream,
        item: activity.id.clone(),
        class: None,
        duplicate: Duplicate::Ignore,
    });
    let mut changes: Changes = pushes.collect();
    changes.extend(notification_jobs::for_kinds(ctx, activity, kinds).await?);
    Ok(changes)
}

/// Returns who is told of an activity, and as what.
fn kinds<'a>(
    activity: &Object,
    object: Option<&'a Object>,
    parent: Option<&'a Object>,
    direct: &'a [String],
) -> BTreeMap<&'a str, NotificationKind> {
    let verb = activity.text_property("verb").unwrap_or_default();
    if CHANGING_VERBS.contains(&verb) {
        return BTreeMap::new();
    }
    let mut kinds: BTreeMap<&str, NotificationKind> = direct
        .iter()
        .map(|person| (person.as_str(), NotificationKind::Direct))
        .collect();
    let author = object.and_then(|object| object.author.as_deref());
    let person = object.filter(|object| object.object_type == "person");
    let (whose, kind) = match verb {
        "follow" => (
            person.map(|person| &*person.id),
            NotificationKind::Followers,
        ),
        "favorite" | "like" => (author, NotificationKind::Likes),
        "share" => (author, NotificationKind::Shares),
        "post" | "create" => (
            parent.and_then(|parent| parent.author.as_deref()),
            NotificationKind::Comments,
        ),
        _ => (None, NotificationKind::Direct),
    };
    kinds.extend(whose.map(|person| (person, kind)));
    kinds.remove(activity.author.as_deref().unwrap_or_default());
    kinds
}

/// Returns how many notices the caller has not seen; none for who has no inbox here.
#[cfg(feature = "web")]
pub(crate) async fn count_unseen(ctx: &Context) -> Result<u64> {
    let Some(own) = ctx.person() else {
        return Ok(0);
    };
    let streams = [Stream::Unseen(own.to_owned())];
    let previews = ctx.storage().previews(&streams, 0, Viewer::Unrestricted);
    Ok(previews.await?.first().map_or(0, |preview| preview.total))
}

/// Returns the same, about: from the cache of what was read lately.
#[cfg(feature = "web")]
pub(crate) async fn approximate_unseen(ctx: &Context) -> Result<u64> {
    let Some(own) = ctx.person() else {
        return Ok(0);
    };
    let streams = [Stream::Unseen(own.to_owned())];
    let totals = ctx.app().recent_reads().approximate_totals(&streams);
    Ok(totals.await?.first().copied().unwrap_or_default())
}

/// Returns the ids of the newest notices that the caller has not seen.
#[cfg(feature = "web")]
pub(crate) async fn unseen(ctx: &Context, count: u32) -> Result<HashSet<String>> {
    newest(ctx, Stream::Unseen, count).await
}

/// Returns the ids of the last persons who asked to follow the caller.
#[cfg(feature = "web")]
pub(crate) async fn asking(ctx: &Context) -> Result<HashSet<String>> {
    newest(ctx, Stream::Requests, MAX_COUNT).await
}

#[cfg(feature = "web")]
async fn newest(
    ctx: &Context,
    stream: fn(String) -> Stream,
    count: u32,
) -> Result<HashSet<String>> {
    let own = ctx.person().ok_or_else(Error::not_logged_in)?;
    let streams = [stream(own.to_owned())];
    let previews = ctx
        .storage()
        .previews(&streams, count, Viewer::Unrestricted);
    let items = previews
        .await?
        .into_iter()
        .flat_map(|preview| preview.items);
    Ok(items.collect())
}

/// Marks all notices of the caller as seen, if there are any that are not.
#[cfg(feature = "web")]
pub(crate) async fn mark_seen(ctx: &Context, has_unseen: bool) -> Result<()> {
    if let (Some(own), true) = (ctx.person(), has_unseen) {
        let seen = vec![Change::Clear(Stream::Unseen(own.to_owned()))];
        ctx.storage().commit(seen).await?;
    }
    Ok(())
}

/// Where the caller was on the home timeline, and who waits for them.
#[cfg(feature = "web")]
#[derive(Default)]
pub(crate) struct Position {
    /// The newest activity that they have seen, and what that was before the last ones came.
    read: [Option<String>; 2],
    /// How many ask to follow them.
    pub(crate) requests: u64,
}

/// Returns where the caller was.
#[cfg(feature = "web")]
pub(crate) async fn position(ctx: &Context) -> Result<Position> {
    let own = ctx.person().ok_or_else(Error::not_logged_in)?.to_owned();
    let streams = [Stream::Read(own.clone()), Stream::Requests(own)];
    let previews = ctx.storage().previews(&streams, 2, Viewer::Unrestricted);
    let mut previews = previews.await?.into_iter();
    let mut read = previews.next().unwrap_or_default().items.into_iter();
    Ok(Position {
        read: [read.next(), read.next()],
        requests: previews.next().unwrap_or_default().total,
    })
}

/// Notes that the caller sees the newest activity, and returns that which they saw before the last
/// ones came. It stays the same until others come, so that a page that is loaded again shows the
/// same. Of two notes at once one may be too late, which does no harm.
#[cfg(feature = "web")]
pub(crate) async fn arrive(
    ctx: &Context,
    position: &mut Position,
    newest: &str,
) -> Result<Option<String>> {
    let own = ctx.person().ok_or_else(Error::not_logged_in)?;
    let [read, before] = &mut position.read;
    if read.as_deref() == Some(newest) {
        return Ok(before.take());
    }
    let stream = || Stream::Read(own.to_owned());
    let mut changes = vec![Change::Push {
        stream: stream(),
        item: newest.to_owned(),
        class: None,
        duplicate: Duplicate::Ignore,
    }];
    changes.extend(before.take().map(|item| Change::RemoveItem {
        stream: stream(),
        item,
    }));
    match ctx.storage().commit(changes).await.map_err(Error::from) {
        Err(error) if error.kind() != ErrorKind::Conflict => Err(error),
        _ => Ok(read.take()),
    }
}
