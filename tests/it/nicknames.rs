//! Nicknames: unique and reserved without regard to case.

use hydraulics::{
    model::{Nickname, Secret},
    service::accounts::{self, Registration},
    storage::{Change, Expect},
};
use serde_json::json;

use crate::support::{PASSWORD, Request, TestServer};

/// Registers an account over the API; the status of the answer.
async fn register(server: &TestServer, nickname: &str) -> u16 {
    let client = server.client().await;
    let body = json!({ "nickname": nickname, "password": PASSWORD });
    let request = Request::post("/api/users").json(&body).by(&client);
    server.send(request).await.status.as_u16()
}

on_every_backend!(
    nickname_is_unique_without_regard_to_case,
    reserved_names_are_refused_in_any_case,
    existing_account_keeps_a_name_reserved_later,
);

async fn nickname_is_unique_without_regard_to_case(server: TestServer) {
    server.account("alice").await;
    assert_eq!(register(&server, "Alice").await, 409);
    accounts::remove(&server.ctx(), &Nickname::parse("alice").unwrap())
        .await
        .unwrap();
    for name in ["Alice", "ALICE", "alice"] {
        assert_eq!(
            register(&server, name).await,
            409,
            "{name} is not given again"
        );
    }
    assert_eq!(register(&server, "Bob").await, 200);
    let bob = Request::get("/api/user/Bob");
    assert_eq!(
        server.send(bob).await.ok()["nickname"],
        "Bob",
        "it is spelt as it was given"
    );
}

async fn reserved_names_are_refused_in_any_case(server: TestServer) {
    let of_host = ["pump.example", "Pump.Example"];
    let words = [
        "api",
        "API",
        "Main",
        "OAuth",
        "Readyz",
        "admin",
        "Postmaster",
    ];
    for name in words.into_iter().chain(of_host) {
        assert_eq!(register(&server, name).await, 400, "{name}");
    }
    for (name, given) in [("admin", true), ("API", false)] {
        let registration = Registration::new(name, Secret::new(PASSWORD));
        let made = accounts::register(&server.ctx(), registration).await;
        assert_eq!(
            made.is_ok(),
            given,
            "the operator gives names of roles: {name}"
        );
    }
}

async fn existing_account_keeps_a_name_reserved_later(server: TestServer) {
    let storage = server.app.storage();
    server.account("alice").await;
    for name in ["Alice", "API"] {
        // As it was made before.
        let found = storage
            .find_account(&Nickname::parse("alice").unwrap())
            .await
            .unwrap();
        let mut account = found.unwrap();
        account.nickname = Nickname::parse(name).unwrap();
        account.person = format!("acct:{name}@pump.example");
        let found = storage
            .find_objects(&["acct:alice@pump.example"])
            .await
            .unwrap()
            .remove(0);
        let mut person = (*found.unwrap()).clone();
        person.id.clone_from(&account.person);
        person.uuid = format!("uuid of {name}");
        person
            .body
            .insert("id".into(), account.person.as_str().into());
        let changes = vec![
            Change::PutObject {
                object: person,
                expect: Expect::Absent,
            },
            Change::PutAccount {
                account,
                expect: Expect::Any,
            },
        ];
        storage.commit(changes).await.unwrap();
        let nickname = Nickname::parse(name).unwrap();
        accounts::set_password(&server.ctx(), &nickname, &Secret::new("another-good-1"))
            .await
            .unwrap();
        let user = server
            .send(Request::get(&format!("/api/user/{name}")))
            .await
            .ok();
        assert_eq!(user["nickname"], name);
    }
    let alice = server.send(Request::get("/api/user/alice")).await.ok();
    assert_eq!(alice["nickname"], "alice");
}
