//! `/main/settings` and `/main/account`.

use serde_json::{Value, json};

use super::reader::{Reader, between};
use crate::support::{Answer, BASE, PASSWORD, Request, Session, TestServer};

const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
const NEW_PASSWORD: &str = "battery staple 9";

on_every_backend!(
    profile_form_changes_what_was_typed_only,
    picture_of_a_person_is_uploaded_by_a_form,
    picture_is_cut_square_and_can_be_removed,
    banner_stands_on_top_of_the_profile,
    password_change_asks_for_the_present_one,
    password_change_can_take_applications_back,
    confirmation_is_mailed_again,
    address_is_given_with_the_present_password,
    mails_are_switched_by_a_form,
    chosen_language_comes_before_that_of_the_browser,
    applications_are_listed_and_taken_back,
    account_is_deleted_with_its_password_only,
);

async fn profile_of(server: &TestServer, nickname: &str) -> Value {
    let path = format!("/api/user/{nickname}/profile");
    let credentials = server.client().await;
    server.send(Request::get(&path).by(&credentials)).await.ok()
}

async fn acts(session: &Session) -> bool {
    session.get("/api/whoami").await.status.as_u16() == 302
}

async fn profile_form_changes_what_was_typed_only(server: TestServer) {
    let alice = server.person("alice").await;
    let bio = json!({ "summary": "<b>Bold</b> text", "displayName": "Alice" });
    alice.put("/api/user/alice/profile", &bio).await.ok();
    let reader = Reader::signed_in(&server, "alice", FIREFOX).await;
    let page = reader.read("/main/settings").await;
    assert!(page.contains("value=\"Alice\"") && page.contains(">\nBold text</textarea>"));

    let typed = [
        ("displayName", "Alice Ä"),
        ("bio", "Bold text"),
        ("location", "Berlin"),
        ("indexable", "on"),
    ];
    let page = reader.submit("/main/settings", &typed).await;
    assert!(page.contains("role=\"status\">Saved.") && page.contains("value=\"Berlin\""));
    let profile = profile_of(&server, "alice").await;
    assert_eq!(profile["displayName"], "Alice Ä");
    assert_eq!(profile["summary"], "<b>Bold</b> text");
    assert_eq!(profile["location"]["displayName"], "Berlin");
    assert_eq!(
        (&profile["discoverable"], &profile["indexable"]),
        (&json!(false), &json!(true))
    );
    for (name, is_checked) in [("discoverable", false), ("indexable", true)] {
        let field = format!("name=\"{name}\" type=\"checkbox\" value=\"on\" checked");
        assert_eq!(page.contains(&field), is_checked, "{name}");
    }

    let typed = [
        ("displayName", "Alice Ä"),
        ("bio", "<i>two</i>\r\nlines"),
        ("location", ""),
    ];
    let page = reader.submit("/main/settings", &typed).await;
    let shown = between(&page, "aria-describedby=\"bio-help\">\n", "</textarea>");
    assert_eq!(shown, "&#60;i&#62;two&#60;/i&#62;\nlines");
    let profile = alice.get("/api/user/alice/profile").await.ok();
    assert!(profile.get("location").is_none(), "{profile}");

    let long = "x".repeat(101);
    let refused = reader
        .post("/main/settings", &[("displayName", &long), ("bio", "kept")])
        .await
        .is(400)
        .text();
    assert!(refused.contains("role=\"alert\"") && refused.contains(">\nkept</textarea>"));
}

