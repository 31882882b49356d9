//! Custom emoji (FEP-9098), and reactions.

use serde_json::{Map, Value, json};

use super::attachment::File;
use crate::{
    model::is_blank,
    protocol::{
        as2::values::{entries, natural, type_of},
        html::plain,
        shortened,
    },
};

/// Maximum emoji that are read of one thing, and characters of a name.
const MAX_EMOJI: usize = 64;
const MAX_NAME_CHARS: usize = 100;

/// Maximum characters of a reaction: an emoji may be of many, and a custom one is a name.
const MAX_REACTION_CHARS: usize = MAX_NAME_CHARS;

/// Adds the emoji among the tags of a thing, each with its name in colons and its picture.
pub(super) fn put_emoji(document: &Map<String, Value>, thing: &mut Map<String, Value>) {
    let tags = entries(document, "tag").iter().filter_map(Value::as_object);
    let tags = tags.filter(|tag| type_of(tag) == "Emoji");
    let emoji = tags.filter_map(|tag| {
        let name = tag.get("name")?.as_str()?;
        let name = format!(":{}:", name.trim_matches(':'));
        let picture = File::picture(tag, "icon").filter(|_| is_name(&name))?;
        Some(json!({ "name": name, "image": { "url": picture.url() } }))
    });
    let emoji: Vec<Value> = emoji.take(MAX_EMOJI).collect();
    if !emoji.is_empty() {
        thing.insert("emoji".into(), emoji.into());
    }
}

/// Whether a text is the name of an emoji, in colons.
fn is_name(text: &str) -> bool {
    let name = &text[1..text.len() - 1];
    let is_fit = |c: char| c.is_alphanumeric() || "_-+.@".contains(c);
    !name.is_empty() && name.chars().all(is_fit) && name.chars().count() <= MAX_NAME_CHARS
}

/// Adds the emoji that a like is; without one it is a like.
pub(super) fn put_reaction(document: &Map<String, Value>, like: &mut Map<String, Value>) {
    let misskey = || document.get("_misskey_reaction")?.as_str();
    let said = natural(document, "content").or_else(misskey);
    let reaction = plain(said.unwrap_or_default()).replace('\n', " ");
    if is_blank(&reaction) {
        return;
    }
    like.insert(
        "reaction".into(),
        shortened(&reaction, MAX_REACTION_CHARS).into(),
    );
    put_emoji(document, like);
}
