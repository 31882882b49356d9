//! Effects and errors of the gallery's forms.

use axum::{
    body::Body,
    http::{Request, header},
    response::Response,
};
use gallery::{Gallery, open, people, router};
use http_body_util::BodyExt;
use hydraulics::model::{Nickname, Urls};
use sqlx::query;
use tempfile::TempDir;
use tower::ServiceExt;

const FORM: &str = "application/x-www-form-urlencoded";
const ALICE: &str = "nickname=alice&name=Alice&password=correct-horse-9";

/// The gallery with Alice, and her session.
async fn with_alice() -> (TempDir, Gallery, String) {
    let folder = tempfile::tempdir().unwrap();
    let urls = Urls::new(&"https://gallery.example".parse().unwrap()).unwrap();
    let gallery = open(folder.path(), urls).await.unwrap();
    let alice = Nickname::parse("alice").unwrap();
    let made = people::sign_up(&gallery, &alice, "Alice", "correct-horse-9").await;
    assert!(made.unwrap());
    let cookie = people::begin_session(&gallery, "alice").await.unwrap();
    (folder, gallery, cookie)
}

async fn sent(gallery: &Gallery, request: Request<Body>) -> Response {
    router(gallery.clone()).oneshot(request).await.unwrap()
}

/// Returns the response to a form of the gallery.
async fn post(gallery: &Gallery, path: &str, cookie: &str, form: &str) -> (u16, String) {
    let request = Request::post(path)
        .header(header::COOKIE, cookie)
        .header(header::CONTENT_TYPE, FORM);
    let request = request.body(Body::from(form.to_owned())).unwrap();
    let answer = sent(gallery, request).await;
    let status = answer.status().as_u16();
    let bytes = answer.into_body().collect().await.unwrap().to_bytes();
    (status, String::from_utf8(bytes.to_vec()).unwrap())
}

async fn count(gallery: &Gallery, what: &str) -> i64 {
    let count = format!("SELECT count(*) FROM {what}");
    let count = sqlx::query_scalar(&count).fetch_one(&gallery.db);
    count.await.unwrap()
}

#[tokio::test]
async fn non_picture_upload_is_not_posted() {
    let (folder, gallery, cookie) = with_alice().await;
    for kind in ["text/plain", "video/mp4", "image/tiff", "nothing", ""] {
        let form = format!(
            "--x\r\nContent-Disposition: form-data; name=\"picture\"; filename=\"a\"\r\n\
             Content-Type: {kind}\r\n\r\nHello\r\n--x--\r\n"
        );
        let request = Request::post("/upload")
            .header(header::COOKIE, &cookie)
            .header(header::CONTENT_TYPE, "multipart/form-data; boundary=x");
        let answer = sent(&gallery, request.body(Body::from(form)).unwrap()).await;
        assert_eq!(answer.status(), 415, "{kind}");
    }
    let kept = std::fs::read_dir(folder.path().join("pictures")).unwrap();
    assert_eq!(kept.count(), 0);
}

#[tokio::test]
async fn photo_without_object_has_no_stars_and_no_album() {
    let (_folder, gallery, cookie) = with_alice().await;
    let photos = "INSERT INTO photos (id, person, title, picture, taken) \
        VALUES (1, 1, 'Bad', '../bad.jpg', '2026-05-01T12:00:00Z')";
    query(photos).execute(&gallery.db).await.unwrap();
    for (path, form) in [
        ("/photos/1/star", "verb=favorite"),
        ("/photos/1/comments", "text=Fine"),
        ("/photos/1/album", "album=Waters"),
    ] {
        assert_eq!(post(&gallery, path, &cookie, form).await.0, 404, "{path}");
    }
}

