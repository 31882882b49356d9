//! Mapping of AS1 activities, as they are rendered for a receiver, to what peers of `ActivityPub`
//! read.
//!
//! Pure: the caller knows which `acct:` ids have which actor URLs, and decides who gets a copy. An
//! activity is never addressed to more than its actor addressed it to.

mod activity;
mod actors;
mod attachment;
mod audience;
mod content;
mod object;
#[cfg(test)]
mod tests;

use serde_json::{Map, Value, json};

pub(crate) use self::activity::{Readers, activity, flag, follow_answer, pass_on, readers_of};
pub(crate) use self::actors::Actors;
pub(super) use self::attachment::attachments;
pub(super) use self::content::{content_of, title_of};
pub(super) use self::object::{hashtag_tags, warning};
use super::CONTEXT;

/// Circumstances of one copy of an activity.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct OutgoingCopy<'a> {
    /// AS1 ids of persons that the copy is for and that the activity does not name: secret
    /// recipients, or members of a list on the host that gets it. They are named in this copy.
    pub(crate) also_to: &'a [&'a str],
    /// Id of the activity that is taken back.
    pub(crate) undone: Option<&'a str>,
    /// The whole actor, if that is the object of an update.
    pub(crate) actor: Option<&'a Map<String, Value>>,
}

/// Puts the context before a document.
fn with_context(body: Map<String, Value>) -> Map<String, Value> {
    let terms = json!({ "Hashtag": "as:Hashtag", "sensitive": "as:sensitive" });
    let context = ("@context".to_owned(), json!([CONTEXT, terms]));
    std::iter::once(context).chain(body).collect()
}
