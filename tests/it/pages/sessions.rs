//! Sessions of browsers: their cookie, their beginning and their end.

use hydraulics::model::Urls;

use super::reader::{Reader, between};
use crate::support::{Backend, PASSWORD, Request, TestServer};

const BROWSER: &str = "A browser";

/// Seconds that a session lasts.
const LIFETIME: i64 = 60 * 24 * 60 * 60;

on_every_backend!(
    session_cookie_is_kept_from_scripts_and_other_sites,
    session_changes_with_each_sign_in,
    session_ends_at_the_sign_out,
    session_ends_after_sixty_days,
    session_ends_with_its_account,
    sign_out_of_nobody_is_no_error,
    wrong_password_begins_no_session,
    attempts_at_a_password_are_limited,
    sign_in_leads_to_a_place_on_this_server_only,
    page_for_members_leads_to_the_sign_in_and_back,
    token_of_an_application_is_no_session,
    sessions_are_listed_and_ended,
);

/// Signs in, and returns the cookie as it is set.
async fn cookie_of(reader: &Reader, nickname: &str) -> String {
    let answer = reader.sign_in(nickname, PASSWORD, BROWSER).await.is(303);
    answer.header("set-cookie").to_owned()
}

async fn is_signed_in(reader: &Reader) -> bool {
    reader.read("/").await.contains("id=\"logout\"")
}

/// A request for a page of members, with a cookie.
fn with_cookie(cookie: &str) -> Request {
    Request::get("/main/messages").header("cookie", cookie)
}

async fn session_cookie_is_kept_from_scripts_and_other_sites(server: TestServer) {
    server.account("alice").await;
    let cookie = cookie_of(&Reader::stranger(&server), "alice").await;
    let (value, attributes) = cookie.split_once("; ").unwrap();
    let text = value.strip_prefix("session=").unwrap();
    assert_eq!(text.len(), 43);
    assert_eq!(
        attributes,
        "Path=/; HttpOnly; SameSite=Lax; Max-Age=5184000"
    );
    let secret = "https://pump.example";
    let secure = server.again(|settings| {
        settings.urls = Urls::new(&secret.parse().unwrap()).unwrap();
    });
    let form = [("nickname", "alice"), ("password", PASSWORD)];
    let form = Request::post("/main/login").form(&form);
    let answer = secure.send(form.header("origin", secret)).await.is(303);
    let cookie = answer.header("set-cookie");
    assert!(cookie.starts_with("__Host-session="), "{cookie}");
    assert!(
        cookie.ends_with("; Path=/; HttpOnly; SameSite=Lax; Max-Age=5184000; Secure"),
        "{cookie}"
    );
    let value = cookie.split(';').next().unwrap();
    let front = Request::get("/").header("cookie", value);
    let front = secure.send(front).await.is(200).text();
    assert!(front.contains("id=\"logout\""));
}

async fn session_changes_with_each_sign_in(server: TestServer) {
    let reader = Reader::member(&server, "alice", BROWSER).await;
    let first = cookie_of(&Reader::stranger(&server), "alice").await;
    let first = first.split(';').next().unwrap();
    let form = [("nickname", "alice"), ("password", PASSWORD)];
    let again = Request::post("/main/login")
        .form(&form)
        .header("sec-fetch-site", "same-origin")
        .header("cookie", first);
    let again = server.send(again).await.is(303);
    let second = again.header("set-cookie").split(';').next().unwrap();
    assert_ne!(first, second);
    server.send(with_cookie(first)).await.is(302);
    server.send(with_cookie(second)).await.is(200);
    assert!(is_signed_in(&reader).await, "it is another browser");
}

