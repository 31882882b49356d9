//! Two-factor sign-in: on the pages, on those of OAuth, and over the API.

use hydraulics::{Caller, app::Clock, model::Standing, service::moderation};
use serde_json::json;
use totp_rs::{Builder, Secret, Totp};

use super::reader::{Reader, between};
use crate::support::{Answer, Browser, PASSWORD, Request, TestServer, code, form, link};

const AGENT: &str = "Firefox";
const PAGE: &str = "/main/settings/two-factor";

on_every_backend!(
    device_is_set_up_by_its_first_code,
    sign_in_asks_for_a_code_that_is_good_once,
    recovery_code_signs_in_once,
    ticket_ends_with_its_time_and_with_the_password,
    ticket_of_a_suspended_account_is_refused,
    codes_are_tried_a_bounded_number_of_times,
    oauth_pages_ask_for_a_code,
    half_done_authorization_ends_with_the_set_up,
    account_is_changed_with_a_code_only,
    recovery_by_mail_is_no_way_around_the_code,
);

/// Someone with two-factor sign-in.
struct Careful {
    server: TestServer,
    reader: Reader,
    device: Totp,
    recovery: Vec<String>,
}

impl Careful {
    async fn new(server: &TestServer, nickname: &str) -> Self {
        server.account(nickname).await;
        Self::of(server, nickname).await
    }

    /// Sets it up for an account that is there.
    async fn of(server: &TestServer, nickname: &str) -> Self {
        let reader = Reader::signed_in(server, nickname, AGENT).await;
        let page = reader
            .submit(&format!("{PAGE}/begin"), &[("present", PASSWORD)])
            .await;
        let device = device(&page);
        let mut careful = Self {
            server: server.clone(),
            reader,
            device,
            recovery: Vec::new(),
        };
        let page = careful.confirm().await.is(200).text();
        careful.recovery = recovery_codes(&page);
        // The next code is another.
        server.clock.advance(30);
        careful
    }

    async fn confirm(&self) -> Answer {
        let code = self.code();
        let fields = [("code", code.as_str())];
        self.reader.post(&format!("{PAGE}/confirm"), &fields).await
    }

    /// The code that the device shows.
    fn code(&self) -> String {
        let now = self.server.clock.now().timestamp();
        self.device
            .generate(u64::try_from(now).unwrap())
            .to_string()
    }

    /// Gives the password, and returns the page that asks for a code.
    async fn password(&self) -> String {
        let reader = Reader::stranger(&self.server);
        let page = reader.sign_in("alice", PASSWORD, AGENT).await.is(200);
        assert_eq!(page.headers.get("set-cookie"), None);
        page.text()
    }

    async fn give(&self, page: &str, code: &str) -> Answer {
        let fields = [
            ("ticket", ticket(page)),
            ("continue", "/main/post"),
            ("code", code),
        ];
        let reader = Reader::stranger(&self.server);
        reader.post("/main/login", &fields).await
    }
}

fn device(page: &str) -> Totp {
    let secret = between(page, "<code id=\"secret\">", "<").replace(' ', "");
    let secret = Secret::try_from_base32(secret).unwrap();
    Builder::new().with_secret(secret).build().unwrap()
}

fn recovery_codes(page: &str) -> Vec<String> {
    let list = between(page, "id=\"recovery-codes\">", "</ul>");
    let codes = list.split("<code>").skip(1);
    codes
        .map(|rest| rest.split('<').next().unwrap().to_owned())
        .collect()
}

fn ticket(page: &str) -> &str {
    between(page, "name=\"ticket\" value=\"", "\"")
}

