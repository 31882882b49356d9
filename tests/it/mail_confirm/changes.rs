//! Optional addresses, their changes, and new passwords meanwhile.

use serde_json::json;

use super::{GOOD, SUBJECT, alice, press, set_password, update, whoami};
use crate::support::{Request, TestServer, link, subjects};

on_every_backend!(
    optional_address_is_confirmed_without_blocking,
    address_change_needs_confirmation_and_notifies_the_old,
    new_password_drops_an_unconfirmed_address,
    recovery_drops_an_address_whose_mail_is_due,
    addresses_are_stored_where_no_mail_is_sent,
);

async fn optional_address_is_confirmed_without_blocking(server: TestServer) {
    let mailing = server.mailing(|_| ());
    let alice = alice(&mailing).await;
    let seen = whoami(&mailing, &alice).await.ok();
    assert_eq!(
        (&seen["email"], &seen["unconfirmedEmail"]),
        (&json!("alice@b.example"), &json!("alice@b.example"))
    );
    press(&mailing, &link(&mailing.one().await, "confirm"))
        .await
        .is(200);
    let seen = whoami(&mailing, &alice).await.ok();
    assert_eq!(
        (&seen["email"], seen.get("unconfirmedEmail")),
        (&json!("alice@b.example"), None)
    );
    let bob = mailing.server.person("bob").await;
    let seen = bob.get("/api/user/alice").await.ok();
    assert!(!seen.to_string().contains("b.example"));
}

async fn address_change_needs_confirmation_and_notifies_the_old(server: TestServer) {
    let mailing = server.mailing(|_| ());
    let alice = alice(&mailing).await;
    press(&mailing, &link(&mailing.one().await, "confirm"))
        .await
        .is(200);
    let seen = update(&mailing, &alice, "new@b.example").await.ok();
    assert_eq!(
        (&seen["email"], &seen["unconfirmedEmail"]),
        (&json!("alice@b.example"), &json!("new@b.example"))
    );
    let mut mails = mailing.settle().await;
    mails.sort_by(|a, b| a.to.cmp(&b.to));
    assert_eq!(
        subjects(&mails),
        [
            (
                "alice@b.example",
                "The email address of your account at Hydraulics"
            ),
            ("new@b.example", SUBJECT),
        ]
    );
    assert!(
        !mails[0].text.contains("/main/"),
        "the old address can't confirm the new one"
    );
    press(&mailing, &link(&mails[1], "confirm")).await.is(200);
    let seen = whoami(&mailing, &alice).await.ok();
    assert_eq!(
        (&seen["email"], seen.get("unconfirmedEmail")),
        (&json!("new@b.example"), None)
    );
    // A client that sends back what it was shown changes nothing.
    update(&mailing, &alice, "new@b.example").await.ok();
    assert!(mailing.settle().await.is_empty());
}

async fn new_password_drops_an_unconfirmed_address(server: TestServer) {
    let mailing = server.mailing(|_| ());
    let alice = alice(&mailing).await;
    press(&mailing, &link(&mailing.one().await, "confirm"))
        .await
        .is(200);
    for by_operator in [true, false] {
        mailing.server.clock.advance(600);
        update(&mailing, &alice, "evil@b.example").await.ok();
        let mails = mailing.settle().await;
        let mail = mails
            .iter()
            .find(|mail| mail.to == "evil@b.example")
            .unwrap();
        let path = link(mail, "confirm");
        // A client that names the address anew wants it.
        update(&mailing, &alice, "evil@b.example").await.ok();
        assert_eq!(
            whoami(&mailing, &alice).await.ok()["unconfirmedEmail"],
            "evil@b.example"
        );
        if by_operator {
            set_password(&mailing).await;
        } else {
            let body = json!({ "nickname": "alice", "password": GOOD });
            let request = Request::new("PUT", "/api/user/alice").json(&body);
            mailing.server.send(request.by(&alice)).await.ok();
        }
        press(&mailing, &path).await.is(400);
        let seen = whoami(&mailing, &alice).await.ok();
        assert_eq!(seen["email"], "alice@b.example");
        assert_eq!(seen.get("unconfirmedEmail"), None);
    }
}

async fn recovery_drops_an_address_whose_mail_is_due(server: TestServer) {
    let mailing = server.mailing(|_| ());
    let alice = alice(&mailing).await;
    press(&mailing, &link(&mailing.one().await, "confirm"))
        .await
        .is(200);
    update(&mailing, &alice, "one@b.example").await.ok();
    mailing.settle().await;
    // The question waits until ten minutes are over.
    update(&mailing, &alice, "evil@b.example").await.ok();
    let ask = Request::post("/main/recover").form(&[("nickname", "alice")]);
    mailing.server.send(ask).await.ok();
    let path = link(&mailing.one().await, "recover");
    let set = Request::post(&path).form(&[("password", "another-password-2")]);
    mailing.server.send(set).await.is(200);
    mailing.server.clock.advance(600);
    let mails = mailing.settle().await;
    assert!(
        mails.iter().all(|mail| mail.to != "evil@b.example"),
        "{:?}",
        subjects(&mails)
    );
}

async fn addresses_are_stored_where_no_mail_is_sent(server: TestServer) {
    let client = server.client().await;
    let body = json!({ "nickname": "alice", "password": GOOD, "email": "alice@b.example" });
    let user = server
        .send(Request::post("/api/users").json(&body).by(&client))
        .await
        .ok();
    let alice = client.with_token(
        user["token"].as_str().unwrap(),
        user["secret"].as_str().unwrap(),
    );
    let bob = server.person("bob").await;
    bob.note(
        "hi",
        json!({ "to": [{ "objectType": "person", "id": "acct:alice@pump.example" }] }),
    )
    .await;
    let change = json!({ "nickname": "alice", "password": GOOD, "email": "new@b.example" });
    let request = Request::new("PUT", "/api/user/alice")
        .json(&change)
        .by(&alice);
    assert_eq!(server.send(request).await.ok()["email"], "new@b.example");
    for path in [
        "/main/recover",
        "/main/recover/x",
        "/main/confirm/x",
        "/main/unsubscribe/x",
    ] {
        server.send(Request::get(path)).await.is(404);
    }
    let ask = Request::post("/main/recover").form(&[("nickname", "alice")]);
    assert!(
        server
            .send(ask)
            .await
            .refused(404)
            .contains("sends no mail")
    );
}
