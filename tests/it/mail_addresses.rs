//! Changes of email addresses, and the forms of addresses that are accepted.

use serde_json::{Value, json};

use crate::support::{Answer, Mailing, PASSWORD, Request, Session, TestServer, link, subjects};

async fn register(mailing: &Mailing, nickname: &str, email: &str) -> Answer {
    let client = mailing.server.client().await;
    let body = json!({ "nickname": nickname, "password": PASSWORD, "email": email });
    let request = Request::post("/api/users").json(&body).by(&client);
    mailing.server.send(request).await
}

async fn change(person: &Session, change: Value) -> Answer {
    let mut body = json!({ "nickname": person.nickname, "password": PASSWORD });
    let change = change.as_object().cloned().unwrap();
    body.as_object_mut().unwrap().extend(change);
    person
        .put(&format!("/api/user/{}", person.nickname), &body)
        .await
}

on_every_backend!(
    idn_address_is_stored_and_mailed_in_ascii,
    non_ascii_local_part_needs_smtputf8,
    address_change_needs_the_present_password,
    password_change_may_repeat_the_confirmed_address,
    new_password_drops_the_only_unconfirmed_address,
    address_given_without_mail_waits_until_a_new_password,
    partly_invalid_account_update_changes_nothing,
    address_changes_do_not_allow_password_guessing,
    password_changes_are_rate_limited,
    address_of_a_stranger_gets_few_mails,
    old_address_is_notified_once_of_many_changes,
    mistyped_required_address_can_be_corrected,
);

async fn idn_address_is_stored_and_mailed_in_ascii(server: TestServer) {
    let mailing = server.mailing(|_| ());
    register(&mailing, "alice", "alice@Bücher.example")
        .await
        .ok();
    let mail = mailing.one().await;
    assert_eq!(mail.to, "alice@xn--bcher-kva.example");
    mailing
        .server
        .send(Request::post(&link(&mail, "confirm")))
        .await
        .is(200);
    let ask = Request::post("/main/recover").form(&[("nickname", "alice")]);
    mailing.server.send(ask).await.ok();
    assert_eq!(mailing.one().await.to, "alice@xn--bcher-kva.example");
}

async fn non_ascii_local_part_needs_smtputf8(server: TestServer) {
    let mailing = server.mailing(|_| ());
    let alice = mailing.alice().await;
    let words = "Invalid email address provided";
    assert_eq!(
        register(&mailing, "bob", "élise@b.example")
            .await
            .refused(400),
        words
    );
    assert_eq!(
        change(&alice, json!({ "email": "élise@b.example" }))
            .await
            .refused(400),
        words
    );
    assert!(mailing.settle().await.is_empty());
    mailing.mailbox.take_unicode();
    change(&alice, json!({ "email": "élise@b.example" }))
        .await
        .ok();
    let mails = mailing.settle().await;
    assert!(
        mails.iter().any(|mail| mail.to == "élise@b.example"),
        "{:?}",
        subjects(&mails)
    );
    // Where there is no mail, none could ever go there.
    let client = server.client().await;
    let body = json!({ "nickname": "bob", "password": PASSWORD, "email": "élise@b.example" });
    let request = Request::post("/api/users").json(&body).by(&client);
    assert_eq!(server.send(request).await.refused(400), words);
}

async fn address_change_needs_the_present_password(server: TestServer) {
    let mailing = server.mailing(|_| ());
    let alice = mailing.alice().await;
    for (email, password) in [
        ("new@b.example", "a-mistyped-word-9"),
        ("", "a-mistyped-word-9"),
        ("new@b.example", ""),
    ] {
        let refusal = change(&alice, json!({ "email": email, "password": password }))
            .await
            .refused(400);
        assert!(
            refusal.contains("'password' must be the present one"),
            "{refusal}"
        );
    }
    assert!(mailing.signs_in(PASSWORD).await && !mailing.signs_in("a-mistyped-word-9").await);
    assert!(mailing.settle().await.is_empty());
    assert_eq!(
        alice.get("/api/user/alice").await.ok()["email"],
        "alice@b.example"
    );
    let changed = change(&alice, json!({ "email": "new@b.example" }))
        .await
        .ok();
    assert_eq!(changed["unconfirmedEmail"], "new@b.example");
    assert!(mailing.signs_in(PASSWORD).await);
}

