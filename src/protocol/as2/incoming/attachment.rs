//! Files and links that a thing consists of or has attached.

use serde_json::{Map, Value, json};

use crate::{
    model::is_blank,
    protocol::{
        as1::{MAX_ID_BYTES, Medium},
        as2::{
            is_address,
            values::{entries, natural, type_of},
        },
        html::{escape, plain},
        shortened,
    },
};

/// Maximum attachments that are read of one thing.
const MAX_ATTACHMENTS: usize = 64;

/// Maximum length of a `blurhash`.
const MAX_BLURHASH_BYTES: usize = 128;

/// Maximum characters of a name, which has at most four times as many bytes.
pub(super) const MAX_NAME_CHARS: usize = 250;

/// A file, as AS2 describes it.
pub(super) struct File<'a> {
    url: &'a str,
    media_type: Option<&'a str>,
    width: Option<u64>,
    height: Option<u64>,
    /// A few characters that tell its colours, before it is loaded.
    blurhash: Option<&'a str>,
    /// The point that stays in sight where it is cut, from -1 to 1.
    focal_point: Option<[f64; 2]>,
}

impl<'a> File<'a> {
    /// Reads the value of a `url` of a thing.
    fn at(thing: &'a Map<String, Value>, url: &'a Value) -> Option<Self> {
        let (address, described) = match url {
            Value::String(address) => (address.as_str(), thing),
            Value::Object(link) => (link.get("href")?.as_str()?, link),
            _ => return None,
        };
        if !is_address(address) || address.len() > MAX_ID_BYTES {
            return None;
        }
        let told = described
            .get("mediaType")
            .or_else(|| thing.get("mediaType"));
        let size = |key: &str| {
            let size = described.get(key).or_else(|| thing.get(key));
            size.and_then(Value::as_u64)
        };
        Some(Self {
            url: address,
            media_type: told.and_then(Value::as_str),
            width: size("width"),
            height: size("height"),
            blurhash: blurhash_of(described).or_else(|| blurhash_of(thing)),
            focal_point: focal_point_of(described).or_else(|| focal_point_of(thing)),
        })
    }

    /// Reads the picture that a property such as `icon` is.
    pub(super) fn picture(thing: &'a Map<String, Value>, key: &str) -> Option<Self> {
        let picture = entries(thing, key).iter().find(|entry| !entry.is_null())?;
        match picture {
            Value::Object(image) if type_of(image) != "Link" => {
                let url = entries(image, "url").first()?;
                Self::at(image, url)
            }
            link => Self::at(thing, link).map(|file| Self {
                width: None,
                height: None,
                blurhash: None,
                focal_point: None,
                ..file
            }),
        }
    }

    /// Returns where it is.
    pub(super) fn url(&self) -> &'a str {
        self.url
    }

    /// Returns the file in the words of AS1.
    pub(super) fn link(&self) -> Value {
        let mut link = json!({ "url": self.url });
        for (key, size) in [("width", self.width), ("height", self.height)] {
            if let Some(size) = size {
                link[key] = size.into();
            }
        }
        if let Some(blurhash) = self.blurhash {
            link["blurhash"] = blurhash.into();
        }
        if let Some(focal_point) = self.focal_point {
            link["focalPoint"] = json!(focal_point);
        }
        link
    }

    /// Returns the AS1 type of the file, by its media type.
    fn kind(&self) -> Option<&'static str> {
        let at = json!({ "url": self.url });
        let media_type = self.media_type.or_else(|| Medium::of(&at)?.media_type)?;
        Some(match media_type.split_once('/')?.0 {
            "image" => "image",
            "audio" => "audio",
            "video" => "video",
            "text" => return None,
            _ => "file",
        })
    }
}

fn blurhash_of(described: &Map<String, Value>) -> Option<&str> {
    let blurhash = described.get("blurhash").and_then(Value::as_str);
    blurhash.filter(|blurhash| blurhash.len() <= MAX_BLURHASH_BYTES)
}

