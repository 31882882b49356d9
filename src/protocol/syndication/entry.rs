//! Feed entry of an activity.

use serde_json::{Map, Value, json};

use super::{FeedAuthor, address, name_of, shown, text};
use crate::protocol::{
    as1::{media, one_line},
    html::{escape, first_line},
};

/// The most characters of a title that is made of the beginning of a text.
const MAX_TITLE_CHARS: usize = 80;

/// Something that was published.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct FeedEntry {
    /// The id of the activity.
    pub id: String,
    /// Title or beginning, as plain text.
    pub title: String,
    /// Its page.
    pub url: Option<String>,
    /// Content as HTML.
    pub content: String,
    /// When it was published.
    pub published: String,
    /// When it last changed.
    pub updated: String,
    /// Tags.
    pub tags: Vec<String>,
    /// Files that go with it.
    pub files: Vec<Enclosure>,
    /// Its author, if that is not the one of the feed.
    pub author: Option<FeedAuthor>,
}

/// A file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Enclosure {
    /// Where it is.
    pub url: String,
    /// Its media type.
    pub media_type: String,
}

impl FeedEntry {
    /// Reads an activity; `None` if there is nothing to show.
    pub(super) fn of(activity: &Value) -> Option<Self> {
        let object = shown(activity, "object")?;
        let published = text(activity, "published")?;
        let property = |name| object.get(name).and_then(Value::as_str);
        let times = [
            text(activity, "updated"),
            property("updated"),
            Some(published),
        ];
        let attachments = object.get("attachments").and_then(Value::as_array);
        let attachments = attachments
            .into_iter()
            .flatten()
            .filter_map(Value::as_object);
        let files = std::iter::once(object).chain(attachments).flat_map(files);
        let tags = object.get("tags").and_then(Value::as_array);
        let tags = tags
            .into_iter()
            .flatten()
            .filter_map(|tag| tag.as_str().or_else(|| text(tag, "displayName")));
        Some(Self {
            id: text(activity, "id")?.into(),
            title: title(activity, object),
            url: property("url")
                .or_else(|| text(activity, "url"))
                .and_then(address),
            content: content(activity, object),
            published: published.into(),
            updated: times.into_iter().flatten().max()?.into(),
            tags: tags.map(str::to_owned).collect(),
            files: files.collect(),
            author: None,
        })
    }

    /// Reads an object, as if it was posted just now; `None` if there is nothing to show.
    pub(super) fn of_object(object: &Value) -> Option<Self> {
        let mut posted = json!({ "verb": "post", "object": object });
        for name in ["id", "published"] {
            posted[name] = object.get(name)?.clone();
        }
        Some(Self {
            author: object.get("author").map(FeedAuthor::of),
            ..Self::of(&posted)?
        })
    }
}

/// The name of what was published, or its first words, or what was done.
fn title(activity: &Value, object: &Map<String, Value>) -> String {
    let property = |name| object.get(name).and_then(Value::as_str);
    let done = || {
        text(activity, "content")
            .map(first_line)
            .unwrap_or_default()
    };
    if is_share(activity) {
        return done();
    }
    let name = property("displayName").map(one_line);
    let begins = || {
        property("content")
            .map(first_line)
            .map(|line| shorten(&line))
    };
    let title = name.filter(|name| !name.is_empty()).or_else(begins);
    title.filter(|title| !title.is_empty()).unwrap_or_else(done)
}

fn shorten(line: &str) -> String {
    match line.char_indices().nth(MAX_TITLE_CHARS) {
        Some((end, _)) => format!("{}…", line[..end].trim_end()),
        None => line.into(),
    }
}

/// A share shows the original author.
fn content(activity: &Value, object: &Map<String, Value>) -> String {
    let said = object
        .get("content")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let body = format!("{}{said}", picture(object).unwrap_or_default());
    match object.get("author").filter(|_| is_share(activity)) {
        Some(author) => format!(
            "<p>{}:</p><blockquote>{body}</blockquote>",
            escape(name_of(author))
        ),
        None => body,
    }
}

fn is_share(activity: &Value) -> bool {
    text(activity, "verb") == Some("share")
}

/// The picture of an image, in the size for looking at.
fn picture(object: &Map<String, Value>) -> Option<String> {
    let full = media(object).first().and_then(|full| address(full.url));
    let small = object
        .get("image")?
        .get("url")?
        .as_str()
        .and_then(address)?;
    let name = object
        .get("displayName")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let picture = format!(r#"<img src="{}" alt="{}"/>"#, quote(&small), escape(name));
    let full = full
        .map(|full| quote(&full))
        .filter(|_| object.get("objectType").is_some_and(|kind| kind == "image"));
    Some(match full {
        Some(full) => format!(r#"<p><a href="{full}">{picture}</a></p>"#),
        None => format!("<p>{picture}</p>"),
    })
}

/// An address in an attribute.
fn quote(address: &str) -> String {
    address.replace('&', "&amp;").replace('"', "%22")
}

fn files(thing: &Map<String, Value>) -> Vec<Enclosure> {
    let files = media(thing).into_iter().filter_map(|file| {
        Some(Enclosure {
            url: address(file.url)?,
            media_type: file.media_type.unwrap_or("application/octet-stream").into(),
        })
    });
    files.collect()
}
