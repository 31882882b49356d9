//! Polls of other servers: shown, voted in, and counted.

use serde_json::{Value, json};

use super::host::{Host, PUBLIC};
use crate::federation::joined::{World, counts, seen};
use crate::pages::reader::Reader;
use crate::support::{Backend, Network, Session, about, everyone};

joined_on_every_backend!(
    poll_is_shown_and_its_author_alone_gets_the_vote,
    several_choices_are_votes_of_their_own,
    poll_that_is_over_takes_no_votes,
    votes_of_others_change_the_poll_in_place,
    vote_for_what_is_no_poll_has_no_effect,
);

/// A server, and alice, who follows ann elsewhere.
pub(super) struct Scene {
    pub(super) world: World<1>,
    pub(super) alice: Session,
    pub(super) far: Host,
    pub(super) ann: Value,
}

impl Scene {
    pub(super) async fn on(backend: Backend) -> Self {
        let world = World::<1>::on(Network::of_activitypub(), backend).await;
        let alice = world.servers[0].person("alice").await;
        let far = Host::on(&world.network, "far.example");
        let ann = far.actor("Person", "ann");
        let person = json!({ "objectType": "person", "id": "acct:ann@far.example" });
        alice.done(&about("follow", &person)).await;
        world.deliver().await;
        Self {
            world,
            alice,
            far,
            ann,
        }
    }

    /// A poll of ann's, with so many votes for each choice.
    fn poll(&self, key: &str, votes: [u64; 2]) -> Value {
        let choices = ["Tea & milk", "<Coffee>"].iter().zip(votes);
        let choices = choices.map(|(name, votes)| {
            let replies = json!({ "type": "Collection", "totalItems": votes });
            json!({ "type": "Note", "name": name, "replies": replies })
        });
        let choices: Value = choices.collect();
        json!({
            "id": self.far.url("polls/1"), "type": "Question", "attributedTo": self.ann["id"],
            "to": [PUBLIC], "cc": [self.ann["followers"]], "content": "<p>Which?</p>",
            "published": "2027-01-15T07:00:00Z", "endTime": "2027-01-16T08:00:00Z",
            "votersCount": votes[0] + votes[1], key: choices,
        })
    }

    /// Ann publishes or changes a thing.
    pub(super) async fn send(&self, kind: &str, thing: &Value) {
        let id = thing["id"].as_str().unwrap();
        let activity = json!({
            "@context": "https://www.w3.org/ns/activitystreams", "id": format!("{id}#{kind}"),
            "type": kind, "actor": self.ann["id"], "object": thing,
            "to": thing["to"], "cc": thing["cc"],
        });
        let sent = self.far.send(&self.world.servers[0], &activity).await;
        sent.is(202);
    }

    async fn shown(&self) -> Value {
        let poll = json!({ "objectType": "note", "id": self.far.url("polls/1") });
        seen(&self.alice, &poll).await
    }

    fn vote(&self, choice: &str) -> Value {
        let poll = json!({ "objectType": "note", "id": self.far.url("polls/1") });
        json!({ "verb": "vote", "object": poll, "choice": choice })
    }

    /// The last activity that ann was sent.
    fn sent(&self) -> Value {
        let sent = self.world.network.last_request("far.example/ann/inbox");
        serde_json::from_slice(sent.expect("something was sent").body()).unwrap()
    }

    pub(super) async fn reader(&self) -> Reader {
        Reader::signed_in(&self.world.servers[0], "alice", "").await
    }
}

async fn poll_is_shown_and_its_author_alone_gets_the_vote(backend: Backend) {
    let scene = Scene::on(backend).await;
    scene.send("Create", &scene.poll("oneOf", [1, 0])).await;
    let inbox = scene.alice.feed("inbox/major").await;
    let poll = &inbox["items"][0]["object"];
    let text = "<p>Which?</p><ul><li>Tea &amp; milk (1)</li><li>&lt;Coffee&gt; (0)</li></ul>";
    assert!(
        poll["content"].as_str().unwrap().starts_with(text),
        "{poll}"
    );
    assert_eq!(poll["poll"]["voted"], json!([]));
    let reader = scene.reader().await;
    let home = reader.read("/").await;
    assert!(
        home.contains("<input type=\"radio\" name=\"choice\""),
        "{home}"
    );
    assert!(!home.contains("<li>Tea"), "the list is for other clients");
    let before = scene.alice.ids("inbox/major").await;
    let id = scene.far.url("polls/1");
    let fields = [
        ("id", &*id),
        ("kind", "note"),
        ("back", "/"),
        ("choice", "<Coffee>"),
    ];
    let voted = reader.post("/main/vote", &fields).await;
    assert_eq!(reader.done(&voted), "/");
    scene.world.deliver().await;
    let sent = scene.sent();
    assert_eq!(sent["type"], "Create");
    let vote = &sent["object"];
    assert_eq!(
        (&vote["type"], &vote["name"]),
        (&json!("Note"), &json!("<Coffee>"))
    );
    assert_eq!(
        (&vote["inReplyTo"], vote.get("content")),
        (&json!(id), None)
    );
    for addressed in [&sent, vote] {
        assert_eq!(addressed["to"], json!([scene.ann["id"]]), "{sent}");
        assert!(
            addressed["cc"].as_array().is_none_or(Vec::is_empty),
            "{sent}"
        );
        assert_ne!(addressed["id"], Value::Null);
    }
    assert_eq!(scene.alice.ids("inbox/major").await, before);
    let shown = scene.shown().await;
    assert_eq!(shown["poll"]["voted"], json!(["<Coffee>"]));
    assert_eq!(shown["poll"]["options"][1]["votes"], 1);
    assert!(
        shown["content"]
            .as_str()
            .unwrap()
            .contains("&lt;Coffee&gt; (1)"),
        "{shown}"
    );
    let home = reader.read("/").await;
    assert!(home.contains("you chose this"), "{home}");
    assert!(!home.contains("type=\"radio\""), "{home}");
    for choice in ["<Coffee>", "Tea & milk"] {
        let again = scene.alice.act(&scene.vote(choice)).await;
        assert_eq!(again.refused(400), "You have voted already.");
    }
}

