//! Mapping of API responses to ActivityStreams 2 (W3C Recommendation, 2017; pump-api 13).
//!
//! Pure: what is said here was read, filtered and counted as for AS1, and is only put in other
//! words. Properties unknown to AS2 are left out. An id is a URL at which the object can be
//! fetched. Objects whose own id is none, such as `acct:` persons, get the URL at this server.

mod activity;
mod actor;
mod collection;
pub(crate) mod incoming;
mod names;
mod object;
pub(crate) mod outgoing;
#[cfg(test)]
mod peer_tests;
#[cfg(test)]
mod tests;
mod values;

pub(crate) use actor::{ActorFacts, PublicKeys, actor, empty_collection, instance_actor};

use chrono::DateTime;
use serde_json::{Map, Value, json};

use super::pruned::{self, items_of};
use crate::model::{ACTIVITY, PUBLIC, Urls, members_of};

/// The media type of AS2 as linked data (`ActivityPub`, 3.2).
pub(crate) const LD_JSON: &str =
    r#"application/ld+json; profile="https://www.w3.org/ns/activitystreams""#;

/// The same without its parameter.
pub(crate) const LD_JSON_ESSENCE: &str = "application/ld+json";

/// The media type of AS2 by its own name.
pub(crate) const ACTIVITY_JSON: &str = "application/activity+json";

const CONTEXT: &str = "https://www.w3.org/ns/activitystreams";

/// Name of HTTP Message Signatures as a feature (FEP-844e).
const RFC_9421: &str = "https://datatracker.ietf.org/doc/html/rfc9421";

/// Everyone.
pub(crate) const PUBLIC_ADDRESS: &str = "https://www.w3.org/ns/activitystreams#Public";

/// URLs to which a thing is addressed.
#[derive(Clone, Debug, Default)]
pub(crate) struct Addressees {
    pub(crate) to: Vec<String>,
    pub(crate) cc: Vec<String>,
}

/// The JSON that the API showed for a query, as the JSON of an AS2 document; `None` if it is
/// nothing that AS2 is about. Items of a collection are read and written one by one, and one that
/// can't be read is left out. A thing is addressed to those who are given: AS1 has audiences of
/// activities only, and peers take a thing without one for a private one.
pub(crate) fn document(
    urls: &Urls,
    json: &str,
    query: &str,
    addressees: &Addressees,
) -> Option<String> {
    let shown = pruned::read(json, names::READ)?;
    let shown = shown.as_object()?;
    let mapping = Mapping { urls };
    let body = if is_activity(shown) {
        mapping.activity(shown)
    } else if let Some(kind) = text(shown, "objectType") {
        let mut thing = mapping.thing(shown);
        if !names::is_actor(kind) && !shown.contains_key("deleted") {
            let lists = [("to", &addressees.to), ("cc", &addressees.cc)];
            let lists = lists.into_iter().filter(|(_, urls)| !urls.is_empty());
            thing.extend(lists.map(|(list, urls)| (list.to_owned(), json!(urls))));
        }
        thing
    } else if let Some(items) = items_of_collection(json) {
        return mapping.collection(shown, &items, query);
    } else {
        mapping.thing(shown.get("profile")?.as_object()?)
    };
    Some(Value::from(with_context(body)).to_string())
}

fn items_of_collection(json: &str) -> Option<Vec<&str>> {
    let members = members_of(json).ok()?;
    let (_, items) = members.into_iter().find(|(name, _)| *name == "items")?;
    items_of(items)
}

/// Returns the tombstone of a URL.
pub(crate) fn tombstone(id: &str) -> String {
    let mut body = Map::new();
    body.insert("id".into(), id.into());
    body.insert("type".into(), "Tombstone".into());
    Value::from(with_context(body)).to_string()
}

fn with_context(body: Map<String, Value>) -> Map<String, Value> {
    let context = ("@context".to_owned(), CONTEXT.into());
    std::iter::once(context).chain(body).collect()
}

/// Puts AS1 into the words of AS2.
struct Mapping<'a> {
    urls: &'a Urls,
}

impl Mapping<'_> {
    /// Something inside something else: only named, if no more is known or it is someone who acts.
    fn inner(&self, value: &Value) -> Option<Value> {
        let thing = value.as_object()?;
        let acts = text(thing, "objectType").is_some_and(names::is_actor);
        let only_named = thing.keys().all(|key| key == "id" || key == "objectType");
        match self.id(thing) {
            Some(id) if acts || only_named => Some(id.into()),
            None if only_named => None,
            _ if is_activity(thing) => Some(self.activity(thing).into()),
            _ => Some(self.thing(thing).into()),
        }
    }

    /// The name of something. That of another server has its id there, whatever its address here
    /// is.
    fn name_of(&self, value: &Value) -> Option<Value> {
        let thing = value.as_object()?;
        let id = text(thing, "id").filter(|id| is_address(id) && !self.urls.is_local(id));
        let id = id.filter(|id| *id != PUBLIC).map(str::to_owned);
        id.or_else(|| self.id(thing)).map(Value::from)
    }

    /// The address by which something goes: that which it gives for itself, or else one made of its
    /// id.
    fn id(&self, thing: &Map<String, Value>) -> Option<String> {
        let id = text(thing, "id")?;
        if id == PUBLIC {
            return Some(PUBLIC_ADDRESS.into());
        }
        let itself = thing.get("links").and_then(|links| links.get("self"));
        let itself = itself.and_then(|link| link.get("href")?.as_str());
        if let Some(address) = itself.filter(|address| is_address(address)) {
            return Some(address.into());
        }
        let kind = text(thing, "objectType").unwrap_or_default();
        Some(if is_address(id) {
            self.urls.as2_collection(id).into_owned()
        } else if let Some(nickname) = self.urls.nickname_of(id) {
            self.urls.actor(&nickname)
        } else {
            self.urls.foreign(kind, None, id)
        })
    }
}

/// Activities are known by their verb: most of them have no type.
fn is_activity(thing: &Map<String, Value>) -> bool {
    thing.contains_key("verb")
        && thing.contains_key("actor")
        && text(thing, "objectType").is_none_or(|kind| kind == ACTIVITY)
}

fn is_address(text: &str) -> bool {
    text.starts_with("http://") || text.starts_with("https://")
}

fn text<'a>(thing: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    thing.get(name).and_then(Value::as_str)
}

/// Copies times, which are `xsd:dateTime` in both. Something that never changed has no time of a
/// change: peers would call it edited.
fn times(from: &Map<String, Value>, to: &mut Map<String, Value>, names: &[&str]) {
    let published = text(from, "published");
    for &name in names {
        let time = text(from, name).filter(|_| name != "updated" || text(from, name) != published);
        if let Some(time) = time.filter(|time| DateTime::parse_from_rfc3339(time).is_ok()) {
            to.insert(name.into(), time.into());
        }
    }
}

/// The collection of which only the address and, perhaps, the size is known.
fn elsewhere(feed: &Value) -> Option<Value> {
    let id = feed.get("url")?.as_str().filter(|url| is_address(url))?;
    let mut collection = json!({ "id": id, "type": "OrderedCollection" });
    if let Some(total) = feed.get("totalItems").filter(|total| total.is_u64()) {
        collection["totalItems"] = total.clone();
    }
    collection["first"] = collection::page_at(id, "offset=0").into();
    Some(collection)
}
