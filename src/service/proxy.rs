//! Pictures and files of other hosts, fetched for our people, so that those hosts don't learn who
//! looks (pump-api 12.9).
//!
//! A proxy URL names the object that contains the target URL, and a digest of that URL. Nothing is
//! stored; only URLs of stored objects can be fetched, by readers of the object.

use std::io;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use bytes::Bytes;
use futures_util::{StreamExt, stream};
use http::{HeaderMap, Request, Response, header};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use url::Url;

use super::{Error, ErrorKind, Result, access, pace::Pace};
use crate::{
    Context,
    app::{Incoming, Pass},
    model::{Object, Urls},
};

/// Properties with a `url` to something that is shown or played.
const MEDIA_PROPERTIES: &[&str] = &["image", "fullImage", "stream"];

/// Properties that hold more of the same.
const NESTED_PROPERTIES: &[&str] = &["pump_io", "attachments"];

/// How deep they are looked for.
const MAX_DEPTH: usize = 3;

/// Most bytes of a file that is fetched.
pub(crate) const MAX_BYTES: usize = 64 * 1024 * 1024;

/// Request headers forwarded on behalf of the client.
const CONDITIONAL_HEADERS: [header::HeaderName; 2] =
    [header::IF_MODIFIED_SINCE, header::IF_NONE_MATCH];

