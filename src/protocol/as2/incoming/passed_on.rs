//! Activities that groups pass on (FEP-1b12).

use serde_json::{Map, Value};

use super::{Incoming, PassedEffect, PassedOn, received::Received};
use crate::protocol::as2::values::{first_id, first_object, own_id, same_origin, type_of};

/// Types of activities that groups pass on.
const PASSED_ON: &[&str] = &[
    "Add",
    "Announce",
    "Block",
    "Create",
    "Delete",
    "Dislike",
    "EmojiReact",
    "Flag",
    "Like",
    "Lock",
    "Remove",
    "Undo",
    "Update",
];

/// Returns whether a document is an activity that a group may pass on.
pub(crate) fn may_be_passed_on(document: &Map<String, Value>) -> bool {
    PASSED_ON.contains(&type_of(document))
}

/// Returns the object that an activity shows, if it is of the origin of the activity.
pub(crate) fn shown_object(activity: &Map<String, Value>) -> Option<&Map<String, Value>> {
    let object = first_object(activity, "object")?;
    let is_own = same_origin(own_id(object)?, own_id(activity)?);
    is_own.then_some(object)
}

/// Returns whether a document says that there is nothing any more.
pub(crate) fn is_tombstone(document: &Map<String, Value>) -> bool {
    type_of(document) == "Tombstone"
}

impl Received<'_> {
    /// Reads an activity that is passed on.
    pub(super) fn pass_on(&self, inner: &Map<String, Value>) -> Incoming {
        let (Some(id), Some(by)) = (own_id(inner), first_id(inner, "actor")) else {
            return Incoming::Ignored("The activity that it passes on has no id or no actor");
        };
        let (effect, about) = match type_of(inner) {
            "Create" => (PassedEffect::Published, Some(inner)),
            "Update" => (PassedEffect::Changed, Some(inner)),
            "Delete" => (PassedEffect::Removed, Some(inner)),
            "Like" | "EmojiReact" => (PassedEffect::Reacted, Some(inner)),
            "Undo" => (PassedEffect::Reacted, first_object(inner, "object")),
            _ => return Incoming::Ignored("It passes on what has no effect here"),
        };
        let object = about.and_then(|about| first_id(about, "object"));
        let (Some(object), Incoming::Activity(share)) = (object, self.about("share", object))
        else {
            return Incoming::Ignored("The activity that it passes on is about nothing");
        };
        let is_of_origin = [id, by].iter().all(|one| same_origin(one, self.url));
        Incoming::PassedOn(PassedOn {
            effect,
            object: object.to_owned(),
            activity: inner.clone(),
            is_of_origin,
            share,
        })
    }
}
