//! Revocation and new passwords end pending codes and authorizations.

use hydraulics::{
    model::{Code, CodePurpose, Nickname, Secret},
    service::{accounts, applications},
    storage::Change,
};
use serde_json::json;

use crate::support::{Browser, PASSWORD, Request, Session, TestServer, cell, public};

const NEW: &str = "another-good-1";

fn nickname() -> Nickname {
    Nickname::parse("alice").unwrap()
}

/// Sends alice a code to recover access, and one to confirm an address.
async fn codes(server: &TestServer) {
    let storage = server.app.storage();
    let mut account = storage.find_account(&nickname()).await.unwrap().unwrap();
    account.email = Some("alice@h.example".into());
    let expect = hydraulics::storage::Expect::Version(account.version);
    let code = |purpose: CodePurpose, text: &str| Code {
        digest: Secret::new(Secret::new(text).digest()),
        purpose,
        user: nickname(),
        target: "alice@h.example".into(),
        created: server.ctx().now(),
        expires: server.ctx().now() + chrono::TimeDelta::hours(1),
        used: false,
    };
    let changes = vec![
        Change::PutAccount { account, expect },
        Change::PutCode(code(CodePurpose::Recover, "recovery-code")),
        Change::PutCode(code(CodePurpose::Confirm, "confirmation-code")),
    ];
    storage.commit(changes).await.unwrap();
}

/// Whether each of the two codes is good.
async fn good_codes(server: &TestServer) -> (bool, bool) {
    let opens = async |path| {
        let page = server.send(Request::get(path)).await;
        page.status.is_success()
    };
    (
        opens("/main/recover/recovery-code").await,
        opens("/main/confirm/confirmation-code").await,
    )
}

/// Lets a client in by OAuth 1.0a up to the verifier; the request that exchanges it.
async fn allowed(server: &TestServer) -> Request {
    let client = server.client().await;
    let ask = Request::post("/oauth/request_token")
        .callback("oob")
        .by(&client);
    let token = server.send(ask).await.is(200);
    let (name, secret) = (
        token.parameter("oauth_token"),
        token.parameter("oauth_token_secret"),
    );
    let mut browser = Browser::open(server, &format!("/oauth/authorize?oauth_token={name}")).await;
    browser.sign_in("alice").await;
    let page = browser.press("authorize").await.is(200).text();
    let verifier = cell(&page, "verifier");
    Request::post("/oauth/access_token")
        .verifier(&verifier)
        .by(&client.with_token(&name, &secret))
}

async fn new_password(alice: &Session, revoke: bool) {
    let body = json!({ "nickname": "alice", "password": NEW, "revoke": revoke });
    alice.put("/api/user/alice", &body).await.ok();
}

on_every_backend!(
    new_password_ends_pending_authorizations,
    revocation_ends_all_codes,
    revocation_by_the_operator_ends_codes,
    password_set_by_the_operator_ends_recovery,
    revocation_ends_a_pending_authorization,
);

async fn new_password_ends_pending_authorizations(server: TestServer) {
    let alice = server.person("alice").await;
    codes(&server).await;
    let exchange = allowed(&server).await;
    assert_eq!(good_codes(&server).await, (true, true));
    new_password(&alice, false).await;
    assert_eq!(
        good_codes(&server).await,
        (false, true),
        "an address is no access"
    );
    server.send(exchange).await.is(400);
    alice.note("the token stays", public()).await;
}

async fn revocation_ends_all_codes(server: TestServer) {
    let alice = server.person("alice").await;
    codes(&server).await;
    let exchange = allowed(&server).await;
    new_password(&alice, true).await;
    assert_eq!(good_codes(&server).await, (false, false));
    server.send(exchange).await.is(400);
}

async fn revocation_by_the_operator_ends_codes(server: TestServer) {
    server.account("alice").await;
    codes(&server).await;
    applications::revoke_all(&server.ctx(), &nickname())
        .await
        .unwrap();
    assert_eq!(good_codes(&server).await, (false, false));
}

async fn password_set_by_the_operator_ends_recovery(server: TestServer) {
    server.account("alice").await;
    codes(&server).await;
    accounts::set_password(&server.ctx(), &nickname(), &Secret::new(NEW))
        .await
        .unwrap();
    assert_eq!(good_codes(&server).await, (false, true));
    accounts::reset_password(&server.ctx(), &nickname(), &Secret::new(PASSWORD))
        .await
        .unwrap();
    assert_eq!(good_codes(&server).await, (false, false));
}

async fn revocation_ends_a_pending_authorization(server: TestServer) {
    server.account("alice").await;
    let exchange = allowed(&server).await;
    let clients = server.app.storage().list_clients().await.unwrap();
    for client in clients {
        let nothing = applications::revoke(&server.ctx(), &nickname(), &client.id).await;
        assert!(nothing.is_err(), "there is no token");
    }
    server.send(exchange).await.is(400);
}
