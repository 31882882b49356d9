//! Limits on notification mails, and digests of what exceeds them.

use hydraulics::{
    app::{Mail, Settings},
    service::{background::MailWorker, queue},
};
use serde_json::json;

use crate::support::{
    Mailing, Request, Session, TestServer, about, link, named, subjects, unavailable,
};

/// The time in which mails are counted, in seconds.
const AN_HOUR: i64 = 3600;

/// A server that sends mail, alice, who gets it, and people who write to her.
async fn alice_and<const N: usize>(
    server: &TestServer,
    names: [&str; N],
    set: impl FnOnce(&mut Settings),
) -> (Mailing, Session, [Session; N]) {
    let mailing = server.mailing(set);
    let alice = mailing.alice().await;
    let mut others = Vec::new();
    for name in names {
        others.push(mailing.server.person(name).await);
    }
    let Ok(others) = others.try_into() else {
        unreachable!()
    };
    (mailing, alice, others)
}

/// Has someone write to alice so many times.
async fn flood(from: &Session, to: &Session, count: usize) {
    for number in 0..count {
        from.note(&format!("note {number}"), json!({ "to": [to.person()] }))
            .await;
    }
}

/// The digest among mails, which must be one.
#[track_caller]
fn digest(mails: &[Mail]) -> &Mail {
    let mut digests = mails
        .iter()
        .filter(|mail| mail.subject.contains(" more from "));
    let digest = digests
        .next()
        .unwrap_or_else(|| panic!("no digest in {:?}", subjects(mails)));
    assert_eq!(digests.count(), 0);
    digest
}

on_every_backend!(
    many_notes_of_one_sender_are_a_few_mails_and_a_digest,
    senders_have_limits_of_their_own,
    mails_to_a_person_are_limited_per_hour,
    limit_of_zero_sends_digests_only,
    recovery_mail_does_not_wait_for_notifications,
    mail_limits_are_shared_by_nodes,
    failed_digest_is_sent_once_later,
    digest_omits_hidden_and_unwanted_activities,
    digest_link_ends_every_kind_in_it,
);

async fn many_notes_of_one_sender_are_a_few_mails_and_a_digest(server: TestServer) {
    let (mailing, alice, [bob]) = alice_and(&server, ["bob"], |_| ()).await;
    flood(&bob, &alice, 30).await;
    let told = "Activity notification: “bob” posted a note";
    assert_eq!(
        subjects(&mailing.settle().await),
        [("alice@b.example", told); 5]
    );
    mailing.server.clock.advance(AN_HOUR - 1);
    assert!(
        mailing.settle().await.is_empty(),
        "the digest gathers for an hour"
    );
    mailing.server.clock.advance(1);
    let mail = mailing.one().await;
    assert_eq!(mail.subject, "Activity notification: 25 more from 1 person");
    assert!(
        mail.text.contains("25 messages to you, from 1 person."),
        "{}",
        mail.text
    );
    assert_eq!(mail.text.matches("- “bob” posted a note\n").count(), 5);
    assert!(!mail.text.contains("/activity/"), "{}", mail.text);
    assert!(!mail.html.contains("/activity/"), "{}", mail.html);
    assert!(
        mail.text.contains("Your inbox has these, and 20 more."),
        "{}",
        mail.text
    );
    assert!(mail.html.contains("25 messages to you"), "{}", mail.html);
    mailing.server.clock.advance(2 * AN_HOUR);
    assert!(mailing.settle().await.is_empty(), "it is told once");
    flood(&bob, &alice, 1).await;
    assert_eq!(mailing.one().await.subject, told);
}

async fn senders_have_limits_of_their_own(server: TestServer) {
    let (mailing, alice, [bob, carol]) = alice_and(&server, ["bob", "carol"], |_| ()).await;
    flood(&bob, &alice, 7).await;
    flood(&carol, &alice, 1).await;
    let mails = mailing.settle().await;
    let of = |name: &str| {
        mails
            .iter()
            .filter(|mail| mail.subject.contains(name))
            .count()
    };
    assert_eq!((of("“bob”"), of("“carol”")), (5, 1));
}

async fn mails_to_a_person_are_limited_per_hour(server: TestServer) {
    let limits = |settings: &mut Settings| settings.mail.notifications_per_hour = 4;
    let (mailing, alice, people) = alice_and(&server, ["bob", "carol", "dave"], limits).await;
    let wanted = json!({ "direct": true, "likes": true });
    alice
        .put("/api/user/alice/notifications", &wanted)
        .await
        .ok();
    let note = alice
        .note(
            "mine",
            json!({ "to": [{ "objectType": "collection", "id": hydraulics::model::PUBLIC }] }),
        )
        .await;
    for person in &people {
        flood(person, &alice, 3).await;
        person.done(&about("favorite", &note)).await;
    }
    assert_eq!(mailing.settle().await.len(), 4);
    mailing.server.clock.advance(AN_HOUR);
    let mails = mailing.settle().await;
    let digest = digest(&mails);
    assert_eq!(
        (mails.len(), &*digest.subject),
        (1, "Activity notification: 8 more from 2 people")
    );
    assert!(
        digest
            .text
            .contains("6 messages to you, 2 likes, from 2 people."),
        "{}",
        digest.text
    );
}

async fn limit_of_zero_sends_digests_only(server: TestServer) {
    let limits = |settings: &mut Settings| settings.mail.notifications_per_hour = 0;
    let (mailing, alice, [bob]) = alice_and(&server, ["bob"], limits).await;
    flood(&bob, &alice, 2).await;
    assert!(mailing.settle().await.is_empty());
    mailing.server.clock.advance(AN_HOUR);
    assert_eq!(
        mailing.one().await.subject,
        "Activity notification: 2 more from 1 person"
    );
}

