//! Objects, and those who act.

use serde_json::{Map, Value, json};

use super::{
    Mapping,
    collection::page_at,
    elsewhere, is_address, names,
    outgoing::{Actors, attachments, content_of, hashtag_tags, title_of, warning},
    text, times,
};
use crate::protocol::{
    as1::{Medium, drop_claims},
    search::tag_name,
};

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
        mapped.insert("type".into(), type_of(kind).into());
        self.texts(thing, kind, &mut mapped);
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
        if let Some(page) = page(thing) {
            mapped.insert("url".into(), page);
        }
        picture(thing, kind, &mut mapped);
        self.parts(thing, &mut mapped);
        if names::is_actor(kind) {
            self.acting(thing, &mut mapped);
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

    /// Maps name, summary and content. Peers take the summary of a thing for a warning, and the
    /// name of a reply for a vote, so a note has its title in its content.
    fn texts(&self, thing: &Map<String, Value>, kind: &str, mapped: &mut Map<String, Value>) {
        if is_note(kind) {
            warning(thing, mapped);
            let actors = Actors::new(self.urls, &|_| None);
            let (content, hashtags) = content_of(&actors, thing, &[]);
            if !content.is_empty() {
                mapped.insert("content".into(), content.into());
            }
            let tags = hashtag_tags(&actors, thing, hashtags);
            if !tags.is_empty() {
                mapped.insert("tag".into(), tags.into());
            }
        }
        let is_named = !is_note(kind) || kind == "article";
        if let Some(name) = title_of(thing).filter(|_| is_named) {
            mapped.insert("name".into(), name.into());
        }
        let same = if is_note(kind) { &[][..] } else { TEXTS };
        for &key in same {
            if let Some(same) = text(thing, key) {
                mapped.insert(key.into(), same.into());
            }
        }
    }

    /// Maps attachments, tags and location.
    fn parts(&self, thing: &Map<String, Value>, mapped: &mut Map<String, Value>) {
        let attachments = attachments(thing);
        if !attachments.is_empty() {
            mapped.insert("attachment".into(), attachments.into());
        }
        let tags = thing.get("tags").and_then(Value::as_array);
        let tags = tags.into_iter().flatten();
        let tags: Vec<Value> = tags.filter_map(|tag| self.tag(tag.as_object()?)).collect();
        if !tags.is_empty() {
            let known = mapped.entry("tag").or_insert_with(|| json!([]));
            if let Value::Array(known) = known {
                known.extend(tags);
            }
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

    /// Maps the collections of someone who acts.
    fn acting(&self, thing: &Map<String, Value>, mapped: &mut Map<String, Value>) {
        let address = |value: Option<&Value>, key: &str| {
            let address = value?.get(key)?.as_str().filter(|url| is_address(url))?;
            Some(Value::from(self.urls.as2_collection(address).into_owned()))
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

    /// Maps a tag that is no hashtag: a mention, or words about another thing.
    fn tag(&self, tag: &Map<String, Value>) -> Option<Value> {
        if !text(tag, "objectType").is_some_and(names::is_actor) {
            let is_hashtag = tag_name(&Value::Object(tag.clone())).is_some();
            return (!is_hashtag).then(|| self.embedded(tag).into());
        }
        let mut mention = json!({ "type": "Mention", "href": self.id(&part(tag))? });
        let actors = Actors::new(self.urls, &|_| None);
        let handle = text(tag, "id").and_then(|id| actors.handle(id));
        if let Some(name) = handle.or_else(|| text(tag, "displayName").map(str::to_owned)) {
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

/// Returns the type of what is no part of something else. All that is read and shown is a note but
/// for articles: peers show notes whole.
fn type_of(kind: &str) -> &'static str {
    match kind {
        "article" => "Article",
        kind if is_note(kind) => "Note",
        kind => names::object(kind),
    }
}

/// Returns whether something is read and shown, rather than an actor or a list.
fn is_note(kind: &str) -> bool {
    !names::is_actor(kind) && !matches!(kind, "collection" | "place")
}

/// The page on which people see a thing, or an activity.
pub(super) fn page(thing: &Map<String, Value>) -> Option<Value> {
    let url = text(thing, "url").filter(|url| is_address(url))?;
    Some(url.into())
}

/// The picture that stands for a thing: of those who act it is small and square.
fn picture(thing: &Map<String, Value>, kind: &str, mapped: &mut Map<String, Value>) {
    let picture = thing.get("image").and_then(Medium::of);
    if let Some(medium) = picture.filter(|medium| is_address(medium.url)) {
        let key = if names::is_actor(kind) {
            "icon"
        } else {
            "image"
        };
        let mut picture = json!({ "type": "Image", "url": medium.url });
        if let Some(media_type) = medium.media_type {
            picture["mediaType"] = media_type.into();
        }
        mapped.insert(key.into(), picture);
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
