//! Reads that are signed by an actor of another server.

use base64::{Engine, engine::general_purpose::STANDARD};
use chrono::TimeDelta;
use ring::{
    rand::SystemRandom,
    signature::{RSA_PKCS1_SHA256, RsaKeyPair},
};
use serde_json::{Value, json};

use super::{ACTIVITY, read};
use crate::federation::joined::World;
use crate::support::{
    Answer, Backend, Network, Request, Session, TestServer, everyone, http_date, id, public,
};

joined_on_every_backend!(
    signed_read_shows_what_its_actor_may_see,
    signature_that_does_not_count_shows_what_all_may_see,
    actor_of_a_refused_host_reads_nothing,
    closed_servers_read_each_other,
);

/// The key pair of the server of a person.
async fn key_of(person: &Session) -> RsaKeyPair {
    let ctx = person.server.ctx();
    let record = ctx.storage().find_site_record("key server").await;
    let record = record.unwrap().expect("the server signed before");
    let pem = record.body["privateKey"].as_str().unwrap();
    let lines = pem.lines().filter(|line| !line.starts_with("-----"));
    let der = STANDARD.decode(lines.collect::<String>()).unwrap();
    RsaKeyPair::from_pkcs8(&der).unwrap()
}

/// The URL of a person as an actor.
fn actor(person: &Session) -> String {
    let path = format!("/api/user/{}/profile", person.nickname);
    person.server.app.urls().absolute(&path)
}

/// Reads something of a server in the name of a person of another one, who signed so many seconds
/// ago.
async fn read_as(person: &Session, server: &TestServer, path: &str, seconds_ago: i64) -> Answer {
    let key = key_of(person).await;
    let date = http_date(person.server.ctx().now() - TimeDelta::seconds(seconds_ago));
    let host = server.app.urls().authority();
    let signed = format!("(request-target): get {path}\nhost: {host}\ndate: {date}");
    let mut signature = vec![0; key.public().modulus_len()];
    let random = SystemRandom::new();
    key.sign(
        &RSA_PKCS1_SHA256,
        &random,
        signed.as_bytes(),
        &mut signature,
    )
    .unwrap();
    let signature = format!(
        r#"keyId="{}#main-key",headers="(request-target) host date",signature="{}""#,
        actor(person),
        STANDARD.encode(signature)
    );
    let request = Request::get(path)
        .header("accept", ACTIVITY)
        .header("date", &date)
        .header("signature", &signature);
    server.send(request).await
}

/// The path of a thing in ActivityStreams 2.
fn path(thing: &Value) -> &str {
    id(thing).strip_prefix("https://s0.example").unwrap()
}

/// The person alice on one server, and bob, who follows her, and eve on another.
async fn people(backend: Backend) -> (World<2>, Session, [Session; 2]) {
    let world = World::<2>::on(Network::of_activitypub(), backend).await;
    let alice = world.servers[0].person("alice").await;
    let [bob, eve] = world.servers[1].people(["bob", "eve"]).await;
    world.followed(&[&bob], &alice).await;
    (world, alice, [bob, eve])
}

