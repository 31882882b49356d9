mod bounds;
mod cleaned;
mod cut_off;

use std::sync::Arc;

use futures_util::TryStreamExt;
use image::{DynamicImage, ImageFormat, RgbImage};
use object_store::{ObjectStore, memory::InMemory};
use serde_json::Value;

use super::*;
use crate::{
    App,
    app::{AppParts, ManualClock, UploadSettings},
    context::Caller,
    model::{AudienceMember, Body, Client, ClientKind, Nickname, PageRequest, Secret, Stream},
    storage::{Change, Expect, Storage, memory::Memory, sqlite::Sqlite},
};

/// 2026-11-05T12:00:00Z.
const NOW: i64 = 1_793_880_000;

struct World {
    app: App,
    blobs: Arc<InMemory>,
    clock: Arc<ManualClock>,
    alice: Account,
}

impl World {
    async fn new() -> Self {
        Self::on(Arc::new(Memory::new())).await
    }

    async fn on(storage: Arc<dyn Storage>) -> Self {
        let memory = Arc::new(InMemory::new());
        Self::with(storage, memory.clone(), memory).await
    }

    async fn with(
        storage: Arc<dyn Storage>,
        store: Arc<dyn ObjectStore>,
        blobs: Arc<InMemory>,
    ) -> Self {
        Self::start(storage, store, blobs, |_| ()).await
    }

    async fn with_settings(set: impl FnOnce(&mut UploadSettings)) -> Self {
        let memory = Arc::new(InMemory::new());
        Self::start(Arc::new(Memory::new()), memory.clone(), memory, set).await
    }

    async fn start(
        storage: Arc<dyn Storage>,
        store: Arc<dyn ObjectStore>,
        blobs: Arc<InMemory>,
        set: impl FnOnce(&mut UploadSettings),
    ) -> Self {
        let clock = Arc::new(ManualClock::at(NOW));
        let mut parts = AppParts {
            storage,
            blobs: store,
            clock: clock.clone(),
            ..AppParts::of_a_test("https://h.example")
        };
        parts.settings.uploads.max_bytes = 100_000;
        parts.settings.uploads.max_pixels = 500_000;
        set(&mut parts.settings.uploads);
        let app = App::new(parts);
        let alice = account(&app, "alice").await;
        Self {
            app,
            blobs,
            clock,
            alice,
        }
    }

    fn of(&self, account: &Account) -> Context {
        let client = Client::new(
            "client",
            Secret::new("secret"),
            ClientKind::Native,
            self.app.clock().now(),
        );
        self.app.context(Caller::User {
            client: client.into(),
            account: account.clone().into(),
            token: "token".into(),
        })
    }

    async fn upload(&self, media_type: &str, bytes: impl Into<Bytes>) -> Result<Object> {
        let ctx = self.of(&self.alice);
        upload(&ctx, &self.alice, media_type, bytes.into()).await
    }

    async fn uploads(&self) -> Vec<String> {
        let stream = Stream::Uploads(self.alice.person.clone());
        let request = PageRequest::default();
        let storage = self.app.storage();
        let page = storage.list(&stream, &request, Viewer::Unrestricted).await;
        page.unwrap()
            .items
            .iter()
            .map(|item| item.id.clone())
            .collect()
    }

    async fn sweep(&self) {
        let ctx = self.app.context(Caller::Server);
        crate::service::cleanup::run_cleanup(&ctx).await.unwrap();
    }

    async fn loose(&self) -> u64 {
        let storage = self.app.storage();
        let previews = storage
            .previews(&[Stream::OrphanedUploads], 0, Viewer::Unrestricted)
            .await;
        previews.unwrap()[0].total
    }

    async fn blobs(&self) -> usize {
        let all: Vec<_> = self.blobs.list(None).try_collect().await.unwrap();
        all.len()
    }
}

async fn account(app: &App, nickname: &str) -> Account {
    let nickname = Nickname::parse(nickname).unwrap();
    let person = app.urls().person_id(&nickname);
    let account = Account::new(nickname.clone(), &*person, app.clock().now());
    let object = Object {
        id: person,
        uuid: nickname.to_string(),
        object_type: "person".into(),
        author: None,
        audience: vec![AudienceMember::Public],
        published_by: None,
        deleted: false,
        version: 0,
        body: Body::default(),
    };
    let changes = vec![
        Change::PutObject {
            object,
            expect: Expect::Absent,
        },
        Change::PutAccount {
            account: account.clone(),
            expect: Expect::Absent,
        },
    ];
    app.storage().commit(changes).await.unwrap();
    account
}

