//! Whether an address is someone's own (pump-api 6.5).

use hydraulics::{
    model::{Nickname, Secret},
    service::{accounts, mail::recover},
};
use serde_json::{Value, json};

use crate::support::{Answer, Credentials, Mailing, Request, TestServer, code, link, subjects};

const GOOD: &str = "a-good-password-1";
const SUBJECT: &str = "Confirm your email address for Hydraulics";

async fn register(mailing: &Mailing, client: &Credentials, body: &Value) -> Answer {
    let request = Request::post("/api/users").json(body).by(client);
    mailing.server.send(request).await
}

/// Registers alice with an address, and returns what she signs with.
async fn alice(mailing: &Mailing) -> Credentials {
    let client = mailing.server.client().await;
    let body = json!({ "nickname": "alice", "password": GOOD, "email": "alice@b.example" });
    let user = register(mailing, &client, &body).await.ok();
    assert!(user.get("email").is_none() && user.get("unconfirmedEmail").is_none());
    client.with_token(
        user["token"].as_str().unwrap(),
        user["secret"].as_str().unwrap(),
    )
}

async fn whoami(mailing: &Mailing, alice: &Credentials) -> Answer {
    let request = Request::get("/api/user/alice").by(alice);
    mailing.server.send(request).await
}

async fn update(mailing: &Mailing, alice: &Credentials, email: &str) -> Answer {
    let body = json!({ "nickname": "alice", "password": GOOD, "email": email });
    let request = Request::new("PUT", "/api/user/alice").json(&body);
    mailing.server.send(request.by(alice)).await
}

/// Sets the password of alice as the operator.
async fn set_password(mailing: &Mailing) {
    let (ctx, alice) = (mailing.server.ctx(), Nickname::parse("alice").unwrap());
    let password = Secret::new(GOOD);
    accounts::set_password(&ctx, &alice, &password)
        .await
        .unwrap();
}

async fn visit(mailing: &Mailing, path: &str) -> Answer {
    mailing.server.send(Request::get(path)).await
}

async fn press(mailing: &Mailing, path: &str) -> Answer {
    mailing.server.send(Request::post(path)).await
}

on_every_backend!(
    nothing_can_be_done_before_a_needed_address_is_confirmed,
    an_account_that_needs_an_address_is_not_made_without_one,
    registration_mails_are_rate_limited,
    required_address_cannot_be_removed,
    codes_that_are_wrong_or_too_old_are_pages_that_say_so,
    optional_address_is_confirmed_without_blocking,
    address_change_needs_confirmation_and_notifies_the_old,
    a_code_is_for_the_address_it_was_sent_to,
    a_new_password_drops_an_address_that_waits,
    a_recovery_drops_an_address_whose_mail_is_due,
    a_new_password_leaves_the_only_address_where_one_is_needed,
    concurrent_confirmations_succeed_once,
    the_code_itself_is_not_stored,
    without_mail_addresses_are_kept_and_nothing_breaks,
);

async fn nothing_can_be_done_before_a_needed_address_is_confirmed(server: TestServer) {
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

async fn an_account_that_needs_an_address_is_not_made_without_one(server: TestServer) {
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

async fn codes_that_are_wrong_or_too_old_are_pages_that_say_so(server: TestServer) {
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

    // Whoever lost the mail gets another one where they ask for a way in.
    let ask = Request::post("/main/recover").form(&[("nickname", "alice")]);
    assert_eq!(mailing.server.send(ask).await.ok(), json!({ "sent": true }));
    let mail = mailing.one().await;
    assert_eq!(mail.subject, SUBJECT);
    press(&mailing, &link(&mail, "confirm")).await.is(200);
    whoami(&mailing, &alice).await.ok();
}

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

async fn a_code_is_for_the_address_it_was_sent_to(server: TestServer) {
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

async fn a_new_password_drops_an_address_that_waits(server: TestServer) {
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

async fn a_recovery_drops_an_address_whose_mail_is_due(server: TestServer) {
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
    let ctx = mailing.server.ctx();
    recover::set_password(&ctx, code(&path), "another-password-2")
        .await
        .unwrap();
    mailing.server.clock.advance(600);
    let mails = mailing.settle().await;
    assert!(
        mails.iter().all(|mail| mail.to != "evil@b.example"),
        "{:?}",
        subjects(&mails)
    );
}

async fn a_new_password_leaves_the_only_address_where_one_is_needed(server: TestServer) {
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

async fn concurrent_confirmations_succeed_once(server: TestServer) {
    let mailing = server.mailing(|_| ());
    alice(&mailing).await;
    let path = link(&mailing.one().await, "confirm");
    let (one, other) = tokio::join!(press(&mailing, &path), press(&mailing, &path));
    let mut statuses = [one.status.as_u16(), other.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 400]);
}

async fn the_code_itself_is_not_stored(server: TestServer) {
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

async fn without_mail_addresses_are_kept_and_nothing_breaks(server: TestServer) {
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