async fn device_is_set_up_by_its_first_code(server: TestServer) {
    let reader = Reader::member(&server, "alice", AGENT).await;
    let other = Reader::signed_in(&server, "alice", AGENT).await;
    let begin = format!("{PAGE}/begin");
    let refused = reader.post(&begin, &[("present", "wrong")]).await.is(403);
    assert!(refused.text().contains("not your present password"));
    reader.open(&format!("{PAGE}/qr.svg")).await.is(404);

    let page = reader.submit(&begin, &[("present", PASSWORD)]).await;
    let picture = reader.open(&format!("{PAGE}/qr.svg")).await.is(200);
    assert_eq!(picture.header("content-type"), "image/svg+xml");
    assert_eq!(picture.header("cache-control"), "no-store");
    let again = Reader::signed_in(&server, "alice", AGENT).await;
    again.open("/main/account").await.is(200);
    // Another session must not learn the secret.
    again.open(&format!("{PAGE}/qr.svg")).await.is(404);
    assert!(!again.read(PAGE).await.contains("id=\"secret\""));

    let confirm = format!("{PAGE}/confirm");
    let wrong = reader.post(&confirm, &[("code", "000000")]).await.is(403);
    assert!(wrong.text().contains("That code is not right"));
    let now = u64::try_from(server.clock.now().timestamp()).unwrap();
    let code = device(&page).generate(now).to_string();
    let page = reader
        .post(&confirm, &[("code", &code)])
        .await
        .is(200)
        .text();
    let codes = recovery_codes(&page);
    assert_eq!(codes.len(), 10);
    assert!(
        !reader.read(PAGE).await.contains(&codes[0]),
        "they are shown once"
    );
    reader.open(&format!("{PAGE}/qr.svg")).await.is(404);
    other.open("/main/account").await.is(302);

    let given = [("codes", codes.join(" "))];
    let given = given
        .each_ref()
        .map(|(name, codes)| (*name, codes.as_str()));
    let file = reader.post(&format!("{PAGE}/codes.txt"), &given).await;
    let file = file.is(200);
    assert!(file.header("content-disposition").starts_with("attachment"));
    assert!(codes.iter().all(|code| file.text().contains(code)));
    let strange = [("codes", "<b>text</b>")];
    let strange = reader.post(&format!("{PAGE}/codes.txt"), &strange).await;
    strange.is(403);
}

async fn sign_in_asks_for_a_code_that_is_good_once(server: TestServer) {
    let alice = Careful::new(&server, "alice").await;
    let page = alice.password().await;
    assert!(page.contains("autocomplete=\"one-time-code\""));
    let wrong = alice.give(&page, "000000").await.is(401).text();
    assert!(wrong.contains("That code is not right"), "{wrong}");

    let code = alice.code();
    let answer = alice.give(&wrong, &code).await.is(303);
    assert!(answer.header("location").ends_with("/main/post"));
    assert!(answer.header("set-cookie").contains("session="));
    alice.give(&page, &code).await.is(401);
    let page = alice.password().await;
    alice.give(&page, &code).await.is(401);
    server.clock.advance(30);
    alice.give(&page, &alice.code()).await.is(303);
}

async fn recovery_code_signs_in_once(server: TestServer) {
    let alice = Careful::new(&server, "alice").await;
    let page = alice.password().await;
    alice.give(&page, &alice.recovery[3]).await.is(303);
    let page = alice.password().await;
    alice.give(&page, &alice.recovery[3]).await.is(401);
    assert!(alice.reader.read(PAGE).await.contains("9 recovery codes"));

    let code = alice.code();
    let renewal = [("present", PASSWORD), ("code", &code)];
    let renewed = alice.reader.post(&format!("{PAGE}/renew"), &renewal).await;
    let codes = recovery_codes(&renewed.is(200).text());
    alice.give(&page, &alice.recovery[4]).await.is(401);
    alice.give(&page, &codes[4]).await.is(303);
}

async fn ticket_ends_with_its_time_and_with_the_password(server: TestServer) {
    let alice = Careful::new(&server, "alice").await;
    let page = alice.password().await;
    server.clock.advance(301);
    let late = alice.give(&page, &alice.code()).await.is(401).text();
    assert!(late.contains("That took too long") && late.contains("name=\"password\""));
    alice
        .give("name=\"ticket\" value=\"x\"", &alice.code())
        .await
        .is(401);

    let page = alice.password().await;
    let code = alice.code();
    let fields = [
        ("present", PASSWORD),
        ("code", &code),
        ("password", "battery staple 9"),
        ("repeat", "battery staple 9"),
    ];
    alice.reader.submit("/main/account/password", &fields).await;
    server.clock.advance(30);
    let late = alice.give(&page, &alice.code()).await.is(401).text();
    assert!(late.contains("That took too long"));
}

async fn ticket_of_a_suspended_account_is_refused(server: TestServer) {
    let alice = Careful::new(&server, "alice").await;
    let page = alice.password().await;
    let operator = server.app.context(Caller::Server);
    let suspended = moderation::set_standing(&operator, "alice", Standing::Suspended, "spam");
    suspended.await.unwrap();
    let refused = alice.give(&page, &alice.code()).await.is(403);
    assert_eq!(refused.headers.get("set-cookie"), None);
}

async fn codes_are_tried_a_bounded_number_of_times(server: TestServer) {
    let alice = Careful::new(&server, "alice").await;
    let page = alice.password().await;
    let mut tries = 0;
    loop {
        let answer = alice.give(&page, "000000").await;
        if answer.status.as_u16() == 429 {
            assert!(!answer.header("retry-after").is_empty());
            break;
        }
        answer.is(401);
        tries += 1;
        assert!(tries <= 30, "it ends");
    }
    assert!(tries >= 5, "{tries}");
    alice.give(&page, &alice.code()).await.is(429);
}

