//! `/main/register`.

use hydraulics::app::RegistrationMode;

use super::reader::Reader;
use crate::support::{Answer, PASSWORD, Request, TestServer};

on_every_backend!(
    registration_makes_an_account_and_signs_in,
    failed_registration_keeps_what_was_typed,
    closed_registration_is_refused,
    accounts_of_a_network_are_limited,
    member_who_registers_is_led_to_the_front_page,
);

async fn register(server: &TestServer, nickname: &str, password: &str, repeat: &str) -> Answer {
    let fields = [
        ("nickname", nickname),
        ("password", password),
        ("repeat", repeat),
    ];
    Reader::stranger(server)
        .post("/main/register", &fields)
        .await
}

async fn registration_makes_an_account_and_signs_in(server: TestServer) {
    let answer = register(&server, " alice ", PASSWORD, PASSWORD)
        .await
        .is(303);
    assert_eq!(answer.header("location"), "http://pump.example/");
    let cookie = answer.header("set-cookie").split(';').next().unwrap();
    let front = Request::get("/").header("cookie", cookie);
    let front = server.send(front).await.is(200).text();
    assert!(front.contains("<bdi>alice</bdi>"));
    Reader::signed_in(&server, "alice", "Another").await;
}

async fn failed_registration_keeps_what_was_typed(server: TestServer) {
    server.account("alice").await;
    let weak = "password1";
    for (nickname, password, repeat, status) in [
        ("alice", PASSWORD, PASSWORD, 409),
        ("bob", PASSWORD, "another 8 one", 400),
        ("bob", PASSWORD, "", 400),
        ("bob", weak, weak, 400),
        ("bob", "x", "x", 400),
        ("b b\"><script>alert(1)</script>", PASSWORD, PASSWORD, 400),
        ("api", PASSWORD, PASSWORD, 400),
        ("", PASSWORD, PASSWORD, 400),
    ] {
        let answer = register(&server, nickname, password, repeat).await;
        let answer = answer.is(status);
        assert_eq!(answer.header("set-cookie"), "");
        let text = answer.text();
        let escaped = nickname
            .replace('"', "&#34;")
            .replace('<', "&#60;")
            .replace('>', "&#62;");
        assert!(text.contains(&format!("value=\"{escaped}\"")), "{text}");
        assert_eq!(text.matches("role=\"alert\"").count(), 1);
        assert!(!text.contains(PASSWORD), "a password is never sent back");
    }
    register(&server, "bob\0", PASSWORD, PASSWORD).await.is(400);
}

async fn closed_registration_is_refused(server: TestServer) {
    let server = server.again(|settings| settings.registration.mode = RegistrationMode::Closed);
    register(&server, "alice", PASSWORD, PASSWORD).await.is(403);
    let answer = Reader::stranger(&server).open("/main/register").await;
    let text = answer.is(403).text();
    assert!(!text.contains("<form id=\"registration\""));
}

async fn accounts_of_a_network_are_limited(server: TestServer) {
    let server = server.again(|settings| settings.registration.per_network = 3);
    let register = async |nickname: &str, address: &str| {
        let fields = [
            ("nickname", nickname),
            ("password", PASSWORD),
            ("repeat", PASSWORD),
        ];
        let form = Request::post("/main/register").form(&fields).from(address);
        let form = Reader::stranger(&server).request(form);
        server.send(form).await
    };
    for nickname in ["a1", "a2", "a3"] {
        register(nickname, "192.0.2.1:1000").await.is(303);
    }
    let answer = register("a4", "192.0.2.1:1001").await.is(429);
    let text = answer.text();
    assert!(text.contains("value=\"a4\""), "what was typed is lost");
    register("a5", "198.51.100.1:1000").await.is(303);
    server.clock.advance(120);
    register("a4", "192.0.2.1:1001").await.is(303);
}

async fn member_who_registers_is_led_to_the_front_page(server: TestServer) {
    let reader = Reader::member(&server, "alice", "A browser").await;
    let answer = reader.open("/main/register").await.is(302);
    assert_eq!(answer.header("location"), "http://pump.example/");
}
