//! Names and texts of strangers, quoted in mails and on pages of the server.

use hydraulics::app::Mail;
use serde_json::{Value, json};

use crate::support::{Mailing, Request, Session, TestServer, named};

/// Name by which a stranger would have the server say something.
const EVIL: &str = "Your account is locked.\r\n\r\nUnlock it: http://evil.example/x\u{2028}or \
    www.evil.example “now”";

/// A server that sends mail, alice, who gets it, and mallory with a name.
async fn people(server: &TestServer, name: &str) -> (Mailing, Session, Session) {
    let mailing = server.mailing(|_| ());
    let alice = mailing.alice().await;
    let mallory = mailing.server.person("mallory").await;
    let profile = json!({ "displayName": name });
    mallory
        .put("/api/user/mallory/profile", &profile)
        .await
        .ok();
    mailing.settle().await;
    (mailing, alice, mallory)
}

/// The lines of a mail that are in our voice: those that quote nobody.
fn ours(mail: &Mail) -> Vec<&str> {
    mail.text
        .lines()
        .filter(|line| !line.starts_with('>'))
        .collect()
}

/// Nothing that a stranger chose is a link, or a line of its own, where we speak.
#[track_caller]
fn is_ours(mail: &Mail, first: &str) {
    assert_eq!(ours(mail)[0], first, "{}", mail.text);
    assert_eq!(ours(mail)[1], "", "{}", mail.text);
    assert!(
        !mail.subject.contains(['\r', '\n', '\u{2028}']),
        "{:?}",
        mail.subject
    );
    let html = mail.html.split("<blockquote").next().unwrap();
    for said in [&ours(mail).join("\n"), &mail.subject, html] {
        assert!(
            !said.contains("evil.example") && !said.contains("http://evil"),
            "{said}"
        );
    }
}

async fn told(mailing: &Mailing, mallory: &Session, activity: &Value) -> Mail {
    mallory.done(activity).await;
    mailing.one().await
}

on_every_backend!(
    name_is_one_short_quoted_line,
    text_of_strangers_is_not_in_the_voice_of_the_server,
    text_of_others_is_marked_as_theirs,
    digest_quotes_names_as_a_mail_does,
    nickname_in_a_mail_to_a_stranger_is_quoted,
    application_name_on_the_consent_page_is_quoted,
    error_page_shows_little_of_the_request,
    title_of_a_commented_object_is_quoted,
);

async fn name_is_one_short_quoted_line(server: TestServer) {
    let (mailing, alice, mallory) = people(&server, EVIL).await;
    let note = json!({ "objectType": "note", "content": "hi" });
    let mail = told(
        &mailing,
        &mallory,
        &json!({ "object": note, "to": [alice.person()] }),
    )
    .await;
    let name = "“Your account is locked. Unlock it: http evil. example/x or …”";
    is_ours(&mail, &format!("{name} posted a note."));
    assert!(
        mail.subject
            .starts_with(&format!("Activity notification: {name}")),
        "{}",
        mail.subject
    );
}

async fn text_of_strangers_is_not_in_the_voice_of_the_server(server: TestServer) {
    let (mailing, alice, mallory) = people(&server, "mallory").await;
    let to = json!([alice.person()]);
    let title = json!({ "objectType": "note", "displayName": EVIL, "content": EVIL });
    let kind = json!({ "objectType": "note at http://evil.example", "content": "x" });
    let note = json!({ "objectType": "note", "content": "x" });
    for (activity, first) in [
        (
            json!({ "object": title, "to": to }),
            "“mallory” posted “Your account is locked. Unlock it: http evil. example/x or …”.",
        ),
        (
            json!({ "object": kind, "to": to }),
            "“mallory” posted an object.",
        ),
        (
            json!({ "verb": "visit http://evil.example to unlock", "object": note, "to": to }),
            "“mallory” did something to a note.",
        ),
        (
            json!({ "verb": "hack-your-account-password", "object": note, "to": to }),
            "“mallory” did something to a note.",
        ),
        (
            json!({ "verb": "play", "object": note, "content": EVIL, "to": to }),
            "“mallory” played a note.",
        ),
    ] {
        is_ours(&told(&mailing, &mallory, &activity).await, first);
    }
}

