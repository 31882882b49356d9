//! Public pictures of other hosts, which are kept for a while.

use futures_util::TryStreamExt;
use http::HeaderValue;
use hydraulics::service::background::run_cleanup;
use image::ImageFormat;
use serde_json::json;

use super::proxies::{Eve, World, proxy};
use crate::support::{Backend, Request, Session, TestServer, answer, picture, public};

const WEEK: i64 = 7 * 24 * 3600;

async fn world() -> World {
    let world = World::make(Backend::Memory).await;
    run_cleanup(&world.alice.server.ctx()).await.unwrap();
    world
}

/// Names of the files in the store of a server.
async fn files(server: &TestServer) -> Vec<String> {
    // An entry is stored after the last byte is sent.
    for _ in 0..9 {
        tokio::task::yield_now().await;
    }
    let files = server.app.blobs().list(None);
    let files: Vec<_> = files.try_collect().await.unwrap();
    files.into_iter().map(|file| file.location.into()).collect()
}

async fn entries(server: &TestServer) -> usize {
    let files = files(server).await.into_iter();
    files.filter(|file| file.starts_with("@proxies/")).count()
}

/// The same person at another server.
fn at(server: TestServer, who: &Session) -> Session {
    Session {
        server,
        ..who.clone()
    }
}

#[tokio::test]
async fn public_picture_is_fetched_once_a_week() {
    let world = Box::pin(world()).await;
    let seen = world.received_picture(public()).await;
    let target = proxy(&seen["object"]["image"]);
    world.network.take_requests();
    let first = world.alice.get(target).await.is(200);
    assert_eq!(entries(&world.alice.server).await, 1);
    let again = world.bob.get(target).await.is(200);
    assert_eq!(again.body, first.body);
    for name in [
        "content-type",
        "content-length",
        "etag",
        "last-modified",
        "cache-control",
        "content-security-policy",
        "x-content-type-options",
    ] {
        assert_eq!(again.header(name), first.header(name), "{name}");
    }
    let known = Request::get(target.trim_start_matches("https://one.example"));
    let known = known.header("if-none-match", first.header("etag"));
    let known = world
        .bob
        .server
        .send(known.by(&world.bob.credentials))
        .await;
    assert!(known.is(304).body.is_empty());
    assert_eq!(world.network.take_requests().len(), 1);
    world.alice.server.clock.advance(WEEK);
    world.alice.get(target).await.is(200);
    assert_eq!(world.network.take_requests().len(), 1);
    assert_eq!(entries(&world.alice.server).await, 2);
    run_cleanup(&world.alice.server.ctx()).await.unwrap();
    assert_eq!(entries(&world.alice.server).await, 1);
    world.bob.get(target).await.is(200);
    assert_eq!(world.network.take_requests().len(), 0);
}

#[tokio::test]
async fn only_public_files_that_are_what_they_say_are_kept() {
    let world = Box::pin(world()).await;
    let seen = world.received_picture(world.alice.person()).await;
    world
        .alice
        .get(proxy(&seen["object"]["image"]))
        .await
        .is(200);
    for (number, (media_type, caching, body, kept)) in [
        ("image/png", "", "<html>", 0),
        ("text/html", "", "<html>", 0),
        ("image/svg+xml", "", "<svg/>", 0),
        ("image/gif", "No-Store", "GIF89a", 0),
        ("image/gif", "private, max-age=9", "GIF89a", 0),
        ("image/jpeg", "", "GIF89a", 0),
        ("image/gif", "", "GIF89a", 1),
        ("audio/ogg", "max-age=9", "OggS", 2),
    ]
    .into_iter()
    .enumerate()
    {
        let eve = Eve::make(&world, move |_| {
            let mut answer = answer(200, media_type, body);
            let length = HeaderValue::from(body.len());
            answer.headers_mut().insert("content-length", length);
            let caching = HeaderValue::from_static(caching);
            answer.headers_mut().insert("cache-control", caching);
            answer
        });
        let eve = eve.await;
        let to = json!({ "to": [public(), world.alice.person()] });
        let name = number.to_string();
        let seen = eve.received_with(&world, &name, to).await;
        world
            .alice
            .get(proxy(&seen["object"]["image"]))
            .await
            .is(200);
        let entries = entries(&world.alice.server).await;
        assert_eq!(entries, kept, "{media_type} {caching}");
    }
}

#[tokio::test]
async fn cache_stays_within_its_bytes_and_leaves_uploads_alone() {
    let world = Box::pin(world()).await;
    let mut targets = Vec::new();
    for width in 1..5 {
        let file = picture(width, 9, ImageFormat::Png);
        let seen = world.received_file(public(), file).await;
        targets.push(proxy(&seen["object"]["image"]).to_owned());
    }
    let small = world.alice.server.again(|settings| {
        settings.federation.media_cache_bytes = 3 * 16 * 1024;
    });
    let alice = at(small.clone(), &world.alice);
    let file = picture(9, 9, ImageFormat::Png);
    let uploads = "/api/user/alice/uploads";
    alice.request("POST", uploads, "image/png", file).await.ok();
    alice.get(&targets[0]).await.is(200);
    assert_eq!(entries(&small).await, 0, "what is there is not known yet");
    for kept in [3, 2] {
        run_cleanup(&small.ctx()).await.unwrap();
        for target in &targets {
            alice.get(target).await.is(200);
        }
        assert!(entries(&small).await <= 3);
        run_cleanup(&small.ctx()).await.unwrap();
        assert!(entries(&small).await <= kept);
        assert!(entries(&small).await > 0);
    }
    assert_eq!(files(&small).await.len() - entries(&small).await, 1);
    let none = world.alice.server.again(|settings| {
        settings.federation.media_cache_bytes = 0;
    });
    run_cleanup(&none.ctx()).await.unwrap();
    world.network.take_requests();
    for _ in 0..2 {
        at(none.clone(), &world.alice)
            .get(&targets[0])
            .await
            .is(200);
    }
    assert_eq!(world.network.take_requests().len(), 2);
}
