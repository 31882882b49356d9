//! Lists of persons.

use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::support::{TestServer, about};

fn list(name: &str) -> Value {
    let list =
        json!({ "objectType": "collection", "objectTypes": ["person"], "displayName": name });
    json!({ "verb": "create", "object": list })
}

on_every_backend!(
    of_ten_lists_of_one_name_at_once_one_is_made,
    lists_of_different_names_are_made_at_once,
    a_list_is_never_renamed_as_another_one_or_to_nothing,
    of_ten_lists_renamed_alike_at_once_one_is,
);

async fn of_ten_lists_of_one_name_at_once_one_is_made(server: TestServer) {
    let alice = server.person("alice").await;
    let pals = list("Pals");
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

async fn lists_of_different_names_are_made_at_once(server: TestServer) {
    let alice = server.person("alice").await;
    let lists: Vec<Value> = (0..10)
        .map(|number| list(&format!("List {number}")))
        .collect();
    for answer in join_all(lists.iter().map(|list| alice.act(list))).await {
        answer.is(200);
    }
    let made = alice.done(&list("Gone")).await["object"].take();
    alice.done(&about("delete", &made)).await;
    alice.done(&list("Gone")).await;
    alice.act(&list("Gone")).await.refused(400);
}

async fn a_list_is_never_renamed_as_another_one_or_to_nothing(server: TestServer) {
    let alice = server.person("alice").await;
    let pals = alice.done(&list("Pals")).await["object"].take();
    let other = alice.done(&list("Others")).await["object"].take();
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

async fn of_ten_lists_renamed_alike_at_once_one_is(server: TestServer) {
    let alice = server.person("alice").await;
    let mut updates = Vec::new();
    for number in 0..10 {
        let mut made = alice.done(&list(&format!("List {number}"))).await["object"].take();
        made["displayName"] = json!("Pals");
        updates.push(json!({ "verb": "update", "object": made }));
    }
    let answers = join_all(updates.iter().map(|update| alice.act(update))).await;
    assert_eq!(
        answers.iter().filter(|answer| answer.status == 200).count(),
        1
    );
}
