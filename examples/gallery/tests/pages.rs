//! The gallery's tables and pages after activities through Hydraulics.

use std::path::Path;

use axum::{body::Body, http::Request};
use gallery::{Gallery, open, people, router};
use http_body_util::BodyExt;
use hydraulics::{
    Caller, Context,
    model::{AudienceMember, Nickname, Object, Urls},
    service::{accounts, activity, media},
    storage::{Change, Expect, StorageError},
};
use serde_json::{Value, json};
use sqlx::query;
use tower::ServiceExt;

fn alice() -> Nickname {
    Nickname::parse("alice").unwrap()
}

async fn opened(folder: &Path) -> Gallery {
    let urls = Urls::new(&"https://gallery.example".parse().unwrap()).unwrap();
    open(folder, urls).await.unwrap()
}

/// The gallery with Alice, and what she does things with.
async fn with_alice(folder: &Path) -> (Gallery, Context) {
    let gallery = opened(folder).await;
    let made = people::sign_up(&gallery, &alice(), "Alice", "correct-horse-9").await;
    made.unwrap();
    let ctx = accounts::signed_in(&gallery.app, &alice()).await.unwrap();
    (gallery, ctx)
}

/// Makes something, and says how activities name it.
async fn make(ctx: &Context, verb: &str, thing: Value, to: &Value) -> Value {
    let done =
        activity::perform_json(ctx, json!({ "verb": verb, "object": thing, "to": to })).await;
    let made = done.unwrap().object.unwrap();
    json!({ "objectType": made.object_type, "id": made.id })
}

async fn photo(ctx: &Context, title: &str, to: &Value) -> Value {
    let picture = json!({ "url": format!("https://gallery.example/{title}.jpg") });
    let photo = json!({ "objectType": "image", "displayName": title, "image": picture });
    make(ctx, "post", photo, to).await
}

async fn stored(ctx: &Context, named: &Value) -> Object {
    let id = named["id"].as_str().unwrap();
    let found = ctx.storage().find_objects(&[id]).await.unwrap();
    Object::clone(found[0].as_ref().unwrap())
}

