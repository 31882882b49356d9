//! Tests of the mapping from what peers send, in the shapes in which they send it.

#![allow(clippy::needless_pass_by_value, reason = "it reads like a literal")]

mod activities;
mod actors;
mod audiences;
mod objects;
mod relations;

use serde_json::{Map, Value, json};

use super::*;
use crate::model::Urls;

/// The public collection in AS2.
pub(super) const AS_PUBLIC: &str = "https://www.w3.org/ns/activitystreams#Public";

/// The actors elsewhere that are known: URL and AS1 id.
const KNOWN: &[(&str, &str)] = &[
    ("https://p.example/users/ann", "acct:ann@p.example"),
    ("https://p.example/users/cat", "acct:cat@p.example"),
    ("https://lemmy.example/c/tea", "acct:tea@lemmy.example"),
];

pub(super) const ANN: &str = "https://p.example/users/ann";
pub(super) const BOB: &str = "https://h.example/bob";
pub(super) const BOB_NOTE: &str = "https://h.example/api/note/n";

pub(super) fn urls() -> Urls {
    Urls::new(&"https://h.example".parse().unwrap()).unwrap()
}

pub(super) fn lookup(url: &str) -> Option<String> {
    let known = KNOWN.iter().find(|(known, _)| *known == url);
    known.map(|(_, id)| (*id).to_owned())
}

pub(super) fn object(value: Value) -> Map<String, Value> {
    value.as_object().cloned().unwrap()
}

pub(super) fn read(document: Value) -> Incoming {
    let urls = urls();
    activity(&Persons::new(&urls, &lookup), &object(document))
}

/// The AS1 activity of a document, which must be one.
pub(super) fn activity_of(document: Value) -> Value {
    match read(document.clone()) {
        Incoming::Activity(activity) => activity.into(),
        other => panic!("{other:?} of {document}"),
    }
}

pub(super) fn thing_of(document: Value) -> Value {
    let urls = urls();
    let thing = thing(&Persons::new(&urls, &lookup), &object(document));
    thing.unwrap().thing.into()
}

pub(super) fn is_ignored(document: Value) -> bool {
    matches!(read(document), Incoming::Ignored(_))
}

pub(super) fn person(id: &str) -> Value {
    json!({ "objectType": "person", "id": id })
}

pub(super) fn collection(id: &str) -> Value {
    json!({ "objectType": "collection", "id": id })
}
