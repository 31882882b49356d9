//! Confirmation codes: validity, rate limits, and storage.

use serde_json::{Value, json};

use super::{SUBJECT, alice, press, update, visit, whoami};
use crate::support::{Request, TestServer, code, link};

on_every_backend!(
    registration_mails_are_rate_limited,
    wrong_and_expired_codes_get_an_error_page,
    code_confirms_only_the_address_it_was_sent_to,
    concurrent_confirmations_succeed_once,
    codes_are_stored_as_digests,
);

async fn registration_mails_are_rate_limited(server: TestServer) {
    let mailing = server.mailing(|_| ());
    let client = mailing.server.client().await;
    let made = async |peer: &str, body: &Value| {
        let request = Request::post("/api/users")
            .json(body)
            .by(&client)
            .from(peer);
        let answer = mailing.server.send(request).await;
        assert_eq!(
            answer.header("retry-after"),
            if answer.status == 429 { "120" } else { "" }
        );
        answer.status.as_u16()
    };
    let body = json!({ "nickname": "alice", "password": "bad", "email": "stranger@b.example" });
    for _ in 0..60 {
        assert_eq!(made("192.0.2.1:1", &body).await, 400);
    }
    assert_eq!(made("192.0.2.1:2", &body).await, 429);
    assert_eq!(made("192.0.2.2:1", &body).await, 400);
    mailing.server.clock.advance(120);
    assert_eq!(made("192.0.2.1:1", &body).await, 400);
}

async fn wrong_and_expired_codes_get_an_error_page(server: TestServer) {
    let mailing = server.mailing(|settings| settings.registration.require_email = true);
    let alice = alice(&mailing).await;
    let path = link(&mailing.one().await, "confirm");
    for wrong in [
        "/main/confirm/nonsense",
        "/main/confirm/%00",
        &path.replace("confirm", "recover"),
        &path.replace("confirm", "unsubscribe"),
    ] {
        for answer in [visit(&mailing, wrong).await, press(&mailing, wrong).await] {
            assert!(answer.status.is_client_error(), "{answer:?}");
        }
    }
    mailing.server.clock.advance(3 * 86_400 + 1);
    for answer in [visit(&mailing, &path).await, press(&mailing, &path).await] {
        assert!(answer.is(404).text().contains("has expired"));
    }
    whoami(&mailing, &alice).await.refused(403);

    // A person who lost the mail gets another one where they ask for a way in.
    let ask = Request::post("/main/recover").form(&[("nickname", "alice")]);
    assert_eq!(mailing.server.send(ask).await.ok(), json!({ "sent": true }));
    let mail = mailing.one().await;
    assert_eq!(mail.subject, SUBJECT);
    press(&mailing, &link(&mail, "confirm")).await.is(200);
    whoami(&mailing, &alice).await.ok();
}

async fn code_confirms_only_the_address_it_was_sent_to(server: TestServer) {
    let mailing = server.mailing(|_| ());
    let alice = alice(&mailing).await;
    let first = link(&mailing.one().await, "confirm");
    update(&mailing, &alice, "other@b.example").await.ok();
    assert!(
        press(&mailing, &first)
            .await
            .is(400)
            .text()
            .contains("another address")
    );
    // One stranger after the other is not written to, but the last one in the end.
    update(&mailing, &alice, "third@b.example").await.ok();
    assert!(mailing.settle().await.is_empty());
    mailing.server.clock.advance(600);
    let mail = mailing.one().await;
    assert_eq!(mail.to, "third@b.example");
    press(&mailing, &link(&mail, "confirm")).await.is(200);
    assert_eq!(
        whoami(&mailing, &alice).await.ok()["email"],
        "third@b.example"
    );
}

async fn concurrent_confirmations_succeed_once(server: TestServer) {
    let mailing = server.mailing(|_| ());
    alice(&mailing).await;
    let path = link(&mailing.one().await, "confirm");
    let (one, other) = tokio::join!(press(&mailing, &path), press(&mailing, &path));
    let mut statuses = [one.status.as_u16(), other.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 400]);
}

async fn codes_are_stored_as_digests(server: TestServer) {
    let mailing = server.mailing(|_| ());
    alice(&mailing).await;
    let path = link(&mailing.one().await, "confirm");
    let stored = mailing.server.app.storage();
    let user = hydraulics::model::Nickname::parse("alice").unwrap();
    let purpose = hydraulics::model::CodePurpose::Confirm;
    let kept = stored
        .find_newest_code(&user, purpose)
        .await
        .unwrap()
        .unwrap();
    assert_ne!(kept.digest.expose(), code(&path));
    assert!(stored.find_code(code(&path)).await.unwrap().is_none());
}
