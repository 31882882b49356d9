//! Groups of this server, as servers that speak `ActivityPub` know them (FEP-1b12).

use serde_json::{Value, json};

use super::{ACTIVITY, document, host::Host, path_of, read};
use crate::federation::joined::World;
use crate::support::{Backend, Network, Session, TestServer, about, addressed, everyone, id};

joined_on_every_backend!(
    group_is_an_actor_that_webfinger_finds,
    private_group_is_no_actor,
    follow_of_a_group_joins_it_and_its_undo_leaves_it,
    follow_of_a_private_group_is_rejected,
);

/// A server with a group of alice's that bob is in, and two hosts with a person each.
pub(super) struct Scene {
    world: World<1>,
    pub(super) alice: Session,
    pub(super) bob: Session,
    pub(super) group: Value,
    pub(super) lemmy: Host,
    lea: Value,
    pub(super) mastodon: Host,
    pub(super) mia: Value,
}

impl Scene {
    pub(super) async fn on(backend: Backend) -> Self {
        let world = World::<1>::on(Network::of_activitypub(), backend).await;
        let [alice, bob] = world.servers[0].people(["alice", "bob"]).await;
        let group = group_of(&alice, &everyone()).await;
        bob.done(&about("join", &group)).await;
        let lemmy = Host::on(&world.network, "lemmy.example");
        let lea = lemmy.actor("Person", "lea");
        let mastodon = Host::on(&world.network, "mastodon.example");
        let mia = mastodon.actor("Person", "mia");
        Self {
            world,
            alice,
            bob,
            group,
            lemmy,
            lea,
            mastodon,
            mia,
        }
    }

    /// The same, with both persons in the group.
    pub(super) async fn joined(backend: Backend) -> Self {
        let scene = Self::on(backend).await;
        scene.follow(&scene.lemmy, &scene.lea).await;
        scene.follow(&scene.mastodon, &scene.mia).await;
        scene.world.deliver().await;
        scene.world.network.take_requests();
        scene
    }

    pub(super) fn server(&self) -> &TestServer {
        &self.world.servers[0]
    }

    /// Has a person ask to follow the group.
    pub(super) async fn follow(&self, host: &Host, person: &Value) -> Value {
        let follow = json!({
            "@context": "https://www.w3.org/ns/activitystreams", "id": host.url("follow/1"),
            "type": "Follow", "actor": person["id"], "object": self.group["id"],
        });
        host.send(self.server(), &follow).await.is(202);
        follow
    }

    async fn members(&self) -> Vec<String> {
        let path = format!("{}/members", id(&self.group));
        let members = self.alice.get(&path).await.ok();
        let members = members["items"].as_array().unwrap().iter();
        members
            .map(|member| member["id"].as_str().unwrap().to_owned())
            .collect()
    }

    /// A note of Mia's to the group that it mentions, as Mastodon has it.
    pub(super) fn note(&self, number: u32, to: &[&str]) -> Value {
        let note = json!({
            "id": self.mastodon.url(&format!("notes/{number}")), "type": "Note",
            "attributedTo": self.mia["id"], "content": "<p>Which pot?</p>",
            "published": "2027-01-15T07:00:00Z", "to": to, "cc": [self.group["id"]],
            "tag": [{ "type": "Mention", "href": self.group["id"], "name": "@group" }],
        });
        self.mastodon.show(&note);
        note
    }

    /// An activity of Mia's about a thing, for those whom that is for.
    pub(super) fn activity(&self, kind: &str, object: &Value) -> Value {
        let name = object["id"].as_str().unwrap().rsplit('/').next().unwrap();
        json!({
            "@context": "https://www.w3.org/ns/activitystreams",
            "id": self.mastodon.url(&format!("activities/{kind}/{name}")), "type": kind,
            "actor": self.mia["id"], "object": object, "to": object["to"], "cc": object["cc"],
            "published": "2027-01-15T07:00:00Z",
        })
    }

    /// The documents that a host got since the last call, oldest first.
    pub(super) async fn sent_to(&self, host: &Host) -> Vec<Value> {
        self.world.deliver().await;
        let sent = self
            .world
            .network
            .take_bodies(&format!("https://{}/", host.name));
        sent.iter()
            .map(|body| serde_json::from_slice(body).unwrap())
            .collect()
    }
}

pub(super) async fn group_of(person: &Session, recipients: &Value) -> Value {
    let group = json!({ "objectType": "group", "displayName": "Tea", "summary": "<p>Pots</p>" });
    let create = addressed(json!({ "verb": "create", "object": group }), recipients);
    person.done(&create).await["object"].take()
}

async fn webfinger(server: &TestServer, resource: &str) -> Value {
    let path = format!("/.well-known/webfinger?resource={resource}");
    let answer = read(server, &path, "application/jrd+json").await.is(200);
    serde_json::from_slice(&answer.body).unwrap()
}

