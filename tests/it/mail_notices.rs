//! Notifications by mail (pump-api 14.4).

use hydraulics::{model::Nickname, service::accounts};
use serde_json::{Value, json};

use crate::support::{Mailing, Request, Session, TestServer, link, public, subjects};

/// A server that sends mail, and alice, bob and carol, whose addresses it knows.
async fn people(server: &TestServer) -> (Mailing, [Session; 3]) {
    let mailing = server.mailing(|_| ());
    let mut sessions = Vec::new();
    for name in ["alice", "bob", "carol"] {
        sessions.push(mailing.server.person(name).await);
        let address = format!("{name}@b.example");
        mailing.server.set_email(name, &address).await;
    }
    let Ok(sessions) = sessions.try_into() else {
        unreachable!()
    };
    (mailing, sessions)
}

on_every_backend!(
    only_direct_recipients_are_notified,
    optional_notifications_are_sent_if_enabled,
    deleted_or_hidden_objects_are_not_mailed,
    hidden_object_is_mailed_without_its_title,
    notification_settings_are_private_to_their_owner,
    every_notification_has_an_unsubscribe_link,
    long_and_unusual_names_do_not_break_a_mail,
);

async fn only_direct_recipients_are_notified(server: TestServer) {
    let (mailing, [alice, bob, carol]) = people(&server).await;
    let dave = mailing.server.person("dave").await;
    let content = "Hello <b>you</b> &amp; all<br>second line<script>x</script>";
    let recipients = json!({
        "to": [bob.person(), alice.person(), dave.person()],
        "bto": [carol.person()],
        "cc": [public()],
    });
    alice.note(content, recipients).await;
    let mut mails = mailing.settle().await;
    mails.sort_by(|a, b| a.to.cmp(&b.to));
    let subject = "Activity notification: “alice” posted a note";
    assert_eq!(
        subjects(&mails),
        [("bob@b.example", subject), ("carol@b.example", subject)]
    );
    for mail in &mails {
        assert!(
            mail.text.contains("> Hello you & all\n> second line\n"),
            "{}",
            mail.text
        );
        assert!(
            mail.html.contains("Hello you &#38; all\nsecond line") && !mail.html.contains("<b>"),
            "{}",
            mail.html
        );
        assert!(
            !mail.text.contains("carol@") || mail.to.starts_with("carol"),
            "who was told in secret stays secret"
        );
        assert!(
            !mail.text.contains("See it"),
            "there is no page: {}",
            mail.text
        );
        assert!(!mail.html.contains("/activity/"), "{}", mail.html);
    }
    // A public post is no news by mail.
    alice
        .note("hi all", json!({ "to": [public()], "cc": [bob.person()] }))
        .await;
    assert!(mailing.settle().await.is_empty());
}

async fn optional_notifications_are_sent_if_enabled(server: TestServer) {
    let (mailing, [alice, bob, _]) = people(&server).await;
    let told = async |alice: &Session, bob: &Session| {
        let note = alice.note("a note", json!({ "to": [public()] })).await;
        let note = json!({ "objectType": "note", "id": note["id"] });
        let me = alice.person();
        let reply = json!({ "objectType": "comment", "content": "a comment", "inReplyTo": note });
        for activity in [
            json!({ "verb": "follow", "object": me }),
            json!({ "verb": "favorite", "object": note }),
            json!({ "verb": "share", "object": note }),
            json!({ "verb": "post", "object": reply }),
            json!({ "verb": "unfavorite", "object": note }),
            json!({ "verb": "unshare", "object": note }),
            json!({ "verb": "stop-following", "object": me }),
        ] {
            bob.done(&activity).await;
        }
        let mut mails = mailing.settle().await;
        mails.sort_by(|a, b| a.subject.cmp(&b.subject));
        mails
    };
    assert!(
        told(&alice, &bob).await.is_empty(),
        "nobody asked for these"
    );
    alice.enable_notifications().await;
    let mails = told(&alice, &bob).await;
    let start = "Activity notification: “bob”";
    let wanted = [
        "favorited a note",
        "followed “alice”",
        "posted a comment in reply to a note",
        "shared a note",
    ];
    let wanted = wanted.map(|what| ("alice@b.example".to_owned(), format!("{start} {what}")));
    let found: Vec<_> = mails
        .iter()
        .map(|mail| (mail.to.clone(), mail.subject.clone()))
        .collect();
    assert_eq!(found, wanted);
    assert!(mails[2].text.contains("> a comment\n") && !mails[0].text.contains("> "));
    // One knows of one's own activities.
    let note = alice.note("mine", json!({ "to": [alice.person()] })).await;
    alice
        .done(&json!({ "verb": "favorite", "object": { "objectType": "note", "id": note["id"] } }))
        .await;
    assert!(mailing.settle().await.is_empty());
}

async fn deleted_or_hidden_objects_are_not_mailed(server: TestServer) {
    let (mailing, [alice, bob, _]) = people(&server).await;
    let note = alice
        .note("a secret", json!({ "to": [bob.person()] }))
        .await;
    alice.delete(note["id"].as_str().unwrap()).await.is(200);
    for mail in mailing.settle().await {
        assert!(!mail.text.contains("a secret") && !mail.html.contains("a secret"));
    }
    // A person who went away, or has had enough, gets no mail.
    alice.note("late", json!({ "to": [bob.person()] })).await;
    bob.put("/api/user/bob/notifications", &json!({ "direct": false }))
        .await
        .ok();
    assert!(mailing.settle().await.is_empty());
    bob.put("/api/user/bob/notifications", &json!({ "direct": true }))
        .await
        .ok();
    alice.note("later", json!({ "to": [bob.person()] })).await;
    accounts::remove(&mailing.server.ctx(), &Nickname::parse("bob").unwrap())
        .await
        .unwrap();
    assert!(mailing.settle().await.is_empty());
}

