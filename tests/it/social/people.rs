//! A new person, their profile and account, and lists of persons.

use serde_json::{Value, json};

use crate::support::{BASE, TestServer, about, ids};

on_every_backend!(
    new_person_has_the_default_activities_and_lists,
    whoami_redirects_to_the_profile,
    list_is_created_filled_emptied_and_deleted,
    remote_person_can_be_added_to_a_list,
    profile_update_by_put_or_verb_reaches_followers,
    account_is_changed_by_its_owner_with_the_password,
);

async fn new_person_has_the_default_activities_and_lists(server: TestServer) {
    let alice = server.person("alice").await;
    let feed = alice.feed("feed").await;
    assert_eq!(feed["displayName"], "Activities by alice");
    assert_eq!(
        (&feed["totalItems"], &feed["objectTypes"]),
        (&json!(5), &json!(["activity"]))
    );
    assert_eq!(
        alice.verbs("feed").await,
        ["create", "create", "create", "create", "join"]
    );
    let lists = alice.feed("lists/person").await;
    let names: Vec<_> = lists["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|list| &list["displayName"])
        .collect();
    assert_eq!(names, ["Coworkers", "Acquaintances", "Family", "Friends"]);
    assert_eq!(lists["items"][0]["members"]["totalItems"], 0);
    let user = alice.get("/api/user/alice").await.ok();
    assert_eq!(user["profile"]["id"], "acct:alice@pump.example");
    assert_eq!(
        user["profile"]["links"]["self"]["href"],
        format!("{BASE}/api/user/alice/profile")
    );
    assert_eq!(
        user["profile"]["lists"],
        json!({ "url": format!("{BASE}/api/user/alice/lists/person"), "totalItems": 4 })
    );
}

async fn whoami_redirects_to_the_profile(server: TestServer) {
    let alice = server.person("alice").await;
    let reply = alice.get("/api/whoami").await;
    assert_eq!(reply.status.as_u16(), 302);
    let location = reply.headers["location"].to_str().unwrap();
    let profile = alice.get(location).await.ok();
    assert_eq!(profile["links"]["self"]["href"], location);
    assert_eq!(profile["preferredUsername"], "alice");
}

async fn list_is_created_filled_emptied_and_deleted(server: TestServer) {
    let (alice, bob) = (server.person("alice").await, server.person("bob").await);
    let create = json!({
        "verb": "create",
        "object": {
            "objectType": "collection",
            "objectTypes": ["person"],
            "displayName": "Pals",
            "content": "<i>good</i> ones",
        },
    });
    let list = alice.done(&create).await["object"].take();
    assert!(
        alice
            .act(&create)
            .await
            .refused(400)
            .starts_with("Already have")
    );
    assert_eq!(
        alice.ids("lists/person").await[0],
        list["id"].as_str().unwrap()
    );
    let target = json!({ "objectType": "collection", "id": list["id"] });
    let add = json!({ "verb": "add", "object": bob.person(), "target": target });
    let added = alice.done(&add).await;
    assert_eq!(
        (
            &added["target"]["id"],
            &added["target"]["members"]["totalItems"]
        ),
        (&list["id"], &json!(1))
    );
    assert_eq!(added["target"]["members"]["items"], json!([bob.person()]));
    assert!(bob.act(&add).await.refused(400).ends_with("not author."));
    let members = alice
        .get(&format!("{}/members", list["id"].as_str().unwrap()))
        .await
        .ok();
    assert_eq!(
        (ids(&members), &members["displayName"]),
        (vec![bob.id()], &json!("Members of Pals by alice"))
    );
    let note = alice.note("x", json!({})).await;
    let wrong = json!({
        "verb": "add",
        "object": { "objectType": "note", "id": note["id"] },
        "target": target,
    });
    assert!(
        alice
            .act(&wrong)
            .await
            .refused(400)
            .ends_with("incorrect type.")
    );

    let remove = json!({ "verb": "remove", "object": bob.person(), "target": target });
    alice.done(&remove).await;
    assert!(
        alice
            .act(&remove)
            .await
            .refused(400)
            .contains("not found in stream")
    );
    alice.done(&about("delete", &list)).await;
    assert_eq!(alice.feed("lists/person").await["totalItems"], 4);
    alice.done(&create).await;
}

async fn remote_person_can_be_added_to_a_list(server: TestServer) {
    let alice = server.person("alice").await;
    let lists = alice.feed("lists/person").await;
    let erin = json!({ "objectType": "person", "id": "acct:erin@elsewhere.example" });
    let done = alice
        .done(&json!({ "verb": "add", "object": erin, "target": lists["items"][0] }))
        .await;
    assert_eq!(done["object"]["id"], erin["id"]);
    let members = lists["items"][0]["members"]["url"].as_str().unwrap();
    assert_eq!(
        ids(&alice.get(members).await.ok()),
        ["acct:erin@elsewhere.example"]
    );
}

async fn profile_update_by_put_or_verb_reaches_followers(server: TestServer) {
    let (alice, bob) = (server.person("alice").await, server.person("bob").await);
    bob.follow(&alice).await;
    let place = json!({ "objectType": "place", "displayName": "Montréal" });
    let put = alice
        .put(
            "/api/user/alice/profile",
            &json!({
                "objectType": "person", "displayName": "Alice A.",
                "summary": "<b>hi</b><script></script>", "location": place,
                "preferredUsername": "mallory", "followers": { "url": "http://evil.example/" },
            }),
        )
        .await
        .ok();
    assert_eq!(
        (&put["displayName"], &put["summary"], &put["location"]),
        (&json!("Alice A."), &json!("<b>hi</b>"), &place)
    );
    assert_eq!(
        (&put["preferredUsername"], &put["followers"]["url"]),
        (
            &json!("alice"),
            &json!(format!("{BASE}/api/user/alice/followers"))
        )
    );
    alice
        .done(&json!({
            "verb": "update",
            "object": {
                "objectType": "person",
                "id": alice.id(),
                "displayName": "Alice B.",
                "pump_io": {
                    "fullImage": { "url": "http://pump.example/x.png" },
                    "followed": true,
                },
            },
        }))
        .await;
    let seen = bob.get("/api/user/alice").await.ok();
    assert_eq!(
        (
            &seen["profile"]["displayName"],
            &seen["profile"]["pump_io"]["fullImage"]["url"]
        ),
        (&json!("Alice B."), &json!("http://pump.example/x.png"))
    );
    assert_eq!(bob.verbs("inbox/minor").await[..2], ["update", "update"]);
    assert_eq!(
        alice.feed("feed").await["displayName"],
        "Activities by Alice B."
    );
    bob.put("/api/user/alice/profile", &json!({ "displayName": "x" }))
        .await
        .refused(401);
    bob.act(&json!({
        "verb": "update",
        "object": { "objectType": "person", "id": alice.id(), "displayName": "x" },
    }))
    .await
    .refused(400);
}

async fn account_is_changed_by_its_owner_with_the_password(server: TestServer) {
    let (alice, bob) = (server.person("alice").await, server.person("bob").await);
    let change = json!({
        "nickname": "alice",
        "password": "another-horse-10",
        "email": "a@b.example",
        "settings": { "x": 1 },
    });
    // One after the other: another address needs the present password.
    let mut password = change.clone();
    password.as_object_mut().unwrap().remove("email");
    alice.put("/api/user/alice", &password).await.ok();
    let user = alice.put("/api/user/alice", &change).await.ok();
    assert_eq!(
        (&user["email"], &user["settings"]["x"], user.get("password")),
        (&json!("a@b.example"), &json!(1), None)
    );
    let seen = bob.get("/api/user/alice").await.ok();
    assert!(seen.get("email").is_none() && seen.get("settings").is_none());
    bob.put("/api/user/alice", &change).await.refused(401);
    for (field, value) in [
        ("nickname", json!("other")),
        ("password", json!("short")),
        ("password", Value::Null),
        ("email", json!("no")),
    ] {
        let mut wrong = change.clone();
        wrong[field] = value;
        alice.put("/api/user/alice", &wrong).await.refused(400);
    }
    let users = alice.get("/api/users?count=50").await.ok();
    assert_eq!(users["items"][0]["nickname"], "bob");
    assert_eq!(
        (&users["totalItems"], &users["items"][1]["profile"]["id"]),
        (&json!(2), &json!(alice.id()))
    );
    assert_eq!(
        ids(&json!({
            "items": [alice.get("/api/users?before=bob").await.ok()["items"][0]["profile"]],
        })),
        [alice.id()]
    );
    alice.get("/api/users?before=nobody").await.refused(400);
}
