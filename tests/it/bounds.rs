//! Bounds on the size and depth of objects, activities and accounts.

use serde_json::{Value, json};

use crate::support::{Session, TestServer, everyone, id};

fn long(bytes: usize) -> String {
    "x".repeat(bytes)
}

/// An object that is nested so deep.
fn nested(levels: usize) -> Value {
    (1..levels).fold(json!({}), |inner, _| json!([inner]))
}

/// Posts an object.
async fn post(who: &Session, object: Value) -> crate::support::Answer {
    who.act(&json!({ "verb": "post", "object": object })).await
}

on_every_backend!(
    object_size_is_bounded_as_stored,
    object_cannot_grow_beyond_its_bound_by_updates,
    names_ids_and_types_are_bounded,
    size_of_objects_that_an_activity_names_is_bounded,
    json_is_nested_32_levels_deep_at_most,
    extra_properties_of_a_new_account_are_bounded,
    recipients_and_profiles_are_bounded,
);

async fn object_size_is_bounded_as_stored(server: TestServer) {
    let alice = server.person("alice").await;
    let escaped = |count: usize| json!({ "objectType": "note", "content": "<".repeat(count) });
    let refused = post(&alice, escaped(99_000)).await.refused(413);
    assert!(refused.contains("131072 bytes"), "{refused}");
    post(&alice, escaped(30_000)).await.ok();
    post(
        &alice,
        json!({ "objectType": "article", "content": long(100_000) }),
    )
    .await
    .ok();
    alice
        .act(&json!({ "object": { "objectType": "note" }, "content": "<".repeat(50_000) }))
        .await
        .refused(413);
    for kind in ["group", "collection", "service"] {
        post(
            &alice,
            json!({ "objectType": kind, "content": long(20_000) }),
        )
        .await
        .refused(413);
    }
    assert_eq!(alice.feed("feed/major").await["totalItems"], 2);
}

async fn object_cannot_grow_beyond_its_bound_by_updates(server: TestServer) {
    let alice = server.person("alice").await;
    let note = alice.note(&long(90_000), everyone()).await;
    alice
        .put(id(&note), &json!({ "first": long(30_000) }))
        .await
        .ok();
    alice
        .put(id(&note), &json!({ "second": long(30_000) }))
        .await
        .refused(413);
    let stands = alice.get(id(&note)).await.ok();
    assert_eq!(
        (stands["first"].is_string(), stands.get("second")),
        (true, None)
    );
    let list =
        json!({ "objectType": "collection", "objectTypes": ["person"], "displayName": "Many" });
    let list = post(&alice, list).await.ok()["object"].take();
    alice
        .put(id(&list), &json!({ "content": long(10_000) }))
        .await
        .ok();
    alice
        .put(id(&list), &json!({ "summary": long(10_000) }))
        .await
        .refused(413);
}

async fn names_ids_and_types_are_bounded(server: TestServer) {
    let alice = server.person("alice").await;
    let note = |key: &str, value: Value| json!({ "object": { "objectType": "note", key: value } });
    let person = |bytes: usize| {
        json!({
            "objectType": "person",
            "id": format!("acct:{}@elsewhere.example", long(bytes - 23)),
        })
    };
    let image = json!({ "objectType": "image", "id": "urn:example:i" });
    for (activity, is_fine) in [
        (json!({ "object": { "objectType": long(256) } }), true),
        (json!({ "object": { "objectType": long(257) } }), false),
        (json!({ "object": { "objectType": long(99_000) } }), false),
        (
            note("id", format!("urn:example:{}", long(2_048 - 12)).into()),
            true,
        ),
        (
            note("id", format!("urn:example:{}", long(2_048 - 11)).into()),
            false,
        ),
        (note("displayName", long(1_024).into()), true),
        (note("displayName", long(1_025).into()), false),
        (
            note("url", format!("http://pump.example/{}", long(2_048)).into()),
            false,
        ),
        (
            note(
                "inReplyTo",
                json!({ "objectType": "note", "id": long(2_049) }),
            ),
            false,
        ),
        (note("attachments", vec![image.clone(); 200].into()), true),
        (note("attachments", vec![image; 201].into()), false),
        (note("tags", vec!["tag"; 201].into()), false),
        (
            json!({ "object": { "objectType": "note" }, "to": [person(2_048)] }),
            true,
        ),
        (
            json!({ "object": { "objectType": "note" }, "cc": [person(2_049)] }),
            false,
        ),
        (
            json!({ "verb": long(257), "object": { "objectType": "note" } }),
            false,
        ),
        (json!({ "verb": "follow", "object": person(2_049) }), false),
        (json!({ "verb": "follow", "object": long(2_049) }), false),
        (
            json!({ "verb": "read", "title": long(1_025), "object": { "objectType": "note" } }),
            false,
        ),
    ] {
        let answer = alice.act(&activity).await;
        let said = activity.to_string();
        if is_fine {
            answer.ok();
        } else {
            let error = answer.refused(400);
            assert!(
                error.contains("and no more"),
                "{error}: {}",
                &said[..said.len().min(200)]
            );
        }
    }
    alice
        .put(
            "/api/user/alice/profile",
            &json!({ "displayName": long(1_025) }),
        )
        .await
        .refused(400);
    alice
        .post("/api/user/alice/following", &person(2_049))
        .await
        .refused(400);
}

