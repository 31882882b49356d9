//! The archive of an account.

use std::io::Read;

use flate2::read::MultiGzDecoder;
use hydraulics::service::{background::ExportWorker, queue};
use serde_json::Value;

use super::reader::Reader;
use crate::support::{Request, TestServer, everyone};

const AGENT: &str = "Firefox";
const PAGE: &str = "/main/settings/export";
const ARCHIVE: &str = "/main/settings/export/archive.tar.gz";
const DAY_SECONDS: i64 = 24 * 3600;

on_every_backend!(
    archive_has_all_that_a_person_made,
    archive_is_for_its_owner_and_for_a_week,
    archive_goes_with_its_account,
    owner_is_told_by_mail,
);

async fn work(server: &TestServer) -> usize {
    let ctx = server.ctx();
    queue::run_until_idle(&ctx, &ExportWorker).await.unwrap()
}

async fn download(reader: &Reader) -> Vec<(String, Vec<u8>)> {
    let answer = reader.open(ARCHIVE).await.is(200);
    assert_eq!(answer.header("cache-control"), "no-store");
    let length = answer.body.len().to_string();
    assert_eq!(answer.header("content-length"), length);
    let mut archive = tar::Archive::new(MultiGzDecoder::new(&answer.body[..]));
    let files = archive.entries().unwrap().map(|entry| {
        let mut entry = entry.unwrap();
        let name = entry.path().unwrap().display().to_string();
        let mut content = Vec::new();
        entry.read_to_end(&mut content).unwrap();
        (name, content)
    });
    files.collect()
}

fn find<'a>(files: &'a [(String, Vec<u8>)], name: &str) -> &'a [u8] {
    let found = files.iter().find(|(known, _)| known == name);
    let names: Vec<_> = files.iter().map(|(name, _)| name).collect();
    &found.unwrap_or_else(|| panic!("no {name} in {names:?}")).1
}

fn json(files: &[(String, Vec<u8>)], name: &str) -> Value {
    serde_json::from_slice(find(files, name)).unwrap()
}

async fn archive_has_all_that_a_person_made(server: TestServer) {
    let [alice, bob] = server.people(["alice", "bob"]).await;
    let reader = Reader::signed_in(&server, "alice", AGENT).await;
    alice.follow(&bob).await;
    bob.follow(&alice).await;
    for number in 0..130 {
        alice.note(&format!("Note {number}"), everyone()).await;
    }
    let picture = include_bytes!("../../../static/mark.png");
    let upload = alice.request("POST", "/api/user/alice/uploads", "image/png", &picture[..]);
    upload.await.ok();

    let page = reader.submit(PAGE, &[]).await;
    assert!(page.contains("<progress") && !page.contains("id=\"archive\""));
    reader.post(PAGE, &[]).await.is(400);
    reader.open(ARCHIVE).await.is(404);
    assert!(work(&server).await > 5, "it is done in pieces");
    assert!(reader.read(PAGE).await.contains("id=\"archive\""));

    let files = download(&reader).await;
    assert!(find(&files, "alice/README.txt").starts_with(b"This is what"));
    assert_eq!(json(&files, "alice/profile.json")["id"], alice.id());
    let pages = ["alice/posts.json", "alice/posts-2.json"].map(|name| json(&files, name));
    let notes = pages
        .iter()
        .flat_map(|page| page["items"].as_array().unwrap());
    let notes = notes.map(|note| note["object"]["content"].as_str().unwrap_or_default());
    let notes: Vec<_> = notes.filter(|text| text.starts_with("Note ")).collect();
    assert_eq!(notes.len(), 130);
    assert_eq!((notes[0], notes[129]), ("Note 129", "Note 0"));
    assert!(
        json(&files, "alice/outbox.json")["totalItems"]
            .as_u64()
            .unwrap()
            > 130
    );
    for name in ["followers", "following"] {
        let people = json(&files, &format!("alice/{name}.json"));
        assert_eq!(people["items"][0]["id"], bob.id());
    }
    let addresses = find(&files, "alice/following.csv");
    assert_eq!(addresses, b"Account address\nbob@pump.example\n");
    assert!(json(&files, "alice/favorites.json")["items"].is_array());
    assert!(json(&files, "alice/lists.json")["items"].is_array());
    let media = files
        .iter()
        .filter(|(name, _)| name.starts_with("alice/media/"));
    assert!(
        media
            .clone()
            .any(|(_, bytes)| bytes.starts_with(b"\x89PNG"))
    );
    let text: Vec<u8> = files.iter().flat_map(|(_, bytes)| bytes.clone()).collect();
    let text = String::from_utf8_lossy(&text).into_owned();
    assert!(!text.contains("$argon2"), "there are no secrets in it");
}

async fn archive_is_for_its_owner_and_for_a_week(server: TestServer) {
    let reader = Reader::member(&server, "alice", AGENT).await;
    let bob = Reader::member(&server, "bob", AGENT).await;
    reader.submit(PAGE, &[]).await;
    work(&server).await;
    bob.open(ARCHIVE).await.is(404);
    Reader::stranger(&server).open(ARCHIVE).await.is(302);
    let files = files_left(&server).await;
    assert!(files > 0);
    let refused = reader.post(PAGE, &[]).await.is(429);
    assert!(!refused.header("retry-after").is_empty());

    server.clock.advance(DAY_SECONDS + 1);
    reader.submit(PAGE, &[]).await;
    work(&server).await;
    download(&reader).await;
    assert_eq!(files_left(&server).await, files, "the last one is gone");
    server.clock.advance(7 * DAY_SECONDS + 1);
    work(&server).await;
    reader.open(ARCHIVE).await.is(404);
    assert_eq!(files_left(&server).await, 0);
}

async fn files_left(server: &TestServer) -> usize {
    use futures_util::StreamExt;

    let folder = object_store::path::Path::from("@archives");
    let files = server.app.blobs().list(Some(&folder));
    files.count().await
}

async fn archive_goes_with_its_account(server: TestServer) {
    let alice = server.person("alice").await;
    let reader = Reader::signed_in(&server, "alice", AGENT).await;
    reader.submit(PAGE, &[]).await;
    work(&server).await;
    assert!(files_left(&server).await > 0);
    alice.delete("/api/user/alice").await.ok();
    work(&server).await;
    assert_eq!(files_left(&server).await, 0);
}

async fn owner_is_told_by_mail(server: TestServer) {
    let mailing = server.mailing(|_| ());
    mailing.alice().await;
    let reader = Reader::signed_in(&mailing.server, "alice", AGENT).await;
    reader.submit(PAGE, &[]).await;
    work(&mailing.server).await;
    let mail = mailing.one().await;
    assert!(
        mail.text
            .contains("http://pump.example/main/settings/export")
    );
    let stranger = mailing.server.send(Request::get(PAGE)).await;
    stranger.is(302);
}
