//! Lists of persons: unique names, renames and concurrency.

use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::support::{TestServer, about, named, person_list};

on_every_backend!(
    concurrent_lists_of_one_name_are_created_once,
    lists_of_different_names_are_created_concurrently,
    list_rename_needs_a_free_name,
    concurrent_renames_to_one_name_succeed_once,
    renamed_list_can_be_deleted,
);

async fn concurrent_lists_of_one_name_are_created_once(server: TestServer) {
    let alice = server.person("alice").await;
    let pals = person_list("Pals");
    let answers = join_all((0..10).map(|_| alice.act(&pals))).await;
    let made = answers.iter().filter(|answer| answer.status == 200).count();
    assert_eq!(made, 1);
    for answer in answers.into_iter().filter(|answer| answer.status != 200) {
        assert_eq!(
            answer.refused(400),
            "Already have a(n) 'collection' named 'Pals'"
        );
    }
    let named = |page: Value| {
        page["items"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|list| list["displayName"] == "Pals")
            .count()
    };
    assert_eq!(named(alice.feed("lists/person").await), 1);
}

async fn lists_of_different_names_are_created_concurrently(server: TestServer) {
    let alice = server.person("alice").await;
    let lists: Vec<Value> = (0..10)
        .map(|number| person_list(&format!("List {number}")))
        .collect();
    for answer in join_all(lists.iter().map(|list| alice.act(list))).await {
        answer.is(200);
    }
    let made = alice.done(&person_list("Gone")).await["object"].take();
    alice.done(&about("delete", &made)).await;
    alice.done(&person_list("Gone")).await;
    alice.act(&person_list("Gone")).await.refused(400);
}

async fn list_rename_needs_a_free_name(server: TestServer) {
    let alice = server.person("alice").await;
    let pals = alice.done(&person_list("Pals")).await["object"].take();
    let other = alice.done(&person_list("Others")).await["object"].take();
    let path = other["id"]
        .as_str()
        .unwrap()
        .trim_start_matches("http://pump.example");
    let named = json!({ "objectType": "collection", "id": other["id"] });
    let renamed = |name: Value| {
        let mut list = named.clone();
        list["displayName"] = name;
        list
    };
    let taken = "Already have a(n) 'collection' named 'Pals'";
    let update = json!({ "verb": "update", "object": renamed("Pals".into()) });
    assert_eq!(alice.act(&update).await.refused(400), taken);
    assert_eq!(
        alice.put(path, &renamed("Pals".into())).await.refused(400),
        taken
    );
    let mut of_notes = renamed("Pals".into());
    of_notes["objectTypes"] = json!(["note"]);
    assert_eq!(alice.put(path, &of_notes).await.refused(400), taken);
    for nothing in [Value::Null, "".into(), "\u{200b}".into()] {
        let refusal = alice.put(path, &renamed(nothing)).await.refused(400);
        assert_eq!(refusal, "A list needs a 'displayName'");
    }
    for name in ["Others", "pals", "Pals 2"] {
        let done = alice.put(path, &renamed(name.into())).await.ok();
        assert_eq!(done["displayName"], name);
        assert_eq!(done["objectTypes"], json!(["person"]));
    }
    alice.done(&about("delete", &pals)).await;
    alice.put(path, &renamed("Pals".into())).await.ok();
}

async fn concurrent_renames_to_one_name_succeed_once(server: TestServer) {
    let alice = server.person("alice").await;
    let mut updates = Vec::new();
    for number in 0..10 {
        let mut made = alice.done(&person_list(&format!("List {number}"))).await["object"].take();
        made["displayName"] = json!("Pals");
        updates.push(json!({ "verb": "update", "object": made }));
    }
    let answers = join_all(updates.iter().map(|update| alice.act(update))).await;
    assert_eq!(
        answers.iter().filter(|answer| answer.status == 200).count(),
        1
    );
}

async fn renamed_list_can_be_deleted(server: TestServer) {
    let alice = server.person("alice").await;
    for (name, renamed) in [(Some("A"), json!("C")), (None, json!("B"))] {
        let mut object = json!({ "objectType": "collection", "objectTypes": ["person"] });
        object["displayName"] = json!(name);
        let list = alice
            .done(&json!({ "verb": "create", "object": object }))
            .await["object"]
            .take();
        let mut change = named(&list);
        change["displayName"] = renamed;
        alice
            .done(&json!({ "verb": "update", "object": change }))
            .await;
        alice
            .done(&json!({ "verb": "delete", "object": named(&list) }))
            .await;
        assert_eq!(alice.feed("lists/person").await["totalItems"], 4);
    }
}