async fn hidden_object_is_mailed_without_its_title(server: TestServer) {
    let (mailing, [alice, bob, carol]) = people(&server).await;
    let titled = async |title: &str| {
        let note = json!({ "objectType": "note", "displayName": title, "content": "x" });
        alice
            .done(&json!({ "object": note, "to": [public()] }))
            .await
    };
    let (narrowed, deleted, answered) = (
        titled("Plan One").await,
        titled("Plan Two").await,
        titled("Plan Three").await,
    );
    let named = |post: &Value| json!({ "objectType": "note", "id": post["object"]["id"] });
    for post in [&narrowed, &deleted] {
        carol
            .done(&json!({ "verb": "share", "object": named(post), "to": [bob.person()] }))
            .await;
    }
    let comment =
        json!({ "objectType": "comment", "content": "yes", "inReplyTo": named(&answered) });
    carol
        .done(&json!({ "object": comment, "to": [bob.person()] }))
        .await;
    for post in [&narrowed, &answered] {
        alice
            .put(
                post["id"].as_str().unwrap(),
                &json!({ "to": [alice.person()] }),
            )
            .await
            .ok();
    }
    alice
        .delete(deleted["object"]["id"].as_str().unwrap())
        .await
        .is(200);
    let mut mails = mailing.settle().await;
    mails.retain(|mail| mail.to == "bob@b.example");
    mails.sort_by(|a, b| a.subject.cmp(&b.subject));
    let told = "Activity notification: “carol”";
    let wanted = [
        format!("{told} posted a comment in reply to a note"),
        format!("{told} shared a note"),
        format!("{told} shared a note"),
    ];
    assert_eq!(
        mails
            .iter()
            .map(|mail| mail.subject.clone())
            .collect::<Vec<_>>(),
        wanted
    );
    for mail in &mails {
        assert!(
            !mail.text.contains("Plan") && !mail.html.contains("Plan"),
            "{}",
            mail.text
        );
    }
}

async fn notification_settings_are_private_to_their_owner(server: TestServer) {
    let (_, [alice, bob, _]) = people(&server).await;
    let path = "/api/user/alice/notifications";
    let usual = json!({
        "direct": true, "followers": false, "likes": false, "shares": false, "comments": false,
    });
    assert_eq!(alice.get(path).await.ok(), usual);
    let changed = alice
        .put(path, &json!({ "likes": true, "direct": false }))
        .await
        .ok();
    assert_eq!(
        changed,
        json!({
            "direct": false, "followers": false, "likes": true, "shares": false, "comments": false,
        })
    );
    assert_eq!(alice.get(path).await.ok(), changed);
    assert_eq!(bob.get(path).await.refused(401), "Not authorized");
    assert_eq!(bob.put(path, &usual).await.refused(401), "Not authorized");
    for bad in [
        json!({ "spam": true }),
        json!({ "likes": "yes" }),
        json!({ "likes": null }),
    ] {
        alice.put(path, &bad).await.refused(400);
    }
    assert_eq!(alice.get(path).await.ok(), changed);
    assert!(
        !alice
            .get("/api/user/alice")
            .await
            .ok()
            .to_string()
            .contains("notices")
    );
}

async fn every_notification_has_an_unsubscribe_link(server: TestServer) {
    let (mailing, [alice, bob, _]) = people(&server).await;
    alice.note("one", json!({ "to": [bob.person()] })).await;
    let mail = mailing.one().await;
    let path = link(&mail, "unsubscribe");
    assert_eq!(mail.unsubscribe, Some(format!("http://pump.example{path}")));
    let page = mailing
        .server
        .send(Request::get(&path))
        .await
        .is(200)
        .text();
    assert!(page.contains("what is sent to you in person") && page.contains("method=\"post\""));
    assert_eq!(
        bob.get("/api/user/bob/notifications").await.ok()["direct"],
        true,
        "looking ends nothing"
    );
    for _ in 0..2 {
        let one_click = Request::post(&path).form(&[("List-Unsubscribe", "One-Click")]);
        mailing.server.send(one_click).await.is(200);
        assert_eq!(
            bob.get("/api/user/bob/notifications").await.ok()["direct"],
            false
        );
    }
    alice.note("two", json!({ "to": [bob.person()] })).await;
    assert!(mailing.settle().await.is_empty());
    mailing
        .server
        .send(Request::post("/main/unsubscribe/nonsense"))
        .await
        .is(404);
}

async fn long_and_unusual_names_do_not_break_a_mail(server: TestServer) {
    let (mailing, [alice, bob, _]) = people(&server).await;
    let name = format!("Al\r\nBcc: x@y.example {}", "é".repeat(300));
    alice
        .put("/api/user/alice/profile", &json!({ "displayName": name }))
        .await
        .ok();
    mailing.settle().await;
    let long = "word ".repeat(5000);
    alice.note(&long, json!({ "to": [bob.person()] })).await;
    let mail = mailing.one().await;
    assert!(
        mail.subject.chars().count() <= 121 && !mail.subject.contains(['\r', '\n']),
        "{}",
        mail.subject
    );
    assert!(mail.text.len() < 3000 && mail.html.len() < 4000);
}
