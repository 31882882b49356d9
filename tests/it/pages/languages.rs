//! Failures, reasons and mails in the language of their reader.

use hydraulics::{
    app::RegistrationMode,
    model::{Job, Nickname, Role},
    service::{
        background::{ExportWorker, ImportWorker},
        moderation, queue,
    },
    storage::{Change, Expect},
};
use serde_json::json;

use super::reader::{Reader, between};
use crate::support::{Mailing, PASSWORD, Request, TestServer};

const AGENT: &str = "A browser";
const IMPORT: &str = "/main/settings/import";

on_every_backend!(
    failures_are_told_in_the_language_of_the_reader,
    failed_imports_are_told_in_the_language_of_the_reader,
    old_reports_of_imports_still_show,
    mails_are_in_the_language_of_the_account,
    mails_are_in_the_language_of_the_request_without_a_setting,
    applicant_is_told_in_the_language_of_the_registration,
    notifications_are_in_the_language_of_the_recipient,
    last_admin_is_told_why_they_cannot_leave,
);

/// Chooses the language of an account.
async fn choose(reader: &Reader, tag: &str) {
    let fields = [("language", tag)];
    reader.post("/main/account/language", &fields).await.is(303);
}

async fn failures_are_told_in_the_language_of_the_reader(server: TestServer) {
    let mut reader = Reader::member(&server, "alice", AGENT).await;
    reader.language = "de";
    let no_verb = [("id", "x"), ("kind", "note"), ("verb", "play")];
    let act = reader.post("/main/act", &no_verb).await;
    let page = act.is(400).text();
    let main = between(&page, "<main", "</main>");
    assert!(main.contains("Das geht hier nicht."), "{main}");
    assert!(!main.contains("lang=\"en\""), "{main}");
    for (address, status, words) in [
        ("bob@pump.example", 404, "Hier hat niemand diese Adresse."),
        ("no address", 400, "Eine Adresse hat die Form"),
    ] {
        let fields = [("address", address)];
        let answer = reader.post("/main/people/follow", &fields).await;
        let page = answer.is(status).text();
        assert!(page.contains(words), "{page}");
    }
    let page = reader.open("/nobody").await.is(404).text();
    assert!(page.contains("Nicht gefunden"), "{page}");
}

async fn import(server: &TestServer, reader: &Reader, list: &str) {
    let body = format!(
        "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"f.csv\"\r\n\
         Content-Type: text/csv\r\n\r\n{list}\r\n--b--\r\n"
    );
    let request = Request::post(IMPORT).body("multipart/form-data; boundary=b", body);
    server.send(reader.request(request)).await.is(303);
    let ctx = server.ctx();
    queue::run_until_idle(&ctx, &ImportWorker).await.unwrap();
}

async fn failed_imports_are_told_in_the_language_of_the_reader(server: TestServer) {
    let mut reader = Reader::member(&server, "alice", AGENT).await;
    import(&server, &reader, "nobody@pump.example\nalice@pump.example").await;
    for (language, sentences) in [
        ("en", ["Nobody here has that address.", "That is you."]),
        ("de", ["Hier hat niemand diese Adresse.", "Das bist du."]),
    ] {
        reader.language = language;
        let page = reader.read(IMPORT).await;
        let rows = between(&page, "<ul class=\"rows\">", "</ul>");
        for sentence in sentences {
            assert!(rows.contains(sentence), "{rows}");
        }
        assert!(!rows.contains("lang="), "{rows}");
    }
}

async fn old_reports_of_imports_still_show(server: TestServer) {
    let mut reader = Reader::member(&server, "alice", AGENT).await;
    let payload = json!({
        "user": "alice", "list": "x", "total": 1, "done": 1, "failed": 1,
        "failures": [["bob@far.example", "That server was asleep."]], "is_complete": true,
    });
    let job = Job {
        id: "import alice".into(),
        queue: "imports".into(),
        payload: payload.as_object().unwrap().clone(),
        due: server.ctx().now() + chrono::TimeDelta::days(1),
        attempts: 0,
        version: 0,
    };
    let expect = Expect::Absent;
    let stored = vec![Change::PutJob { job, expect }];
    server.app.storage().commit(stored).await.unwrap();
    reader.language = "de";
    let page = reader.read(IMPORT).await;
    assert!(
        page.contains("lang=\"en\">That server was asleep."),
        "{page}"
    );
}

/// Asks for a mail with a way into an account, in a language.
async fn recover(mailing: &Mailing, language: &'static str) -> hydraulics::app::Mail {
    let mut stranger = Reader::stranger(&mailing.server);
    stranger.language = language;
    let fields = [("nickname", "alice"), ("force", "1")];
    stranger.post("/main/recover", &fields).await.is(200);
    mailing.one().await
}