async fn session_ends_at_the_sign_out(server: TestServer) {
    let reader = Reader::member(&server, "alice", BROWSER).await;
    let other = Reader::signed_in(&server, "alice", BROWSER).await;
    assert!(is_signed_in(&reader).await);
    let answer = reader.post("/main/logout", &[]).await.is(303);
    assert_eq!(answer.header("location"), "http://pump.example/");
    assert_eq!(answer.header("clear-site-data"), "\"cache\"");
    let taken = answer.headers.get_all("set-cookie").iter();
    let taken: Vec<_> = taken.map(|cookie| cookie.to_str().unwrap()).collect();
    let taken = taken.iter().find(|cookie| cookie.starts_with("session=;"));
    assert!(taken.is_some_and(|cookie| cookie.contains("Max-Age=0")));
    assert!(
        !is_signed_in(&reader).await,
        "the old cookie is worth nothing"
    );
    reader.open("/main/messages").await.is(302);
    assert!(is_signed_in(&other).await);
    reader.post("/main/logout", &[]).await.is(303);
}

async fn session_ends_after_sixty_days(server: TestServer) {
    let reader = Reader::member(&server, "alice", BROWSER).await;
    server.clock.advance(LIFETIME);
    assert!(is_signed_in(&reader).await);
    server.clock.advance(1);
    assert!(!is_signed_in(&reader).await);
    reader.open("/main/messages").await.is(302);
}

async fn session_ends_with_its_account(server: TestServer) {
    let alice = server.person("alice").await;
    let reader = Reader::signed_in(&server, "alice", BROWSER).await;
    assert!(is_signed_in(&reader).await);
    alice.delete("/api/user/alice").await.is(200);
    assert!(!is_signed_in(&reader).await);
    reader.open("/main/messages").await.is(302);
    reader.post("/main/logout", &[]).await.is(303);
    let answer = reader.sign_in("alice", PASSWORD, BROWSER).await;
    answer.is(401);
}

async fn sign_out_of_nobody_is_no_error(server: TestServer) {
    let reader = Reader::stranger(&server);
    reader.post("/main/logout", &[]).await.is(303);
    let program = Request::post("/main/logout").header("sec-fetch-site", "same-origin");
    let program = program.header("accept", "application/json");
    let answer = server.send(program).await.is(401);
    assert_eq!(answer.error(), "Not logged in.");
}

async fn wrong_password_begins_no_session(server: TestServer) {
    server.account("alice").await;
    let reader = Reader::stranger(&server);
    let names = ["alice", "nobody", "ALICE", "\"><script>", ""];
    for nickname in names {
        let answer = reader.sign_in(nickname, "wrong 9 password", BROWSER).await;
        let answer = answer.is(401);
        assert_eq!(answer.header("set-cookie"), "", "{nickname}");
        let text = answer.text();
        assert!(text.contains("role=\"alert\"") && !text.contains("<script>"));
        assert!(!text.contains("wrong 9 password"));
    }
    let text = reader.sign_in("alice", "", BROWSER).await.is(401).text();
    assert!(text.contains("value=\"alice\""), "what was typed is lost");
}

async fn attempts_at_a_password_are_limited(server: TestServer) {
    server.account("alice").await;
    let reader = Reader::stranger(&server);
    let mut waits = None;
    for _ in 0..40 {
        let answer = reader.sign_in("alice", "wrong 9 password", BROWSER).await;
        if answer.status == 429 {
            waits = Some(answer);
            break;
        }
        answer.is(401);
    }
    let answer = waits.expect("it is refused at last");
    assert!(answer.header("retry-after").parse::<u32>().unwrap() > 0);
    assert!(answer.text().contains("value=\"alice\""));
    reader.sign_in("alice", PASSWORD, BROWSER).await.is(429);
    server.clock.advance(120);
    reader.sign_in("alice", PASSWORD, BROWSER).await.is(303);
}

