//! Tests of the mapping to what peers read.

#![allow(clippy::needless_pass_by_value, reason = "it reads like a literal")]

mod activities;
mod audiences;
mod objects;
mod table;

use serde_json::{Map, Value, json};

use super::*;
use crate::{
    model::{PUBLIC, Urls},
    protocol::as2::PUBLIC_ADDRESS,
};

pub(super) const BOB: &str = "https://h.example/api/user/bob/profile";
pub(super) const ANN: &str = "https://p.example/users/ann";
/// The followers of bob in AS1, and in AS2.
pub(super) const FOLLOWERS: &str = "https://h.example/api/user/bob/followers";
pub(super) const AS2_FOLLOWERS: &str = "https://h.example/api/user/bob/profile/followers";
pub(super) const ID: &str = "https://h.example/api/activity/a";

/// The actors elsewhere that have a URL.
const KNOWN: &[(&str, &str)] = &[
    ("acct:ann@p.example", "https://p.example/users/ann"),
    ("acct:cat@p.example", "https://p.example/users/cat"),
    ("acct:tea@lemmy.example", "https://lemmy.example/c/tea"),
];

pub(super) fn object(value: Value) -> Map<String, Value> {
    value.as_object().cloned().unwrap()
}

pub(super) fn person(id: &str) -> Value {
    json!({ "objectType": "person", "id": id })
}

pub(super) fn ann() -> Value {
    let mut ann = person("acct:ann@p.example");
    ann["url"] = json!("https://p.example/@ann");
    ann
}

pub(super) fn collection(id: &str) -> Value {
    json!({ "objectType": "collection", "id": id })
}

pub(super) fn everyone() -> Value {
    json!([collection(PUBLIC)])
}

/// A note of bob, who wrote it at noon.
pub(super) fn note() -> Value {
    json!({
        "objectType": "note", "id": "https://h.example/api/note/n", "content": "<p>Hi</p>",
        "url": "https://h.example/bob/note/n", "published": "2026-01-02T12:00:00Z",
        "updated": "2026-01-02T12:00:00Z", "links": { "self": { "href": "https://h.example/api/note/n" } },
        "likes": { "url": "https://h.example/api/note/n/likes", "totalItems": 1 },
    })
}

/// An activity of bob, with Pump's sentence.
pub(super) fn done(verb: &str, thing: Value, more: Value) -> Value {
    let mut done = json!({
        "id": ID, "verb": verb, "actor": person("acct:bob@h.example"), "object": thing,
        "published": "2026-01-02T12:00:00Z", "content": "bob did something", "to": everyone(),
    });
    done.as_object_mut().unwrap().extend(object(more));
    done
}

pub(super) fn copy_of(activity: Value, copy: OutgoingCopy<'_>) -> Option<Value> {
    let urls = Urls::new(&"https://h.example".parse().unwrap()).unwrap();
    let lookup = |id: &str| {
        let known = KNOWN.iter().find(|(known, _)| *known == id);
        known.map(|(_, url)| (*url).to_owned())
    };
    super::activity(&Actors::new(&urls, &lookup), &object(activity), &copy).map(Value::from)
}

pub(super) fn sent(verb: &str, thing: Value, more: Value) -> Option<Value> {
    copy_of(done(verb, thing, more), OutgoingCopy::default())
}

/// The object of a post to everyone.
pub(super) fn posted(thing: Value) -> Value {
    sent("post", thing, json!({})).unwrap()["object"].clone()
}
