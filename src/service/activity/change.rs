//! `update` and `delete`: the author changes or takes back what they made.

use super::{draft::Draft, planner::Planner, publish::list_of};
use crate::{
    model::{Object, Stream},
    protocol::as1::merge,
    service::{Error, ErrorKind, Result},
    storage::Change,
};

/// What is left of a deleted object (pump-api 9.5).
const TOMBSTONE: &[&str] = &["objectType", "id", "published", "inReplyTo"];

/// The most bytes of an object's JSON, however many updates it took to get there.
const LARGEST: usize = 256 * 1024;

/// Merges what is given into the stored object.
pub(super) fn update(planner: &mut Planner<'_>, draft: &Draft) -> Result<Object> {
    let mut object = planner.existing(draft.object.as_ref(), "object")?;
    require_author(planner, &object, "update")?;
    merge(&mut object.body, draft.object.clone().unwrap_or_default());
    object
        .body
        .insert("updated".into(), planner.now.clone().into());
    if serde_json::to_vec(&object.body).map_or(0, |json| json.len()) > LARGEST {
        return Err(Error::new(
            ErrorKind::TooLarge,
            format!("{} would be too large", object.id),
        ));
    }
    if object.id == planner.actor.id {
        planner.actor = object.clone();
    }
    planner.replace(object.clone());
    Ok(object)
}

/// Leaves a tombstone, and takes the object out of where it was counted.
pub(super) async fn delete(planner: &mut Planner<'_>, draft: &Draft) -> Result<Object> {
    let mut object = planner.existing(draft.object.as_ref(), "object")?;
    require_author(planner, &object, "delete")?;
    if object.id == planner.actor.id || is_virtual(planner, &object) {
        return Err(Error::bad_request(format!("Can't delete {}", object.id)));
    }
    if let Some(parent) = object.refers("inReplyTo") {
        let replies = Stream::Replies(parent.id);
        if planner.contains(replies.clone(), &object.id).await? {
            planner.pull(replies, &object.id);
        }
    }
    let uploads = Stream::Uploads(planner.actor.id.clone());
    if planner.contains(uploads.clone(), &object.id).await? {
        planner.pull(uploads, &object.id);
    }
    if let Some(object_type) = list_of(&object) {
        planner.pull(
            Stream::Lists {
                owner: planner.actor.id.clone(),
                object_type,
            },
            &object.id,
        );
        planner.then(Change::Clear(Stream::Members(object.id.clone())));
    }
    object
        .body
        .retain(|key, _| TOMBSTONE.contains(&key.as_str()));
    object
        .body
        .insert("updated".into(), planner.now.clone().into());
    object
        .body
        .insert("deleted".into(), planner.now.clone().into());
    object.deleted = true;
    planner.replace(object.clone());
    Ok(object)
}

fn require_author(planner: &Planner<'_>, object: &Object, verb: &str) -> Result<()> {
    let author = object.author.as_deref();
    if object.id == planner.actor.id || author == Some(&planner.actor.id) {
        return Ok(());
    }
    let why = if author.is_some() { "author" } else { "you" };
    Err(Error::bad_request(format!(
        "Can't {verb} {}: not {why}.",
        object.id
    )))
}

/// Followers and Following are collections by name only; there is nothing to delete.
fn is_virtual(planner: &Planner<'_>, object: &Object) -> bool {
    object.post.is_none()
        && object.object_type == "collection"
        && planner.ctx.urls().is_local(&object.id)
}