/// Returns properties with
/// `pump_io.proxyURL` beside each URL of another host, and `pump_io.fileProxyURL` if its `fileUrl`
/// is one.
pub(super) fn with_proxy_urls(urls: &Urls, object: &Object) -> Map<String, Value> {
    let is_own = |key: &str| {
        MEDIA_PROPERTIES.contains(&key) || NESTED_PROPERTIES.contains(&key) || key == "fileUrl"
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
    visit(urls, &mut rendered, MAX_DEPTH, &mut |url| {
        let path = format!("/api/proxy/{}.{}", object.uuid, digest(url));
        Some(urls.absolute(&path).into())
    });
    rendered
}

/// Shows `proxy` each URL of another host, and puts what it makes of it beside the URL.
fn visit(
    urls: &Urls,
    body: &mut Map<String, Value>,
    depth: usize,
    proxy: &mut impl FnMut(&str) -> Option<Value>,
) {
    let mut proxied = |url: Option<&Value>| {
        let url = url?.as_str().filter(|url| is_elsewhere(urls, url))?;
        proxy(url)
    };
    if let Some(proxy) = proxied(body.get("fileUrl")) {
        set(body, "fileProxyURL", proxy);
    }
    for key in MEDIA_PROPERTIES {
        if let Some(Value::Object(media)) = body.get_mut(*key)
            && let Some(proxy) = proxied(media.get("url"))
        {
            set(media, "proxyURL", proxy);
        }
    }
    for key in NESTED_PROPERTIES.iter().filter(|_| depth > 0) {
        match body.get_mut(*key) {
            Some(Value::Object(inner)) => visit(urls, inner, depth - 1, proxy),
            Some(Value::Array(all)) => {
                let objects = all.iter_mut().filter_map(Value::as_object_mut);
                objects.for_each(|inner| visit(urls, inner, depth - 1, proxy));
            }
            _ => {}
        }
    }
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

fn digest(url: &str) -> String {
    let digest = Sha256::digest(url);
    URL_SAFE_NO_PAD.encode(&digest[..12])
}

/// Fetches what a proxy stands for. `asked` may hold conditions, which are passed on; the answer is
/// 200 or 304 with the headers of the other host.
///
/// Errors:
/// - 404 for a proxy that is none, or of an object that the caller may not read;
/// - 502 if the other host gives nothing, or too much;
/// - 503 while too much is being fetched.
#[tracing::instrument(level = "debug", skip_all)]
pub(crate) async fn fetch(
    ctx: &Context,
    id: &str,
    asked: &HeaderMap,
) -> Result<Response<Incoming>> {
    let url = find(ctx, id)
        .await?
        .ok_or_else(|| Error::not_found("No such proxy"))?;
    let failed = || Error::new(ErrorKind::BadGateway, "Unable to retrieve proxy data");
    let account = ctx.account().map(|account| account.nickname.as_str());
    let pass = ctx.app().admit_proxy(account.unwrap_or_default()).await;
    let pass = pass.ok_or_else(|| {
        let message = "Too many files of other hosts are being fetched. Try again in a moment.";
        Error::new(ErrorKind::Unavailable, message)
    })?;
    let request = Request::get(url.as_str());
    let mut request = request.header(header::ACCEPT_ENCODING, "identity");
    for name in CONDITIONAL_HEADERS {
        if let Some(value) = asked.get(&name) {
            request = request.header(name, value);
        }
    }
    let request = request.body(Bytes::new()).map_err(|_| failed())?;
    let answer = ctx.app().transport().send(request).await.map_err(|error| {
        tracing::debug!(%error, "proxied fetch failed");
        failed()
    })?;
    match answer.status().as_u16() {
        200 if length(answer.headers()).is_some_and(|length| length > MAX_BYTES as u64) => {
            Err(failed())
        }
        200 | 304 => Ok(answer.map(|body| paced(body, Pace::default(), pass))),
        _ => Err(failed()),
    }
}

/// A body that fails when the other host is too slow on the whole. The pass lasts as long as it.
fn paced(body: Incoming, pace: Pace, pass: Pass) -> Incoming {
    let next = async |(mut body, mut pace, pass): (Incoming, Pace, Pass)| {
        let next = match pace.wait(body.next()).await {
            Ok(next) => next?,
            Err(_) => Err(io::ErrorKind::TimedOut.into()),
        };
        if let Ok(bytes) = &next {
            pace.count(bytes.len());
        }
        Some((next, (body, pace, pass)))
    };
    stream::unfold((body, pace, pass), next).boxed()
}

/// The length that an answer says it has.
fn length(headers: &HeaderMap) -> Option<u64> {
    headers
        .get(header::CONTENT_LENGTH)?
        .to_str()
        .ok()?
        .parse()
        .ok()
}

/// The URL that a proxy stands for.
async fn find(ctx: &Context, id: &str) -> Result<Option<Url>> {
    let Some((uuid, wanted)) = id.split_once('.') else {
        return Ok(None);
    };
    let Some(object) = ctx.storage().find_object_by_uuid(uuid).await? else {
        return Ok(None);
    };
    if object.deleted || access::readable(ctx, ctx.viewer(), &[&object]).await? != [true] {
        return Ok(None);
    }
    let mut found = None;
    visit(
        ctx.urls(),
        &mut Map::clone(&object.body),
        MAX_DEPTH,
        &mut |url| {
            if digest(url) == wanted {
                found = Url::parse(url).ok();
            }
            None
        },
    );
    Ok(found)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use async_trait::async_trait;
    use futures_util::FutureExt;
    use tokio::task::unconstrained;

    use super::*;
    use crate::{
        App,
        app::{AppParts, Transport, TransportError},
        context::Caller,
        storage::{Change, Commit, Expect, memory::Memory},
    };

    /// Another host, whose answers have no end.
    struct Endless;

    #[async_trait]
    impl Transport for Endless {
        async fn send(&self, _: Request<Bytes>) -> Result<Response<Incoming>, TransportError> {
            Ok(Response::new(stream::pending().boxed()))
        }
    }

    #[tokio::test]
    async fn an_account_without_fetches_has_room_beside_busy_ones() {
        let app = App::new(AppParts::of_a_test("http://pump.test"));
        let admit = |account| unconstrained(app.admit_proxy(account)).now_or_never();
        let mut under_way = Vec::new();
        for account in ["a", "b", "c", "d", "e", "f", "g", "h"] {
            let passes = (0..16).map(|_| admit(account));
            under_way.extend(passes);
        }
        assert!(admit("a").is_none());
        assert!(admit("i").is_some());
    }

    #[tokio::test]
    async fn a_body_that_dribbles_ends_and_frees_its_place() {
        let app = App::new(AppParts::of_a_test("http://pump.test"));
        let mut passes = Vec::new();
        for _ in 0..16 {
            passes.push(app.admit_proxy("a").await.unwrap());
        }
        let mut body = paced(
            stream::pending().boxed(),
            Pace::spent(),
            passes.pop().unwrap(),
        );
        assert!(app.admit_proxy("a").now_or_never().is_none());
        let failed = body.next().await.unwrap().unwrap_err();
        assert_eq!(failed.kind(), io::ErrorKind::TimedOut);
        drop(body);
        assert!(app.admit_proxy("a").now_or_never().is_some());
    }

    #[tokio::test]
    async fn fetches_under_way_are_bounded() {
        let url = "https://elsewhere.example/film";
        let body = json!({ "stream": { "url": url } });
        let body = body.as_object().unwrap().clone();
        let object = Object::new("video", "http://pump.test/v", "v", body);
        let store = Memory::new();
        let expect = Expect::Absent;
        let put = Change::PutObject { object, expect };
        store.commit(vec![put]).await.unwrap();
        let app = App::new(AppParts {
            storage: Arc::new(store),
            transport: Arc::new(Endless),
            ..AppParts::of_a_test("http://pump.test")
        });
        let ctx = app.context(Caller::Server);
        let (id, asked) = (format!("v.{}", digest(url)), HeaderMap::new());
        let mut under_way = Vec::new();
        while let Some(answer) = fetch(&ctx, &id, &asked).now_or_never() {
            under_way.push(answer.unwrap());
            assert!(under_way.len() < 100);
        }
        assert_eq!(under_way.len(), 16);
        under_way.pop();
        assert!(fetch(&ctx, &id, &asked).now_or_never().is_some());
    }
}
