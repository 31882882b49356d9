//! Accounts for those who were invited, and for those whom a moderator approves.

use hydraulics::{
    app::RegistrationMode,
    model::Standing,
    service::{ErrorKind, invitations, moderation},
};
use serde_json::json;

use crate::support::{PASSWORD, Request, TestServer};

on_every_backend!(
    invitation_lets_in_as_often_as_it_says,
    clients_are_told_of_invitations_and_approval,
    applicant_waits_and_is_approved,
    silenced_applicant_is_told_that_they_are_let_in,
    rejected_applicant_is_gone,
);

fn with_mode(server: &TestServer, mode: RegistrationMode) -> TestServer {
    server.again(|settings| settings.registration.mode = mode)
}

/// Posts the form; returns the status and the page.
async fn register(server: &TestServer, nickname: &str, more: &[(&str, &str)]) -> (u16, String) {
    let own = [
        ("nickname", nickname),
        ("password", PASSWORD),
        ("repeat", PASSWORD),
    ];
    let form = Request::post("/main/register").form(&[&own, more].concat());
    let origin = server.app.urls().origin().to_owned();
    let form = form.header("origin", &origin).header("accept", "text/html");
    let answer = server.send(form).await;
    (answer.status.as_u16(), answer.text())
}

async fn invitation_lets_in_as_often_as_it_says(server: TestServer) {
    let server = with_mode(&server, RegistrationMode::Invitation);
    let ctx = server.ctx();
    let link = invitations::create(&ctx, 2, 3, "friends").await.unwrap();
    let (_, code) = link.split_once("/main/register?invitation=").unwrap();
    let page = Request::get(&format!("/main/register?invitation={code}"));
    let page = server.send(page).await.is(200).text();
    assert!(
        page.contains(&format!("name=\"invitation\" value=\"{code}\"")),
        "{page}"
    );
    let invited = [("invitation", code)];
    assert_eq!(register(&server, "ann", &[]).await.0, 403);
    let (status, page) = register(&server, "ann", &[("invitation", "wrong")]).await;
    assert!(status == 403 && page.contains("value=\"wrong\""), "{page}");
    assert_eq!(register(&server, "ann", &invited).await.0, 303);
    assert_eq!(register(&server, "ann", &invited).await.0, 409);
    assert_eq!(register(&server, "bob", &invited).await.0, 303);
    assert_eq!(register(&server, "carol", &invited).await.0, 403);

    let link = invitations::create(&ctx, 5, 3, "").await.unwrap();
    let (_, code) = link.split_once("invitation=").unwrap();
    let all = invitations::list(&ctx).await.unwrap();
    assert_eq!((all[0].left, all[1].left), (5, 0));
    assert!(all.iter().all(|one| !one.name.contains(code)), "{all:?}");
    invitations::revoke(&ctx, &all[0].name).await.unwrap();
    assert_eq!(
        register(&server, "carol", &[("invitation", code)]).await.0,
        403
    );
    let again = invitations::revoke(&ctx, &all[0].name).await.unwrap_err();
    assert_eq!(again.kind(), ErrorKind::NotFound);

    let link = invitations::create(&ctx, 1, 3, "").await.unwrap();
    let (_, code) = link.split_once("invitation=").unwrap();
    server.clock.advance(3 * 86_400);
    assert_eq!(
        register(&server, "carol", &[("invitation", code)]).await.0,
        403
    );
    for (uses, days) in [(0, 1), (1, 0), (1001, 1), (1, 366)] {
        let refused = invitations::create(&ctx, uses, days, "").await.unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::BadRequest);
    }
}