fn png(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    DynamicImage::from(RgbImage::new(width, height))
        .write_to(&mut bytes, ImageFormat::Png)
        .unwrap();
    bytes.into_inner()
}

fn extension(url: &Value) -> &str {
    url.as_str().unwrap().rsplit('.').next().unwrap()
}

fn path_of(url: &Value) -> String {
    let url = url.as_str().unwrap();
    url.strip_prefix("https://h.example/uploads/")
        .unwrap()
        .into()
}

fn kind<T>(result: Result<T>) -> ErrorKind {
    result.map(|_| ()).unwrap_err().kind()
}

#[tokio::test]
async fn large_picture_gets_thumbnail_and_original() {
    let world = World::new().await;
    let object = world.upload("image/png", png(640, 400)).await.unwrap();
    let id = object.id.as_str();
    assert_eq!(id, format!("https://h.example/api/image/{}", object.uuid));
    let body = Value::from(object.body.clone());
    let image = path_of(&body["image"]["url"]);
    let full = path_of(&body["fullImage"]["url"]);
    assert_eq!(
        body,
        json!({
            "objectType": "image",
            "id": id,
            "author": { "objectType": "person", "id": "acct:alice@h.example" },
            "published": "2026-11-05T12:00:00Z",
            "updated": "2026-11-05T12:00:00Z",
            "links": { "self": { "href": id } },
            "likes": { "url": format!("{id}/likes") },
            "replies": { "url": format!("{id}/replies") },
            "shares": { "url": format!("{id}/shares") },
            "url": format!("https://h.example/alice/image/{}", object.uuid),
            "image": { "url": body["image"]["url"], "width": 320, "height": 200 },
            "fullImage": { "url": body["fullImage"]["url"], "width": 640, "height": 400 },
        })
    );
    let name = full
        .strip_prefix("alice/2026/11/5/")
        .unwrap()
        .strip_suffix(".png")
        .unwrap();
    assert_eq!(name.len(), 6);
    assert_eq!(image, format!("alice/2026/11/5/{name}_thumb.png"));
    assert_eq!(world.uploads().await, [id]);
    assert!(object.audience.is_empty() && object.published_by.is_none());
}

#[tokio::test]
async fn a_small_picture_has_no_full_image() {
    let world = World::new().await;
    let object = world.upload("image/png", png(320, 20)).await.unwrap();
    assert_eq!(object.body["image"]["width"], 320);
    assert!(!object.body.contains_key("fullImage"));
}

#[tokio::test]
async fn sound_film_drawings_and_files_are_kept_as_they_come() {
    let world = World::new().await;
    let page = [&b"OggS"[..], &[0; 23]].concat();
    let object = world.upload("audio/ogg", page.clone()).await.unwrap();
    assert_eq!(object.object_type, "audio");
    let path = path_of(&object.body["stream"]["url"]);
    let ctx = world.of(&world.alice);
    let file = find(&ctx, &path).await.unwrap();
    let stream = read(&ctx, &file, None).await.unwrap();
    let parts: Vec<Bytes> = stream.try_collect().await.unwrap();
    assert_eq!(parts.concat(), page);
    let part = read(&ctx, &file, Some(1..2)).await.unwrap();
    let parts: Vec<Bytes> = part.try_collect().await.unwrap();
    assert_eq!(parts.concat(), b"g");

    let webm = b"\x1a\x45\xdf\xa3\x80".as_slice();
    let object = world.upload("video/webm; codecs=x", webm).await.unwrap();
    assert!(object.id.contains("/api/video/"));
    assert_eq!(extension(&object.body["stream"]["url"]), "webm");

    let object = world.upload("image/svg+xml", "<svg/>").await.unwrap();
    assert_eq!(object.object_type, "image");
    assert_eq!(extension(&object.body["image"]["url"]), "svg");

    let object = world.upload("Text/HTML", "<script>").await.unwrap();
    assert_eq!(object.object_type, "file");
    assert_eq!(object.body["mimeType"], "text/html");
    let path = path_of(&object.body["fileUrl"]);
    assert_eq!(extension(&object.body["fileUrl"]), "bin");
    let file = find(&ctx, &path).await.unwrap();
    assert_eq!(file.served_type(), "application/octet-stream");
    assert_eq!(file.media.size, 8);
}

