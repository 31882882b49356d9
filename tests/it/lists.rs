//! Lists of persons.

use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::support::about;

fn list(name: &str) -> Value {
    let list =
        json!({ "objectType": "collection", "objectTypes": ["person"], "displayName": name });
    json!({ "verb": "create", "object": list })
}

on_every_backend! {
    async fn of_ten_lists_of_one_name_at_once_one_is_made(server) {
        let alice = server.person("alice").await;
        let pals = list("Pals");
        let answers = join_all((0..10).map(|_| alice.act(&pals))).await;
        let made = answers.iter().filter(|answer| answer.status == 200).count();
        assert_eq!(made, 1);
        for answer in answers.into_iter().filter(|answer| answer.status != 200) {
            assert_eq!(answer.refused(400), "Already have a(n) 'collection' named 'Pals'");
        }
        let named = |page: Value| page["items"].as_array().unwrap().iter().filter(|list| list["displayName"] == "Pals").count();
        assert_eq!(named(alice.feed("lists/person").await), 1);
    }

    async fn lists_of_different_names_are_made_at_once(server) {
        let alice = server.person("alice").await;
        let lists: Vec<Value> = (0..10).map(|number| list(&format!("List {number}"))).collect();
        for answer in join_all(lists.iter().map(|list| alice.act(list))).await {
            answer.is(200);
        }
        let made = alice.done(&list("Gone")).await["object"].take();
        alice.done(&about("delete", &made)).await;
        alice.done(&list("Gone")).await;
        alice.act(&list("Gone")).await.refused(400);
    }
}