async fn several_choices_are_votes_of_their_own(backend: Backend) {
    let scene = Scene::on(backend).await;
    scene.send("Create", &scene.poll("anyOf", [1, 0])).await;
    let reader = scene.reader().await;
    let home = reader.read("/").await;
    assert!(
        home.contains("<input type=\"checkbox\" name=\"choice\""),
        "{home}"
    );
    let id = scene.far.url("polls/1");
    let fields = [("id", &*id), ("kind", "note"), ("back", "/")];
    let nothing = reader.post("/main/vote", &fields).await.is(400).text();
    assert!(nothing.contains("Choose something first."), "{nothing}");
    for choice in ["Tea & milk", "<Coffee>"] {
        scene.alice.done(&scene.vote(choice)).await;
        scene.world.deliver().await;
        assert_eq!(scene.sent()["object"]["name"], choice);
    }
    let shown = scene.shown().await;
    assert_eq!(shown["poll"]["voted"], json!(["Tea & milk", "<Coffee>"]));
    assert_eq!(shown["poll"]["voters"], 2, "she counts once");
    let again = scene.alice.act(&scene.vote("<Coffee>")).await;
    assert_eq!(again.refused(400), "You have voted already.");
}

async fn poll_that_is_over_takes_no_votes(backend: Backend) {
    let scene = Scene::on(backend).await;
    scene.send("Create", &scene.poll("oneOf", [1, 0])).await;
    let unknown = scene.alice.act(&scene.vote("Water")).await;
    assert_eq!(unknown.refused(400), "The poll has no such choice.");
    scene.alice.server.clock.advance(2 * 86_400);
    let late = scene.alice.act(&scene.vote("<Coffee>")).await;
    assert_eq!(late.refused(400), "This poll is over.");
    assert_eq!(scene.shown().await["poll"]["closed"], true);
    let home = scene.reader().await.read("/").await;
    assert!(home.contains("Ended"), "{home}");
    assert!(!home.contains("type=\"radio\""), "{home}");
    let own = scene.alice.note("no poll", everyone()).await;
    let none = json!({ "verb": "vote", "object": own, "choice": "x" });
    let none = scene.alice.act(&none).await;
    assert_eq!(none.refused(400), "There is no poll.");
}

async fn votes_of_others_change_the_poll_in_place(backend: Backend) {
    let scene = Scene::on(backend).await;
    scene.send("Create", &scene.poll("oneOf", [1, 0])).await;
    let before = scene.alice.ids("inbox").await;
    let first = scene.shown().await;
    for votes in [[1, 1], [4, 2]] {
        scene.send("Update", &scene.poll("oneOf", votes)).await;
    }
    let shown = scene.shown().await;
    assert_eq!(shown["poll"]["options"][0]["votes"], 4);
    assert_eq!(shown["poll"]["voters"], 6);
    assert!(
        shown["content"].as_str().unwrap().contains("milk (4)"),
        "{shown}"
    );
    assert_eq!(shown["updated"], first["updated"]);
    assert_eq!(scene.alice.ids("inbox").await, before);
    let mut edited = scene.poll("oneOf", [0, 0]);
    edited["content"] = "<p>Which one?</p>".into();
    edited["updated"] = "2027-01-15T07:30:00Z".into();
    scene.send("Update", &edited).await;
    assert_eq!(scene.alice.ids("inbox").await.len(), before.len() + 1);
    assert_eq!(scene.shown().await["poll"]["options"][0]["votes"], 0);
    let mut note = edited.clone();
    note["type"] = "Note".into();
    note["updated"] = "2027-01-15T07:40:00Z".into();
    scene.send("Update", &note).await;
    let shown = scene.shown().await;
    assert_eq!(
        (&shown["content"], shown.get("poll")),
        (&json!("<p>Which one?</p>"), None)
    );
}

async fn vote_for_what_is_no_poll_has_no_effect(backend: Backend) {
    let scene = Scene::on(backend).await;
    let note = scene.alice.note("Which?", everyone()).await;
    let vote = json!({
        "id": scene.far.url("votes/1"), "type": "Note", "attributedTo": scene.ann["id"],
        "name": "Tea", "inReplyTo": note["id"], "to": ["https://s0.example/alice"],
    });
    let before = scene.alice.ids("inbox").await;
    scene.send("Create", &vote).await;
    assert_eq!(scene.alice.ids("inbox").await, before);
    assert_eq!(counts(&scene.alice, &note).await, [0, 0, 0]);
}
