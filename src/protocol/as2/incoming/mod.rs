//! Mapping of what `ActivityPub` peers send to ActivityStreams 1, as a Pump server would send it.
//!
//! Pure: the caller has verified the sender, and knows which actors have which `acct:` ids. All
//! that is returned is sanitised where it is received, as what Pump servers send is.

mod activity;
mod actor;
mod attachment;
mod audience;
mod emoji;
mod object;
mod passed_on;
mod persons;
mod question;
mod quote;
mod received;
mod relations;
#[cfg(test)]
mod tests;
mod texts;

use serde_json::{Map, Value};

#[cfg(feature = "web")]
pub(crate) use self::activity::activity;
pub(crate) use self::actor::{Actor, actor};
pub(crate) use self::object::thing;
pub(crate) use self::persons::{Persons, named_actors};
#[cfg(feature = "web")]
pub(crate) use self::{
    passed_on::{is_tombstone, may_be_passed_on, shown_object},
    persons::deletes_own_actor,
};

/// Meaning of a received activity.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Incoming {
    /// An AS1 activity, to be received as that of a Pump server.
    Activity(Map<String, Value>),
    /// An activity that a group passes on. It is no proof of it: its own server is asked.
    PassedOn(PassedOn),
    /// The answer to a `follow` of a person here.
    FollowAnswer(FollowAnswer),
    /// An activity of the same actor that is taken back.
    Undo(Undo),
    /// The actor blocks a person here: relations between them end.
    Block {
        /// The actor.
        actor: String,
        /// The person here.
        blocked: String,
    },
    /// The actor has another account from now on, if that one says so in its `alsoKnownAs`.
    Move {
        /// The actor.
        actor: String,
        /// The address of the other actor.
        target: String,
    },
    /// A report to the moderators.
    Flag {
        /// The actor, which may be one of the whole server.
        actor: String,
        /// The persons and things of this server that it is about.
        about: Vec<String>,
        /// The reason, as text.
        reason: String,
    },
    /// An activity that changes nothing here, and why.
    Ignored(&'static str),
}

/// An activity that a group passes on (FEP-1b12), as the group shows it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct PassedOn {
    /// Effect that it may have here.
    pub(crate) effect: PassedEffect,
    /// The id of the thing that it is about.
    pub(crate) object: String,
    /// The activity.
    pub(crate) activity: Map<String, Value>,
    /// Whether the activity is of the group's origin, whose signature then counts for both.
    pub(crate) is_of_origin: bool,
    /// The AS1 activity by which the group shares the thing.
    pub(crate) share: Map<String, Value>,
}

/// Effect of an activity that a group passes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PassedEffect {
    /// A thing is there.
    Published,
    /// A thing is another one.
    Changed,
    /// A thing is gone, from its server or from the group.
    Removed,
    /// Somebody likes a thing, or does so no more.
    Reacted,
}

/// Answer to a `follow` of a person here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FollowAnswer {
    /// Whether the follower is accepted.
    pub(crate) is_accepted: bool,
    /// The actor who answers, and is followed.
    pub(crate) followed: String,
    /// The id of the `follow`, which decides if it is known.
    pub(crate) follow: Option<String>,
    /// The person here, if the `follow` is shown.
    pub(crate) follower: Option<String>,
}

/// An activity that its actor takes back.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Undo {
    /// The actor.
    pub(crate) actor: String,
    /// The id of the activity that is taken back, which decides if it is known.
    pub(crate) undone: Option<String>,
    /// An AS1 activity with the same effect, if it is shown what is taken back.
    pub(crate) activity: Option<Map<String, Value>>,
}

/// Returns the verb that takes back another one.
pub(crate) fn opposite(verb: &str) -> Option<&'static str> {
    Some(match verb {
        "favorite" => "unfavorite",
        "follow" => "stop-following",
        "join" => "leave",
        "like" => "unlike",
        "share" => "unshare",
        _ => return None,
    })
}
