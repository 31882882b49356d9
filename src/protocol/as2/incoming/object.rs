//! Notes and other things.

use serde_json::{Map, Value, json};

use super::{
    attachment::{File, attachments, file_of, page_of, put_file},
    audience::Audience,
    emoji::put_emoji,
    persons::Persons,
    texts::{name_of, texts},
};
use crate::protocol::as2::values::{
    entries, first_id, first_object, id_of, is_public, own_id, type_of,
};

/// Maximum tags that are read of one thing.
const MAX_TAGS: usize = 200;

/// Properties that are the same in both.
const SAME: &[&str] = &["published", "updated", "startTime", "endTime"];

/// A thing as its own server shows it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ReceivedThing {
    /// The thing in the words of AS1.
    pub(crate) thing: Map<String, Value>,
    /// The URL of its author.
    pub(crate) author_url: Option<String>,
    /// References to those whom it is for.
    pub(crate) to: Vec<Value>,
    /// References to those who get a copy.
    pub(crate) cc: Vec<Value>,
}

/// Returns the AS1 type of a thing that is no reply; `None` if it is nothing that is read here.
pub(super) fn as1_type(kind: &str) -> Option<&'static str> {
    Some(match kind {
        "Note" | "Question" => "note",
        "Article" | "Event" | "Page" => "article",
        "Image" => "image",
        "Audio" => "audio",
        "Video" => "video",
        "Document" => "file",
        "Place" => "place",
        _ => return None,
    })
}

/// Reads a thing; `None` if it has no id, or a type that is not read here.
pub(crate) fn thing(persons: &Persons<'_>, object: &Map<String, Value>) -> Option<ReceivedThing> {
    let id = own_id(object)?;
    let kind = type_of(object);
    let parent = first_id(object, "inReplyTo");
    let object_type = match as1_type(kind)? {
        "note" if parent.is_some() => "comment",
        object_type => object_type,
    };
    let mut thing = Map::new();
    thing.insert("objectType".into(), object_type.into());
    thing.insert("id".into(), id.into());
    let author = first_id(object, "attributedTo");
    if let Some(author) = author.and_then(|author| persons.id(author)) {
        thing.insert("author".into(), persons.reference(&author));
    }
    if let Some(parent) = parent {
        thing.insert("inReplyTo".into(), persons.thing(parent));
    }
    if let Some(name) = name_of(object) {
        thing.insert("displayName".into(), name.into());
    }
    texts(persons, object, object_type, &mut thing);
    put_emoji(object, &mut thing);
    for &key in SAME {
        if let Some(same @ Value::String(_)) = object.get(key) {
            thing.insert(key.into(), same.clone());
        }
    }
    if let Some(page) = page_of(object) {
        thing.insert("url".into(), page.into());
    }
    files(object, object_type, &mut thing);
    let tags = tags(persons, object);
    if !tags.is_empty() {
        thing.insert("tags".into(), tags.into());
    }
    if let Some(location) = first_object(object, "location") {
        thing.insert("location".into(), place(location));
    }
    if let Some(group) = group(persons, object) {
        thing.insert("group".into(), group);
    }
    let Audience { to, cc } = Audience::read(persons, object, None, &mentioned(persons, object));
    Some(ReceivedThing {
        thing,
        author_url: author.map(str::to_owned),
        to,
        cc,
    })
}

/// Returns the group of another server that a thing is in (FEP-1b12), if it is known.
fn group(persons: &Persons<'_>, object: &Map<String, Value>) -> Option<Value> {
    let url = first_id(object, "audience").filter(|url| !is_public(url))?;
    let id = persons
        .id(url)
        .filter(|_| persons.local_id(url).is_none())?;
    Some(json!({ "objectType": "group", "id": id }))
}

/// Returns the AS1 ids of the persons that a thing mentions.
pub(super) fn mentioned(persons: &Persons<'_>, object: &Map<String, Value>) -> Vec<String> {
    let tags = entries(object, "tag").iter().take(MAX_TAGS);
    let tags = tags.filter_map(Value::as_object);
    let mentions = tags.filter(|tag| type_of(tag) == "Mention");
    let hrefs = mentions.filter_map(|mention| mention.get("href")?.as_str());
    hrefs.filter_map(|href| persons.id(href)).collect()
}

/// Adds the files of a thing, and the picture that stands for it.
fn files(object: &Map<String, Value>, object_type: &str, thing: &mut Map<String, Value>) {
    let attachments = attachments(object);
    let is_file = matches!(object_type, "image" | "audio" | "video" | "file");
    if let Some(file) = file_of(object, object_type).filter(|_| is_file) {
        put_file(thing, object_type, &file);
    }
    if !thing.contains_key("image") {
        let picture = ["image", "icon"]
            .iter()
            .find_map(|key| File::picture(object, key))
            .map(|picture| picture.link());
        let attached = || {
            let mut attached = attachments.iter();
            attached.find_map(|attached| attached.get("image").cloned())
        };
        if let Some(picture) = picture.or_else(attached) {
            thing.insert("image".into(), picture);
        }
    }
    if !attachments.is_empty() {
        thing.insert("attachments".into(), attachments.into());
    }
}

fn tags(persons: &Persons<'_>, object: &Map<String, Value>) -> Vec<Value> {
    let tags = entries(object, "tag").iter().take(MAX_TAGS);
    let tags = tags.filter_map(|tag| {
        let tag = tag.as_object()?;
        let name = name_of(tag);
        match type_of(tag) {
            "Mention" => {
                let id = persons.id(id_of(tag.get("href")?)?)?;
                let mut mention = persons.reference(&id);
                if let Some(name) = name {
                    mention["displayName"] = name.into();
                }
                Some(mention)
            }
            "Hashtag" => {
                let name = name?;
                let name = name.strip_prefix('#').unwrap_or(&name);
                let mut hashtag = json!({ "objectType": "hashtag", "displayName": name });
                if let Some(href) = tag.get("href").and_then(id_of) {
                    hashtag["url"] = href.into();
                }
                Some(hashtag)
            }
            _ => None,
        }
    });
    tags.collect()
}

fn place(location: &Map<String, Value>) -> Value {
    let mut place = json!({ "objectType": "place" });
    if let Some(name) = name_of(location) {
        place["displayName"] = name.into();
    }
    for (key, short) in [("latitude", "lat"), ("longitude", "lon")] {
        if let Some(number) = location.get(key).filter(|number| number.is_number()) {
            place[short] = number.clone();
        }
    }
    place
}
