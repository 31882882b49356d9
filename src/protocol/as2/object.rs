//! Objects, and those who act.

use serde_json::{Map, Value, json};

use super::{Mapping, collection::page_at, elsewhere, is_address, names, text, times};
use crate::protocol::as1::{Medium, drop_claims, media};

/// Properties that are the same text in both.
const TEXTS: &[&str] = &["content", "summary", "preferredUsername"];

/// Properties that are the same time in both.
const TIMES: &[&str] = &["published", "updated", "startTime", "endTime"];

/// Links of persons: AS2 name and AS1 source.
const BOXES: &[(&str, &str)] = &[("inbox", "activity-inbox"), ("outbox", "activity-outbox")];
const FEEDS: &[(&str, &str)] = &[
    ("followers", "followers"),
    ("following", "following"),
    ("liked", "favorites"),
];

/// Responses to an object.
const RESPONSES: &[&str] = &["replies", "likes", "shares"];

impl Mapping<'_> {
    /// An object or someone who acts, in full.
    pub(super) fn thing(&self, thing: &Map<String, Value>) -> Map<String, Value> {
        let kind = text(thing, "objectType").unwrap_or_default();
        let mut mapped = Map::new();
        if let Some(id) = self.id(thing) {
            mapped.insert("id".into(), id.into());
        }
        if thing.contains_key("deleted") {
            return gone(thing, kind, mapped);
        }
        mapped.insert("type".into(), names::object(kind).into());
        let name = text(thing, "displayName").or_else(|| text(thing, "title"));
        if let Some(name) = name {
            mapped.insert("name".into(), name.into());
        }
        for &key in TEXTS {
            if let Some(same) = text(thing, key) {
                mapped.insert(key.into(), same.into());
            }
        }
        times(thing, &mut mapped, TIMES);
        let author = thing.get("author").and_then(|author| self.name_of(author));
        let parent = thing
            .get("inReplyTo")
            .and_then(|parent| self.name_of(parent));
        for (key, other) in [("attributedTo", author), ("inReplyTo", parent)] {
            if let Some(other) = other {
                mapped.insert(key.into(), other);
            }
        }
        addresses(thing, &mut mapped);
        picture(thing, kind, &mut mapped);
        self.parts(thing, &mut mapped);
        if names::is_actor(kind) {
            acting(thing, &mut mapped);
        } else {
            let feeds = RESPONSES
                .iter()
                .filter_map(|&key| Some((key, elsewhere(thing.get(key)?)?)));
            mapped.extend(feeds.map(|(key, feed)| (key.to_owned(), feed)));
        }
        if kind == "collection" {
            members(thing, &mut mapped);
        }
        mapped
    }

    /// Maps attachments, tags and location.
    fn parts(&self, thing: &Map<String, Value>, mapped: &mut Map<String, Value>) {
        let list = |key| {
            thing
                .get(key)
                .and_then(Value::as_array)
                .filter(|list| !list.is_empty())
        };
        if let Some(attachments) = list("attachments") {
            let attachments = attachments.iter().filter_map(Value::as_object);
            let attachments = attachments.map(|one| Value::Object(self.embedded(one)));
            mapped.insert("attachment".into(), attachments.collect());
        }
        if let Some(tags) = list("tags") {
            let tags = tags.iter().filter_map(|tag| self.tag(tag));
            mapped.insert("tag".into(), tags.collect());
        }
        if let Some(Value::Object(location)) = thing.get("location") {
            mapped.insert("location".into(), self.place(location).into());
        }
    }

    /// Maps an object as its author describes it in another. It has no id then, since that may be
    /// the id of an object whose author says something else.
    fn embedded(&self, thing: &Map<String, Value>) -> Map<String, Value> {
        let mut mapped = self.thing(&part(thing));
        if mapped.keys().any(|key| !matches!(&**key, "id" | "type")) {
            mapped.remove("id");
        }
        mapped
    }

    fn tag(&self, tag: &Value) -> Option<Value> {
        let thing = match tag {
            Value::String(name) => return Some(json!({ "type": "Object", "name": name })),
            tag => tag.as_object()?,
        };
        if !text(thing, "objectType").is_some_and(names::is_actor) {
            return Some(self.embedded(thing).into());
        }
        let mut mention = json!({ "type": "Mention", "href": self.id(&part(thing))? });
        if let Some(name) = text(thing, "displayName") {
            mention["name"] = name.into();
        }
        Some(mention)
    }

    /// A place, which AS1 has coordinates of in two ways.
    pub(super) fn place(&self, place: &Map<String, Value>) -> Map<String, Value> {
        let mut mapped = self.embedded(place);
        mapped.insert("type".into(), "Place".into());
        let position = place.get("position");
        for (key, short) in [
            ("latitude", "lat"),
            ("longitude", "lon"),
            ("altitude", "altitude"),
        ] {
            let number = position
                .and_then(|position| position.get(key))
                .or_else(|| place.get(short));
            if let Some(number) = number.filter(|number| number.is_number()) {
                mapped.insert(key.into(), number.clone());
            }
        }
        mapped
    }
}