#[tokio::test]
async fn only_the_author_sees_a_file_until_its_object_is_posted() {
    let world = World::new().await;
    let mut object = world.upload("image/png", png(2, 2)).await.unwrap();
    let path = path_of(&object.body["image"]["url"]);
    let bob = account(&world.app, "bob").await;
    let anyone = world.app.context(Caller::Anonymous);
    let found = find(&world.of(&world.alice), &path).await.unwrap();
    assert!(!found.public);
    assert_eq!(
        kind(find(&world.of(&bob), &path).await),
        ErrorKind::Forbidden
    );
    assert_eq!(kind(find(&anyone, &path).await), ErrorKind::Forbidden);

    object.audience = vec![AudienceMember::Person(bob.person.clone())];
    put(&world, &object).await;
    assert!(find(&world.of(&bob), &path).await.is_ok());
    assert_eq!(kind(find(&anyone, &path).await), ErrorKind::Forbidden);

    object.audience = vec![AudienceMember::Public];
    put(&world, &object).await;
    assert!(find(&anyone, &path).await.unwrap().public);

    object.deleted = true;
    put(&world, &object).await;
    assert_eq!(kind(find(&anyone, &path).await), ErrorKind::Gone);
}

async fn put(world: &World, object: &Object) {
    let put = Change::PutObject {
        object: object.clone(),
        expect: Expect::Present,
    };
    world.app.storage().commit(vec![put]).await.unwrap();
}

#[tokio::test]
async fn a_path_that_leads_nowhere_is_not_found() {
    let world = World::new().await;
    let ctx = world.app.context(Caller::Anonymous);
    for path in [
        "",
        "x",
        "../x",
        "alice/2026/11/5/AAAAAA.png",
        "é",
        "a//b",
        "%2e%2e/a",
        "\0",
    ] {
        assert_eq!(kind(find(&ctx, path).await), ErrorKind::NotFound, "{path}");
    }
}

#[tokio::test]
async fn rejected_upload_leaves_nothing_behind() {
    let world = World::new().await;
    let mut half = png(200, 200);
    half.truncate(half.len() / 2);
    for (media_type, bytes, expected) in [
        ("image/png", half, ErrorKind::BadRequest),
        ("image/jpeg", png(2, 2), ErrorKind::BadRequest),
        ("image/png", Vec::new(), ErrorKind::BadRequest),
        ("image/png", png(1000, 501), ErrorKind::TooLarge),
        ("text/plain", vec![b'x'; 100_001], ErrorKind::TooLarge),
        ("image/heic", vec![b'x'], ErrorKind::UnsupportedMediaType),
        ("nonsense", vec![b'x'], ErrorKind::BadRequest),
    ] {
        assert_eq!(
            kind(world.upload(media_type, bytes).await),
            expected,
            "{media_type}"
        );
    }
    assert!(world.uploads().await.is_empty());
    assert_eq!(world.blobs().await, 0);
}

#[tokio::test]
async fn the_json_form_is_read_with_and_without_padding() {
    let world = World::new().await;
    let ctx = world.of(&world.alice);
    let parse = async |body: Value| parse_json(&ctx, body.to_string().into()).await;
    for data in ["aGVsbG8=", "aGVsbG8", "aGVs\nbG8=\n"] {
        let form = json!({ "mimeType": "image/png", "data": data, "x": [1] });
        let (media_type, bytes) = parse(form).await.unwrap();
        assert_eq!(
            (media_type.as_str(), &bytes[..]),
            ("image/png", &b"hello"[..])
        );
    }
    for (body, message) in [
        (json!({ "data": "" }), "No mime type"),
        (json!({ "mimeType": "a/b" }), "No data"),
        (
            json!({ "mimeType": "a/b", "data": "*" }),
            "'data' is not base64",
        ),
        (json!(["a/b", "aGk="]), "The body must be a JSON object."),
    ] {
        assert_eq!(parse(body).await.unwrap_err().message(), message);
    }
    let large = json!({ "mimeType": "a/b", "data": "A".repeat(200_000) });
    assert_eq!(kind(parse(large).await), ErrorKind::TooLarge);
}
