//! Addresses where an account needs one.

use serde_json::json;

use super::{SUBJECT, alice, press, register, set_password, update, visit, whoami};
use crate::support::{Credentials, Request, TestServer, link};

on_every_backend!(
    api_is_blocked_until_a_required_address_is_confirmed,
    registration_without_a_required_address_is_refused,
    required_address_cannot_be_removed,
    new_password_keeps_a_required_unconfirmed_address,
);

async fn api_is_blocked_until_a_required_address_is_confirmed(server: TestServer) {
    let mailing = server.mailing(|settings| settings.registration.require_email = true);
    let alice = alice(&mailing).await;
    let words = "Can't use the API until you confirm your email address.";
    assert_eq!(whoami(&mailing, &alice).await.refused(403), words);
    let note = json!({ "object": { "objectType": "note", "content": "hi" } });
    let post = Request::post("/api/user/alice/feed").json(&note).by(&alice);
    assert_eq!(mailing.server.send(post).await.refused(403), words);
    let client = Credentials {
        token: None,
        ..alice.clone()
    };
    assert_eq!(whoami(&mailing, &client).await.ok()["nickname"], "alice");

    let mail = mailing.one().await;
    assert_eq!((&*mail.to, &*mail.subject), ("alice@b.example", SUBJECT));
    assert_eq!(mail.unsubscribe, None);
    let path = link(&mail, "confirm");
    // Programs that look at every link do not confirm anything.
    for _ in 0..2 {
        let page = visit(&mailing, &path).await.is(200);
        assert!(page.text().contains("alice@b.example") && page.text().contains("method=\"post\""));
        assert_eq!(
            (page.header("cache-control"), page.header("referrer-policy")),
            ("no-store", "no-referrer")
        );
    }
    whoami(&mailing, &alice).await.refused(403);
    press(&mailing, &path).await.is(200);
    assert_eq!(
        whoami(&mailing, &alice).await.ok()["email"],
        "alice@b.example"
    );
    for again in [visit(&mailing, &path).await, press(&mailing, &path).await] {
        assert!(again.is(400).text().contains("Already confirmed."));
    }
}

async fn registration_without_a_required_address_is_refused(server: TestServer) {
    let mailing = server.mailing(|settings| settings.registration.require_email = true);
    let client = mailing.server.client().await;
    for (email, words) in [
        (json!(null), "No email address"),
        (json!(""), "No email address"),
        (json!(5), "No email address"),
        (json!("nowhere"), "Invalid email address provided"),
        (json!("a b@c.example"), "Invalid email address provided"),
        (
            json!("a@b.example\r\nBcc: x@y.example"),
            "Invalid email address provided",
        ),
    ] {
        // The address is looked at before the name and the password are.
        let body = json!({ "nickname": "a b", "email": email });
        assert_eq!(register(&mailing, &client, &body).await.refused(400), words);
    }
    assert!(mailing.settle().await.is_empty());
}

async fn required_address_cannot_be_removed(server: TestServer) {
    let mailing = server.mailing(|settings| settings.registration.require_email = true);
    let alice = alice(&mailing).await;
    press(&mailing, &link(&mailing.one().await, "confirm"))
        .await
        .is(200);
    assert_eq!(
        update(&mailing, &alice, "").await.refused(400),
        "No email address"
    );
    assert_eq!(
        whoami(&mailing, &alice).await.ok()["email"],
        "alice@b.example"
    );
}

async fn new_password_keeps_a_required_unconfirmed_address(server: TestServer) {
    let mailing = server.mailing(|settings| settings.registration.require_email = true);
    let alice = alice(&mailing).await;
    let path = link(&mailing.one().await, "confirm");
    set_password(&mailing).await;
    press(&mailing, &path).await.is(200);
    assert_eq!(
        whoami(&mailing, &alice).await.ok()["email"],
        "alice@b.example"
    );
}
