//! Confirmation of email addresses (pump-api 6.5).

mod changes;
mod codes;
mod required;

use hydraulics::{
    model::{Nickname, Secret},
    service::accounts,
};
use serde_json::{Value, json};

use crate::support::{Answer, Credentials, Mailing, Request};

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