async fn mails_are_in_the_language_of_the_account(server: TestServer) {
    let mailing = server.mailing(|_| ());
    mailing.alice().await;
    let reader = Reader::signed_in(&mailing.server, "alice", AGENT).await;
    choose(&reader, "de").await;
    let mail = recover(&mailing, "en").await;
    assert!(mail.subject.starts_with("Der Weg zurück"), "{mail:?}");
    assert!(mail.html.contains("<html lang=\"de\">"), "{}", mail.html);
    assert!(mail.text.contains("“alice@pump.example”"), "{}", mail.text);

    reader.post("/main/settings/export", &[]).await.is(303);
    let ctx = mailing.server.ctx();
    queue::run_until_idle(&ctx, &ExportWorker).await.unwrap();
    assert!(mailing.one().await.subject.starts_with("Dein Archiv"));
}

async fn mails_are_in_the_language_of_the_request_without_a_setting(server: TestServer) {
    let mailing = server.mailing(|_| ());
    mailing.alice().await;
    let mail = recover(&mailing, "de").await;
    assert!(mail.subject.starts_with("Der Weg zurück"), "{mail:?}");
    let mail = recover(&mailing, "fr").await;
    assert!(mail.subject.starts_with("Recover your account"), "{mail:?}");

    let mut reader = Reader::signed_in(&mailing.server, "alice", AGENT).await;
    reader.language = "de";
    reader.post("/main/settings/export", &[]).await.is(303);
    let ctx = mailing.server.ctx();
    queue::run_until_idle(&ctx, &ExportWorker).await.unwrap();
    assert!(mailing.one().await.subject.starts_with("Dein Archiv"));

    let client = mailing.server.client().await;
    let body = json!({ "nickname": "bob", "password": PASSWORD, "email": "bob@mail.test" });
    let request = Request::post("/api/users").json(&body).by(&client);
    let request = request.header("accept-language", "de");
    mailing.server.send(request).await.is(200);
    let mail = mailing.one().await;
    assert!(mail.subject.starts_with("Bestätige"), "{mail:?}");
}

async fn applicant_is_told_in_the_language_of_the_registration(server: TestServer) {
    let mailing = server.mailing(|settings| {
        settings.registration.mode = RegistrationMode::Approval;
    });
    let mut stranger = Reader::stranger(&mailing.server);
    stranger.language = "de";
    let fields = [
        ("nickname", "ann"),
        ("password", PASSWORD),
        ("repeat", PASSWORD),
        ("email", "ann@mail.test"),
        ("application", "Katzen"),
    ];
    stranger.post("/main/register", &fields).await.is(202);
    mailing.settle().await;
    let ctx = mailing.server.ctx();
    moderation::approve(&ctx, "ann", "").await.unwrap();
    let mail = mailing.one().await;
    assert!(mail.text.contains("wurde angenommen"), "{}", mail.text);
    let nickname = Nickname::parse("ann").unwrap();
    let account = server.app.storage().find_account(&nickname).await.unwrap();
    assert!(account.unwrap().extra.is_empty());
}

async fn notifications_are_in_the_language_of_the_recipient(server: TestServer) {
    let mailing = server.mailing(|_| ());
    let alice = mailing.alice().await;
    let bob = mailing.server.person("bob").await;
    let reader = Reader::signed_in(&mailing.server, "alice", AGENT).await;
    choose(&reader, "de").await;
    let to = json!({ "to": [alice.person()] });
    bob.note("Hallo", to).await;
    let mail = mailing.one().await;
    let subject = "Mitteilung: “bob” hat eine Notiz veröffentlicht";
    assert_eq!(mail.subject, subject);
    assert!(mail.text.contains("Keine Mails mehr über"), "{}", mail.text);
}

async fn last_admin_is_told_why_they_cannot_leave(server: TestServer) {
    let mut reader = Reader::member(&server, "ann", AGENT).await;
    let ctx = server.ctx();
    moderation::set_role(&ctx, "ann", Role::Admin, "")
        .await
        .unwrap();
    for (language, sentence) in [
        ("en", "That is the last admin."),
        ("de", "Das ist der letzte Admin."),
    ] {
        reader.language = language;
        let leave = [("present", PASSWORD)];
        let role = [("do", "role"), ("name", "ann"), ("role", "none")];
        for (page, fields) in [
            ("/main/account/delete", &leave[..]),
            ("/main/admin/person", &role[..]),
        ] {
            let answer = reader.post(page, fields).await.is(409).text();
            assert!(answer.contains(sentence), "{page}: {answer}");
        }
    }
}
