//! The mail queue: retries, leases, and delivery over SMTP.

use std::{sync::Arc, time::Duration};

use hydraulics::{
    Caller,
    app::{Mail, MailError, Mailer, Smtp, SmtpSettings, Tls},
    model::Secret,
    service::{background::MailWorker, queue},
};
use serde_json::json;
use tokio::sync::Notify;

use crate::support::{Mailing, Request, Sink, TestServer, link, unavailable};

async fn ask(mailing: &Mailing) {
    let request = Request::post("/main/recover").form(&[("nickname", "alice"), ("force", "1")]);
    mailing.server.send(request).await.ok();
}

async fn alice(server: &TestServer) {
    server.person("alice").await;
    server.set_email("alice", "alice@b.example").await;
}

fn unknown() -> MailError {
    MailError::Refused("the mail server said 550".into(), None)
}

async fn due(mailing: &Mailing) -> usize {
    let later = mailing.server.ctx().now() + chrono::TimeDelta::days(30);
    let storage = mailing.server.app.storage();
    let letters = storage.list_due_jobs("mail", later, 9).await.unwrap();
    let notices = storage
        .list_due_jobs("notifications", later, 9)
        .await
        .unwrap();
    // The job that counts the mails of an hour waits for its end.
    let notices = notices.iter().filter(|job| !job.id.starts_with("digest "));
    letters.len() + notices.count()
}

fn smtp(sink: &Sink, tls: Tls) -> Smtp {
    Smtp::new(&SmtpSettings {
        host: "127.0.0.1".into(),
        port: sink.port,
        tls,
        login: Some(("pump".into(), Secret::new("hunter2"))),
        from: "Pump <pump@pump.example>".into(),
        name: "pump.example".into(),
        timeout: Duration::from_secs(10),
    })
    .unwrap()
}

fn mail() -> Mail {
    Mail {
        id: "an-id".into(),
        to: "alice@b.example".into(),
        subject: "Grüße".into(),
        text: "the text\n.\nend".into(),
        html: "<p>the html</p>".into(),
        unsubscribe: Some("http://pump.example/main/unsubscribe/CODE".into()),
        date: chrono::DateTime::from_timestamp(1_800_000_000, 0).unwrap(),
    }
}

on_every_backend!(
    failed_mail_is_sent_later,
    mail_is_abandoned_after_last_retry_or_rejection,
    concurrent_workers_send_each_mail_once,
    expired_lease_resends_with_the_same_message_id,
    failed_activity_sends_no_mail,
    mail_is_sent_over_smtp,
);

async fn failed_mail_is_sent_later(server: TestServer) {
    let mailing = server.mailing(|settings| settings.mail.retry_after = vec![60, 600]);
    alice(&mailing.server).await;
    mailing.mailbox.fails(Some(unavailable));
    ask(&mailing).await;
    assert!(mailing.settle().await.is_empty());
    mailing.mailbox.fails(None);
    assert!(mailing.settle().await.is_empty(), "not before its time");
    mailing.server.clock.advance(60);
    let mail = mailing.one().await;
    mailing
        .server
        .send(Request::get(&link(&mail, "recover")))
        .await
        .is(200);
    assert_eq!(due(&mailing).await, 0);
}

async fn mail_is_abandoned_after_last_retry_or_rejection(server: TestServer) {
    let mailing = server.mailing(|settings| settings.mail.retry_after = vec![60, 600]);
    alice(&mailing.server).await;
    mailing.mailbox.fails(Some(unavailable));
    ask(&mailing).await;
    for (wait, left) in [(0, 1), (60, 1), (600, 0)] {
        mailing.server.clock.advance(wait);
        mailing.settle().await;
        assert_eq!(due(&mailing).await, left, "after {wait} seconds");
    }
    mailing.mailbox.fails(Some(unknown));
    ask(&mailing).await;
    mailing.settle().await;
    assert_eq!(due(&mailing).await, 0);
}

async fn concurrent_workers_send_each_mail_once(server: TestServer) {
    let mailing = server.mailing(|settings| settings.mail.notifications_per_hour_per_sender = 6);
    alice(&mailing.server).await;
    let bob = mailing.server.person("bob").await;
    let alice = json!({ "objectType": "person", "id": "acct:alice@pump.example" });
    for number in 0..6 {
        bob.note(&format!("note {number}"), json!({ "to": [alice] }))
            .await;
    }
    let (one, two, three) = tokio::join!(mailing.settle(), mailing.settle(), mailing.settle());
    let mut mails = [one, two, three].concat();
    mails.extend(mailing.settle().await);
    let mut ids: Vec<_> = mails.iter().map(|mail| &mail.id).collect();
    ids.sort();
    ids.dedup();
    assert_eq!((mails.len(), ids.len()), (6, 6));
    assert_eq!(due(&mailing).await, 0);
}

async fn expired_lease_resends_with_the_same_message_id(server: TestServer) {
    struct Hangs(Mailing, Notify);
    #[async_trait::async_trait]
    impl Mailer for Hangs {
        async fn send(&self, mail: &Mail) -> Result<(), MailError> {
            self.0.mailbox.send(mail).await?;
            self.1.notify_one();
            std::future::pending().await
        }
    }
    let mailing = server.mailing(|_| ());
    alice(&mailing.server).await;
    ask(&mailing).await;
    let hangs = Arc::new(Hangs(server.mailing(|_| ()), Notify::new()));
    let app = mailing.server.app.clone().with_mailer(hangs.clone());
    let ctx = app.context(Caller::Server);
    // It is taken, handed over, and then the worker is no more.
    tokio::select! {
        _ = queue::run_next(&ctx, &MailWorker) => panic!("it hangs"),
        () = hangs.1.notified() => {}
    }
    assert!(mailing.settle().await.is_empty(), "it still has time");
    mailing.server.clock.advance(301);
    let again = mailing.one().await;
    let first = hangs.0.settle().await;
    assert_eq!(first[0].id, again.id);
}

