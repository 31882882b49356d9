//! Documents of a group.

use serde_json::{Value, json};

use super::{create, feed};
use crate::support::{TestServer, about, everyone, ids, named};

on_every_backend!(members_add_and_remove_documents,);

async fn members_add_and_remove_documents(server: TestServer) {
    let [alice, bob, carol] = server.people(["alice", "bob", "carol"]).await;
    let group = create(&alice, "Pumpers", everyone()).await;
    bob.done(&about("join", &group)).await;
    let open = bob.note("open", everyone()).await;
    let hidden = bob.note("hidden", json!({ "to": [bob.person()] })).await;
    let moved = |verb: &str, object: &Value| {
        json!({
            "verb": verb,
            "object": named(object),
            "target": named(&group),
        })
    };
    assert_eq!(
        carol.act(&moved("add", &open)).await.refused(400),
        "Actor is not a member of the group."
    );
    let added = bob.done(&moved("add", &open)).await;
    assert_eq!(
        (
            &added["to"][0]["id"],
            &added["target"]["documents"]["totalItems"]
        ),
        (&group["id"], &json!(1))
    );
    assert_eq!(
        bob.act(&moved("add", &open)).await.refused(400),
        "Group already contains object."
    );
    bob.done(&moved("add", &hidden)).await;
    let documents = feed(&carol, &group, "documents").await;
    assert_eq!(
        (ids(&documents), &documents["totalItems"]),
        (vec![open["id"].as_str().unwrap().into()], &json!(1))
    );
    assert_eq!(
        (
            &documents["items"][0]["liked"],
            &documents["items"][0]["author"]["id"]
        ),
        (&json!(false), &json!(bob.id()))
    );
    assert_eq!(
        carol.get(group["id"].as_str().unwrap()).await.ok()["documents"]["totalItems"],
        1
    );
    assert_eq!(feed(&bob, &group, "documents").await["totalItems"], 2);

    let posted = bob
        .done(&json!({
            "object": { "objectType": "note", "content": "a document" },
            "target": named(&group),
        }))
        .await;
    assert_eq!(posted["to"][0]["id"], group["id"]);
    assert_eq!(
        ids(&feed(&bob, &group, "documents").await)[0],
        posted["object"]["id"].as_str().unwrap()
    );

    assert_eq!(
        carol.act(&moved("remove", &open)).await.refused(400),
        "Actor is not a member of the group."
    );
    bob.done(&moved("remove", &open)).await;
    assert!(
        bob.act(&moved("remove", &open))
            .await
            .refused(400)
            .contains("not found in stream 'group:")
    );
    assert_eq!(feed(&carol, &group, "documents").await["totalItems"], 0);
}