async fn picture_of_a_person_is_uploaded_by_a_form(server: TestServer) {
    let reader = Reader::member(&server, "alice", FIREFOX).await;
    let picture = include_bytes!("../../../static/mark.png");
    let post = |name: &str, kind: &str, bytes: &[u8]| {
        let head = format!(
            "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\
             Content-Type: {kind}\r\n\r\n"
        );
        let body = [head.as_bytes(), bytes, b"\r\n--b--\r\n"].concat();
        let request = Request::post("/main/settings/avatar");
        reader.request(request.body("multipart/form-data; boundary=b", body))
    };
    let answer = server.send(post("me.png", "image/png", picture)).await;
    assert_eq!(reader.done(&answer), "/main/settings?done=avatar#avatar");
    let profile = profile_of(&server, "alice").await;
    let url = profile["image"]["url"].as_str().unwrap().to_owned();
    let path = url.strip_prefix(crate::support::BASE).unwrap();
    Reader::stranger(&server).open(path).await.is(200);
    assert!(
        reader
            .read("/main/settings")
            .await
            .contains(&format!("src=\"{path}\""))
    );

    for (name, kind, bytes, status, words) in [
        (
            "",
            "application/octet-stream",
            &b""[..],
            400,
            "Choose a file first",
        ),
        ("a.txt", "text/plain", b"text", 415, "no picture"),
        ("a.png", "image/png", b"no png", 400, "alert"),
    ] {
        let page = server.send(post(name, kind, bytes)).await.is(status).text();
        assert!(page.contains(words), "{page}");
    }
    let elsewhere = post("me.png", "image/png", picture).header("origin", "http://evil.test");
    server.send(elsewhere).await.is(403);
}

/// Posts a picture of 400 by 200 pixels, red on the left, with fields before it.
async fn send_picture(
    server: &TestServer,
    reader: &Reader,
    place: &str,
    fields: &[(&str, &str)],
) -> Answer {
    let red_left = |x, _| image::Rgb([if x < 200 { 255 } else { 0 }, 0, 0]);
    let picture = image::RgbImage::from_fn(400, 200, red_left);
    let mut file = std::io::Cursor::new(Vec::new());
    picture
        .write_to(&mut file, image::ImageFormat::Png)
        .unwrap();
    let mut body = String::new();
    for (name, value) in fields {
        let head = "--b\r\nContent-Disposition: form-data; name=\"";
        body += &[head, name, "\"\r\n\r\n", value, "\r\n"].concat();
    }
    body += "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"p.png\"\r\n\
             Content-Type: image/png\r\n\r\n";
    let body = [body.as_bytes(), &file.into_inner(), b"\r\n--b--\r\n"].concat();
    let request = Request::post(place).body("multipart/form-data; boundary=b", body);
    server.send(reader.request(request)).await
}

async fn picture_at(server: &TestServer, url: &Value) -> image::RgbImage {
    let path = url.as_str().unwrap().strip_prefix(BASE).unwrap();
    let file = Reader::stranger(server).open(path).await.is(200).body;
    image::load_from_memory(&file).unwrap().to_rgb8()
}

async fn picture_is_cut_square_and_can_be_removed(server: TestServer) {
    let reader = Reader::member(&server, "alice", FIREFOX).await;
    let place = "/main/settings/avatar";
    for (fields, size, left) in [
        (&[][..], 200, 255),
        (&[("x", "0"), ("y", "0"), ("size", "100")], 100, 255),
        (&[("x", "9999"), ("y", "150"), ("size", "100")], 100, 0),
        (&[("x", "-1"), ("y", "0"), ("size", "100")], 200, 255),
    ] {
        let sent = send_picture(&server, &reader, place, fields).await;
        reader.done(&sent);
        let profile = profile_of(&server, "alice").await;
        let picture = picture_at(&server, &profile["image"]["url"]).await;
        assert_eq!(picture.dimensions(), (size, size), "{fields:?}");
        assert_eq!(picture.get_pixel(0, 0).0[0], left, "{fields:?}");
        assert_eq!(profile["image"]["width"], size);
        assert!(profile["pump_io"].get("fullImage").is_none());
    }
    let page = reader.submit(place, &[("remove", "on")]).await;
    assert!(page.contains("Saved.") && !page.contains("Remove the picture"));
    let profile = profile_of(&server, "alice").await;
    assert!(
        !profile["image"].to_string().contains("/uploads/"),
        "{profile}"
    );
}

