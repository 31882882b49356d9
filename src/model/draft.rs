//! An activity as someone asks for it.

use serde_json::{Map, Value};

use super::Reference;

/// Verbs that change or undo something done before.
pub(crate) const CHANGING_VERBS: &[&str] = &[
    "update",
    "delete",
    "stop-following",
    "unfavorite",
    "unlike",
    "unshare",
    "remove",
    "leave",
];

/// Verbs by which a person decides alone about another.
pub(crate) const BLOCKING_VERBS: &[&str] = &["block", "unblock"];

/// Verbs by which a person asks an actor of `ActivityPub` for what they publish.
pub(crate) const FOLLOW_VERBS: &[&str] = &["follow", "join"];

/// Verb of a report to the moderators of another server. This server does it, and no person.
pub(crate) const FLAG_VERB: &str = "flag-as-inappropriate";

/// Recipients of an activity, in its four fields.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recipients {
    /// Openly, in person.
    pub to: Vec<Reference>,
    /// Openly, for information.
    pub cc: Vec<Reference>,
    /// In secret, in person.
    pub bto: Vec<Reference>,
    /// In secret, for information.
    pub bcc: Vec<Reference>,
}

/// An activity as someone asked for it: shape checked, HTML sanitised, nothing looked up yet.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Draft {
    /// Verb; defaults to `post`.
    pub verb: String,
    /// Object of the verb.
    pub object: Option<Map<String, Value>>,
    /// With respect to what.
    pub target: Option<Map<String, Value>>,
    /// Recipients; when empty, the defaults apply.
    pub recipients: Recipients,
    /// Everything else that was said.
    pub other_properties: Map<String, Value>,
}
