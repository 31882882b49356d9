//! Reading one thing, with the API's words for why not (pump-api 2.1, 9.3).

use std::{
    borrow::Cow,
    collections::{HashMap, HashSet},
    sync::Arc,
};

use tracing::{Instrument, debug_span};

#[cfg(feature = "web")]
use super::lookup;
use super::{Error, Result, access, barriers, remote};
use crate::{
    Context,
    context::Caller,
    model::{ACTIVITY, OTHER, Object, Viewer},
};

/// How a thing is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ObjectName {
    /// By the last segment of its local URL.
    Uuid(String),
    /// By its id, wherever that is from (pump-api 10.8).
    Id(String),
}

/// The object of that type and name, if the caller may read it.
///
/// Errors: 404 for an unknown type or name, 410 for a tombstone, 403 for what the caller
/// may not read, or 401 if nobody is calling.
pub(crate) async fn find(
    ctx: &Context,
    object_type: &str,
    name: &ObjectName,
) -> Result<Arc<Object>> {
    let object = find_existing(ctx, object_type, name)
        .instrument(debug_span!("find_object"))
        .await?;
    require_readable(ctx, &object).await?;
    Ok(object)
}

/// The same, to be shown by itself. The profile of an actor elsewhere is refreshed if it is old,
/// after this returns.
pub(crate) async fn view(
    ctx: &Context,
    object_type: &str,
    name: &ObjectName,
) -> Result<Arc<Object>> {
    let object = find(ctx, object_type, name).await?;
    remote::refresh_viewed(ctx, &object).await?;
    Ok(object)
}

/// The object or activity below the name of its author, if the caller may read it. Errors as
/// [`find`] and [`activity`], and 404 for one of another author.
#[cfg(feature = "web")]
pub(crate) async fn find_by(
    ctx: &Context,
    nickname: &str,
    object_type: &str,
    uuid: String,
) -> Result<Arc<Object>> {
    let page = ctx.urls().object_page(nickname, object_type, &uuid);
    let object = match object_type {
        ACTIVITY => activity(ctx, &uuid).await?,
        "list" => find(ctx, "collection", &ObjectName::Uuid(uuid)).await?,
        _ => find(ctx, object_type, &ObjectName::Uuid(uuid)).await?,
    };
    // Things of the server itself are below its name.
    if object
        .scan_text_property("url")
        .is_some_and(|url| url == page)
    {
        return Ok(object);
    }
    let author = lookup::account(ctx, nickname).await?.person;
    if object.author.as_deref() == Some(author.as_str()) {
        Ok(object)
    } else {
        Err(Error::not_found(format!("It is not by '{nickname}'.")).phrased("failure-no-thing"))
    }
}

/// The caller's own object of that type and name, to be changed.
pub(crate) async fn find_own(
    ctx: &Context,
    object_type: &str,
    name: &ObjectName,
) -> Result<Object> {
    let object = find_existing(ctx, object_type, name)
        .instrument(debug_span!("find_object"))
        .await?;
    if object.author.is_some() && object.author.as_deref() == ctx.person() {
        return Ok(Arc::unwrap_or_clone(object));
    }
    require_readable(ctx, &object).await?;
    Err(Error::forbidden("Only the author can modify this object.").phrased("failure-not-author"))
}

/// The activity of that uuid, if the caller may read it.
///
/// Errors: 404 for an unknown one, 410 for one that was taken back, 403 for what the caller may not
/// read.
pub(crate) async fn activity(ctx: &Context, uuid: &str) -> Result<Arc<Object>> {
    let activity = find_existing_activity(ctx, uuid)
        .instrument(debug_span!("find_object"))
        .await?;
    if access::readable(ctx, ctx.viewer(), &[&activity]).await? == [true] {
        Ok(activity)
    } else {
        Err(unreadable(
            ctx,
            "Only the actor and recipients can view this activity.",
        ))
    }
}

/// The caller's own activity of that uuid, to be changed.
///
/// Errors: 404 for an unknown one, 410 for one that was taken back, 403 for someone else's.
pub(crate) async fn own_activity(ctx: &Context, uuid: &str) -> Result<Object> {
    let activity = find_existing_activity(ctx, uuid)
        .instrument(debug_span!("find_object"))
        .await?;
    if activity.author.is_some() && activity.author.as_deref() == ctx.person() {
        return Ok(Arc::unwrap_or_clone(activity));
    }
    Err(Error::forbidden("Only the actor can modify this object."))
}