async fn banner_stands_on_top_of_the_profile(server: TestServer) {
    let reader = Reader::member(&server, "alice", FIREFOX).await;
    let place = "/main/settings/banner";
    reader.done(&send_picture(&server, &reader, place, &[]).await);
    let profile = profile_of(&server, "alice").await;
    let banner = picture_at(&server, &profile["banner"]["url"]).await;
    assert_eq!(banner.dimensions(), (400, 200));
    let page = Reader::stranger(&server).read("/alice").await;
    assert!(page.contains("<img class=\"banner\"") && page.contains("width=\"400\""));
    reader.submit(place, &[("remove", "on")]).await;
    let page = Reader::stranger(&server).read("/alice").await;
    assert!(!page.contains("<img class=\"banner\""));
}

async fn password_change_asks_for_the_present_one(server: TestServer) {
    let reader = Reader::member(&server, "alice", FIREFOX).await;
    let other = Reader::signed_in(&server, "alice", FIREFOX).await;
    let change = async |present: &str, password: &str, repeat: &str| {
        let fields = [
            ("present", present),
            ("password", password),
            ("repeat", repeat),
        ];
        reader.post("/main/account/password", &fields).await
    };
    for (present, password, repeat, status, words) in [
        (
            "wrong",
            NEW_PASSWORD,
            NEW_PASSWORD,
            403,
            "not your present password",
        ),
        (
            PASSWORD,
            NEW_PASSWORD,
            "another 9",
            400,
            "The two passwords differ",
        ),
        (PASSWORD, "short", "short", 400, "too easy to guess"),
    ] {
        let page = change(present, password, repeat).await.is(status).text();
        assert!(between(&page, "role=\"alert\">", "<").contains(words));
        assert!(!page.contains(NEW_PASSWORD) && !page.contains(PASSWORD));
    }
    let answer = change(PASSWORD, NEW_PASSWORD, NEW_PASSWORD).await;
    assert_eq!(reader.done(&answer), "/main/account?done=password#password");
    reader.sign_in("alice", PASSWORD, FIREFOX).await.is(401);
    reader.sign_in("alice", NEW_PASSWORD, FIREFOX).await.is(303);
    other.open("/main/account").await.is(302);

    let stranger = Reader::stranger(&server);
    let page = stranger.open("/main/account").await.is(302);
    assert_eq!(
        page.header("location"),
        "http://pump.example/main/login?continue=%2Fmain%2Faccount"
    );
    let posted = stranger.post("/main/account/password", &[]).await.is(302);
    assert!(
        posted
            .header("location")
            .ends_with("continue=%2Fmain%2Faccount")
    );
}

async fn password_change_can_take_applications_back(server: TestServer) {
    let alice = server.person("alice").await;
    let reader = Reader::signed_in(&server, "alice", FIREFOX).await;
    let fields = [
        ("present", PASSWORD),
        ("password", NEW_PASSWORD),
        ("repeat", NEW_PASSWORD),
        ("revoke", "on"),
    ];
    reader.submit("/main/account/password", &fields).await;
    reader.open("/main/account").await.is(200);
    assert!(!acts(&alice).await);
}

async fn address_is_given_with_the_present_password(server: TestServer) {
    let reader = Reader::member(&server, "alice", FIREFOX).await;
    let page = reader.read("/main/account").await;
    assert!(page.contains("There is none.") && !page.contains("id=\"notifications\""));
    let give = async |email: &str, present: &str| {
        let fields = [("email", email), ("present", present)];
        reader.post("/main/account/email", &fields).await
    };
    for (email, present, status) in [
        ("alice@h.example", "wrong", 403),
        ("no address", PASSWORD, 400),
    ] {
        let page = give(email, present).await.is(status).text();
        assert!(page.contains(&format!("value=\"{email}\"")), "{page}");
    }
    reader.done(&give("alice@h.example", PASSWORD).await);
    let page = reader.read("/main/account?done=email").await;
    assert!(page.contains("<bdi>alice@h.example</bdi> <span class=\"badge waiting\">"));
    reader.done(&give("", PASSWORD).await);
    assert!(
        reader
            .read("/main/account")
            .await
            .contains("There is none.")
    );
}

