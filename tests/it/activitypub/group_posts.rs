//! Posts of people here to groups of other servers (FEP-1b12).

use serde_json::{Value, json};

use super::{
    groups::{Scene, group_object},
    host::PUBLIC,
};
use crate::support::{Backend, about, comment_on, public};

joined_on_every_backend!(
    post_to_a_group_is_a_page_if_it_has_a_title,
    answer_and_like_in_a_group_go_there,
    person_and_group_of_one_name_are_two,
    person_of_the_name_of_a_known_group_is_another,
);

/// The last activity that was sent to the group.
fn sent(scene: &Scene) -> Value {
    let sent = scene
        .world
        .network
        .take_bodies("https://lemmy.example/tea/inbox");
    serde_json::from_slice(sent.last().unwrap()).unwrap()
}

async fn post_to_a_group_is_a_page_if_it_has_a_title(backend: Backend) {
    let scene = Scene::on(backend).await;
    let group = scene.group["id"].clone();
    for (title, kind) in [(Some("Pots"), "Page"), (None, "Note")] {
        let mut note = json!({ "objectType": "note", "content": "<p>Clay?</p>" });
        if let Some(title) = title {
            note["displayName"] = title.into();
        }
        let post = json!({ "object": note, "to": [public(), group_object()] });
        scene.alice.done(&post).await;
        scene.world.deliver().await;
        let create = sent(&scene);
        assert_eq!(create["type"], "Create");
        for part in [&create, &create["object"]] {
            assert_eq!(part["to"], json!([PUBLIC, group]), "{part}");
            assert_eq!(part["audience"], group);
        }
        let page = &create["object"];
        assert_eq!(page["type"], kind);
        assert_eq!(page["name"].as_str(), title);
        assert_eq!(page["content"], "<p>Clay?</p>");
    }
    // Not everyone is addressed unless the author does so.
    let post = json!({
        "object": { "objectType": "note", "content": "for us" }, "to": [group_object()],
    });
    scene.alice.done(&post).await;
    scene.world.deliver().await;
    let create = sent(&scene);
    assert_eq!(
        [&create["to"], &create["cc"]],
        [&json!([group]), &json!([])]
    );
}

async fn answer_and_like_in_a_group_go_there(backend: Backend) {
    let scene = Scene::on(backend).await;
    let page = scene.thread(1);
    scene.announce(1, &scene.activity("Create", &page)).await;
    let thread = json!({ "objectType": "article", "id": page["id"] });
    let comment = scene.alice.done(&comment_on(&thread, "clay")).await["object"].take();
    scene.world.deliver().await;
    let create = sent(&scene);
    assert_eq!(create["object"]["type"], "Note");
    assert_eq!(create["object"]["inReplyTo"], page["id"]);
    assert_eq!(create["object"]["audience"], scene.group["id"]);
    for (verb, kind) in [("like", "Like"), ("unlike", "Undo")] {
        scene.alice.done(&about(verb, &thread)).await;
        scene.world.deliver().await;
        let like = sent(&scene);
        assert_eq!(like["type"], kind);
        assert_eq!(like["audience"], scene.group["id"]);
        assert_eq!(like["to"], json!([scene.ann["id"]]));
    }
    // An answer to the answer stays in the group.
    let bob = scene.server().person("bob").await;
    bob.done(&comment_on(&comment, "glass")).await;
    scene.world.deliver().await;
    assert_eq!(sent(&scene)["object"]["audience"], scene.group["id"]);
    // One who does not follow the group answers the author alone.
    bob.done(&comment_on(&thread, "tin")).await;
    scene.world.deliver().await;
    let none = scene
        .world
        .network
        .take_bodies("https://lemmy.example/tea/inbox");
    assert!(none.is_empty(), "{none:?}");
}

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
