//! Origin of an activity: done here, or received from the server of its actor.

use serde_json::{Map, Value};

use super::Draft;
use crate::model::host_of_id;

/// An activity of another server that was authenticated, sanitised and taken apart.
#[derive(Clone, Debug)]
pub(crate) struct ReceivedActivity {
    /// Its id; `None` if it has none, and gets one of this server.
    pub(crate) id: Option<String>,
    /// The name of the actor's host.
    pub(crate) host: String,
    /// The actor, as far as it was said who that is.
    pub(crate) actor: Map<String, Value>,
    /// The verb and its objects, and for whom it was done.
    pub(crate) draft: Draft,
    /// Its own links, page and generator.
    pub(crate) envelope: Map<String, Value>,
    /// When it was done.
    pub(crate) published: String,
    /// Where it was received.
    pub(crate) inbox: ReceivingInbox,
}

/// Owner of an inbox that received an activity, by id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ReceivingInbox {
    /// A person.
    Person(String),
    /// A group.
    Group(String),
}

/// Origin of an activity.
#[derive(Clone, Copy)]
pub(super) enum Origin<'a> {
    /// Done here.
    Local,
    /// Received from the server of its actor.
    Received(&'a ReceivedActivity),
}

impl ReceivedActivity {
    /// The id of the actor.
    pub(crate) fn actor_id(&self) -> &str {
        let id = self.actor.get("id").and_then(Value::as_str);
        id.unwrap_or_default()
    }

    /// Whether the actor's host owns a thing by its id, or no host does.
    pub(crate) fn may_own(&self, id: &str) -> bool {
        host_of_id(id).is_none_or(|host| host == self.host)
    }
}

impl<'a> Origin<'a> {
    /// The activity as it was received, if it was.
    pub(super) fn received(self) -> Option<&'a ReceivedActivity> {
        match self {
            Self::Local => None,
            Self::Received(received) => Some(received),
        }
    }

    /// Whether it was received.
    pub(super) fn is_received(self) -> bool {
        self.received().is_some()
    }
}
