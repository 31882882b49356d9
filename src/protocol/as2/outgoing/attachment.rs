//! Files, as peers read them: attachments of a note.

use serde_json::{Map, Value, json};

use crate::protocol::{
    as1::{Medium, media},
    as2::{is_address, text},
    html::plain,
};

/// Returns the files that a thing consists of, and those attached to it.
pub(in crate::protocol::as2) fn attachments(thing: &Map<String, Value>) -> Vec<Value> {
    let title = text(thing, "displayName").map(str::to_owned);
    let title = title.or_else(|| text(thing, "content").map(plain));
    let own = documents(thing, title.as_deref());
    let attached = thing.get("attachments").and_then(Value::as_array);
    let attached = attached.into_iter().flatten().filter_map(Value::as_object);
    let attached = attached.flat_map(|part| {
        let described = text(part, "content").map(plain);
        let described = described.or_else(|| text(part, "displayName").map(str::to_owned));
        documents(part, described.as_deref())
    });
    own.into_iter().chain(attached).collect()
}

fn documents(thing: &Map<String, Value>, described: Option<&str>) -> Vec<Value> {
    let usual = match text(thing, "objectType").unwrap_or_default() {
        "image" => "image/jpeg",
        "audio" => "audio/mpeg",
        "video" => "video/mp4",
        _ => "application/octet-stream",
    };
    let media = media(thing).into_iter();
    let media = media.filter(|medium| is_address(medium.url)).take(1);
    let link = ["fullImage", "image"]
        .iter()
        .find_map(|key| thing.get(*key));
    let documents = media.map(|medium| {
        let mut document = document(&medium, usual, described);
        for key in ["blurhash", "focalPoint"] {
            if let Some(kept) = link.and_then(|link| link.get(key)) {
                document[key] = kept.clone();
            }
        }
        document
    });
    documents.collect()
}

/// Returns a file. Peers read the description from the name or the summary.
fn document(medium: &Medium<'_>, usual: &str, described: Option<&str>) -> Value {
    let mut document = json!({
        "type": "Document",
        "mediaType": medium.media_type.unwrap_or(usual),
        "url": medium.url,
    });
    if let Some(described) = described.filter(|text| !text.is_empty()) {
        document["name"] = described.into();
        document["summary"] = described.into();
    }
    for (key, size) in [("width", medium.width), ("height", medium.height)] {
        if let Some(size) = size {
            document[key] = size.into();
        }
    }
    document
}
