//! Activities that groups of this server pass on (FEP-1b12).

use serde_json::{Value, json};

use super::{
    ACTIVITY, document,
    host::PUBLIC,
    own_groups::{Scene, group_of},
    path_of, read,
};
use crate::federation::joined::{World, counts};
use crate::support::{Backend, Network, about, comment_on, everyone, id, named, public};

joined_on_every_backend!(
    post_of_a_remote_member_reaches_all_members,
    post_of_a_stranger_does_not_reach_the_group,
    post_here_is_passed_on_to_remote_members,
    post_for_members_is_passed_on_to_members_only,
    reactions_and_changes_are_passed_on,
    group_of_this_software_is_joined_from_another_server,
);

async fn post_of_a_remote_member_reaches_all_members(backend: Backend) {
    let scene = Box::pin(Scene::joined(backend)).await;
    let note = scene.note(1, &[PUBLIC]);
    let create = scene.activity("Create", &note);
    for _ in 0..2 {
        scene.mastodon.send(scene.server(), &create).await.is(202);
    }
    let inbox = scene.bob.feed("inbox/major").await;
    assert_eq!(inbox["items"][0]["object"]["content"], "<p>Which pot?</p>");
    let inbox = format!("{}/inbox", id(&scene.group));
    let inbox = scene.bob.get(&inbox).await.ok();
    assert_eq!(inbox["items"][0]["id"], create["id"]);
    for host in [&scene.lemmy, &scene.mastodon] {
        let sent = scene.sent_to(host).await;
        let [whole, thread] = &*sent else {
            panic!("{sent:?}")
        };
        for announce in [whole, thread] {
            assert_eq!(announce["type"], "Announce");
            assert_eq!(announce["actor"], scene.group["id"]);
            assert_eq!(announce["to"], json!([PUBLIC]));
            assert!(
                announce["cc"]
                    .to_string()
                    .contains(&format!("{}/members", id(&scene.group)))
            );
        }
        let passed = &whole["object"];
        assert_eq!(passed["type"], "Create");
        assert_eq!(passed["id"], create["id"]);
        assert_eq!(passed["actor"], scene.mia["id"]);
        assert_eq!(passed["object"]["id"], note["id"]);
        assert_eq!(passed["object"]["attributedTo"], scene.mia["id"]);
        assert_eq!(thread["object"], note["id"]);
    }
    let outbox = document(
        scene.server(),
        &format!("{}/outbox", path_of(&scene.group["id"])),
    )
    .await;
    assert_eq!(outbox["totalItems"], 2);
}

async fn post_of_a_stranger_does_not_reach_the_group(backend: Backend) {
    let scene = Scene::on(backend).await;
    let before = scene.bob.ids("inbox").await;
    let create = scene.activity("Create", &scene.note(1, &[PUBLIC]));
    scene.mastodon.send(scene.server(), &create).await.is(202);
    assert_eq!(scene.bob.ids("inbox").await, before);
    assert!(
        !scene
            .alice
            .ids("inbox")
            .await
            .contains(&id(&create).to_owned())
    );
    assert_eq!(scene.sent_to(&scene.mastodon).await, [json!(null); 0]);
    // A thing that names the group in `audience` alone is for it as well.
    scene.follow(&scene.mastodon, &scene.mia).await;
    let mut page = scene.note(2, &[PUBLIC]);
    page["type"] = "Page".into();
    page["name"] = "Pots".into();
    page["cc"] = json!([]);
    page["audience"] = scene.group["id"].clone();
    let mut create = scene.activity("Create", &page);
    create["audience"] = scene.group["id"].clone();
    scene.mastodon.send(scene.server(), &create).await.is(202);
    let inbox = scene.bob.feed("inbox/major").await;
    assert_eq!(inbox["items"][0]["object"]["displayName"], "Pots");
}

async fn post_here_is_passed_on_to_remote_members(backend: Backend) {
    let scene = Box::pin(Scene::joined(backend)).await;
    let to = json!({ "to": [public(), named(&scene.group)] });
    let note = scene.bob.note("hello", to).await;
    let sent = scene.sent_to(&scene.lemmy).await;
    let announces: Vec<&Value> = sent
        .iter()
        .filter(|one| one["type"] == "Announce")
        .collect();
    let [whole, thread] = &*announces else {
        panic!("{sent:?}")
    };
    let create = &whole["object"];
    assert_eq!(create["type"], "Create");
    assert_eq!(create["object"]["content"], "hello");
    assert_eq!(create["audience"], scene.group["id"]);
    assert_eq!(thread["object"], note["id"]);
    // Others ask for it by its id.
    let fetched = document(scene.server(), path_of(&create["id"])).await;
    assert_eq!(fetched["type"], "Create");
    assert_eq!(fetched["object"]["id"], note["id"]);
    assert_eq!(fetched["object"]["to"], fetched["to"]);
    assert!(fetched["to"].to_string().contains(PUBLIC), "{fetched}");
    let announce = document(scene.server(), path_of(&whole["id"])).await;
    assert_eq!(announce["type"], "Announce");
    assert_eq!(announce["actor"], scene.group["id"]);
}

