//! Proxy URLs: which URLs of an object have one, and which of them a proxy stands for.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use url::Url;

use crate::model::{ACTIVITY, Object, Urls};

/// Properties with a `url` to something that is shown or played.
const MEDIA_PROPERTIES: &[&str] = &["image", "fullImage", "stream", "banner"];

/// Properties that hold more of the same.
const NESTED_PROPERTIES: &[&str] = &["pump_io", "attachments", "emoji"];

/// Properties of an object of another server that are collections with a `url`.
const COLLECTION_PROPERTIES: &[&str] = &[
    "likes",
    "replies",
    "shares",
    "members",
    "followers",
    "following",
    "favorites",
    "lists",
];

/// How deep media are looked for.
const MAX_DEPTH: usize = 3;

/// Kind of thing that a proxy leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TargetKind {
    /// A picture, film, sound or other file.
    Media,
    /// JSON: a collection, or an object.
    Document,
}

/// Thing that a proxy leads to.
#[derive(Debug)]
pub(super) struct Target {
    pub(super) kind: TargetKind,
    pub(super) url: Url,
}

impl Target {
    /// Finds the target with that digest among the URLs of an object.
    pub(super) fn find(urls: &Urls, object: &Object, wanted: &str) -> Option<Self> {
        let mut found = None;
        visit(urls, object, &mut Map::clone(&object.body), |kind, url| {
            if digest(kind, url) == wanted {
                let url = Url::parse(url).ok();
                found = url.map(|url| Self { kind, url });
            }
            None
        });
        found
    }
}

/// Returns the properties of an object that hold URLs of other hosts, with `pump_io.proxyURL`
/// beside each URL, and `pump_io.fileProxyURL` if its `fileUrl` is one. An object of another server
/// gets them also for its collections, and for itself.
pub(super) fn with_proxy_urls(urls: &Urls, object: &Object) -> Map<String, Value> {
    let has_documents = has_documents(urls, object);
    let is_own = |key: &str| {
        is_about_media(key)
            || has_documents && (COLLECTION_PROPERTIES.contains(&key) || key == "links")
    };
    // Seen in the text first: most things name no other host there, and need not be taken apart.
    let own: Vec<_> = object
        .body
        .raw_members()
        .filter(|(key, _)| is_own(key))
        .collect();
    let names_others = |json: &str| {
        let mut texts = json.match_indices("\"http");
        texts.any(|(at, _)| !urls.is_local(&json[at + 1..]))
    };
    if !own.iter().any(|(_, json)| names_others(json)) {
        return Map::new();
    }
    let parts = own.into_iter();
    let mut rendered = parts
        .filter_map(|(key, json)| Some((key.to_owned(), serde_json::from_str(json).ok()?)))
        .collect();
    visit(urls, object, &mut rendered, |kind, url| {
        let path = format!("/api/proxy/{}.{}", object.uuid, digest(kind, url));
        Some(urls.absolute(&path).into())
    });
    rendered
}

/// Whether a property is one of [`MEDIA_PROPERTIES`] or [`NESTED_PROPERTIES`], or `fileUrl`. It is
/// asked of every property of a page, and compiled to a comparison of lengths first.
fn is_about_media(key: &str) -> bool {
    matches!(
        key,
        "image"
            | "fullImage"
            | "stream"
            | "banner"
            | "fileUrl"
            | "pump_io"
            | "attachments"
            | "emoji"
    )
}

/// Whether the collections of an object are those of another server. Activities have none.
fn has_documents(urls: &Urls, object: &Object) -> bool {
    object.object_type != ACTIVITY && !urls.is_local(&object.id)
}

/// Shows `proxy` each URL of another host in properties of an object, and puts what it makes of it
/// beside the URL.
fn visit(
    urls: &Urls,
    object: &Object,
    body: &mut Map<String, Value>,
    mut proxy: impl FnMut(TargetKind, &str) -> Option<Value>,
) {
    if has_documents(urls, object) {
        visit_documents(urls, body, &mut |url| proxy(TargetKind::Document, url));
    }
    visit_media(urls, body, MAX_DEPTH, &mut |url| {
        proxy(TargetKind::Media, url)
    });
}

fn visit_documents(
    urls: &Urls,
    body: &mut Map<String, Value>,
    proxy: &mut impl FnMut(&str) -> Option<Value>,
) {
    let own = body.get("links").and_then(|links| links.get("self"));
    let own = own.and_then(|link| link.get("href"));
    if let Some(proxy) = proxied(urls, own, proxy) {
        set(body, "proxyURL", proxy);
    }
    for key in COLLECTION_PROPERTIES {
        if let Some(Value::Object(collection)) = body.get_mut(*key) {
            set_beside_url(urls, collection, proxy);
        }
    }
}

fn visit_media(
    urls: &Urls,
    body: &mut Map<String, Value>,
    depth: usize,
    proxy: &mut impl FnMut(&str) -> Option<Value>,
) {
    if let Some(proxy) = proxied(urls, body.get("fileUrl"), proxy) {
        set(body, "fileProxyURL", proxy);
    }
    for key in MEDIA_PROPERTIES {
        if let Some(Value::Object(media)) = body.get_mut(*key) {
            set_beside_url(urls, media, proxy);
        }
    }
    for key in NESTED_PROPERTIES.iter().filter(|_| depth > 0) {
        match body.get_mut(*key) {
            Some(Value::Object(inner)) => visit_media(urls, inner, depth - 1, proxy),
            Some(Value::Array(all)) => {
                let objects = all.iter_mut().filter_map(Value::as_object_mut);
                objects.for_each(|inner| visit_media(urls, inner, depth - 1, proxy));
            }
            _ => {}
        }
    }
}

fn set_beside_url(
    urls: &Urls,
    body: &mut Map<String, Value>,
    proxy: &mut impl FnMut(&str) -> Option<Value>,
) {
    if let Some(proxy) = proxied(urls, body.get("url"), proxy) {
        set(body, "proxyURL", proxy);
    }
}

fn proxied(
    urls: &Urls,
    url: Option<&Value>,
    proxy: &mut impl FnMut(&str) -> Option<Value>,
) -> Option<Value> {
    let url = url?.as_str().filter(|url| is_elsewhere(urls, url))?;
    proxy(url)
}

fn set(body: &mut Map<String, Value>, key: &str, proxy: Value) {
    let extensions = body.entry("pump_io").or_insert_with(|| json!({}));
    if !extensions.is_object() {
        // Kept by an earlier version, of whatever a client sent.
        *extensions = json!({});
    }
    extensions[key] = proxy;
}

fn is_elsewhere(urls: &Urls, url: &str) -> bool {
    (url.starts_with("http://") || url.starts_with("https://")) && !urls.is_own_address(url)
}

/// Digest of a target. One URL has two, so that the kind of an answer is that of its place.
pub(super) fn digest(kind: TargetKind, url: &str) -> String {
    let mut digest = Sha256::new();
    if kind == TargetKind::Document {
        digest.update("document ");
    }
    digest.update(url);
    URL_SAFE_NO_PAD.encode(&digest.finalize()[..12])
}