async fn page(gallery: &Gallery, path: &str) -> String {
    let request = Request::get(path).header("host", "gallery.local");
    let request = request.body(Body::empty()).unwrap();
    let answer = router(gallery.clone()).oneshot(request).await.unwrap();
    let bytes = answer.into_body().collect().await.unwrap().to_bytes();
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[tokio::test]
async fn pages_tell_nothing_of_what_is_not_for_everyone() {
    let folder = tempfile::tempdir().unwrap();
    let (gallery, ctx) = with_alice(folder.path()).await;
    let (everyone, nobody) = (json!([people::everyone()]), json!([]));
    let photos = [
        photo(&ctx, "River", &everyone).await,
        photo(&ctx, "Secret", &nobody).await,
    ];
    for (title, to) in [("Waters", &everyone), ("Hideouts", &nobody)] {
        let album =
            json!({ "objectType": "collection", "objectTypes": ["image"], "displayName": title });
        let album = make(&ctx, "create", album, to).await;
        for photo in &photos {
            let add = json!({ "verb": "add", "object": photo, "target": album });
            activity::perform_json(&ctx, add).await.unwrap();
        }
    }
    let shown = page(&gallery, "/people/alice").await;
    assert!(shown.contains("River"), "{shown}");
    assert!(
        shown.contains(r#"Waters <span class="quiet">1</span>"#),
        "{shown}"
    );
    for path in ["/", "/people/alice", "/albums/2", "/albums/3", "/photos/2"] {
        let shown = page(&gallery, path).await;
        assert!(!shown.contains("Hideouts"), "{path}: {shown}");
        assert!(!shown.contains("Secret"), "{path}: {shown}");
    }
}

#[tokio::test]
async fn deleted_photo_is_not_shown() {
    let folder = tempfile::tempdir().unwrap();
    let (gallery, ctx) = with_alice(folder.path()).await;
    let mut river = photo(&ctx, "River", &json!([people::everyone()])).await;
    assert!(page(&gallery, "/").await.contains("River"));
    river["image"] = Value::Null;
    let update = json!({ "verb": "update", "object": river });
    activity::perform_json(&ctx, update).await.unwrap();
    assert!(!page(&gallery, "/").await.contains("River"));
    let found = stored(&ctx, &river).await;
    assert_eq!(
        found.text_property("displayName"),
        Some("River"),
        "it is kept"
    );
}

#[tokio::test]
async fn photo_of_unknown_author_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let (gallery, ctx) = with_alice(folder.path()).await;
    let river = photo(&ctx, "River", &json!([])).await;
    let mut river = stored(&ctx, &river).await;
    let gone = query("UPDATE people SET pump = NULL").execute(&gallery.db);
    gone.await.unwrap();
    river.id.push_str("-2");
    river.uuid.push_str("-2");
    let change = Change::PutObject {
        object: river,
        expect: Expect::Absent,
    };
    let refused = ctx.storage().commit(vec![change]).await;
    assert!(
        matches!(refused, Err(StorageError::Missing(_))),
        "{refused:?}"
    );
}

#[tokio::test]
async fn someone_who_was_lost_between_two_commits_comes_back() {
    let folder = tempfile::tempdir().unwrap();
    let (gallery, ctx) = with_alice(folder.path()).await;
    let person = json!({ "id": ctx.account().unwrap().person });
    let lost = query("UPDATE people SET pump = NULL").execute(&gallery.db);
    lost.await.unwrap();
    let gallery = opened(folder.path()).await;
    let ctx = gallery.app.context(Caller::Server);
    let found = stored(&ctx, &person).await;
    assert!(!found.deleted);
    assert_eq!(found.text_property("displayName"), Some("Alice"));
    assert_eq!(found.text_property("preferredUsername"), Some("alice"));
}

#[tokio::test]
async fn an_old_row_that_is_no_good_does_not_keep_the_gallery_closed() {
    let folder = tempfile::tempdir().unwrap();
    let (gallery, _) = with_alice(folder.path()).await;
    let people = "INSERT INTO people (nickname, password) VALUES ('no nickname!', ''), ('bob', '')";
    query(people).execute(&gallery.db).await.unwrap();
    let photos = "INSERT INTO photos (person, title, picture, taken) \
        SELECT id, 'Bad', '../bad.jpg', '2026-05-01T12:00:00Z' FROM people UNION ALL \
        SELECT id, 'Good', 'https://gallery.example/good.jpg', '2026-05-02T12:00:00Z' FROM people";
    query(photos).execute(&gallery.db).await.unwrap();
    let gallery = opened(folder.path()).await;
    let known = "SELECT nickname || ' ' || title FROM photos JOIN people ON people.id = person \
        WHERE photos.pump IS NOT NULL ORDER BY nickname";
    let known = sqlx::query_scalar(known).fetch_all(&gallery.db);
    let known: Vec<String> = known.await.unwrap();
    assert_eq!(known, ["alice Good", "bob Good"]);
}

#[tokio::test]
async fn old_photos_are_published_as_they_are() {
    let folder = tempfile::tempdir().unwrap();
    let (gallery, ctx) = with_alice(folder.path()).await;
    let photos = "INSERT INTO photos (person, title, picture, width, height, \
        small, small_width, small_height, taken, shown) \
        SELECT 1, column1, 'https://gallery.example/large.jpg', 1000, 500, \
        'https://gallery.example/small.jpg', 100, 50, column2, column3 \
        FROM (VALUES ('Hidden', '2026-05-01T12:00:00Z', FALSE), \
        ('Second', '2026-05-03T12:00:00Z', TRUE), ('First', '2026-05-02T12:00:00Z', TRUE))";
    query(photos).execute(&gallery.db).await.unwrap();
    let rows = async || -> Vec<String> {
        let all = "SELECT concat_ws(' ', id, title, picture, width, height, \
            small, small_width, small_height, taken) FROM photos ORDER BY id";
        let all = sqlx::query_scalar(all).fetch_all(&gallery.db);
        all.await.unwrap()
    };
    let before = rows().await;
    opened(folder.path()).await;
    assert_eq!(rows().await, before);
    let known = "SELECT pump FROM photos WHERE pump IS NOT NULL ORDER BY id";
    let known: Vec<String> = sqlx::query_scalar(known)
        .fetch_all(&gallery.db)
        .await
        .unwrap();
    assert_eq!(known.len(), 2, "what is hidden stays hidden");
    let second = stored(&ctx, &json!({ "id": known[0] })).await;
    assert_eq!(second.text_property("displayName"), Some("Second"));
    let file = |name: &str, width: u32| {
        let url = format!("https://gallery.example/{name}.jpg");
        json!({ "url": url, "width": width, "height": width / 2 })
    };
    assert_eq!(second.body["image"], file("small", 100));
    assert_eq!(second.body["fullImage"], file("large", 1000));
}

#[tokio::test]
async fn avatar_is_not_in_the_gallery_until_posted() {
    let folder = tempfile::tempdir().unwrap();
    let (gallery, ctx) = with_alice(folder.path()).await;
    let mut png = Vec::new();
    let picture = image::DynamicImage::new_rgb8(4, 4);
    let file = &mut std::io::Cursor::new(&mut png);
    picture.write_to(file, image::ImageFormat::Png).unwrap();
    let account = ctx.account().unwrap();
    let upload = media::upload(&ctx, account, "image/png", png.into()).await;
    let upload = upload.unwrap();
    let portrait =
        json!({ "objectType": "person", "id": account.person, "image": upload.body["image"] });
    let update = json!({ "verb": "update", "object": portrait });
    activity::perform_json(&ctx, update).await.unwrap();
    let named = json!({ "objectType": "image", "id": upload.id });
    let audience = stored(&ctx, &named).await.audience;
    assert_eq!(audience, [AudienceMember::Public]);
    assert!(
        page(&gallery, "/")
            .await
            .contains("There are no photos yet")
    );
    make(&ctx, "post", named, &json!([people::everyone()])).await;
    assert!(page(&gallery, "/").await.contains("/photos/1"));
}

#[tokio::test]
async fn the_urls_of_people_photos_and_albums_lead_to_their_pages() {
    let folder = tempfile::tempdir().unwrap();
    let (gallery, ctx) = with_alice(folder.path()).await;
    let everyone = json!([people::everyone()]);
    let album =
        json!({ "objectType": "collection", "objectTypes": ["image"], "displayName": "Waters" });
    let things = [
        (
            json!({ "id": ctx.account().unwrap().person }),
            "/people/alice",
        ),
        (photo(&ctx, "River", &everyone).await, "/photos/1"),
        (make(&ctx, "create", album, &everyone).await, "/albums/2"),
    ];
    for (named, page) in things {
        let thing = stored(&ctx, &named).await;
        let url = thing.text_property("url").unwrap();
        assert_eq!(led_to(&gallery, url).await, Ok(page.into()), "{url}");
    }
    let secret = photo(&ctx, "Secret", &json!([])).await;
    let secret = stored(&ctx, &secret).await;
    for path in [
        secret.text_property("url").unwrap(),
        "/bob",
        "/api/image/none",
        "/api",
    ] {
        assert_eq!(led_to(&gallery, path).await, Err(404), "{path}");
    }
    assert_eq!(led_to(&gallery, "/robots.txt").await, Err(200));
}

/// Where an address leads, or else what it answers.
async fn led_to(gallery: &Gallery, address: &str) -> Result<String, u16> {
    let request = Request::get(address).header("host", "gallery.local");
    let request = request.body(Body::empty()).unwrap();
    let answer = router(gallery.clone()).oneshot(request).await.unwrap();
    let led = answer.headers().get("location");
    led.map(|led| led.to_str().unwrap().to_owned())
        .ok_or(answer.status().as_u16())
}

#[tokio::test]
async fn row_values_are_sanitized_like_client_input() {
    let folder = tempfile::tempdir().unwrap();
    let (gallery, ctx) = with_alice(folder.path()).await;
    let river = photo(&ctx, "River", &json!([people::everyone()])).await;
    let evil = "UPDATE photos SET about = '<b>At seven</b><script>alert(1)</script>', \
        small = picture, picture = 'javascript:alert(1)'";
    query(evil).execute(&gallery.db).await.unwrap();
    let found = stored(&ctx, &river).await;
    assert_eq!(found.text_property("content"), Some("<b>At seven</b>"));
    assert!(found.body.contains_key("image") && !found.body.contains_key("fullImage"));
}

#[tokio::test]
async fn gallery_columns_override_kept_client_properties() {
    let folder = tempfile::tempdir().unwrap();
    let (gallery, ctx) = with_alice(folder.path()).await;
    let picture = json!({
        "url": "https://gallery.example/river.jpg",
        "width": 100,
        "rotation": 90,
        "colour": { "main": "blue" },
    });
    let river = json!({ "objectType": "image", "image": picture });
    let river = make(&ctx, "post", river, &json!([])).await;
    assert_eq!(stored(&ctx, &river).await.body["image"], picture);
    let other = "UPDATE photos SET picture = 'https://gallery.example/other.jpg', width = NULL";
    query(other).execute(&gallery.db).await.unwrap();
    let wanted = json!({
        "url": "https://gallery.example/other.jpg", "rotation": 90, "colour": { "main": "blue" },
    });
    assert_eq!(stored(&ctx, &river).await.body["image"], wanted);
}

#[tokio::test]
async fn the_way_in_for_clients_looks_like_the_gallery() {
    let folder = tempfile::tempdir().unwrap();
    let gallery = opened(folder.path()).await;
    let shown = page(&gallery, "/oauth/authorize?oauth_token=none").await;
    for part in [
        r#"<link rel="stylesheet" href="/style.css">"#,
        r#"<a class="brand" href="/">The Gallery</a>"#,
        "<title>That did not work · The Gallery</title>",
        "<h1>That did not work</h1>",
    ] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
}

#[tokio::test]
async fn a_gallery_that_lost_its_tables_is_not_well() {
    let folder = tempfile::tempdir().unwrap();
    let (gallery, ctx) = with_alice(folder.path()).await;
    ctx.storage().ping().await.unwrap();
    gallery.db.close().await;
    assert!(ctx.storage().ping().await.is_err());
    let gallery = opened(folder.path()).await;
    gallery.app.storage().close().await;
    assert!(gallery.db.is_closed(), "its own tables are closed too");
}

#[tokio::test]
async fn a_session_ends() {
    let folder = tempfile::tempdir().unwrap();
    let (gallery, _) = with_alice(folder.path()).await;
    let cookie = people::begin_session(&gallery, "alice").await.unwrap();
    let headers = [("cookie".parse().unwrap(), cookie.parse().unwrap())]
        .into_iter()
        .collect();
    let who = people::signed_in(&gallery.db, &headers).await.unwrap();
    assert_eq!(who, Some(alice()));
    let later = query("UPDATE sessions SET ends = unixepoch()").execute(&gallery.db);
    later.await.unwrap();
    let who = people::signed_in(&gallery.db, &headers).await.unwrap();
    assert_eq!(who, None);
}
