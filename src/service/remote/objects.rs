//! Objects made of things that another server said, sanitised by
//! [`sanitize_received`](crate::protocol::as1::sanitize_received).

use serde_json::{Map, Value, json};

use crate::{
    Context,
    model::{ACTOR_TYPES, OTHER, Object, RemoteAccount, host_of_id},
    protocol::as1::not_in_the_future,
};

/// Properties of a stub.
const STUB_PROPERTIES: &[&str] = &[
    "objectType",
    "id",
    "published",
    "updated",
    "links",
    "likes",
    "replies",
    "shares",
];

/// Properties that never change.
const FIXED_PROPERTIES: &[&str] = &["id", "objectType", "inReplyTo"];

/// Properties that go with the content: they are gone if it comes without them.
const CONTENT_PROPERTIES: &[&str] = &["emoji", "language", "pageContent", "poll", "quote"];

/// Returns the type of a thing: an `acct:` id without one is a person's.
pub(crate) fn object_type_of(thing: &Map<String, Value>) -> &str {
    let id = thing.get("id").and_then(Value::as_str);
    match thing.get("objectType").and_then(Value::as_str) {
        Some(object_type) => object_type,
        None if id.is_some_and(|id| id.starts_with("acct:")) => "person",
        None => OTHER,
    }
}

/// Returns whether a thing is only named.
pub(crate) fn is_bare(thing: &Map<String, Value>) -> bool {
    thing
        .keys()
        .all(|key| matches!(&**key, "id" | "objectType"))
}

/// Returns whether an object of another server is only known by name.
pub(crate) fn is_stub(object: &Object) -> bool {
    let mut members = object.body.raw_members();
    object.author.is_none() && members.all(|(name, _)| STUB_PROPERTIES.contains(&name))
}

/// Returns when a thing changed last: as it says itself, or else at the time at which it was said.
pub(crate) fn updated_of<'a>(thing: &'a Map<String, Value>, said: &'a str) -> &'a str {
    let time = |key| thing.get(key).and_then(Value::as_str);
    time("updated")
        .or_else(|| time("published"))
        .unwrap_or(said)
}

/// Returns whether what was said of a stored thing is newer than what is stored.
pub(crate) fn is_newer(stored: &Object, updated: &str) -> bool {
    is_stub(stored)
        || stored
            .text_property("updated")
            .is_none_or(|known| known < updated)
}

/// Returns whether what was said of a stored thing is not older than what is stored.
pub(crate) fn is_current(stored: &Object, updated: &str) -> bool {
    is_stub(stored)
        || stored
            .text_property("updated")
            .is_none_or(|known| known <= updated)
}

/// Returns whether anything is said of a stored actor that is not stored, but for when it changed.
pub(crate) fn says_more(actor: &Object, said: &Map<String, Value>) -> bool {
    let mut said = said.iter().filter(|(key, _)| *key != "updated");
    said.any(|(key, value)| actor.body.get(key) != Some(value))
}

/// Makes the object of a thing: its author's, and for nobody yet. Feeds and links that it does not
/// name are those of any thing with an id of its own.
pub(crate) fn object_of(
    ctx: &Context,
    thing: Map<String, Value>,
    author: Option<&str>,
    said: &str,
) -> Object {
    let id = thing.get("id").and_then(Value::as_str).unwrap_or_default();
    let (id, object_type) = (id.to_owned(), object_type_of(&thing).to_owned());
    let mut object = Object::new(object_type, id, ctx.uuid(), Map::new());
    object.author = author.map(str::to_owned);
    fill(ctx, &mut object, thing, said);
    object
}

/// Completes a stub. Its type is what its own server says.
pub(crate) fn complete_stub(
    ctx: &Context,
    stub: &mut Object,
    thing: Map<String, Value>,
    author: Option<&str>,
    said: &str,
) {
    object_type_of(&thing).clone_into(&mut stub.object_type);
    stub.author = author.map(str::to_owned);
    stub.body = Map::new().into();
    fill(ctx, stub, thing, said);
}

fn fill(ctx: &Context, object: &mut Object, mut thing: Map<String, Value>, said: &str) {
    thing.insert("objectType".into(), object.object_type.clone().into());
    let updated = updated_of(&thing, said).to_owned();
    let published = thing.get("published").and_then(Value::as_str);
    let published = published.unwrap_or(&updated).to_owned();
    thing.insert("published".into(), published.into());
    thing.insert("updated".into(), updated.into());
    let own = |feed: Option<&str>| ctx.urls().foreign(&object.object_type, feed, &object.id);
    let has_self = thing
        .get("links")
        .is_some_and(|links| links.get("self").is_some());
    if !has_self {
        let links = thing.entry("links").or_insert_with(|| json!({}));
        links["self"] = json!({ "href": own(None) });
    }
    for feed in ["likes", "replies", "shares"] {
        let url = own(Some(feed));
        thing.entry(feed).or_insert_with(|| json!({ "url": url }));
    }
    not_in_the_future(&mut thing, &ctx.timestamp());
    object.body = thing.into();
}

/// Takes over what was said anew of a thing.
pub(crate) fn refresh(ctx: &Context, object: &mut Object, thing: Map<String, Value>, said: &str) {
    let updated = updated_of(&thing, said).to_owned();
    let mut body = std::mem::take(&mut object.body).into_map();
    if thing.contains_key("content") {
        body.retain(|key, _| !CONTENT_PROPERTIES.contains(&&**key));
    }
    for (key, value) in thing {
        if key == "links" && value.get("self").is_none() || FIXED_PROPERTIES.contains(&&*key) {
            continue;
        }
        body.insert(key, value);
    }
    body.insert("updated".into(), updated.into());
    not_in_the_future(&mut body, &ctx.timestamp());
    object.body = body.into();
}

/// Returns the remote account of an actor of another server, as it is when it is first seen.
pub(crate) fn account_of(ctx: &Context, object: &Object) -> Option<RemoteAccount> {
    let object_type = object.object_type.as_str();
    let is_actor = ACTOR_TYPES.contains(&object_type) && object_type != "collection";
    let account = RemoteAccount::named(&object.id).filter(|_| is_actor)?;
    if ctx.urls().is_own_host(&account.host) {
        return None;
    }
    let profile = object.body.get("links");
    let profile = profile.and_then(|links| links.get("self")?.get("href")?.as_str());
    let profile = profile.filter(|url| host_of_id(url).as_ref() == Some(&account.host));
    Some(RemoteAccount {
        profile_url: profile.map(str::to_owned),
        ..account
    })
}
