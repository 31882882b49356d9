//! Account recovery by mail (pump-api 6.6).

use serde_json::json;

use crate::support::{Answer, Mailing, PASSWORD, Request, Session, TestServer, code, link};

const NEW: &str = "a-new-password-2";

async fn ask(mailing: &Mailing, fields: &[(&str, &str)]) -> Answer {
    let request = Request::post("/main/recover").form(fields);
    mailing.server.send(request).await
}

async fn set(mailing: &Mailing, path: &str, password: &str) -> Answer {
    let request = Request::post(path).form(&[("password", password)]);
    mailing.server.send(request).await
}

async fn redeem(mailing: &Mailing, client: &Session, code: &str) -> Answer {
    let request = Request::post("/main/redeem-code").json(&json!({ "code": code }));
    let client = client.two_legged();
    mailing.server.send(request.by(&client.credentials)).await
}

on_every_backend!(
    defect_15_repeated_recovery_request_gets_known_error,
    recovery_link_works_once_and_revokes_all_tokens,
    recovery_code_gives_a_token_once,
    defect_15_expired_or_foreign_recovery_codes_fail,
    unconfirmed_address_cannot_recover_an_account,
    recovery_requests_are_rate_limited,
    recovery_page_works_without_scripts,
);

async fn defect_15_repeated_recovery_request_gets_known_error(server: TestServer) {
    let mailing = server.mailing(|_| ());
    mailing.alice().await;
    mailing.server.person("bob").await;
    assert_eq!(
        ask(&mailing, &[("nickname", "alice")]).await.ok(),
        json!({ "sent": true })
    );
    for (nickname, status, answer) in [
        (
            "nobody",
            400,
            json!({
                "sent": false,
                "noSuchUser": true,
                "error": "There is no user with that nickname.",
            }),
        ),
        (
            "a b",
            400,
            json!({
                "sent": false,
                "noSuchUser": true,
                "error": "There is no user with that nickname.",
            }),
        ),
        (
            "bob",
            400,
            json!({
                "sent": false,
                "noEmail": true,
                "error": "This user account has no email address.",
            }),
        ),
        (
            "alice",
            409,
            json!({
                "sent": false,
                "existing": true,
                "error": "You already requested a password recovery.",
            }),
        ),
    ] {
        assert_eq!(
            ask(&mailing, &[("nickname", nickname)])
                .await
                .is(status)
                .json(),
            answer
        );
    }
    let mail = mailing.one().await;
    assert_eq!(
        (&*mail.to, &*mail.subject),
        ("alice@b.example", "Recover your account at Hydraulics")
    );
    // It is as recent once it is sent, until some time has gone by.
    let again = Request::post("/main/recover").json(&json!({ "nickname": "alice" }));
    mailing.server.send(again.clone()).await.is(409);
    let forced =
        Request::post("/main/recover").json(&json!({ "nickname": "alice", "force": true }));
    assert_eq!(
        mailing.server.send(forced).await.ok(),
        json!({ "sent": true })
    );
    mailing.one().await;
    mailing.server.clock.advance(1201);
    mailing.server.send(again).await.ok();
    mailing.one().await;
}

async fn recovery_link_works_once_and_revokes_all_tokens(server: TestServer) {
    let mailing = server.mailing(|_| ());
    let alice = mailing.alice().await;
    ask(&mailing, &[("nickname", "alice")]).await.ok();
    let first = link(&mailing.one().await, "recover");
    ask(&mailing, &[("nickname", "alice"), ("force", "true")])
        .await
        .ok();
    let path = link(&mailing.one().await, "recover");
    let page = mailing.server.send(Request::get(&path)).await.is(200);
    assert!(page.text().contains("alice") && page.text().contains("name=\"password\""));
    assert!(
        set(&mailing, &path, "password1")
            .await
            .is(400)
            .text()
            .contains("role=\"alert\"")
    );
    alice.get("/api/whoami").await.is(302);
    assert!(
        set(&mailing, &path, NEW)
            .await
            .is(200)
            .text()
            .contains("let in again")
    );
    assert!(mailing.signs_in(NEW).await && !mailing.signs_in(PASSWORD).await);
    alice.get("/api/whoami").await.is(400);
    for used in [&first, &path] {
        let again = set(&mailing, used, "another-password-3").await.is(400);
        assert!(
            again
                .text()
                .contains("This recovery code was already used.")
        );
        mailing.server.send(Request::get(used)).await.is(400);
    }
    assert!(mailing.signs_in(NEW).await);
}

