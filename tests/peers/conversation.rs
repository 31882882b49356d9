//! Three servers show the same conversation.

use serde_json::json;

use crate::{
    person::{Person, text},
    server::Server,
};

/// Everyone follows everyone.
pub(crate) async fn befriend(people: &[&Person]) {
    for person in people {
        for other in people.iter().filter(|other| other.id() != person.id()) {
            let follow = json!({ "verb": "follow", "object": other.reference() });
            person.perform(follow).await;
        }
    }
    for person in people {
        let others = people.iter().filter(|other| other.id() != person.id());
        let mut expected: Vec<String> = others.map(|other| other.id()).collect();
        expected.sort_unstable();
        person.has("followers", |ids| ids == expected).await;
        person.has("following", |ids| ids == expected).await;
    }
}

#[tokio::test]
async fn conversation_is_the_same_on_three_servers() {
    let mut a = Server::on_sqlite("127.0.0.12", "alice");
    let mut b = Server::on_postgres("127.0.0.13", "bob", "conversation").await;
    let mut c = Server::on_sqlite("127.0.0.14", "carol");
    for server in [&mut a, &mut b, &mut c] {
        server.start();
    }
    let alice = Person::at("alice", &a, 0);
    let bob = Person::at("bob", &b, 1);
    let carol = Person::at("carol", &c, 0);
    befriend(&[&alice, &bob, &carol]).await;

    let note = json!({ "objectType": "note", "content": "Tea?", "displayName": "Tea" });
    let public = json!([{
        "objectType": "collection", "id": "http://activityschema.org/collection/public"
    }]);
    let posted = alice.perform(json!({ "object": note, "to": public })).await;
    let (post, note) = (text(&posted["id"]), text(&posted["object"]["id"]));
    for person in [&bob, &carol] {
        person.has("inbox", |ids| ids.contains(&post)).await;
    }

    let parent = json!({ "objectType": "note", "id": note });
    for (person, words) in [(&bob, "Yes."), (&carol, "Me, too.")] {
        let comment = json!({ "objectType": "comment", "content": words, "inReplyTo": parent });
        person
            .perform(json!({ "verb": "post", "object": comment }))
            .await;
        person
            .perform(json!({ "verb": "favorite", "object": parent }))
            .await;
    }
    bob.perform(json!({ "verb": "share", "object": parent }))
        .await;

    for person in [&alice, &bob, &carol] {
        let is_whole = |seen: &serde_json::Value| {
            let replies = seen["replies"]["items"].as_array();
            let mut words: Vec<&str> = replies
                .into_iter()
                .flatten()
                .filter_map(|reply| reply["content"].as_str())
                .collect();
            words.sort_unstable();
            words == ["Me, too.", "Yes."]
                && seen["likes"]["totalItems"] == 2
                && seen["shares"]["totalItems"] == 1
                && seen["content"] == "Tea?"
        };
        person.sees("note", &note, is_whole).await;
    }

    let edited = json!({ "objectType": "note", "id": note, "content": "Coffee?" });
    alice
        .perform(json!({ "verb": "update", "object": edited }))
        .await;
    for person in [&bob, &carol] {
        person
            .sees("note", &note, |seen| seen["content"] == "Coffee?")
            .await;
    }
    bob.perform(json!({ "verb": "unfavorite", "object": parent }))
        .await;
    for person in [&alice, &bob, &carol] {
        let has_one_like = |seen: &serde_json::Value| seen["likes"]["totalItems"] == 1;
        person.sees("note", &note, has_one_like).await;
    }
}
