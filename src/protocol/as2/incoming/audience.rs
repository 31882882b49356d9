//! Audience of what is received: never wider than its author meant it.

use serde_json::{Map, Value, json};

use super::persons::Persons;
use crate::{
    model::PUBLIC,
    protocol::as2::values::{ids, is_public},
};

/// Maximum addressees that are read, as many as an activity may have.
const MAX_ADDRESSEES: usize = 200;

/// Addressees in the order and the words of AS1.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Audience {
    pub(super) to: Vec<Value>,
    pub(super) cc: Vec<Value>,
}

impl Audience {
    /// Reads the addressees of an activity, and of the object in it. If they differ, those of the
    /// object count as far as the activity has them, too. Secret addressees are not read.
    pub(super) fn read(
        persons: &Persons<'_>,
        activity: &Map<String, Value>,
        object: Option<&Map<String, Value>>,
        mentioned: &[String],
    ) -> Self {
        let of_activity = addressed(persons, activity);
        let of_object = object.map(|object| addressed(persons, object));
        let of_object = of_object.unwrap_or_default();
        let kept: Vec<(bool, &str)> = if of_object.is_empty() {
            of_activity
        } else if of_activity.is_empty() {
            of_object
        } else {
            let is_shared = |(_, one): &(bool, &str)| {
                let mut others = of_activity.iter();
                others.any(|(_, other)| other == one)
            };
            of_object.into_iter().filter(is_shared).collect()
        };
        let mut audience = Self::default();
        for (is_first, address) in kept.into_iter().take(MAX_ADDRESSEES) {
            let (id, reference) = reference(persons, address);
            // A mention in the copies is as direct as one in the letter.
            if is_first || mentioned.contains(&id) {
                audience.to.push(reference);
            } else {
                audience.cc.push(reference);
            }
        }
        audience
    }

    /// Addresses what is addressed to nobody to its actor. So nobody reads it but the owner of the
    /// inbox that it came to.
    pub(super) fn or_only(mut self, actor: &str) -> Self {
        if self.to.is_empty() && self.cc.is_empty() {
            self.to.push(json!({ "objectType": "person", "id": actor }));
        }
        self
    }
}

/// Returns the addressees of a thing, each with whether it is a primary one, and once. A group of
/// this server may be named by itself, as the one that the thing is in (FEP-1b12).
fn addressed<'a>(persons: &Persons<'_>, thing: &'a Map<String, Value>) -> Vec<(bool, &'a str)> {
    let mut addressed: Vec<(bool, &str)> = Vec::new();
    for (key, is_first) in [("to", true), ("cc", false), ("audience", false)] {
        for address in ids(thing, key).take(MAX_ADDRESSEES) {
            let address = if is_public(address) { PUBLIC } else { address };
            if key == "audience" && !persons.urls.is_group_id(address) {
                continue;
            }
            if addressed.iter().all(|(_, known)| *known != address) {
                addressed.push((is_first, address));
            }
        }
    }
    addressed
}

/// Returns the id and the reference of an addressee. One that is neither an actor nor the followers
/// of the author reaches nobody.
fn reference(persons: &Persons<'_>, address: &str) -> (String, Value) {
    if address != PUBLIC
        && let Some(id) = persons.id(address)
    {
        let reference = persons.reference(&id);
        return (id, reference);
    }
    let reference = json!({ "objectType": "collection", "id": address });
    (address.to_owned(), reference)
}