async fn sign_in_leads_to_a_place_on_this_server_only(server: TestServer) {
    let reader = Reader::member(&server, "alice", BROWSER).await;
    for (place, location) in [
        ("/main/messages?count=5", "/main/messages?count=5"),
        ("/alice#x", "/alice#x"),
        ("", "/"),
        ("//evil.example/", "/"),
        ("/\\evil.example/", "/"),
        ("/\t/evil.example/", "/"),
        ("https://evil.example/", "/"),
        ("javascript:alert(1)", "/"),
        ("http://pump.example.evil.test/", "/"),
        ("@evil.example", "/"),
        ("alice\r\nx: y", "/"),
    ] {
        let form = [
            ("nickname", "alice"),
            ("password", PASSWORD),
            ("continue", place),
        ];
        server.clock.advance(60);
        let answer = reader.post("/main/login", &form).await;
        assert_eq!(reader.done(&answer), location, "{place}");
        let encoded = Urls::encode(place);
        let reader = Reader::signed_in(&server, "alice", BROWSER).await;
        let path = format!("/main/login?continue={encoded}");
        let shown = reader.open(&path).await.is(302);
        let expected = format!("http://pump.example{location}");
        assert_eq!(shown.header("location"), expected, "{place}");
    }
}

async fn page_for_members_leads_to_the_sign_in_and_back(server: TestServer) {
    server.account("alice").await;
    let reader = Reader::stranger(&server);
    for place in ["/main/messages?count=5&x=%22%3E", "/main/meanwhile"] {
        let answer = reader.open(place).await.is(302);
        let expected = format!(
            "http://pump.example/main/login?continue={}",
            Urls::encode(place)
        );
        assert_eq!(answer.header("location"), expected);
        let form = expected.strip_prefix("http://pump.example").unwrap();
        let text = reader.read(form).await;
        let value = place.replace('&', "&#38;").replace('"', "&#34;");
        assert!(
            text.contains(&format!("name=\"continue\" value=\"{value}\"")),
            "{text}"
        );
    }
}

async fn token_of_an_application_is_no_session(server: TestServer) {
    let alice = server.person("alice").await;
    let (token, _) = alice.credentials.token.clone().unwrap();
    for text in [token, "A".repeat(43), String::new()] {
        let cookie = format!("session={text}");
        server.send(with_cookie(&cookie)).await.is(302);
    }
}

#[tokio::test]
async fn cookie_of_a_site_below_a_path_is_for_that_path() {
    let server = TestServer::with(Backend::Memory, |settings| {
        settings.urls = Urls::new(&"https://pump.example/social".parse().unwrap()).unwrap();
    })
    .await;
    server.account("alice").await;
    let form = [("nickname", "alice"), ("password", PASSWORD)];
    let form = Request::post("/social/main/login").form(&form);
    let form = form.header("origin", "https://pump.example");
    let answer = server.send(form.header("host", "pump.example")).await;
    let cookie = answer.is(303);
    let cookie = cookie.header("set-cookie");
    assert!(cookie.starts_with("session="), "{cookie}");
    assert!(
        cookie.contains("; Path=/social/; HttpOnly") && cookie.ends_with("; Secure"),
        "{cookie}"
    );
}

async fn sessions_are_listed_and_ended(server: TestServer) {
    let reader = Reader::member(&server, "alice", BROWSER).await;
    server.clock.advance(60);
    let phone = "Mozilla/5.0 (iPhone) AppleWebKit Version/18.0 Mobile Safari/604.1";
    let others = [
        Reader::signed_in(&server, "alice", phone).await,
        Reader::signed_in(&server, "alice", "curl/8").await,
    ];
    let page = reader.read("/main/account").await;
    let parts = [BROWSER, "This browser", "Safari, iPhone", "curl/8"];
    assert!(parts.iter().all(|part| page.contains(part)), "{page}");

    let client = between(&page, "name=\"client\" value=\"browser:", "\"");
    let client = format!("browser:{client}");
    reader
        .submit("/main/account/sessions", &[("client", &client)])
        .await;
    let mut open = 0;
    for other in &others {
        open += u8::from(other.open("/main/account").await.status.as_u16() == 200);
    }
    assert_eq!(open, 1);
    let unknown = [("client", "browser:nobody")];
    reader
        .post("/main/account/sessions", &unknown)
        .await
        .is(404);

    let page = reader.submit("/main/account/sessions", &[]).await;
    assert!(!page.contains("curl/8") && !page.contains("Safari, iPhone"));
    for other in &others {
        other.open("/main/account").await.is(302);
    }
}