async fn post_for_members_is_passed_on_to_members_only(backend: Backend) {
    let scene = Box::pin(Scene::joined(backend)).await;
    let note = scene
        .bob
        .note("for us", json!({ "to": [named(&scene.group)] }))
        .await;
    let sent = scene.sent_to(&scene.lemmy).await;
    let [whole, thread] = &*sent else {
        panic!("{sent:?}")
    };
    for announce in [whole, thread] {
        let members = json!([format!("{}/members", id(&scene.group))]);
        assert_eq!(announce["to"], members, "{announce}");
        assert_eq!(announce["cc"], json!([]));
        read(scene.server(), path_of(&announce["id"]), ACTIVITY)
            .await
            .is(401);
    }
    assert_eq!(whole["object"]["to"], json!([scene.group["id"]]));
    read(scene.server(), path_of(&note["id"]), ACTIVITY)
        .await
        .is(401);
    let outbox = format!("{}/outbox", path_of(&scene.group["id"]));
    assert_eq!(document(scene.server(), &outbox).await["totalItems"], 0);
}

async fn reactions_and_changes_are_passed_on(backend: Backend) {
    let scene = Box::pin(Scene::joined(backend)).await;
    let note = scene.note(1, &[PUBLIC]);
    let create = scene.activity("Create", &note);
    scene.mastodon.send(scene.server(), &create).await.is(202);
    scene.sent_to(&scene.lemmy).await;
    let thing = json!({ "objectType": "note", "id": note["id"] });
    let kinds = |sent: &[Value]| -> Vec<String> {
        let kinds = sent.iter().filter(|one| one["type"] == "Announce");
        kinds
            .map(|one| one["object"]["type"].as_str().unwrap_or("id").to_owned())
            .collect()
    };
    scene.bob.done(&comment_on(&thing, "clay")).await;
    assert_eq!(kinds(&scene.sent_to(&scene.lemmy).await), ["Create"]);
    for (verb, kind) in [("like", "Like"), ("unlike", "Undo")] {
        scene.bob.done(&about(verb, &thing)).await;
        let sent = scene.sent_to(&scene.lemmy).await;
        assert_eq!(kinds(&sent), [kind], "{sent:?}");
    }
    let mut like = scene.activity("Like", &note);
    like["object"] = note["id"].clone();
    like["to"] = json!([]);
    like["cc"] = json!([]);
    like["audience"] = scene.group["id"].clone();
    scene.mastodon.send(scene.server(), &like).await.is(202);
    assert_eq!(kinds(&scene.sent_to(&scene.lemmy).await), ["Like"]);
    assert_eq!(counts(&scene.bob, &thing).await, [1, 0, 1]);
    // Mastodon addresses a deletion to everyone, and no group.
    let mut delete = scene.activity("Delete", &note);
    delete["object"] = json!({ "id": note["id"], "type": "Tombstone" });
    delete["to"] = json!([PUBLIC]);
    delete["cc"] = json!([]);
    scene.mastodon.send(scene.server(), &delete).await.is(202);
    let sent = scene.sent_to(&scene.lemmy).await;
    assert_eq!(kinds(&sent), ["Delete"], "{sent:?}");
}

async fn group_of_this_software_is_joined_from_another_server(backend: Backend) {
    let world = World::<3>::on(Network::of_activitypub(), backend).await;
    let [alice, bob] = world.servers[0].people(["alice", "bob"]).await;
    let carol = world.servers[1].person("carol").await;
    let dave = world.servers[2].person("dave").await;
    let group = group_of(&alice, &everyone()).await;
    bob.done(&about("join", &group)).await;
    let actor = document(&world.servers[0], path_of(&group["id"])).await;
    let acct = format!("acct:{}", actor["webfinger"].as_str().unwrap());
    let known = json!({ "objectType": "group", "id": acct });
    for person in [&carol, &dave] {
        person.done(&about("join", &known)).await;
    }
    world.deliver().await;
    let members = alice.get(&format!("{}/members", id(&group))).await.ok();
    assert_eq!(members["totalItems"], 3, "{members}");
    // One of a member there, which the group passes on to all.
    let to = json!({ "to": [public(), named(&known)] });
    let note = carol.note("from afar", to).await;
    world.deliver().await;
    let inbox = bob.feed("inbox/major").await;
    assert_eq!(inbox["items"][0]["object"]["content"], "from afar");
    let inbox = dave.feed("inbox/major").await;
    assert_eq!(inbox["items"][0]["verb"], "share", "{inbox}");
    assert_eq!(inbox["items"][0]["actor"]["id"], acct);
    assert_eq!(inbox["items"][0]["object"]["id"], note["id"]);
    let shares = dave.ids("inbox/major").await;
    // One of a member here, and an answer to it.
    let to = json!({ "to": [public(), named(&group)] });
    let note = bob.note("from here", to).await;
    world.deliver().await;
    for person in [&carol, &dave] {
        let inbox = person.feed("inbox/major").await;
        assert_eq!(
            inbox["items"][0]["object"]["content"], "from here",
            "{inbox}"
        );
    }
    assert_eq!(dave.ids("inbox/major").await.len(), shares.len() + 1);
    dave.done(&comment_on(&note, "hi")).await;
    world.deliver().await;
    assert_eq!(counts(&bob, &note).await, [0, 0, 1]);
    assert_eq!(counts(&carol, &note).await, [0, 1, 1], "with the share");
    dave.done(&about("leave", &known)).await;
    world.deliver().await;
    let members = alice.get(&format!("{}/members", id(&group))).await.ok();
    assert_eq!(members["totalItems"], 2);
}