async fn text_of_others_is_marked_as_theirs(server: TestServer) {
    let (mailing, alice, mallory) = people(&server, "mallory").await;
    let lines = [
        "first line",
        "&#13;&#10;second",
        "third\u{2028}fourth\u{b}fifth\u{85}sixth",
        &"long ".repeat(40),
    ]
    .join("<br>");
    let note =
        json!({ "objectType": "note", "displayName": "A title\r\nof two", "content": lines });
    let mail = told(
        &mailing,
        &mallory,
        &json!({ "object": note, "to": [alice.person()] }),
    )
    .await;
    let ours = ours(&mail).join("\n");
    for word in [
        "of two", "first", "second", "third", "fourth", "fifth", "sixth", "long",
    ] {
        assert!(mail.text.contains(word), "{word}: {}", mail.text);
        assert!(
            !ours.contains(word) || word == "of two",
            "{word}: {}",
            mail.text
        );
    }
    let quoted = mail.text.lines().filter(|line| line.starts_with('>'));
    let wide: Vec<&str> = quoted.filter(|line| line.chars().count() > 74).collect();
    assert!(
        wide.is_empty(),
        "no program breaks a line and leaves off its mark: {wide:?}"
    );
}

async fn digest_quotes_names_as_a_mail_does(server: TestServer) {
    let mailing = server.mailing(|settings| settings.mail.notifications_per_hour = 0);
    let (_, alice, mallory) = people(&server, EVIL).await;
    let title = json!({ "objectType": "note", "displayName": EVIL });
    mallory
        .done(&json!({ "object": title, "to": [alice.person()] }))
        .await;
    assert!(mailing.settle().await.is_empty());
    mailing.server.clock.advance(3600);
    let mail = mailing.one().await;
    for said in [&mail.text, &mail.html, &mail.subject] {
        assert!(
            !said.contains("evil.example") && !said.contains("http://evil"),
            "{said}"
        );
    }
    assert!(
        mail.text.contains("\n- “Your account is locked. "),
        "{}",
        mail.text
    );
}

async fn nickname_in_a_mail_to_a_stranger_is_quoted(server: TestServer) {
    let mailing = server.mailing(|_| ());
    let client = mailing.server.client().await;
    let body = json!({
        "nickname": "www.evil.example",
        "password": "a-good-password-1",
        "email": "stranger@b.example",
    });
    mailing
        .server
        .send(Request::post("/api/users").json(&body).by(&client))
        .await
        .ok();
    let mail = mailing.one().await;
    assert!(
        mail.text.contains("“www.evil.example@pump.example”"),
        "{}",
        mail.text
    );
}

async fn application_name_on_the_consent_page_is_quoted(server: TestServer) {
    let registration = json!({
        "type": "client_associate",
        "application_type": "native",
        "application_name": format!("x\u{202e}{EVIL}"),
    });
    let client = server
        .send(Request::post("/api/client/register").json(&registration))
        .await
        .is(200)
        .json();
    let text = |key: &str| client[key].as_str().unwrap();
    let credentials = crate::support::Credentials::client(text("client_id"), text("client_secret"));
    let request = Request::post("/oauth/request_token")
        .by(&credentials)
        .callback("oob");
    let token = server.send(request).await.is(200).text();
    let token = token
        .split('&')
        .find_map(|pair| pair.strip_prefix("oauth_token="))
        .unwrap()
        .to_owned();
    let page = server
        .send(Request::get(&format!(
            "/oauth/authorize?oauth_token={token}"
        )))
        .await
        .is(200)
        .text();
    assert!(page.contains("<bdi>“xYour account is locked."), "{page}");
    assert!(
        !page.contains("evil.example") && !page.contains('\u{202e}'),
        "{page}"
    );
}

async fn error_page_shows_little_of_the_request(server: TestServer) {
    let long = "lies%20".repeat(200);
    let target = format!("/.well-known/webfinger?resource={long}@pump.example");
    let page = server.send(Request::get(&target)).await.is(404).text();
    assert!(page.matches("lies").count() < 60, "{page}");
}

async fn title_of_a_commented_object_is_quoted(server: TestServer) {
    let (mailing, alice, mallory) = people(&server, "mallory").await;
    alice
        .put(
            "/api/user/alice/notifications",
            &json!({ "comments": true }),
        )
        .await
        .ok();
    let mine = json!({
        "object": { "objectType": "note", "displayName": "My \"day\"", "content": "x" },
        "to": [mallory.person()],
    });
    let note = alice.done(&mine).await["object"].take();
    let reply = json!({ "objectType": "comment", "content": "nice", "inReplyTo": named(&note) });
    let mail = told(&mailing, &mallory, &json!({ "object": reply })).await;
    is_ours(&mail, "“mallory” posted a comment in reply to “My 'day'”.");
}
