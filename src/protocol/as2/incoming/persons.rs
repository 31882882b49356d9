//! Names of persons and things: AS2 has the URL of an actor, where AS1 has an `acct:` id.

use serde_json::{Map, Value, json};

use crate::{
    model::Urls,
    protocol::as2::{
        is_address,
        values::{entries, first_id, first_object, id_of, ids, is_public, type_of},
    },
};

/// Maximum actors that are looked up for one activity.
const MAX_NAMED_ACTORS: usize = 256;

/// How many activities stand in each other, such as the `Follow` in an `Undo`.
const MAX_NESTED_ACTIVITIES: usize = 2;

/// Types of activities whose object is an actor.
const ABOUT_ACTORS: &[&str] = &["Block", "Flag", "Follow", "Join", "Move"];

/// Knowledge of actors: those of this server by their URLs, others by a lookup of the caller's.
#[derive(Clone, Copy)]
pub(crate) struct Persons<'a> {
    pub(super) urls: &'a Urls,
    lookup: &'a dyn Fn(&str) -> Option<String>,
}

impl<'a> Persons<'a> {
    /// Uses a lookup from the URL of an actor elsewhere to its `acct:` id.
    pub(crate) fn new(urls: &'a Urls, lookup: &'a dyn Fn(&str) -> Option<String>) -> Self {
        Self { urls, lookup }
    }

    /// Returns the AS1 id of an actor.
    pub(super) fn id(&self, url: &str) -> Option<String> {
        if self.urls.is_own_address(url) {
            return Some(self.urls.canonical_id(url).into_owned());
        }
        (self.lookup)(url)
    }

    /// Returns the AS1 id of an actor of this server.
    pub(super) fn local_id(&self, url: &str) -> Option<String> {
        let is_own = self.urls.is_own_address(url);
        is_own.then(|| self.urls.canonical_id(url).into_owned())
    }

    /// Returns a reference to an actor: a person, unless it is a group of this server.
    pub(super) fn reference(&self, id: &str) -> Value {
        let object_type = self.local_type(id).unwrap_or("person");
        json!({ "objectType": object_type, "id": id })
    }

    /// Returns a reference to a thing that is no actor.
    pub(super) fn thing(&self, url: &str) -> Value {
        let id = self.urls.canonical_id(url);
        let object_type = self.local_type(&id).unwrap_or("note");
        json!({ "objectType": object_type, "id": id })
    }

    /// Returns the type of a thing of this server, which its URL names.
    fn local_type<'b>(&self, id: &'b str) -> Option<&'b str> {
        let path = id.strip_prefix(self.urls.base())?.strip_prefix("/api/")?;
        let (object_type, rest) = path.split_once('/')?;
        match object_type {
            "user" if rest.ends_with("/profile") => Some("person"),
            "user" => Some("collection"),
            object_type => Some(object_type),
        }
    }
}

/// Returns the URLs of the actors that an activity or an object names, the most important first. An
/// unknown one is worth a request only if it acts; the others may stay unknown.
pub(crate) fn named_actors(activity: &Map<String, Value>) -> Vec<&str> {
    let mut named = Vec::new();
    collect(activity, MAX_NESTED_ACTIVITIES, &mut named);
    named.truncate(MAX_NAMED_ACTORS);
    named
}

/// Returns whether an activity only tells that its actor is gone. Servers send that everywhere,
/// also where nobody knew the actor, whose key is gone too.
pub(crate) fn deletes_own_actor(activity: &Map<String, Value>) -> bool {
    let actor = first_id(activity, "actor");
    type_of(activity) == "Delete" && actor.is_some() && actor == first_id(activity, "object")
}

fn collect<'a>(thing: &'a Map<String, Value>, nested: usize, named: &mut Vec<&'a str>) {
    let mut add = |url: &'a str| {
        let is_actor = is_address(url) && !is_public(url);
        if is_actor && named.len() < MAX_NAMED_ACTORS && !named.contains(&url) {
            named.push(url);
        }
    };
    for key in ["actor", "attributedTo"] {
        ids(thing, key).for_each(&mut add);
    }
    if ABOUT_ACTORS.contains(&type_of(thing)) {
        ids(thing, "object").for_each(&mut add);
    }
    for key in ["to", "cc", "audience"] {
        ids(thing, key).for_each(&mut add);
    }
    let tags = entries(thing, "tag").iter();
    let mentions = tags.filter(|tag| tag.as_object().is_some_and(|tag| type_of(tag) == "Mention"));
    mentions.filter_map(id_of).for_each(&mut add);
    if let Some(inner) = first_object(thing, "object").filter(|_| nested > 0) {
        collect(inner, nested - 1, named);
    }
}