async fn clients_are_told_of_invitations_and_approval(server: TestServer) {
    for (mode, words) in [
        (
            RegistrationMode::Invitation,
            "Accounts are for those who were invited",
        ),
        (
            RegistrationMode::Approval,
            "A moderator approves accounts here",
        ),
    ] {
        let there = with_mode(&server, mode);
        let client = server.client().await;
        let link = invitations::create(&server.ctx(), 1, 3, "").await.unwrap();
        let (_, code) = link.split_once("invitation=").unwrap();
        let nickname = format!("ann-{words}").replace(' ', "-").to_lowercase();
        let mut body = json!({ "nickname": nickname, "password": PASSWORD });
        let post = async |body: &serde_json::Value| {
            let request = Request::post("/api/users").json(body).by(&client);
            there.send(request).await
        };
        let refused = post(&body).await.refused(403);
        assert!(refused.starts_with(words), "{refused}");
        // Servers on one store have the same chance: one account can be made for all of them.
        if mode == RegistrationMode::Approval {
            body["invitation"] = code.into();
            let made = post(&body).await.ok();
            assert!(made["token"].is_string(), "{made}");
        }
    }
}

/// Returns the status of a sign-in, and the page.
async fn sign_in(server: &TestServer, nickname: &str) -> (u16, String) {
    let fields = [("nickname", nickname), ("password", PASSWORD)];
    let origin = server.app.urls().origin().to_owned();
    let form = Request::post("/main/login").form(&fields);
    let form = form.header("origin", &origin).header("accept", "text/html");
    let answer = server.send(form).await;
    (answer.status.as_u16(), answer.text())
}

async fn applicant_waits_and_is_approved(server: TestServer) {
    let alice = server.person("alice").await;
    let mailing = server.mailing(|settings| {
        settings.registration.mode = RegistrationMode::Approval;
    });
    let server = mailing.server.clone();
    assert_eq!(register(&server, "ann", &[]).await.0, 400);
    let words = [("application", "I like cats"), ("email", "ann@mail.test")];
    let (status, page) = register(&server, "ann", &words).await;
    assert_eq!(status, 202, "{page}");
    let (status, page) = sign_in(&server, "ann").await;
    assert!(
        status == 403 && page.contains("waits for a moderator"),
        "{page}"
    );
    for target in ["/api/user/ann/profile", "/api/user/ann", "/ann"] {
        server.send(Request::get(target)).await.is(404);
    }
    let users = alice.get("/api/users").await.ok();
    assert_eq!(users["items"].as_array().unwrap().len(), 1);
    let found = moderation::find(&server.ctx(), "ann").await.unwrap();
    assert_eq!(found.standing, Standing::Pending);
    assert_eq!(found.account.unwrap().extra["_application"], "I like cats");

    moderation::approve(&server.ctx(), "ann", "").await.unwrap();
    assert_eq!(sign_in(&server, "ann").await.0, 303);
    server
        .send(Request::get("/api/user/ann/profile"))
        .await
        .is(200);
    let found = moderation::find(&server.ctx(), "ann").await.unwrap();
    assert!(found.account.unwrap().extra.is_empty());
    let again = moderation::approve(&server.ctx(), "ann", "")
        .await
        .unwrap_err();
    assert_eq!(again.kind(), ErrorKind::Conflict);
    let mails = mailing.settle().await;
    assert!(mails.iter().any(|mail| mail.text.contains("was approved")));
}

async fn silenced_applicant_is_told_that_they_are_let_in(server: TestServer) {
    let mailing = server.mailing(|settings| {
        settings.registration.mode = RegistrationMode::Approval;
    });
    let words = [("application", "I like cats"), ("email", "ann@mail.test")];
    assert_eq!(register(&mailing.server, "ann", &words).await.0, 202);
    mailing.settle().await;
    let ctx = mailing.server.ctx();
    let held = moderation::set_standing(&ctx, "ann", Standing::Silenced, "loud");
    held.await.unwrap();
    assert!(mailing.one().await.text.contains("was approved"));
    assert_eq!(sign_in(&mailing.server, "ann").await.0, 303);
}

async fn rejected_applicant_is_gone(server: TestServer) {
    let server = with_mode(&server, RegistrationMode::Approval);
    let words = [("application", "buy pills")];
    assert_eq!(register(&server, "ann", &words).await.0, 202);
    moderation::reject(&server.ctx(), "ann", "spam")
        .await
        .unwrap();
    assert_eq!(sign_in(&server, "ann").await.0, 401);
    assert_eq!(register(&server, "ann", &words).await.0, 409);
    let gone = moderation::find(&server.ctx(), "ann").await.unwrap_err();
    assert_eq!(gone.kind(), ErrorKind::NotFound);
}