/// A thing as a client put it into another one, without what would let it pass for a stored one.
fn part(thing: &Map<String, Value>) -> Map<String, Value> {
    let mut part = thing.clone();
    drop_claims(&mut part);
    part
}

/// Maps a tombstone.
fn gone(
    thing: &Map<String, Value>,
    kind: &str,
    mut mapped: Map<String, Value>,
) -> Map<String, Value> {
    mapped.insert("type".into(), "Tombstone".into());
    mapped.insert("formerType".into(), names::object(kind).into());
    times(thing, &mut mapped, &["published", "updated", "deleted"]);
    mapped
}

/// The page on which people see a thing, or an activity.
pub(super) fn page(thing: &Map<String, Value>) -> Option<Value> {
    let url = text(thing, "url").filter(|url| is_address(url))?;
    Some(json!({ "type": "Link", "href": url, "mediaType": "text/html" }))
}

/// The page of a thing, and its files.
fn addresses(thing: &Map<String, Value>, mapped: &mut Map<String, Value>) {
    let files = media(thing);
    let files = files.iter().filter_map(link);
    let mut links: Vec<Value> = page(thing).into_iter().chain(files).collect();
    match links.len() {
        0 => {}
        1 => {
            mapped.insert("url".into(), links.remove(0));
        }
        _ => {
            mapped.insert("url".into(), links.into());
        }
    }
}

/// The picture that stands for a thing: of those who act it is small and square.
fn picture(thing: &Map<String, Value>, kind: &str, mapped: &mut Map<String, Value>) {
    let picture = thing.get("image").and_then(Medium::of);
    if let Some(url) = picture.as_ref().and_then(link) {
        let key = if names::is_actor(kind) {
            "icon"
        } else {
            "image"
        };
        mapped.insert(key.into(), json!({ "type": "Image", "url": url }));
    }
}

fn link(medium: &Medium<'_>) -> Option<Value> {
    let mut link = json!({ "type": "Link", "href": is_address(medium.url).then_some(medium.url)? });
    if let Some(media_type) = medium.media_type {
        link["mediaType"] = media_type.into();
    }
    for (key, size) in [("width", medium.width), ("height", medium.height)] {
        if let Some(size) = size {
            link[key] = size.into();
        }
    }
    Some(link)
}

fn acting(thing: &Map<String, Value>, mapped: &mut Map<String, Value>) {
    let address = |value: Option<&Value>, key: &str| {
        let address = value?.get(key)?.as_str()?;
        is_address(address).then(|| Value::from(address))
    };
    let links = thing.get("links");
    let boxes = BOXES.iter().map(|&(key, rel)| {
        let link = links.and_then(|links| links.get(rel));
        (key, address(link, "href"))
    });
    let feeds = FEEDS
        .iter()
        .map(|&(key, feed)| (key, address(thing.get(feed), "url")));
    for (key, there) in boxes.chain(feeds) {
        if let Some(there) = there {
            mapped.insert(key.into(), there);
        }
    }
}

/// How many are in a list, and where they are found.
fn members(list: &Map<String, Value>, mapped: &mut Map<String, Value>) {
    let Some(members) = list.get("members") else {
        return;
    };
    if let Some(total) = members.get("totalItems").filter(|total| total.is_u64()) {
        mapped.insert("totalItems".into(), total.clone());
    }
    if let Some(url) = members.get("url").and_then(Value::as_str) {
        mapped.insert("first".into(), page_at(url, "offset=0").into());
    }
}