async fn group_is_an_actor_that_webfinger_finds(backend: Backend) {
    let scene = Scene::on(backend).await;
    let (server, group) = (scene.server(), id(&scene.group));
    let actor = document(server, path_of(&scene.group["id"])).await;
    assert_eq!(actor["type"], "Group");
    assert_eq!(actor["id"], group);
    assert_eq!(actor["name"], "Tea");
    assert_eq!(actor["summary"], "<p>Pots</p>");
    assert_eq!(actor["inbox"], format!("{group}/inbox"));
    assert_eq!(actor["outbox"], format!("{group}/outbox"));
    assert_eq!(actor["followers"], format!("{group}/members"));
    assert_eq!(actor["publicKey"]["owner"], group);
    assert_eq!(
        actor["endpoints"]["sharedInbox"],
        "https://s0.example/api/inbox"
    );
    for feed in ["followers", "outbox"] {
        let feed = document(server, path_of(&actor[feed])).await;
        assert_eq!(feed["type"], "OrderedCollection", "{feed}");
    }
    let name = actor["preferredUsername"].as_str().unwrap();
    let address = format!("{name}@s0.example");
    assert_eq!(actor["webfinger"], address);
    for resource in [
        &address,
        &address.to_uppercase().replace("S0.EXAMPLE", "s0.example"),
    ] {
        let found = webfinger(server, &format!("acct:{resource}")).await;
        assert_eq!(found["subject"], format!("acct:{address}"));
        let link = json!({ "rel": "self", "type": ACTIVITY, "href": group });
        assert_eq!(found["links"][0], link);
    }
    let found = webfinger(server, group).await;
    assert_eq!(found["links"][0]["href"], group);
    // The API shows the same group to its clients.
    let shown = scene.alice.get(group).await.ok();
    assert_eq!(shown["objectType"], "group");
}

async fn private_group_is_no_actor(backend: Backend) {
    let scene = Scene::on(backend).await;
    let to = json!({ "to": [scene.bob.person()] });
    let group = group_of(&scene.alice, &to).await;
    read(scene.server(), path_of(&group["id"]), ACTIVITY)
        .await
        .is(401);
    let shown = document(scene.server(), path_of(&scene.group["id"])).await;
    let name = shown["preferredUsername"].as_str().unwrap();
    let uuid = id(&group).rsplit('/').next().unwrap();
    let bytes =
        base64::Engine::decode(&base64::engine::general_purpose::URL_SAFE_NO_PAD, uuid).unwrap();
    let digits = u128::from_be_bytes(bytes.try_into().unwrap());
    assert_eq!(name.len(), "group_".len() + 32);
    let finger = format!("/.well-known/webfinger?resource=acct:group_{digits:032x}@s0.example");
    read(scene.server(), &finger, "application/jrd+json")
        .await
        .is(404);
}

async fn follow_of_a_group_joins_it_and_its_undo_leaves_it(backend: Backend) {
    let scene = Scene::on(backend).await;
    let mia = "acct:mia@mastodon.example";
    let follow = scene.follow(&scene.mastodon, &scene.mia).await;
    assert_eq!(scene.members().await, [mia, &scene.bob.id()]);
    scene.world.deliver().await;
    let signed = scene
        .world
        .network
        .last_request("mastodon.example/mia/inbox");
    let sent = scene.sent_to(&scene.mastodon).await;
    let [accept] = &*sent else { panic!("{sent:?}") };
    assert_eq!(accept["type"], "Accept");
    assert_eq!(accept["actor"], scene.group["id"]);
    assert_eq!(accept["to"], json!([scene.mia["id"]]));
    for key in ["id", "type", "actor", "object"] {
        assert_eq!(accept["object"][key], follow[key], "{key}");
    }
    let signature = signed.unwrap().headers()["signature"].clone();
    let key = format!("keyId=\"{}#main-key\"", id(&scene.group));
    assert!(signature.to_str().unwrap().contains(&key), "{signature:?}");
    // It is answered again, and there is no second member.
    scene.follow(&scene.mastodon, &scene.mia).await;
    assert_eq!(scene.sent_to(&scene.mastodon).await[0]["type"], "Accept");
    assert_eq!(scene.members().await.len(), 2);
    let undo = json!({
        "id": scene.mastodon.url("undo/1"), "type": "Undo", "actor": scene.mia["id"],
        "object": { "type": "Follow", "actor": scene.mia["id"], "object": scene.group["id"] },
    });
    scene.mastodon.send(scene.server(), &undo).await.is(202);
    assert_eq!(scene.members().await, [scene.bob.id()]);
}

async fn follow_of_a_private_group_is_rejected(backend: Backend) {
    let mut scene = Scene::on(backend).await;
    let to = json!({ "to": [scene.bob.person()] });
    scene.group = group_of(&scene.alice, &to).await;
    let follow = scene.follow(&scene.mastodon, &scene.mia).await;
    let sent = scene.sent_to(&scene.mastodon).await;
    assert_eq!(sent[0]["type"], "Reject", "{sent:?}");
    assert_eq!(sent[0]["object"]["id"], follow["id"]);
    assert_eq!(scene.members().await, [""; 0]);
}
