//! Cache of public media of other hosts, in the store of uploads.
//!
//! An entry is a file at `@proxies/WEEK/DIGEST`, of the week when it was fetched and its URL. So
//! its age is known from its name, and no index can disagree with the files. It begins with a line
//! of JSON, its headers. No nickname has an `@`, so no upload is in that folder.

use std::collections::BTreeMap;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use bytes::{Bytes, BytesMut};
use chrono::{DateTime, Utc};
use futures_util::{StreamExt, TryStreamExt, stream};
use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode, header};
use object_store::{ObjectStoreExt, path::Path};
use sha2::{Digest, Sha256};
use tokio::sync::OwnedSemaphorePermit;
use url::Url;

use crate::{
    App, Context,
    app::{Incoming, MediaCacheState},
    service::{Error, Result, media},
};

/// Folder of all entries.
pub(super) const FOLDER: &str = "@proxies";

/// Time for which a folder is in use, in seconds.
const WEEK_SECONDS: i64 = 7 * 24 * 3600;

/// Most bytes of a file that is kept.
const MAX_FILE_BYTES: u32 = 4 * 1024 * 1024;

/// Most bytes of the headers of an entry.
const MAX_HEAD_BYTES: usize = 4096;

/// Most entries that a cleaning looks at; those beyond are removed.
const MAX_ENTRIES: usize = 65_536;

/// Headers that are kept.
const HEADERS: [HeaderName; 3] = [header::CONTENT_TYPE, header::ETAG, header::LAST_MODIFIED];

/// Returns what is kept of a URL: 304 to one who has it.
pub(super) async fn find(
    ctx: &Context,
    url: &Url,
    asked: &HeaderMap,
) -> Option<Response<Incoming>> {
    if ctx.app().settings().federation.media_cache_bytes == 0 {
        return None;
    }
    let entry = ctx.app().blobs().get(&path_of(ctx, url)).await.ok()?;
    let size = entry.meta.size;
    let mut incoming = entry.into_stream();
    let mut head = BytesMut::new();
    let end = loop {
        if let Some(end) = head.iter().position(|byte| *byte == b'\n') {
            break end;
        }
        if head.len() > MAX_HEAD_BYTES {
            return None;
        }
        head.extend_from_slice(&incoming.try_next().await.ok()??);
    };
    let start = head.split_off(end + 1).freeze();
    head.truncate(end);
    let named: BTreeMap<String, String> = serde_json::from_slice(&head).ok()?;
    let named = named.into_iter().filter_map(|(name, value)| {
        let name = HeaderName::from_bytes(name.as_bytes()).ok()?;
        Some((name, HeaderValue::from_str(&value).ok()?))
    });
    let mut headers: HeaderMap = named.collect();
    let known = asked.get(header::IF_NONE_MATCH);
    let mut answer = if known.is_some() && known == headers.get(header::ETAG) {
        let mut answer = Response::new(stream::empty().boxed());
        *answer.status_mut() = StatusCode::NOT_MODIFIED;
        answer
    } else {
        let length = size.checked_sub(end as u64 + 1)?;
        headers.insert(header::CONTENT_LENGTH, length.into());
        let rest = incoming.map_err(std::io::Error::other);
        Response::new(stream::iter([Ok(start)]).chain(rest).boxed())
    };
    *answer.headers_mut() = headers;
    Some(answer)
}

/// Has an answer that may be shown to everyone recorded while it is passed on, if it fits.
pub(super) fn record(ctx: &Context, url: &Url, answer: Response<Incoming>) -> Response<Incoming> {
    let Some(mut recording) = Recording::begin(ctx, url, &answer).map(Some) else {
        return answer;
    };
    answer.map(|body| {
        let passed_on = body.inspect(move |chunk| {
            let recorded = recording.take().zip(chunk.as_ref().ok());
            recording = recorded.and_then(|(recording, bytes)| recording.push(bytes));
        });
        passed_on.boxed()
    })
}

/// An answer that is recorded.
struct Recording {
    app: App,
    path: Path,
    media_type: String,
    entry: BytesMut,
    head_bytes: usize,
    missing: usize,
    _room: OwnedSemaphorePermit,
}