async fn oauth_pages_ask_for_a_code(server: TestServer) {
    let alice = Careful::new(&server, "alice").await;
    let client = server.client().await;
    let asked = Request::post("/oauth/request_token");
    let asked = server.send(asked.by(&client).callback("oob")).await.is(200);
    let token = asked.parameter("oauth_token");
    let first = format!("/oauth/authorize?oauth_token={token}");
    let back = "https://app.example/cb";
    let registration = json!({
        "type": "client_associate", "application_type": "native", "application_name": "Test",
        "redirect_uris": back,
    });
    let registered = Request::post("/api/client/register").json(&registration);
    let registered = server.send(registered).await.ok();
    let second = form(&[
        ("response_type", "code"),
        ("client_id", registered["client_id"].as_str().unwrap()),
        ("redirect_uri", back),
        (
            "code_challenge",
            "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
        ),
        ("code_challenge_method", "S256"),
    ]);
    let second = format!("/oauth2/authc?{second}");
    for (target, button, status) in [(first, "authorize", 200), (second, "allow", 303)] {
        let mut browser = Browser::open(&server, &target).await;
        browser.sign_in("alice").await;
        assert!(!browser.page.contains(&format!("id=\"{button}\"")));
        let wrong = browser.post(&[("code", "000000")]);
        browser.page = server.send(wrong).await.is(401).text();
        let right = browser.post(&[("code", &alice.code())]);
        browser.page = server.send(right).await.is(200).text();
        assert!(browser.page.contains(&format!("id=\"{button}\"")));
        browser.press(button).await.is(status);
        server.clock.advance(30);
    }
}

async fn half_done_authorization_ends_with_the_set_up(server: TestServer) {
    server.account("alice").await;
    let client = server.client().await;
    let asked = Request::post("/oauth/request_token");
    let asked = server.send(asked.by(&client).callback("oob")).await.is(200);
    let token = asked.parameter("oauth_token");
    let target = format!("/oauth/authorize?oauth_token={token}");
    let mut browser = Browser::open(&server, &target).await;
    browser.sign_in("alice").await;
    assert!(browser.page.contains("id=\"authorize\""));
    Careful::of(&server, "alice").await;
    let refused = browser.press("authorize").await;
    assert!(refused.status.is_client_error(), "{refused:?}");
}

async fn account_is_changed_with_a_code_only(server: TestServer) {
    let session = server.person("alice").await;
    let alice = Careful::of(&server, "alice").await;
    let body = json!({ "nickname": "alice", "password": "battery staple 9" });
    session.put("/api/user/alice", &body).await.is(403);
    session.delete("/api/user/alice").await.is(403);
    let user = session.get("/api/user/alice").await.ok();
    assert!(!user.to_string().contains("factor"), "{user}");

    let reader = &alice.reader;
    let fields = [("present", PASSWORD), ("email", "a@h.example")];
    for place in [
        "/main/account/email",
        "/main/account/delete",
        &format!("{PAGE}/off"),
    ] {
        let refused = reader.post(place, &fields).await.is(403).text();
        assert!(refused.contains("That code is not right"), "{place}");
        assert!(refused.contains("one-time-code"), "{place}");
    }
    let code = alice.code();
    let fields = [("present", PASSWORD), ("code", &code)];
    let page = reader.submit(&format!("{PAGE}/off"), &fields).await;
    assert!(page.contains("Two-factor sign-in is off."));
    Reader::signed_in(&server, "alice", AGENT).await;
    session.put("/api/user/alice", &body).await.ok();
}

async fn recovery_by_mail_is_no_way_around_the_code(server: TestServer) {
    let mailing = server.mailing(|_| ());
    let session = mailing.alice().await;
    let alice = Careful::of(&mailing.server, "alice").await;
    let fields = [("nickname", "alice")];
    mailing
        .server
        .send(Request::post("/main/recover").form(&fields))
        .await
        .ok();
    let path = link(&mailing.one().await, "recover");
    let redeem = json!({ "code": code(&path) });
    let refused = Request::post("/main/redeem-code").json(&redeem);
    let client = session.two_legged();
    mailing
        .server
        .send(refused.by(&client.credentials))
        .await
        .is(403);

    let fields = [("password", PASSWORD)];
    let set = Request::post(&path).form(&fields);
    mailing.server.send(set).await.is(200);
    let page = alice.password().await;
    alice.give(&page, &alice.code()).await.is(303);
}
