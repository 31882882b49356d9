//! Syndication feeds of published activities: Atom (RFC 4287) and JSON Feed 1.1.
//!
//! Pure: made of a page of activities as the API shows it.

mod atom;
mod entry;
mod json;
#[cfg(test)]
mod tests;

use serde_json::{Map, Value};
use url::Url;

use super::pruned::{self, items_of};
use crate::model::members_of;
pub(crate) use entry::FeedEntry;

/// The content type of Atom.
pub(crate) const ATOM: &str = "application/atom+xml; charset=utf-8";

/// The content type of a JSON Feed.
pub(crate) const JSON_FEED: &str = "application/feed+json; charset=utf-8";

/// Members of a page and its activities that are read.
const NAMES: &[&str] = &[
    "attachments",
    "author",
    "content",
    "deleted",
    "displayName",
    "fileUrl",
    "fullImage",
    "height",
    "href",
    "id",
    "image",
    "links",
    "mimeType",
    "next",
    "object",
    "objectType",
    "preferredUsername",
    "published",
    "stream",
    "tags",
    "updated",
    "url",
    "verb",
    "width",
];

/// A page of what someone published.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct SyndicationFeed {
    /// Permanent id of the feed: the URL of its collection.
    pub id: String,
    /// Title.
    pub title: String,
    /// When something in it last changed.
    pub updated: String,
    /// Author.
    pub author: FeedAuthor,
    /// The arguments of the next page, if there is one.
    pub next: Option<String>,
    /// Entries, newest first.
    pub entries: Vec<FeedEntry>,
}

/// Author of a feed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct FeedAuthor {
    /// Display name.
    pub name: String,
    /// Their page.
    pub url: Option<String>,
    /// Their picture.
    pub picture: Option<String>,
}

impl SyndicationFeed {
    /// Reads the JSON of a page of activities, one after the other. An activity is left out if it
    /// can't be read, or has nothing to show: it was deleted, or is not for everyone.
    pub(crate) fn of(page: &str) -> Self {
        Self::read(page, FeedEntry::of)
    }

    /// Reads the JSON of a page of objects of many authors, which a site publishes.
    pub(crate) fn of_objects(page: &str, site: &str) -> Self {
        let mut feed = Self::read(page, FeedEntry::of_object);
        feed.author.name = site.into();
        feed
    }

    fn read(page: &str, entry: fn(&Value) -> Option<FeedEntry>) -> Self {
        let members = members_of(page).unwrap_or_default();
        let items = members.iter().find(|(name, _)| *name == "items");
        let items = items.and_then(|(_, items)| items_of(items));
        let items = items.into_iter().flatten();
        let entries = items.filter_map(|item| entry(&pruned::read(item, NAMES)?));
        let entries: Vec<FeedEntry> = entries.collect();
        let page = &pruned::read(page, NAMES).unwrap_or_default();
        let author = page.get("author").unwrap_or(&Value::Null);
        let changed = entries.iter().map(|entry| entry.updated.as_str());
        let updated = changed.chain(text(author, "updated")).max();
        let next = page.pointer("/links/next/href").and_then(Value::as_str);
        Self {
            id: text(page, "url").unwrap_or_default().into(),
            title: text(page, "displayName").unwrap_or_default().into(),
            // A feed must have one (RFC 4287, 4.1.1), and this one never did anything.
            updated: updated.unwrap_or("1970-01-01T00:00:00Z").into(),
            author: FeedAuthor::of(author),
            next: next.and_then(|next| Some(next.split_once('?')?.1.into())),
            entries,
        }
    }
}

impl FeedAuthor {
    fn of(person: &Value) -> Self {
        let picture = person.pointer("/image/url").and_then(Value::as_str);
        Self {
            name: name_of(person).into(),
            url: text(person, "url").and_then(address),
            picture: picture.and_then(address),
        }
    }
}

/// Returns the display name of a person.
fn name_of(person: &Value) -> &str {
    let names = ["displayName", "preferredUsername", "id"];
    let mut names = names.iter().filter_map(|name| text(person, name));
    names
        .find(|name| !name.trim().is_empty())
        .unwrap_or("someone")
}

/// An address that people may follow, written as the standards want it.
fn address(text: &str) -> Option<String> {
    let url = Url::parse(text).ok()?;
    matches!(url.scheme(), "http" | "https").then(|| url.into())
}

fn text<'a>(thing: &'a Value, name: &str) -> Option<&'a str> {
    thing.get(name).and_then(Value::as_str)
}

/// The properties of a thing, if it is more than a name, and still there.
fn shown<'a>(activity: &'a Value, name: &str) -> Option<&'a Map<String, Value>> {
    let thing = activity.get(name)?.as_object()?;
    let is_shown = !thing.contains_key("deleted")
        && thing.keys().any(|key| key != "id" && key != "objectType");
    is_shown.then_some(thing)
}