async fn password_change_may_repeat_the_confirmed_address(server: TestServer) {
    let mailing = server.mailing(|_| ());
    let alice = mailing.alice().await;
    let new = "a-new-password-2";
    change(&alice, json!({ "password": new })).await.ok();
    assert!(mailing.signs_in(new).await);
    // Clients send back what they were shown, in whatever spelling it was given.
    for (email, password) in [
        ("alice@b.example", "another-one-3"),
        ("alice@B.EXAMPLE", "another-one-4"),
    ] {
        change(&alice, json!({ "password": password, "email": email }))
            .await
            .ok();
        assert!(mailing.signs_in(password).await, "{email}");
    }
    assert!(mailing.settle().await.is_empty());
}

async fn new_password_drops_the_only_unconfirmed_address(server: TestServer) {
    let mailing = server.mailing(|_| ());
    let alice = mailing.alice().await;
    // Someone who has the password takes her address away, and gives theirs.
    change(&alice, json!({ "email": null })).await.ok();
    change(&alice, json!({ "email": "evil@b.example" }))
        .await
        .ok();
    mailing.server.clock.advance(600);
    let mails = mailing.settle().await;
    let mail = mails
        .iter()
        .find(|mail| mail.to == "evil@b.example")
        .unwrap();
    let new = "a-new-password-2";
    // A client that sends back what it was shown must not keep that address.
    let shown = json!({ "email": "evil@b.example", "password": new });
    let refusal = change(&alice, shown).await.refused(400);
    assert!(
        refusal.contains("'password' must be the present one"),
        "{refusal}"
    );
    let changed = change(&alice, json!({ "password": new })).await.ok();
    assert_eq!(
        (changed.get("email"), changed.get("unconfirmedEmail")),
        (None, None)
    );
    mailing
        .server
        .send(Request::post(&link(mail, "confirm")))
        .await
        .is(400);
    let given = change(
        &alice,
        json!({ "email": "alice@b.example", "password": new }),
    )
    .await
    .ok();
    assert_eq!(given["unconfirmedEmail"], "alice@b.example");
}

async fn address_given_without_mail_waits_until_a_new_password(server: TestServer) {
    let alice = server.person("alice").await;
    server.set_email("alice", "alice@b.example").await;
    let given = change(&alice, json!({ "email": "other@b.example" }))
        .await
        .ok();
    assert_eq!(given["email"], "alice@b.example");
    assert_eq!(given["unconfirmedEmail"], "other@b.example");
    let changed = json!({ "nickname": "alice", "password": "a new one, and long" });
    let account = alice.put("/api/user/alice", &changed).await.ok();
    assert_eq!(account["email"], "alice@b.example");
    assert!(account.get("unconfirmedEmail").is_none(), "{account}");
}

async fn partly_invalid_account_update_changes_nothing(server: TestServer) {
    let mailing = server.mailing(|_| ());
    let alice = mailing.alice().await;
    // Neither is a password tried, nor a mail counted for the address.
    for password in [PASSWORD, "a-mistyped-word-9"] {
        let wrong = json!({ "email": "new@b.example", "password": password, "revoke": "yes" });
        for _ in 0..3 {
            assert!(
                change(&alice, wrong.clone())
                    .await
                    .refused(400)
                    .contains("'revoke'")
            );
        }
    }
    change(&alice, json!({ "email": "new@b.example" }))
        .await
        .ok();
}

async fn address_changes_do_not_allow_password_guessing(server: TestServer) {
    let mailing = server.mailing(|_| ());
    let alice = mailing.alice().await;
    let wrong = json!({ "email": "new@b.example", "password": "a-mistyped-word-9" });
    for _ in 0..20 {
        change(&alice, wrong.clone()).await.refused(400);
    }
    let answer = change(&alice, json!({ "email": "new@b.example" }))
        .await
        .is(429);
    assert_eq!(answer.header("retry-after"), "60");
    change(&alice, json!({})).await.ok();
    mailing.server.clock.advance(60);
    change(&alice, json!({ "email": "new@b.example" }))
        .await
        .ok();
}