async fn signed_read_shows_what_its_actor_may_see(backend: Backend) {
    let (world, alice, [bob, eve]) = people(backend).await;
    let server = &world.servers[0];
    let open = alice.note("for all", everyone()).await;
    let private = json!({ "cc": [alice.followers()], "bto": [eve.person()] });
    let private = alice.note("for followers and eve", private).await;
    let direct = alice.note("for eve", json!({ "to": [eve.person()] })).await;
    let only_followers = json!({ "cc": [alice.followers()] });
    let only_followers = alice.note("for followers", only_followers).await;
    world.deliver().await;
    let followers = "https://s0.example/api/user/alice/profile/followers";
    let both = json!([followers, "https://s0.example/api/user/alice/followers"]);
    let everyone = "https://www.w3.org/ns/activitystreams#Public";
    for (person, note, to) in [
        (&bob, &open, json!([everyone])),
        (&bob, &private, both.clone()),
        (&eve, &private, both),
        (&eve, &direct, json!([actor(&eve)])),
    ] {
        let answer = read_as(person, server, path(note), 0).await.is(200);
        assert_eq!(answer.header("cache-control"), "private, no-cache");
        let shown: Value = serde_json::from_slice(&answer.body).unwrap();
        assert_eq!(shown["to"], to, "{shown}");
        assert_eq!(shown["content"], note["content"]);
        assert_eq!(shown["attributedTo"], actor(&alice));
    }
    let hidden = read_as(&bob, server, path(&direct), 0).await;
    hidden.refused(403);
    let hidden = read_as(&eve, server, path(&only_followers), 0).await;
    hidden.refused(403);
    for note in [&private, &direct] {
        read(server, path(note), ACTIVITY).await.refused(401);
    }
    let unlisted = json!({ "to": [alice.followers()], "cc": [public()] });
    let unlisted = alice.note("for all who find it", unlisted).await;
    let shown = read(server, path(&unlisted), ACTIVITY).await.is(200);
    let shown: Value = serde_json::from_slice(&shown.body).unwrap();
    assert_eq!(
        (&shown["to"], &shown["cc"]),
        (&json!([followers]), &json!([everyone]))
    );
}

async fn signature_that_does_not_count_shows_what_all_may_see(backend: Backend) {
    let (world, alice, [bob, _]) = people(backend).await;
    let zoe = world.servers[1].person("zoe").await;
    let server = &world.servers[0];
    let public = alice.note("for all", everyone()).await;
    let private = json!({ "cc": [alice.followers()] });
    let private = alice.note("for followers", private).await;
    world.network.take_requests();
    for (person, seconds_ago) in [(&bob, 7200), (&zoe, 0)] {
        read_as(person, server, path(&public), seconds_ago)
            .await
            .is(200);
        let hidden = read_as(person, server, path(&private), seconds_ago).await;
        hidden.refused(401);
    }
    let requests = world.network.take_requests();
    assert_eq!(requests, [""; 0], "nobody unknown is asked for their key");
}

async fn actor_of_a_refused_host_reads_nothing(backend: Backend) {
    let (world, alice, [bob, _]) = people(backend).await;
    let public = alice.note("for all", everyone()).await;
    let server = &world.servers[0];
    read_as(&bob, server, path(&public), 0).await.is(200);
    server.block_host("s1.example").await;
    let refused = read_as(&bob, server, path(&public), 0).await;
    refused.refused(403);
}

async fn closed_servers_read_each_other(backend: Backend) {
    let mut world = World::<2>::on(Network::of_activitypub(), backend).await;
    for server in &mut world.servers {
        *server = server.again(|settings| settings.api.anonymous_read = false);
        world.network.join(server);
    }
    let alice = world.servers[0].person("alice").await;
    let bob = world.servers[1].person("bob").await;
    world.followed(&[&bob], &alice).await;
    world.followed(&[&alice], &bob).await;
    let note = alice.note("hello", everyone()).await;
    world.deliver().await;
    let feed = bob.feed("inbox/major").await;
    assert_eq!(feed["items"][0]["object"]["id"], id(&note), "{feed}");
    for path in [path(&note), "/api/user/alice/profile"] {
        read(&world.servers[0], path, ACTIVITY).await.refused(401);
        read_as(&bob, &world.servers[0], path, 0).await.is(200);
        let late = read_as(&bob, &world.servers[0], path, 7200).await;
        late.refused(401);
    }
    read(&world.servers[0], "/main/actor", ACTIVITY)
        .await
        .is(200);
}

#[tokio::test]
async fn path_below_which_a_server_is_belongs_to_what_is_signed() {
    let network = Network::of_activitypub();
    let below = TestServer::at(Backend::Memory, &network, "https://s0.example/social").await;
    let below = below.again(|settings| settings.api.anonymous_read = false);
    network.join(&below);
    below.account("alice").await;
    let there = TestServer::at(Backend::Memory, &network, "https://s1.example").await;
    let bob = there.person("bob").await;
    read(&there, "/main/actor", ACTIVITY).await.is(200);
    let path = "/social/api/user/alice/profile";
    read_as(&bob, &below, path, 0).await.is(200);
    read(&below, path, ACTIVITY).await.refused(401);
}