async fn size_of_objects_that_an_activity_names_is_bounded(server: TestServer) {
    let alice = server.person("alice").await;
    let mut large = Vec::new();
    for _ in 0..90 {
        let note = alice.note(&long(98_000), everyone()).await;
        large.push(json!({ "objectType": "note", "id": note["id"] }));
    }
    let naming = |count: usize| json!({ "object": { "objectType": "note" }, "cc": large[..count] });
    alice.act(&naming(80)).await.ok();
    let refused = alice.act(&naming(90)).await.refused(413);
    assert!(refused.contains("names"), "{refused}");
}

async fn json_is_nested_32_levels_deep_at_most(server: TestServer) {
    let alice = server.person("alice").await;
    let activity = |levels| json!({ "object": { "objectType": "note", "z": nested(levels) } });
    alice.act(&activity(30)).await.ok();
    let refused = alice.act(&activity(31)).await.refused(400);
    assert!(refused.contains("32 levels"), "{refused}");
    let profile = |levels| json!({ "z": nested(levels) });
    alice
        .put("/api/user/alice/profile", &profile(31))
        .await
        .ok();
    alice
        .put("/api/user/alice/profile", &profile(32))
        .await
        .refused(400);
    let act = hydraulics::service::activity::perform_json;
    let nickname = hydraulics::model::Nickname::parse("alice").unwrap();
    let ctx = hydraulics::service::accounts::signed_in(&server.app, &nickname)
        .await
        .unwrap();
    assert!(act(&ctx, activity(30)).await.is_ok());
    assert!(act(&ctx, activity(31)).await.is_err());
}

async fn extra_properties_of_a_new_account_are_bounded(server: TestServer) {
    let client = server.person("alice").await.two_legged();
    let user = |bytes| {
        json!({
            "nickname": "bob",
            "password": "a very fine Passphrase 7",
            "x": long(bytes),
        })
    };
    client.post("/api/users", &user(20_000)).await.refused(413);
    client.post("/api/users", &user(1_000)).await.ok();
}

async fn recipients_and_profiles_are_bounded(server: TestServer) {
    let alice = server.person("alice").await;
    let many = |count: usize| {
        (0..count)
            .map(
                |n| json!({ "objectType": "person", "id": format!("acct:p{n}@elsewhere.example") }),
            )
            .collect::<Vec<_>>()
    };
    alice
        .act(&json!({ "object": { "objectType": "note" }, "to": many(201) }))
        .await
        .refused(400);
    alice
        .done(&json!({ "object": { "objectType": "note" }, "to": many(100), "cc": many(100) }))
        .await;
    let long = json!({ "summary": "x".repeat(20_000) });
    alice
        .put("/api/user/alice/profile", &long)
        .await
        .refused(413);
    let extra =
        json!({ "nickname": "alice", "password": "another-horse-10", "x": "x".repeat(20_000) });
    alice.put("/api/user/alice", &extra).await.refused(413);
}