impl Recording {
    fn begin(ctx: &Context, url: &Url, answer: &Response<Incoming>) -> Option<Self> {
        let headers = answer.headers();
        let text = |name: &HeaderName| headers.get(name)?.to_str().ok();
        let caching = text(&header::CACHE_CONTROL).unwrap_or_default();
        let caching = caching.to_ascii_lowercase();
        let is_secret = caching.contains("no-store") || caching.contains("private");
        let is_packed = headers.contains_key(header::CONTENT_ENCODING);
        if answer.status() != StatusCode::OK || is_secret || is_packed {
            return None;
        }
        let length: u32 = text(&header::CONTENT_LENGTH)?.parse().ok()?;
        let kept = HEADERS.iter();
        let kept: BTreeMap<&str, &str> = kept
            .filter_map(|name| Some((name.as_str(), text(name)?)))
            .collect();
        let mut head = serde_json::to_string(&kept).ok()?;
        head.push('\n');
        if !(1..=MAX_FILE_BYTES).contains(&length) || head.len() > MAX_HEAD_BYTES {
            return None;
        }
        let limit = ctx.app().settings().federation.media_cache_bytes;
        let room = ctx.app().peers().media_cache.reserve(length, limit)?;
        Some(Self {
            app: ctx.app().clone(),
            path: path_of(ctx, url),
            media_type: text(&header::CONTENT_TYPE)?.to_owned(),
            entry: BytesMut::from(head.as_str()),
            head_bytes: head.len(),
            missing: length as usize,
            _room: room,
        })
    }

    /// Takes in more bytes. Stores the entry when it has all.
    fn push(mut self, bytes: &Bytes) -> Option<Self> {
        self.missing = self.missing.checked_sub(bytes.len())?;
        self.entry.extend_from_slice(bytes);
        if self.missing > 0 {
            return Some(self);
        }
        tokio::spawn(self.store());
        None
    }

    /// Stores the entry. A store that is full has no room for it, and that is all.
    async fn store(self) {
        let entry = self.entry.freeze();
        if !media::is_as_sent(&self.media_type, &entry[self.head_bytes..]) {
            return;
        }
        if let Err(error) = self.app.blobs().put(&self.path, entry.into()).await {
            tracing::debug!(%error, "file of another host could not be cached");
        }
    }
}

/// Removes entries of other weeks, and the oldest ones if there are too many.
pub(crate) async fn clean_up_cache(ctx: &Context) -> Result<()> {
    let state = &ctx.app().peers().media_cache;
    let Some(is_full) = state.begin_cleaning(ctx.now()) else {
        return Ok(());
    };
    let limit = ctx.app().settings().federation.media_cache_bytes;
    let current = folder_of(ctx.now());
    let (mut entries, mut used) = (Vec::new(), 0);
    let mut listed = ctx.app().blobs().list(Some(&Path::from(FOLDER)));
    while let Some(file) = listed.try_next().await.map_err(Error::internal)? {
        let is_current = file.location.prefix_matches(&current);
        if is_current && limit > 0 && entries.len() < MAX_ENTRIES {
            let counted = MediaCacheState::counted(file.size);
            used += counted;
            entries.push((file.last_modified, counted, file.location));
        } else {
            remove(ctx, &file.location).await?;
        }
    }
    if is_full || used > limit {
        entries.sort_unstable();
        for (_, counted, path) in entries {
            if used <= limit / 4 * 3 {
                break;
            }
            remove(ctx, &path).await?;
            used -= counted;
        }
    }
    state.end_cleaning(used);
    Ok(())
}

async fn remove(ctx: &Context, path: &Path) -> Result<()> {
    match ctx.app().blobs().delete(path).await {
        // Another node was faster.
        Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
        Err(error) => Err(Error::internal(error)),
    }
}

fn folder_of(now: DateTime<Utc>) -> Path {
    let week = now.timestamp().div_euclid(WEEK_SECONDS);
    Path::from(format!("{FOLDER}/{week}"))
}

fn path_of(ctx: &Context, url: &Url) -> Path {
    let digest = URL_SAFE_NO_PAD.encode(Sha256::digest(url.as_str()));
    folder_of(ctx.now()).join(digest)
}
