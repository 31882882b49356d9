//! The files that a thing consists of.

use mime::Mime;
use serde_json::{Map, Value};

/// A file that a thing consists of: the picture of an image, the sound of an audio.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Medium<'a> {
    /// Where it is.
    pub url: &'a str,
    /// Its media type, where it is told or the address shows it.
    pub media_type: Option<&'a str>,
    /// Its width in pixels.
    pub width: Option<u64>,
    /// Its height in pixels.
    pub height: Option<u64>,
}

/// Media types by file extension, as this server assigns them.
const EXTENSION_TYPES: &[(&str, &str)] = &[
    ("jpg", "image/jpeg"),
    ("jpeg", "image/jpeg"),
    ("png", "image/png"),
    ("gif", "image/gif"),
    ("webp", "image/webp"),
    ("svg", "image/svg+xml"),
    ("flac", "audio/flac"),
    ("mp3", "audio/mpeg"),
    ("ogg", "audio/ogg"),
    ("wav", "audio/x-wav"),
    ("3gp", "video/3gpp"),
    ("mpg", "video/mpeg"),
    ("mp4", "video/mp4"),
    ("mov", "video/quicktime"),
    ("ogv", "video/ogg"),
    ("webm", "video/webm"),
    ("avi", "video/x-msvideo"),
];

impl<'a> Medium<'a> {
    /// Reads a link like `{"url", "width", "height"}`.
    pub(crate) fn of(link: &'a Value) -> Option<Self> {
        let size = |name| link.get(name).and_then(Value::as_u64);
        Some(Self {
            width: size("width"),
            height: size("height"),
            ..Self::at(link.get("url")?.as_str()?)
        })
    }

    fn at(url: &'a str) -> Self {
        let ending = url.rsplit_once('.').map_or("", |(_, ending)| ending);
        let known = EXTENSION_TYPES.iter().find(|(known, _)| *known == ending);
        Self {
            url,
            media_type: known.map(|(_, media_type)| *media_type),
            width: None,
            height: None,
        }
    }
}

/// The files of a thing: the picture of an image in its full size, a stream, a file.
pub(crate) fn media(thing: &Map<String, Value>) -> Vec<Medium<'_>> {
    let picture = (thing.get("objectType").and_then(Value::as_str) == Some("image"))
        .then(|| thing.get("fullImage").or_else(|| thing.get("image")))
        .flatten();
    let links = [picture, thing.get("stream")];
    let mut media: Vec<Medium> = links.into_iter().flatten().filter_map(Medium::of).collect();
    if let Some(url) = thing.get("fileUrl").and_then(Value::as_str) {
        let told = thing.get("mimeType").and_then(Value::as_str);
        let at = Medium::at(url);
        media.push(Medium {
            media_type: told.filter(|told| is_media_type(told)).or(at.media_type),
            ..at
        });
    }
    media
}

/// Whether a text is a media type, rather than any text of a client's.
fn is_media_type(text: &str) -> bool {
    let media_type = text.parse::<Mime>();
    media_type.is_ok_and(|told| told.type_() != mime::STAR && told.subtype() != mime::STAR)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_text_that_is_no_media_type_is_none() {
        for (told, shown) in [
            (json!("application/pdf"), Some("application/pdf")),
            (
                json!("audio/ogg; codecs=opus"),
                Some("audio/ogg; codecs=opus"),
            ),
            (json!("see http://evil.example"), Some("audio/ogg")),
            (json!("text/<b>"), Some("audio/ogg")),
            (json!("*/*"), Some("audio/ogg")),
            (json!(5), Some("audio/ogg")),
        ] {
            let thing = json!({ "fileUrl": "https://h.example/x.ogg", "mimeType": told });
            let thing = thing.as_object().cloned().unwrap_or_default();
            assert_eq!(media(&thing)[0].media_type, shown, "{told}");
        }
    }
}