async fn failed_activity_sends_no_mail(server: TestServer) {
    let mailing = server.mailing(|_| ());
    alice(&mailing.server).await;
    let bob = mailing.server.person("bob").await;
    let alice = json!({ "objectType": "person", "id": "acct:alice@pump.example" });
    let twice = json!({ "verb": "follow", "object": alice });
    bob.done(&twice).await;
    mailing.settle().await;
    bob.act(&twice).await.refused(400);
    assert_eq!(due(&mailing).await, 0);
}

async fn mail_is_sent_over_smtp(server: TestServer) {
    let mailing = server.mailing(|_| ());
    alice(&mailing.server).await;
    ask(&mailing).await;
    let sink = Sink::answering(250).await;
    let app = mailing
        .server
        .app
        .clone()
        .with_mailer(Arc::new(smtp(&sink, Tls::None)));
    let done = queue::run_until_idle(&app.context(Caller::Server), &MailWorker)
        .await
        .unwrap();
    let heard = sink.heard();
    assert_eq!((done, heard.mails.len()), (1, 1));
    assert!(
        heard.mails[0].contains("Subject: Recover your account at Hydraulics\n"),
        "{heard:?}"
    );
    assert!(
        heard.mails[0].contains("http://pump.example/main/recover/"),
        "{heard:?}"
    );
}

#[tokio::test]
async fn mailer_sends_sender_text_headers_and_parts() {
    let sink = Sink::answering(250).await;
    smtp(&sink, Tls::None).send(&mail()).await.unwrap();
    let heard = sink.heard();
    let said = |start: &str| heard.commands.iter().any(|said| said.starts_with(start));
    for start in [
        "EHLO pump.example",
        "AUTH PLAIN AHB1bXAAaHVudGVyMg==",
        "MAIL FROM:<pump@pump.example>",
        "RCPT TO:<alice@b.example>",
    ] {
        assert!(said(start), "{start}: {heard:?}");
    }
    let mail = &heard.mails[0];
    for part in [
        "From: Pump <pump@pump.example>\n",
        "To: alice@b.example\n",
        "Message-ID: <an-id@pump.example>\n",
        "Date: Fri, 15 Jan 2027 08:00:00 +0000\n",
        "Auto-Submitted: auto-generated\n",
        "List-Unsubscribe: <http://pump.example/main/unsubscribe/CODE>\n",
        "List-Unsubscribe-Post: List-Unsubscribe=One-Click\n",
        "Content-Type: multipart/alternative;",
        "the text\n..\nend",
        "<p>the html</p>",
    ] {
        assert!(mail.contains(part), "{part}: {mail}");
    }
    assert!(mail.contains("Subject: =?utf-8?"), "{mail}");
}

#[tokio::test]
async fn smtp_errors_are_classified_without_addresses() {
    for (code, for_good) in [(550, true), (553, true), (450, false), (535, false)] {
        let sink = Sink::answering(code).await;
        let error = smtp(&sink, Tls::None).send(&mail()).await.unwrap_err();
        assert_eq!(matches!(error, MailError::Refused(..)), for_good, "{code}");
        assert!(
            error.to_string().ends_with(&format!("said {code}")),
            "{error}"
        );
    }
    let gone = Sink::gone().await;
    let error = smtp(&gone, Tls::None).send(&mail()).await.unwrap_err();
    assert!(matches!(error, MailError::Unavailable(..)), "{error}");
}

#[tokio::test]
async fn smtp_password_needs_an_encrypted_connection() {
    let sink = Sink::answering(250).await;
    let error = smtp(&sink, Tls::StartTls).send(&mail()).await.unwrap_err();
    assert!(matches!(error, MailError::Unavailable(..)), "{error}");
    let heard = sink.heard();
    assert!(
        heard.mails.is_empty() && !format!("{heard:?}").contains("AUTH"),
        "{heard:?}"
    );
}

#[tokio::test]
async fn non_ascii_addresses_are_sent_as_the_server_allows() {
    let to = |to: &str| Mail {
        to: to.into(),
        ..mail()
    };
    let plain = Sink::answering(250).await;
    let mailer = smtp(&plain, Tls::None);
    assert!(!mailer.takes_unicode().await);
    mailer.send(&to("alice@bücher.example")).await.unwrap();
    let heard = plain.heard();
    let recipient = "RCPT TO:<alice@xn--bcher-kva.example>";
    assert!(
        heard.commands.iter().any(|said| said == recipient),
        "{heard:?}"
    );
    let error = mailer.send(&to("élise@b.example")).await.unwrap_err();
    assert!(matches!(error, MailError::Refused(..)), "{error}");
    assert!(
        error
            .to_string()
            .ends_with("takes no address with letters beyond ASCII"),
        "{error}"
    );

    let able = Sink::taking_unicode().await;
    let mailer = smtp(&able, Tls::None);
    assert!(mailer.takes_unicode().await && mailer.takes_unicode().await);
    let hellos = able
        .heard()
        .commands
        .iter()
        .filter(|said| said.starts_with("EHLO"))
        .count();
    assert_eq!(hellos, 1, "it is asked once");
    mailer.send(&to("élise@b.example")).await.unwrap();
    assert_eq!(able.heard().mails.len(), 1);
    assert!(!smtp(&Sink::gone().await, Tls::None).takes_unicode().await);
}
