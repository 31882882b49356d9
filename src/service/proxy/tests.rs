//! Bounds of fetches, against a host whose answers have no end, and the cache on a disk.

use std::sync::Arc;

use async_trait::async_trait;
use futures_util::FutureExt;
use http::Request;
use serde_json::json;
use tokio::task::unconstrained;

use super::*;
use crate::{
    App,
    app::{AppParts, Transport, TransportError},
    context::Caller,
    service::proxy_urls::digest,
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
    let (app, id) = app_with_film(Arc::new(Endless)).await;
    let (app, asked) = (App::new(app), HeaderMap::new());
    let ctx = app.context(Caller::Server);
    let mut under_way = Vec::new();
    while let Some(answer) = fetch(&ctx, &id, &asked).now_or_never() {
        under_way.push(answer.unwrap());
        assert!(under_way.len() < 100);
    }
    assert_eq!(under_way.len(), 16);
    under_way.pop();
    assert!(fetch(&ctx, &id, &asked).now_or_never().is_some());
}

/// The parts of a server that has the object of a film elsewhere, and the id of its proxy.
async fn app_with_film(transport: Arc<dyn Transport>) -> (AppParts, String) {
    let url = "https://elsewhere.example/film";
    let body = json!({ "stream": { "url": url } });
    let body = body.as_object().unwrap().clone();
    let object = Object::new("video", "http://pump.test/v", "v", body);
    let store = Memory::new();
    let expect = Expect::Absent;
    let put = Change::PutObject { object, expect };
    store.commit(vec![put]).await.unwrap();
    let parts = AppParts {
        storage: Arc::new(store),
        transport,
        ..AppParts::of_a_test("http://pump.test")
    };
    let id = format!("v.{}", digest(TargetKind::Media, url));
    (parts, id)
}

#[test]
fn folder_of_the_cache_is_that_of_no_person() {
    assert!(crate::model::Nickname::parse(cache::FOLDER).is_err());
    assert_eq!(
        object_store::path::Path::from(cache::FOLDER).as_ref(),
        cache::FOLDER
    );
}

/// Another host, which has a sound and counts who asks for it.
#[cfg(feature = "cli")]
#[derive(Default)]
struct Counting(std::sync::atomic::AtomicUsize);

#[cfg(feature = "cli")]
#[async_trait]
impl Transport for Counting {
    async fn send(&self, _: Request<Bytes>) -> Result<Response<Incoming>, TransportError> {
        self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let body = [
            Bytes::from_static(b"Ogg"),
            Bytes::from_static(b"S and so on"),
        ];
        let response = Response::builder().header("content-type", "audio/ogg");
        let response = response.header("content-length", "14");
        Ok(response.body(stream::iter(body.map(Ok)).boxed()).unwrap())
    }
}

/// Fetches a sound three times from a server that keeps its files in a folder. Returns how often
/// its host was asked.
#[cfg(feature = "cli")]
async fn requests_of_three(folder: &std::path::Path) -> usize {
    let host = Arc::new(Counting::default());
    let (mut parts, id) = app_with_film(host.clone()).await;
    let store = object_store::local::LocalFileSystem::new_with_prefix(folder);
    parts.blobs = Arc::new(store.unwrap());
    let app = App::new(parts);
    let ctx = app.context(Caller::Server);
    for _ in 0..3 {
        // A store that fails is for the log.
        let _ = clean_up_cache(&ctx).await;
        let (_, answer) = fetch(&ctx, &id, &HeaderMap::new()).await.unwrap();
        assert_eq!(length(answer.headers()), Some(14));
        let body: Vec<Bytes> = answer.into_body().try_collect().await.unwrap();
        assert_eq!(body.concat(), b"OggS and so on");
        // The store works in threads of its own.
        for _ in 0..1000 {
            if is_settled(folder) {
                break;
            }
            tokio::task::spawn_blocking(|| ()).await.unwrap();
        }
    }
    host.0.load(std::sync::atomic::Ordering::Relaxed)
}

/// Whether there is an entry, or nowhere to store one.
#[cfg(feature = "cli")]
fn is_settled(folder: &std::path::Path) -> bool {
    let proxies = folder.join("@proxies");
    let weeks = std::fs::read_dir(&proxies).into_iter().flatten();
    let mut entries = weeks.flat_map(|week| std::fs::read_dir(week.unwrap().path()).unwrap());
    proxies.is_file() || entries.any(|it| !it.unwrap().path().to_string_lossy().contains('#'))
}

#[cfg(feature = "cli")]
#[tokio::test]
async fn cached_file_is_in_the_folder_of_uploads() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(requests_of_three(folder.path()).await, 1);
}

#[cfg(feature = "cli")]
#[tokio::test]
async fn store_that_takes_nothing_means_no_cache() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("@proxies"), "in the way").unwrap();
    assert_eq!(requests_of_three(folder.path()).await, 3);
}
