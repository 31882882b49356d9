//! Activities about actors: follows and their answers, blocks, moves and reports.

use serde_json::Value;

use super::{FollowAnswer, Incoming, audience::Audience, received::Received};
use crate::protocol::{
    as2::{
        is_address,
        values::{first, first_id, id_of, ids, is_public, natural, type_of},
    },
    html::plain,
    shortened,
};

/// Maximum things that one report is about, and characters of its reason.
const MAX_REPORTED_THINGS: usize = 50;
const MAX_REASON_CHARS: usize = 2000;

/// Reads a `Follow` of a person here, or of a group here, which is joined.
pub(super) fn follow(received: &Received<'_>) -> Incoming {
    let followed = first_id(received.activity, "object").filter(|id| !is_public(id));
    let Some(followed) = followed.and_then(|url| received.persons.local_id(url)) else {
        return Incoming::Ignored("It follows nobody here");
    };
    let reference = received.persons.reference(&followed);
    let verb = match reference["objectType"].as_str() {
        Some("group") => "join",
        Some("person") => "follow",
        _ => return Incoming::Ignored("It follows nobody here"),
    };
    let audience = Audience {
        to: vec![reference.clone()],
        ..Audience::default()
    };
    Incoming::Activity(received.said(verb, reference, audience))
}

/// Reads the answer to a `Follow`, which it names or shows.
pub(super) fn answer(received: &Received<'_>, is_accepted: bool) -> Incoming {
    let Some(object) = first(received.activity, "object") else {
        return Incoming::Ignored("It answers nothing");
    };
    let mut answer = FollowAnswer {
        is_accepted,
        followed: received.actor.to_owned(),
        follow: id_of(object).map(str::to_owned),
        follower: None,
    };
    if let Value::Object(follow) = object {
        if !matches!(type_of(follow), "" | "Follow" | "Join") {
            return Incoming::Ignored("It answers no follow");
        }
        if first_id(follow, "object").is_some_and(|followed| followed != received.url) {
            return Incoming::Ignored("It answers a follow of another actor");
        }
        let asker = first_id(follow, "actor");
        answer.follower = asker.and_then(|url| received.persons.local_id(url));
        if asker.is_some() && answer.follower.is_none() {
            return Incoming::Ignored("It answers a follower elsewhere");
        }
    }
    if answer.follow.is_none() && answer.follower.is_none() {
        return Incoming::Ignored("It answers nothing");
    }
    Incoming::FollowAnswer(answer)
}

/// Reads a `Block` of a person here.
pub(super) fn block(received: &Received<'_>) -> Incoming {
    let blocked = first_id(received.activity, "object");
    match blocked.and_then(|url| received.persons.local_id(url)) {
        Some(blocked) => Incoming::Block {
            actor: received.actor.to_owned(),
            blocked,
        },
        None => Incoming::Ignored("It blocks nobody here"),
    }
}

/// Reads a `Move` of the actor.
pub(super) fn moved(received: &Received<'_>) -> Incoming {
    let target = first_id(received.activity, "target");
    let is_own = first_id(received.activity, "object") == Some(received.url);
    let target = target.filter(|target| is_own && is_address(target) && *target != received.url);
    match target {
        Some(target) => Incoming::Move {
            actor: received.actor.to_owned(),
            target: target.to_owned(),
        },
        None => Incoming::Ignored("It moves nobody"),
    }
}

/// Reads a `Flag` of persons and things here.
pub(super) fn flag(received: &Received<'_>) -> Incoming {
    let about = ids(received.activity, "object").take(MAX_REPORTED_THINGS);
    let about = about.filter_map(|url| received.persons.local_id(url));
    let about: Vec<String> = about.collect();
    if about.is_empty() {
        return Incoming::Ignored("It reports nothing here");
    }
    let reason = ["content", "summary"]
        .iter()
        .find_map(|key| natural(received.activity, key));
    Incoming::Flag {
        actor: received.actor.to_owned(),
        about,
        reason: shortened(&plain(reason.unwrap_or_default()), MAX_REASON_CHARS),
    }
}