async fn confirmation_is_mailed_again(server: TestServer) {
    let mailing = server.mailing(|_| ());
    let reader = Reader::member(&mailing.server, "alice", FIREFOX).await;
    let again = "/main/account/email/again";
    reader.post(again, &[]).await.is(400);
    let fields = [("email", "alice@h.example"), ("present", PASSWORD)];
    let page = reader.submit("/main/account/email", &fields).await;
    assert!(page.contains(again));
    mailing.one().await;
    let early = reader.post(again, &[]).await.is(429);
    assert!(!early.header("retry-after").is_empty());
    server.clock.advance(3600);
    reader.done(&reader.post(again, &[]).await);
    let mail = mailing.one().await;
    let confirmation = crate::support::link(&mail, "confirm");
    server.send(Request::get(&confirmation)).await.is(200);
}

async fn mails_are_switched_by_a_form(server: TestServer) {
    let alice = server.person("alice").await;
    let reader = Reader::signed_in(&server, "alice", FIREFOX).await;
    let fields = [("likes", "on"), ("comments", "on")];
    reader.submit("/main/account/notifications", &fields).await;
    let kinds = alice.get("/api/user/alice/notifications").await.ok();
    let wanted = json!({
        "comments": true, "direct": false, "followers": false, "likes": true, "shares": false,
    });
    assert_eq!(kinds, wanted);
}

async fn chosen_language_comes_before_that_of_the_browser(server: TestServer) {
    let alice = server.person("alice").await;
    let mut reader = Reader::signed_in(&server, "alice", FIREFOX).await;
    let language = async |reader: &Reader| {
        let page = reader.read("/main/account").await;
        between(&page, "<html lang=\"", "\"").to_owned()
    };
    assert_eq!(language(&reader).await, "en");
    let page = reader
        .submit("/main/account/language", &[("language", "de")])
        .await;
    assert!(page.contains("Gespeichert.") && page.contains("lang=\"de\" selected>Deutsch"));
    assert!(reader.read("/").await.contains("<html lang=\"de\">"));
    let user = alice.get("/api/user/alice").await.ok();
    assert_eq!(user["language"], "de");

    reader
        .submit("/main/account/language", &[("language", "")])
        .await;
    assert_eq!(language(&reader).await, "en");
    reader.language = "de-AT";
    assert_eq!(language(&reader).await, "de");
    let user = alice.get("/api/user/alice").await.ok();
    assert!(user.get("language").is_none());
}

async fn applications_are_listed_and_taken_back(server: TestServer) {
    let alice = server.person("alice").await;
    let reader = Reader::signed_in(&server, "alice", FIREFOX).await;
    let page = reader.read("/main/account").await;
    assert!(page.contains("app-of-alice") && page.contains("may do everything"));
    let listed = alice.get("/api/user/alice/applications").await.ok();
    assert_eq!(listed["totalItems"], 1, "a browser is no application");

    let fields = [("client", "client-of-alice")];
    let page = reader.submit("/main/account/applications", &fields).await;
    assert!(page.contains("No application may act for you."));
    assert!(!acts(&alice).await);
    let again = reader.post("/main/account/applications", &fields).await;
    again.is(404);
}

async fn account_is_deleted_with_its_password_only(server: TestServer) {
    let reader = Reader::member(&server, "alice", FIREFOX).await;
    assert!(
        reader
            .read("/main/account/delete")
            .await
            .contains("This deletes alice")
    );
    let wrong = reader
        .post("/main/account/delete", &[("present", "wrong")])
        .await;
    assert!(wrong.is(403).text().contains("not your present password"));
    let gone = reader
        .post("/main/account/delete", &[("present", PASSWORD)])
        .await;
    assert_eq!(reader.done(&gone), "/");
    assert!(gone.header("set-cookie").contains("Max-Age=0"));
    reader.open("/main/account").await.is(302);
    reader.sign_in("alice", PASSWORD, FIREFOX).await.is(401);
}