async fn recovery_mail_does_not_wait_for_notifications(server: TestServer) {
    let (mailing, alice, [bob]) = alice_and(&server, ["bob"], |_| ()).await;
    flood(&bob, &alice, 12).await;
    let ask = Request::post("/main/recover").form(&[("nickname", "alice")]);
    mailing.server.send(ask).await.ok();
    assert!(
        queue::run_next(&mailing.server.ctx(), &MailWorker)
            .await
            .unwrap()
    );
    let first = mailing.mailbox.take();
    assert_eq!(
        subjects(&first),
        [("alice@b.example", "Recover your account at Hydraulics")]
    );
    assert!(
        !queue::run_next(&mailing.server.ctx(), &MailWorker)
            .await
            .unwrap(),
        "notifications are no letters of this queue"
    );
    assert_eq!(
        mailing.settle().await.len(),
        5,
        "they are sent all the same"
    );
}

async fn mail_limits_are_shared_by_nodes(server: TestServer) {
    let (mailing, alice, [bob]) = alice_and(&server, ["bob"], |_| ()).await;
    let other = server.mailing(|_| ());
    flood(&bob, &alice, 12).await;
    let (one, two, three) = tokio::join!(mailing.settle(), mailing.settle(), other.settle());
    let mut sent = [one, two, three].concat();
    // A job that lost too many races is tried again.
    mailing.server.clock.advance(60);
    sent.extend(mailing.settle().await);
    assert_eq!(sent.len(), 5);
    // Another node has not seen any of it.
    mailing.server.clock.advance(AN_HOUR);
    assert_eq!(
        other.one().await.subject,
        "Activity notification: 7 more from 1 person"
    );
}

async fn failed_digest_is_sent_once_later(server: TestServer) {
    let (mailing, alice, [bob]) = alice_and(&server, ["bob"], |_| ()).await;
    flood(&bob, &alice, 7).await;
    assert_eq!(mailing.settle().await.len(), 5);
    mailing.server.clock.advance(AN_HOUR);
    mailing.mailbox.fails(Some(unavailable));
    assert!(mailing.settle().await.is_empty());
    // Activities that come meanwhile are for the next digest.
    mailing.mailbox.fails(None);
    flood(&bob, &alice, 6).await;
    assert_eq!(mailing.settle().await.len(), 5);
    mailing.server.clock.advance(300);
    assert_eq!(
        mailing.one().await.subject,
        "Activity notification: 2 more from 1 person"
    );
    mailing.server.clock.advance(AN_HOUR);
    assert_eq!(
        mailing.one().await.subject,
        "Activity notification: 1 more from 1 person"
    );
    mailing.server.clock.advance(AN_HOUR);
    assert!(mailing.settle().await.is_empty());
}

async fn digest_omits_hidden_and_unwanted_activities(server: TestServer) {
    let (mailing, alice, [bob]) = alice_and(&server, ["bob"], |_| ()).await;
    let wanted = json!({ "direct": true, "likes": true });
    alice
        .put("/api/user/alice/notifications", &wanted)
        .await
        .ok();
    flood(&bob, &alice, 6).await;
    let secret = json!({
        "object": { "objectType": "note", "displayName": "Secret", "content": "x" },
        "to": [alice.person()],
    });
    let secret = bob.done(&secret).await["object"].take();
    let mine = alice.note("mine", json!({ "to": [bob.person()] })).await;
    bob.done(&about("favorite", &mine)).await;
    assert_eq!(mailing.settle().await.len(), 5);
    bob.delete(secret["id"].as_str().unwrap()).await.is(200);
    alice
        .put("/api/user/alice/notifications", &json!({ "likes": false }))
        .await
        .ok();
    mailing.server.clock.advance(AN_HOUR);
    let mail = mailing.one().await;
    assert!(
        !mail.text.contains("Secret") && !mail.text.contains("like"),
        "{}",
        mail.text
    );
    assert!(mail.text.contains("2 messages to you"), "{}", mail.text);

    flood(&bob, &alice, 7).await;
    assert_eq!(mailing.settle().await.len(), 5);
    alice
        .put("/api/user/alice/notifications", &json!({ "direct": false }))
        .await
        .ok();
    mailing.server.clock.advance(AN_HOUR);
    assert!(mailing.settle().await.is_empty());
}

async fn digest_link_ends_every_kind_in_it(server: TestServer) {
    let limits = |settings: &mut Settings| settings.mail.notifications_per_hour = 0;
    let (mailing, alice, [bob]) = alice_and(&server, ["bob"], limits).await;
    alice.enable_notifications().await;
    let note = alice.note("mine", json!({ "to": [bob.person()] })).await;
    let reply =
        json!({ "objectType": "comment", "content": "a comment", "inReplyTo": named(&note) });
    for activity in [
        json!({ "verb": "follow", "object": alice.person() }),
        about("favorite", &note),
        json!({ "object": reply }),
    ] {
        bob.done(&activity).await;
    }
    mailing.settle().await;
    mailing.server.clock.advance(AN_HOUR);
    let mail = mailing.one().await;
    assert!(
        mail.text
            .contains("1 new follower, 1 like, 1 comment, from 1 person"),
        "{}",
        mail.text
    );
    let path = link(&mail, "unsubscribe");
    assert_eq!(mail.unsubscribe, Some(format!("http://pump.example{path}")));
    let page = mailing
        .server
        .send(Request::get(&path))
        .await
        .is(200)
        .text();
    assert!(page.contains("new followers, likes and comments"), "{page}");
    mailing.server.send(Request::post(&path)).await.is(200);
    let left = json!({
        "direct": true, "followers": false, "likes": false, "shares": true, "comments": false,
    });
    assert_eq!(alice.get("/api/user/alice/notifications").await.ok(), left);
}
