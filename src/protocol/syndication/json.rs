//! Feeds as JSON Feed.

use serde_json::{Map, Value, json};

use super::{FeedAuthor, FeedEntry, SyndicationFeed, atom::with};
use crate::protocol::pruned::with_list;

impl SyndicationFeed {
    /// The feed as JSON Feed 1.1, found at `address`.
    pub(crate) fn to_json(&self, address: &str) -> String {
        let author = &self.author;
        let mut feed = Map::new();
        feed.insert("version".into(), "https://jsonfeed.org/version/1.1".into());
        feed.insert("title".into(), self.title.as_str().into());
        optional(&mut feed, "home_page_url", author.url.as_deref());
        feed.insert("feed_url".into(), address.into());
        let next = self.next.as_deref().map(|next| with(address, next));
        optional(&mut feed, "next_url", next.as_deref());
        optional(&mut feed, "icon", author.picture.as_deref());
        feed.insert("authors".into(), json!([person(author)]));
        with_list(feed, "items", self.entries.iter().map(item))
    }
}

fn person(author: &FeedAuthor) -> Value {
    let mut person = Map::from_iter([("name".to_owned(), json!(author.name))]);
    optional(&mut person, "url", author.url.as_deref());
    optional(&mut person, "avatar", author.picture.as_deref());
    person.into()
}

fn item(entry: &FeedEntry) -> Value {
    let mut item = Map::new();
    item.insert("id".into(), entry.id.as_str().into());
    optional(&mut item, "url", entry.url.as_deref());
    item.insert("title".into(), entry.title.as_str().into());
    item.insert("content_html".into(), entry.content.as_str().into());
    item.insert("date_published".into(), entry.published.as_str().into());
    item.insert("date_modified".into(), entry.updated.as_str().into());
    if let Some(author) = &entry.author {
        item.insert("authors".into(), json!([person(author)]));
    }
    if !entry.tags.is_empty() {
        item.insert("tags".into(), json!(entry.tags));
    }
    let files = entry
        .files
        .iter()
        .map(|file| json!({ "url": file.url, "mime_type": file.media_type }));
    let files: Vec<Value> = files.collect();
    if !files.is_empty() {
        item.insert("attachments".into(), files.into());
    }
    item.into()
}

fn optional(object: &mut Map<String, Value>, name: &str, value: Option<&str>) {
    if let Some(value) = value {
        object.insert(name.into(), value.into());
    }
}
