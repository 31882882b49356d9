//! Things as their author publishes them: notes for the most part, since peers show these whole.

use serde_json::{Map, Value, json};

use super::{
    actors::{Actors, Person},
    attachment::attachments,
    audience::Audience,
    content::{content_of, escape_address, title_of},
};
use crate::{
    model::fold_tag,
    protocol::{
        as2::{is_address, names, text, times},
        html::{escape, plain},
        search::tag_name,
    },
};

/// Maximum hashtags of one thing.
const MAX_HASHTAGS: usize = 200;

/// Returns a thing in full, with its audience; `None` if it is only named, or someone who acts. The
/// audience gets the author who is answered, if everyone is in it.
pub(super) fn object(
    actors: &Actors<'_>,
    thing: &Map<String, Value>,
    author: &str,
    audience: &mut Audience,
) -> Option<Map<String, Value>> {
    let kind = text(thing, "objectType").unwrap_or_default();
    let says = |key: &str| thing.contains_key(key);
    let is_told = says("published") || says("content") || says("displayName");
    if names::is_actor(kind) || kind == "collection" || !is_told {
        return None;
    }
    let parent = thing.get("inReplyTo").and_then(Value::as_object);
    let answered = parent.and_then(|parent| parent.get("author")?.as_object());
    let answered = answered.and_then(|author| actors.person(author));
    let mentions = mentions(answered, audience);
    let object_type = object_type(actors, thing, audience);
    let (content, hashtags) = if object_type == "Page" {
        content_of(actors, &untitled(thing), &mentions)
    } else {
        content_of(actors, thing, &mentions)
    };
    let mut mapped = Map::new();
    mapped.insert("id".into(), actors.thing(thing)?.into());
    mapped.insert("type".into(), object_type.into());
    mapped.insert("attributedTo".into(), author.into());
    let url = text(thing, "url").filter(|url| is_address(url));
    if let (true, Some(name)) = (object_type != "Note", title_of(thing)) {
        mapped.insert("name".into(), name.into());
        if object_type == "Article" {
            mapped.insert("preview".into(), preview(name, url, author));
        }
    }
    warning(thing, &mut mapped);
    mapped.insert("content".into(), content.into());
    if let Some(url) = url {
        mapped.insert("url".into(), url.into());
    }
    if let Some(parent) = parent.and_then(|parent| actors.thing(parent)) {
        mapped.insert("inReplyTo".into(), parent.into());
    }
    times(thing, &mut mapped, &["published", "updated"]);
    audience.write(&mut mapped);
    mapped.insert("attachment".into(), attachments(thing).into());
    let tags = mentions
        .into_iter()
        .map(|mention| json!({ "type": "Mention", "href": mention.url, "name": mention.handle }));
    let tags = tags.chain(hashtag_tags(actors, thing, hashtags));
    mapped.insert("tag".into(), tags.collect());
    Some(mapped)
}

/// Returns the type of a thing. A group elsewhere takes only a page for a thread (FEP-1b12).
fn object_type(
    actors: &Actors<'_>,
    thing: &Map<String, Value>,
    audience: &Audience,
) -> &'static str {
    let mut groups = audience.groups.iter();
    let is_for_group = groups.any(|group| !actors.urls.is_group_id(group));
    let is_thread = title_of(thing).is_some() && !thing.contains_key("inReplyTo");
    if is_for_group && is_thread {
        "Page"
    } else if text(thing, "objectType") == Some("article") {
        "Article"
    } else {
        "Note"
    }
}

/// Returns a thing without its title, which is elsewhere.
fn untitled(thing: &Map<String, Value>) -> Map<String, Value> {
    let mut untitled = thing.clone();
    untitled.retain(|key, _| !matches!(&**key, "displayName" | "title"));
    untitled
}

/// Writes a warning that the author gave. The summary of anything else would hide it.
pub(in crate::protocol::as2) fn warning(
    thing: &Map<String, Value>,
    mapped: &mut Map<String, Value>,
) {
    if thing.get("sensitive") != Some(&Value::Bool(true)) {
        return;
    }
    mapped.insert("sensitive".into(), true.into());
    if let Some(summary) = text(thing, "summary") {
        mapped.insert("summary".into(), plain(summary).into());
    }
}

/// Returns the note that stands for an article where no articles are shown (FEP-b2b8).
fn preview(name: &str, url: Option<&str>, author: &str) -> Value {
    let name = escape(name);
    let content = match url {
        Some(url) => {
            let url = escape_address(url);
            format!("<p><a href=\"{url}\">{name}</a></p>")
        }
        None => format!("<p>{name}</p>"),
    };
    json!({ "type": "Note", "attributedTo": author, "content": content })
}

/// Returns the mentions of all persons who are addressed, the author who is answered first:
/// `GoToSocial` drops an answer without it.
fn mentions(answered: Option<Person>, audience: &mut Audience) -> Vec<Person> {
    let answered = answered.filter(|answered| audience.add_if_public(&answered.url));
    let others = audience.persons.iter().filter(|person| {
        let answered = answered.as_ref();
        answered.is_none_or(|answered| answered.url != person.url)
    });
    answered.iter().chain(others).cloned().collect()
}

/// Returns the tags of the hashtags that were found in a text, and of those that a thing has.
pub(in crate::protocol::as2) fn hashtag_tags(
    actors: &Actors<'_>,
    thing: &Map<String, Value>,
    found: Vec<String>,
) -> Vec<Value> {
    let given = thing.get("tags").and_then(Value::as_array);
    let given = given.into_iter().flatten().filter_map(tag_name);
    let names = found.into_iter().chain(given.map(str::to_owned));
    let mut known: Vec<String> = Vec::new();
    let mut tags = Vec::new();
    for name in names.take(MAX_HASHTAGS) {
        let Some(folded) = fold_tag(&name).filter(|folded| !known.contains(folded)) else {
            continue;
        };
        let name = name.strip_prefix('#').unwrap_or(&name);
        let href = actors.urls.tag(&folded);
        tags.push(json!({ "type": "Hashtag", "href": href, "name": format!("#{name}") }));
        known.push(folded);
    }
    tags
}