fn focal_point_of(described: &Map<String, Value>) -> Option<[f64; 2]> {
    let point = described.get("focalPoint")?.as_array()?.iter();
    let point: Option<Vec<f64>> = point.map(Value::as_f64).collect();
    let point: [f64; 2] = point?.try_into().ok()?;
    let is_fit = point.iter().all(|part| (-1.0..=1.0).contains(part));
    is_fit.then_some(point)
}

/// Returns the file of a thing that is one, of an AS1 type.
pub(super) fn file_of<'a>(thing: &'a Map<String, Value>, kind: &str) -> Option<File<'a>> {
    let urls = entries(thing, "url").iter();
    // PeerTube has the files of a film below its playlist.
    let links = urls.clone().filter_map(Value::as_object);
    let below = links.flat_map(|link| entries(link, "tag"));
    let urls = urls.chain(below).take(MAX_ATTACHMENTS);
    let mut files: Vec<File> = urls.filter_map(|url| File::at(thing, url)).collect();
    let at = files
        .iter()
        .position(|file| file.kind() == Some(kind))
        .or_else(|| (kind == "file").then_some(0).filter(|_| !files.is_empty()))?;
    Some(files.swap_remove(at))
}

/// Returns the address of the page of a thing.
pub(super) fn page_of(thing: &Map<String, Value>) -> Option<&str> {
    let urls = entries(thing, "url").iter();
    let urls: Vec<File> = urls.filter_map(|url| File::at(thing, url)).collect();
    let is_html = |file: &&File<'_>| {
        file.media_type
            .is_some_and(|told| told.starts_with("text/"))
    };
    let page = urls.iter().find(is_html);
    let page = page.or_else(|| urls.iter().find(|file| file.kind().is_none()));
    page.map(|page| page.url)
}

/// Adds a file to a thing of an AS1 type.
pub(super) fn put_file(thing: &mut Map<String, Value>, kind: &str, file: &File<'_>) {
    match kind {
        "image" => {
            thing.insert("image".into(), file.link());
            thing.insert("fullImage".into(), file.link());
        }
        "audio" | "video" => {
            thing.insert("stream".into(), file.link());
        }
        _ => {
            thing.insert("fileUrl".into(), file.url.into());
            if let Some(media_type) = file.media_type {
                thing.insert("mimeType".into(), media_type.into());
            }
        }
    }
}

/// Returns the attachments of a thing that are files.
pub(super) fn attachments(thing: &Map<String, Value>) -> Vec<Value> {
    let parts = entries(thing, "attachment").iter().take(MAX_ATTACHMENTS);
    let parts = parts.filter_map(|part| attachment(part.as_object()?));
    parts.map(Value::Object).collect()
}

/// Returns the addresses of attachments that are links to pages.
pub(super) fn attached_links(thing: &Map<String, Value>) -> impl Iterator<Item = &str> {
    let parts = entries(thing, "attachment").iter().take(MAX_ATTACHMENTS);
    parts.filter_map(|part| {
        let part = part.as_object().filter(|part| type_of(part) == "Link")?;
        let file = File::at(part, part.get("href")?)?;
        file.kind().is_none().then_some(file.url)
    })
}

fn attachment(part: &Map<String, Value>) -> Option<Map<String, Value>> {
    let url = part.get("href").or_else(|| entries(part, "url").first())?;
    let file = File::at(part, url)?;
    let kind = match (file.kind(), type_of(part)) {
        (Some(kind), _) => kind,
        (None, "Image") => "image",
        (None, "Audio") => "audio",
        (None, "Video") => "video",
        (None, "Document") => "file",
        _ => return None,
    };
    let mut attachment = Map::new();
    attachment.insert("objectType".into(), kind.into());
    attachment.insert("id".into(), file.url.into());
    put_file(&mut attachment, kind, &file);
    // GoToSocial has the description in the summary, others have it in the name.
    let described = ["summary", "name"]
        .iter()
        .find_map(|key| natural(part, key).filter(|text| !is_blank(text)));
    if let Some(described) = described {
        let text = plain(described);
        attachment.insert(
            "displayName".into(),
            shortened(&text.replace('\n', " "), MAX_NAME_CHARS).into(),
        );
        attachment.insert("content".into(), escape(&text).into());
    }
    Some(attachment)
}