#[tokio::test]
async fn photo_can_go_into_album_reusing_an_old_name() {
    let (_folder, gallery, cookie) = with_alice().await;
    let old = "INSERT INTO albums (person, title) VALUES (1, 'Waters')";
    query(old).execute(&gallery.db).await.unwrap();
    let alice = Nickname::parse("alice").unwrap();
    let ctx = hydraulics::service::accounts::signed_in(&gallery.app, &alice);
    let river = serde_json::json!({
        "verb": "post",
        "to": [people::everyone()],
        "object": {
            "objectType": "image",
            "image": { "url": "https://gallery.example/river.jpg" },
        },
    });
    let posted = hydraulics::service::activity::perform_json(&ctx.await.unwrap(), river).await;
    posted.unwrap();
    let answer = post(&gallery, "/photos/1/album", &cookie, "album=Waters").await;
    assert_eq!(answer.0, 303);
    assert_eq!(count(&gallery, "pages").await, 1);
}

#[tokio::test]
async fn interrupted_sign_up_is_completed_at_sign_in() {
    let (_folder, gallery, _) = with_alice().await;
    // As it is before Hydraulics is told.
    let bob = "INSERT INTO people (nickname, password) SELECT 'bob', password FROM people";
    query(bob).execute(&gallery.db).await.unwrap();
    let wrong = "nickname=bob&password=wrong";
    assert_eq!(post(&gallery, "/sign-in", "", wrong).await.0, 403);
    assert_eq!(count(&gallery, "people WHERE pump IS NOT NULL").await, 1);
    let right = "nickname=bob&password=correct-horse-9";
    assert_eq!(post(&gallery, "/sign-in", "", right).await.0, 303);
    assert_eq!(count(&gallery, "people WHERE pump IS NOT NULL").await, 2);
}

#[tokio::test]
async fn a_name_is_given_once() {
    let (_folder, gallery, _) = with_alice().await;
    let (status, said) = post(&gallery, "/sign-up", "", ALICE).await;
    assert_eq!(status, 409);
    assert!(said.contains("That name is taken."), "{said}");
    let alice = Nickname::parse("alice").unwrap();
    let server = gallery.app.context(hydraulics::Caller::Server);
    let left = hydraulics::service::accounts::remove(&server, &alice).await;
    left.unwrap();
    assert_eq!(count(&gallery, "people").await, 0, "the row went with her");
    assert_eq!(post(&gallery, "/sign-up", "", ALICE).await.0, 409);
    assert_eq!(count(&gallery, "people").await, 0);
}

#[tokio::test]
async fn internal_failure_is_reported_as_server_error() {
    let (_folder, gallery, _) = with_alice().await;
    gallery.db.close().await;
    for path in ["/sign-up", "/sign-in"] {
        let (status, said) = post(&gallery, path, "", ALICE).await;
        assert_eq!(status, 500, "{path}");
        assert!(said.contains("Something went wrong."), "{said}");
    }
}

#[tokio::test]
async fn forms_of_other_sites_are_refused() {
    let (_folder, gallery, _) = with_alice().await;
    let answers = async |headers: &[(&str, &str)]| {
        let mut request = Request::post("/sign-in")
            .header(header::HOST, "gallery.local")
            .header(header::CONTENT_TYPE, FORM);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Body::from(ALICE)).unwrap();
        sent(&gallery, request).await.status().as_u16()
    };
    for (name, value) in [
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
        ("origin", "https://evil.example"),
        ("origin", "null"),
    ] {
        assert_eq!(answers(&[(name, value)]).await, 403, "{name}: {value}");
    }
    for (name, value) in [
        ("sec-fetch-site", "same-origin"),
        ("origin", "https://gallery.example"),
        ("origin", "http://gallery.local"),
    ] {
        assert_eq!(answers(&[(name, value)]).await, 303, "{name}: {value}");
    }
    assert_eq!(answers(&[]).await, 303);
}

#[tokio::test]
async fn only_uploads_may_be_large() {
    let (_folder, gallery, cookie) = with_alice().await;
    let large = format!("{ALICE}&more={}", "x".repeat(3 * 1024 * 1024));
    for path in ["/sign-in", "/sign-up", "/photos/1/comments"] {
        assert_eq!(post(&gallery, path, &cookie, &large).await.0, 413, "{path}");
    }
}
