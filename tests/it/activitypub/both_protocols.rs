//! Servers that speak the Pump API, and `ActivityPub` as well.

use hydraulics::{
    model::{Object, RemoteAccount},
    storage::{Change, Expect},
};
use serde_json::{Map, json};

use super::{host::PUBLIC, polls::Scene};
use crate::support::{Backend, about};

joined_on_every_backend!(pump_account_stays_one_whatever_its_server_shows);

const BOB: &str = "acct:bob@far.example";

async fn pump_account_stays_one_whatever_its_server_shows(backend: Backend) {
    let scene = Scene::on(backend).await;
    let storage = scene.world.servers[0].app.storage();
    let bob = scene.far.actor("Person", "bob");
    let mut known = RemoteAccount::named(BOB).unwrap();
    known.inbox = Some(scene.far.url("api/user/bob/inbox"));
    let object = Object::new("person", BOB, "bob", Map::new());
    let expect = Expect::Absent;
    let stored = vec![
        Change::PutObject { object, expect },
        Change::PutRemoteAccount(known.clone()),
    ];
    storage.commit(stored).await.unwrap();
    // He signs as an actor, and a thing of his is found as one of an actor.
    let note = json!({
        "id": scene.far.url("notes/5"), "type": "Note", "attributedTo": bob["id"], "to": [PUBLIC],
        "content": "<p>Tea</p>", "published": "2027-01-15T07:00:00Z",
    });
    scene.far.show(&note);
    let create = json!({
        "@context": "https://www.w3.org/ns/activitystreams", "id": scene.far.url("c/1"),
        "type": "Create", "actor": bob["id"], "object": note, "to": [PUBLIC],
        "cc": ["https://s0.example/api/user/alice/profile"],
    });
    let server = &scene.world.servers[0];
    scene.far.send(server, &create).await.is(202);
    let thing = json!({ "objectType": "note", "id": note["id"] });
    scene.alice.done(&about("favorite", &thing)).await;
    let accounts = storage.find_remote_accounts(&[BOB]).await.unwrap();
    let account = accounts.into_iter().flatten().next().unwrap();
    assert_eq!(
        (account.protocol, account.inbox),
        (known.protocol, known.inbox)
    );
}