async fn password_changes_are_rate_limited(server: TestServer) {
    let mailing = server.mailing(|_| ());
    let alice = mailing.alice().await;
    for _ in 0..20 {
        change(&alice, json!({})).await.ok();
    }
    let answer = change(&alice, json!({})).await.is(429);
    assert_eq!(answer.header("retry-after"), "6");
    let bob = mailing.server.person("bob").await;
    change(&bob, json!({})).await.ok();
    mailing.server.clock.advance(6);
    change(&alice, json!({})).await.ok();
}

async fn address_of_a_stranger_gets_few_mails(server: TestServer) {
    let mailing = server.mailing(|_| ());
    let stranger = "stranger@b.example";
    for name in ["u1", "u2"] {
        register(&mailing, name, stranger).await.ok();
    }
    let bob = mailing.server.person("bob").await;
    change(&bob, json!({ "email": stranger })).await.ok();
    let refused = register(&mailing, "u3", stranger).await;
    assert_eq!(refused.header("retry-after"), "3600");
    assert!(refused.refused(429).contains("this address"));
    let carol = mailing.server.person("carol").await;
    change(&carol, json!({ "email": "Stranger@b.example" }))
        .await
        .is(429);
    assert_eq!(
        mailing
            .settle()
            .await
            .iter()
            .filter(|mail| mail.to == stranger)
            .count(),
        3
    );
    mailing.server.clock.advance(3600);
    register(&mailing, "u3", stranger).await.ok();
    mailing.server.clock.advance(600);
    assert_eq!(
        mailing
            .settle()
            .await
            .iter()
            .filter(|mail| mail.to == stranger)
            .count(),
        1
    );
}

async fn old_address_is_notified_once_of_many_changes(server: TestServer) {
    let mailing = server.mailing(|_| ());
    let alice = mailing.alice().await;
    for number in 0..5 {
        change(&alice, json!({ "email": format!("new{number}@b.example") }))
            .await
            .ok();
        let sent = mailing.settle().await.len();
        assert_eq!(sent, if number == 0 { 2 } else { 0 }, "{number}");
    }
    mailing.server.clock.advance(600);
    let mut mails = mailing.settle().await;
    mails.sort_by(|a, b| a.to.cmp(&b.to));
    let to: Vec<&str> = mails.iter().map(|mail| &*mail.to).collect();
    assert_eq!(to, ["alice@b.example", "new4@b.example"]);
}

async fn mistyped_required_address_can_be_corrected(server: TestServer) {
    let before = server.mailing(|_| ());
    let client = before.server.client().await;
    let body = json!({ "nickname": "alice", "password": PASSWORD, "email": "alcie@b.example" });
    let request = Request::post("/api/users").json(&body).by(&client);
    let user = before.server.send(request).await.ok();
    before.settle().await;
    let mailing = server.mailing(|settings| settings.registration.require_email = true);
    let text = |key: &str| user[key].as_str().unwrap();
    let alice = Session {
        server: mailing.server.clone(),
        nickname: "alice".into(),
        credentials: client.with_token(text("token"), text("secret")),
    };

    let words = "Can't use the API until you confirm your email address.";
    assert_eq!(alice.get("/api/user/alice").await.refused(403), words);
    assert_eq!(
        change(&alice, json!({ "settings": 1 })).await.refused(403),
        words
    );
    assert_eq!(
        change(&alice, json!({ "email": "alcie@b.example" }))
            .await
            .refused(403),
        words
    );
    assert_eq!(
        change(&alice, json!({ "email": "" })).await.refused(403),
        words
    );
    let wrong = json!({ "email": "alice@b.example", "password": "a-mistyped-word-9" });
    change(&alice, wrong).await.refused(400);
    let changed = change(&alice, json!({ "email": "alice@b.example" }))
        .await
        .ok();
    assert_eq!(changed["unconfirmedEmail"], "alice@b.example");
    mailing.server.clock.advance(600);
    let mail = mailing.one().await;
    assert_eq!(mail.to, "alice@b.example");
    assert_eq!(
        alice.get("/api/user/alice").await.refused(403),
        words,
        "only her answer opens it"
    );
    mailing
        .server
        .send(Request::post(&link(&mail, "confirm")))
        .await
        .is(200);
    assert_eq!(
        alice.get("/api/user/alice").await.ok()["email"],
        "alice@b.example"
    );
}
