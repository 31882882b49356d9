//! Pictures and files of other hosts, fetched for our people, so that those hosts don't learn who looks
//! (pump-api 12.9).
//!
//! A proxy is named by the object that has the URL and a digest of the URL: there is nothing to store,
//! nothing but what stands in an object can be fetched, and who may read the object may fetch it.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use bytes::Bytes;
use http::{HeaderMap, Request, Response, header};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use url::Url;

use super::{Error, ErrorKind, Result, objects};
use crate::{
    Context,
    app::Incoming,
    model::{Object, Urls},
};

/// Properties with a `url` to something that is shown or played.
const MEDIA: &[&str] = &["image", "fullImage", "stream"];

/// Properties that hold more of the same.
const NESTED: &[&str] = &["pump_io", "attachments"];

/// How deep they are looked for.
const DEPTH: usize = 3;

/// What is asked on behalf of the client.
const ASKED: [header::HeaderName; 2] = [header::IF_MODIFIED_SINCE, header::IF_NONE_MATCH];

/// What is shown of an object in place of what is stored: with `pump_io.proxyURL` beside each URL of another
/// host, and `pump_io.fileProxyURL` if its `fileUrl` is one.
pub(super) fn decorated(urls: &Urls, object: &Object) -> Map<String, Value> {
    let own = MEDIA.iter().chain(NESTED).chain(&["fileUrl"]);
    // Seen in the text first: most things name no other host there, and need not be taken apart.
    let names_others = |key: &&&str| {
        let json = object.body.member(key).unwrap_or_default();
        let mut texts = json.match_indices("\"http");
        texts.any(|(at, _)| !urls.is_local(&json[at + 1..]))
    };
    if own.clone().find(names_others).is_none() {
        return Map::new();
    }
    let parts = own.filter_map(|key| object.body.get_key_value(*key));
    let mut shown = parts
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect();
    add(urls, &object.uuid, &mut shown, DEPTH);
    shown
}

fn add(urls: &Urls, uuid: &str, body: &mut Map<String, Value>, depth: usize) {
    let proxied = |url: Option<&Value>| {
        let url = url?.as_str().filter(|url| is_elsewhere(urls, url))?;
        Some(Value::from(
            urls.absolute(&format!("/api/proxy/{uuid}.{}", digest(url))),
        ))
    };
    if let Some(proxy) = proxied(body.get("fileUrl")) {
        set(body, "fileProxyURL", proxy);
    }
    for key in MEDIA {
        if let Some(Value::Object(media)) = body.get_mut(*key)
            && let Some(proxy) = proxied(media.get("url"))
        {
            set(media, "proxyURL", proxy);
        }
    }
    for key in NESTED.iter().filter(|_| depth > 0) {
        match body.get_mut(*key) {
            Some(Value::Object(inner)) => add(urls, uuid, inner, depth - 1),
            Some(Value::Array(all)) => {
                let objects = all.iter_mut().filter_map(Value::as_object_mut);
                objects.for_each(|inner| add(urls, uuid, inner, depth - 1));
            }
            _ => {}
        }
    }
}

fn set(body: &mut Map<String, Value>, key: &str, proxy: Value) {
    if let Value::Object(extensions) = body.entry("pump_io").or_insert_with(|| json!({})) {
        extensions.insert(key.into(), proxy);
    }
}

/// All URLs of other hosts that [`decorated`] gives a proxy.
fn elsewhere<'a>(urls: &Urls, body: &'a Map<String, Value>, depth: usize) -> Vec<&'a str> {
    let media = MEDIA.iter().filter_map(|key| body.get(*key)?.get("url"));
    let own = media.chain(body.get("fileUrl")).filter_map(Value::as_str);
    let mut found: Vec<&str> = own.filter(|url| is_elsewhere(urls, url)).collect();
    for key in NESTED.iter().filter(|_| depth > 0) {
        let all = match body.get(*key) {
            Some(Value::Array(all)) => all.as_slice(),
            Some(one) => std::slice::from_ref(one),
            None => &[],
        };
        let inner = all.iter().filter_map(Value::as_object);
        found.extend(inner.flat_map(|inner| elsewhere(urls, inner, depth - 1)));
    }
    found
}

fn is_elsewhere(urls: &Urls, url: &str) -> bool {
    (url.starts_with("http://") || url.starts_with("https://")) && !urls.is_local(url)
}

fn digest(url: &str) -> String {
    let digest = Sha256::digest(url);
    URL_SAFE_NO_PAD.encode(&digest[..12])
}

/// Fetches what a proxy stands for. `asked` may hold conditions, which are passed on; the answer is 200 or
/// 304 with the headers of the other host.
///
/// Errors: 404 for a proxy that is none, or of an object that the caller may not read; 502 if the other
/// host gives nothing.
pub async fn fetch(ctx: &Context, id: &str, asked: &HeaderMap) -> Result<Response<Incoming>> {
    let url = find(ctx, id)
        .await?
        .ok_or_else(|| Error::not_found("No such proxy"))?;
    let failed = || Error::new(ErrorKind::BadGateway, "Unable to retrieve proxy data");
    let mut request = Request::get(url.as_str());
    for name in ASKED {
        if let Some(value) = asked.get(&name) {
            request = request.header(name, value);
        }
    }
    let request = request.body(Bytes::new()).map_err(|_| failed())?;
    let answer = ctx.app().transport().send(request).await.map_err(|error| {
        tracing::debug!(%error, "a proxy gave nothing");
        failed()
    })?;
    match answer.status().as_u16() {
        200 | 304 => Ok(answer),
        _ => Err(failed()),
    }
}

/// The URL that a proxy stands for.
async fn find(ctx: &Context, id: &str) -> Result<Option<Url>> {
    let Some((uuid, wanted)) = id.split_once('.') else {
        return Ok(None);
    };
    let Some(object) = ctx.storage().find_object_by_uuid(uuid).await? else {
        return Ok(None);
    };
    if object.deleted || !objects::may_read(ctx, ctx.viewer(), &object.id).await? {
        return Ok(None);
    }
    let urls = elsewhere(ctx.urls(), &object.body, DEPTH);
    let found = urls.into_iter().find(|url| digest(url) == wanted);
    Ok(found.and_then(|url| Url::parse(url).ok()))
}