async fn recovery_code_gives_a_token_once(server: TestServer) {
    let mailing = server.mailing(|_| ());
    let alice = mailing.alice().await;
    let bob = mailing.server.person("bob").await;
    ask(&mailing, &[("nickname", "alice")]).await.ok();
    let path = link(&mailing.one().await, "recover");
    assert!(
        redeem(&mailing, &bob, "nonsense")
            .await
            .refused(404)
            .contains("not known")
    );
    redeem(&mailing, &bob, "").await.refused(404);
    let unsigned = Request::post("/main/redeem-code").json(&json!({ "code": code(&path) }));
    assert!(mailing.server.send(unsigned).await.status.is_client_error());
    let (one, other) = tokio::join!(
        redeem(&mailing, &bob, code(&path)),
        redeem(&mailing, &bob, code(&path))
    );
    let (good, bad) = if one.status == 200 {
        (one, other)
    } else {
        (other, one)
    };
    assert_eq!(bad.refused(400), "This recovery code was already used.");
    let user = good.ok();
    assert_eq!(user["nickname"], "alice");
    assert!(user.get("password").is_none() && user.get("passwordHash").is_none());
    let token = |key: &str| user[key].as_str().unwrap().to_owned();
    let credentials = bob
        .credentials
        .with_token(&token("token"), &token("secret"));
    let seen = mailing
        .server
        .send(Request::get("/api/user/alice").by(&credentials))
        .await
        .ok();
    assert_eq!(seen["email"], "alice@b.example");
    alice.get("/api/whoami").await.is(302);
}

async fn defect_15_expired_or_foreign_recovery_codes_fail(server: TestServer) {
    let mailing = server.mailing(|_| ());
    let alice = mailing.alice().await;
    ask(&mailing, &[("nickname", "alice")]).await.ok();
    let path = link(&mailing.one().await, "recover");
    mailing.server.set_email("alice", "new@b.example").await;
    assert!(
        set(&mailing, &path, NEW)
            .await
            .is(400)
            .text()
            .contains("The account has another address by now.")
    );
    redeem(&mailing, &alice, code(&path)).await.refused(400);
    mailing.server.set_email("alice", "alice@b.example").await;
    mailing.server.clock.advance(3601);
    assert!(
        set(&mailing, &path, NEW)
            .await
            .is(404)
            .text()
            .contains("has expired")
    );
    redeem(&mailing, &alice, code(&path)).await.refused(404);
    assert!(mailing.signs_in(PASSWORD).await);
}

async fn unconfirmed_address_cannot_recover_an_account(server: TestServer) {
    let mailing = server.mailing(|_| ());
    let alice = mailing.server.person("alice").await;
    let change = json!({ "nickname": "alice", "password": PASSWORD, "email": "mallory@b.example" });
    alice.put("/api/user/alice", &change).await.ok();
    mailing.one().await;
    assert_eq!(
        ask(&mailing, &[("nickname", "alice")]).await.is(400).json()["noEmail"],
        true
    );
}

async fn recovery_requests_are_rate_limited(server: TestServer) {
    let mailing = server.mailing(|_| ());
    mailing.alice().await;
    let from = async |peer: &str, nickname: &str| {
        let request =
            Request::post("/main/recover").form(&[("nickname", nickname), ("force", "true")]);
        let answer = mailing.server.send(request.from(peer)).await;
        (
            answer.status.as_u16(),
            answer.header("retry-after").to_owned(),
        )
    };
    let mut statuses = Vec::new();
    for host in 1..=7 {
        statuses.push(from(&format!("192.0.2.{host}:1"), "alice").await.0);
    }
    assert_eq!(
        statuses,
        [200, 200, 200, 409, 409, 409, 409],
        "one name from many addresses"
    );
    for number in 0..10 {
        assert_eq!(from("192.0.2.9:1", &format!("n{number}")).await.0, 400);
    }
    assert_eq!(
        from("192.0.2.9:1", "n10").await,
        (429, "60".into()),
        "many names from one address"
    );
    assert_eq!(from("192.0.2.10:1", "n10").await.0, 400);
    let owner = from("192.0.2.10:1", "alice").await;
    assert_eq!(owner, (409, String::new()), "nobody closes it for her");
    mailing.server.clock.advance(3600);
    assert_eq!(from("192.0.2.10:1", "alice").await.0, 200);
}

async fn recovery_page_works_without_scripts(server: TestServer) {
    let mailing = server.mailing(|_| ());
    mailing.alice().await;
    let page = mailing
        .server
        .send(Request::get("/main/recover"))
        .await
        .is(200)
        .text();
    assert!(page.contains("action=\"/main/recover\""));
    assert!(
        !page.contains("<script>"),
        "no script but the file of all pages"
    );
    let post = |nickname| {
        Request::post("/main/recover")
            .form(&[("nickname", nickname)])
            .header("accept", "text/html,*/*;q=0.8")
    };
    let refused = mailing.server.send(post("nobody")).await.is(400).text();
    assert!(refused.contains("There is no user with that nickname.") && refused.contains("<form"));
    let sent = mailing.server.send(post("alice")).await.is(200).text();
    assert!(sent.contains("on its way"));
    mailing.one().await;
}