async fn find_existing_activity(ctx: &Context, uuid: &str) -> Result<Arc<Object>> {
    let found = ctx.storage().find_object_by_uuid(uuid).await?;
    let activity = found
        .filter(|object| object.object_type == ACTIVITY)
        .ok_or_else(|| Error::not_found(format!("Can't find an activity with id {uuid}")))?;
    if activity.deleted {
        Err(Error::gone())
    } else {
        access::require_shown(ctx, &activity).await?;
        Ok(activity)
    }
}

pub(super) async fn find_existing(
    ctx: &Context,
    object_type: &str,
    name: &ObjectName,
) -> Result<Arc<Object>> {
    if !ctx.urls().has_route(object_type) && object_type != OTHER {
        return Err(Error::not_found(format!("Unknown type: {object_type}")));
    }
    if matches!(name, ObjectName::Id(id) if id.is_empty()) {
        return Err(Error::bad_request("'id' required"));
    }
    let (found, rendered) = match name {
        ObjectName::Uuid(uuid) => (ctx.storage().find_object_by_uuid(uuid).await?, uuid),
        ObjectName::Id(id) => {
            let id = stored_id(ctx, id).await?;
            (
                ctx.storage().find_objects(&[&id]).await?.pop().flatten(),
                name.text(),
            )
        }
    };
    // That a host is blocked or muted by somebody is for nobody else to know.
    let is_shown = |object: &Arc<Object>| {
        ctx.urls().segment_of(&object.object_type) == object_type
            && !barriers::is_host_id(ctx.urls(), &object.id)
    };
    let fits = found.filter(is_shown);
    let object = fits.ok_or_else(|| {
        Error::not_found(format!("Can't find a {object_type} with ID = {rendered}"))
    })?;
    if object.deleted {
        Err(Error::gone())
    } else {
        access::require_shown(ctx, &object).await?;
        Ok(object)
    }
}

async fn require_readable(ctx: &Context, object: &Object) -> Result<()> {
    if access::readable(ctx, ctx.viewer(), &[object]).await? == [true] {
        return Ok(());
    }
    let why = match object.published_by {
        Some(_) => "Only the author and recipients can view this object.",
        None => "No authorization for this object.",
    };
    Err(unreadable(ctx, why))
}

/// The error for an unreadable object. Nobody in particular might, if they said who they are.
fn unreadable(ctx: &Context, why: &str) -> Error {
    match ctx.caller() {
        Caller::Anonymous => Error::not_logged_in(),
        _ => Error::forbidden(why),
    }
}

/// Whether someone may read what is stored under an id.
pub(super) async fn may_read(ctx: &Context, viewer: Viewer<'_>, id: &str) -> Result<bool> {
    Ok(ctx.storage().readable(&[id], viewer).await? == [true])
}

/// Returns the id under which something is stored that a client names in any spelling.
pub(super) async fn stored_id(ctx: &Context, id: &str) -> Result<String> {
    let mut stored = stored_ids(ctx, [id].into_iter()).await?;
    Ok(stored.remove(id).unwrap_or_else(|| id.to_owned()))
}

/// Returns the ids under which things are stored, for those of these ids that are another spelling.
///
/// Returns the stored id for each id. An object that was made while the public URL had another
/// scheme keeps its id of then.
pub(super) async fn stored_ids<'a>(
    ctx: &Context,
    ids: impl Iterator<Item = &'a str>,
) -> Result<HashMap<String, String>> {
    let urls = ctx.urls();
    let canonical = |id: &'a str| match urls.canonical_id(id) {
        Cow::Owned(canonical) if canonical != id => Some((id.to_owned(), canonical)),
        _ => None,
    };
    let mut spelled: HashMap<String, String> = ids.filter_map(canonical).collect();
    if spelled.is_empty() {
        return Ok(spelled);
    }
    let both = spelled.iter().flat_map(|(id, canonical)| [id, canonical]);
    let both: Vec<&str> = both.map(String::as_str).collect();
    let there = ctx.storage().readable(&both, Viewer::Unrestricted).await?;
    let there = both.iter().zip(there).filter(|(_, there)| *there);
    let there: HashSet<String> = there.map(|(id, _)| (*id).to_owned()).collect();
    spelled.retain(|id, canonical| there.contains(canonical) || !there.contains(id));
    Ok(spelled)
}

impl ObjectName {
    fn text(&self) -> &String {
        match self {
            Self::Uuid(text) | Self::Id(text) => text,
        }
    }
}
