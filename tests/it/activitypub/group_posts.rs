//! Groups of other servers, and people there who have their names.

use serde_json::{Value, json};

use super::{
    groups::Scene,
    host::PUBLIC,
};
use crate::support::{Backend, about};

joined_on_every_backend!(
    person_and_group_of_one_name_are_two,
    person_of_the_name_of_a_known_group_is_another,
);

async fn person_and_group_of_one_name_are_two(backend: Backend) {
    let scene = Scene::on(backend).await;
    let (lemmy, server) = (&scene.lemmy, scene.server());
    let [group, person] = [("c/pots", "Group"), ("u/pots", "Person")]
        .map(|(path, kind)| lemmy.actor_at(kind, "pots", path));
    let bob = server.person("bob").await;
    // The address is the person's, and with a mark before it the group's.
    for (address, actor) in [("pots", &person), ("!pots", &group)] {
        let id = format!("acct:{address}@lemmy.example");
        let kind = if *actor == group { "group" } else { "person" };
        bob.done(&about("follow", &json!({ "objectType": kind, "id": id })))
            .await;
        scene.world.deliver().await;
        let inbox = actor["inbox"].as_str().unwrap();
        let sent = scene.world.network.take_bodies(inbox);
        let follow: Value = serde_json::from_slice(&sent[0]).unwrap();
        assert_eq!(follow["object"], actor["id"]);
    }
    let following = bob.ids("following").await;
    let both = ["acct:!pots@lemmy.example", "acct:pots@lemmy.example"];
    assert_eq!(following, both);
    let page = scene.thread(1);
    let create = scene.activity("Create", &page);
    let announce = json!({
        "id": lemmy.url("announce/9"), "type": "Announce", "actor": group["id"],
        "object": create, "to": [PUBLIC],
    });
    lemmy.send(server, &announce).await.is(202);
    let inbox = bob.feed("inbox/major").await;
    assert_eq!(inbox["items"][0]["actor"]["id"], both[0]);
    let note = json!({
        "id": lemmy.url("note/9"), "type": "Note", "attributedTo": person["id"],
        "content": "<p>me</p>", "to": [PUBLIC], "published": "2027-01-15T07:00:00Z",
    });
    let create = json!({
        "id": lemmy.url("create/9"), "type": "Create", "actor": person["id"],
        "object": note, "to": [PUBLIC],
    });
    lemmy.send(server, &create).await.is(202);
    let inbox = bob.feed("inbox/major").await;
    assert_eq!(inbox["items"][0]["actor"]["id"], both[1]);
    assert_eq!(inbox["items"][0]["actor"]["objectType"], "person");
}

async fn person_of_the_name_of_a_known_group_is_another(backend: Backend) {
    let scene = Scene::on(backend).await;
    let (lemmy, server) = (&scene.lemmy, scene.server());
    let person = lemmy.actor_at("Person", "tea", "u/tea");
    let follow = json!({
        "id": lemmy.url("follow/9"), "type": "Follow", "actor": person["id"],
        "object": "https://s0.example/api/user/alice/profile",
    });
    lemmy.send(server, &follow).await.is(202);
    assert_eq!(
        scene.alice.ids("followers").await,
        ["acct:~tea@lemmy.example"]
    );
    let group = "/api/group?id=acct:tea@lemmy.example";
    assert_eq!(scene.alice.get(group).await.ok()["objectType"], "group");
    scene
        .announce(1, &scene.activity("Create", &scene.thread(1)))
        .await;
    let inbox = scene.alice.feed("inbox/major").await;
    assert_eq!(inbox["items"][0]["actor"]["id"], "acct:tea@lemmy.example");
}
