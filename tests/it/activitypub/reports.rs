//! Reports from moderators of other servers, and to them.

use hydraulics::{model::Role, service::moderation};
use serde_json::{Value, json};

use super::host::{Host, PUBLIC};
use crate::federation::joined::World;
use crate::pages::{reader::Reader, relations::reports};
use crate::support::{Backend, Network, about, everyone, id};

joined_on_every_backend!(
    report_of_another_server_waits_for_the_moderators_once,
    one_server_fills_no_list_of_reports,
    report_is_forwarded_without_its_reporter_if_chosen,
);

/// A report by the actor of a whole server, as Mastodon sends it.
fn flag(host: &Host, name: &str, about: &[&str]) -> Value {
    json!({
        "@context": "https://www.w3.org/ns/activitystreams", "type": "Flag",
        "id": host.url(&format!("flags/{name}")), "actor": host.url(host.name),
        "content": "It is <b>rude</b>.", "object": about,
    })
}

async fn report_of_another_server_waits_for_the_moderators_once(backend: Backend) {
    let world = World::<1>::on(Network::of_activitypub(), backend).await;
    let server = &world.servers[0];
    let alice = server.person("alice").await;
    let note = alice.note("Bah!", everyone()).await;
    let other = alice.note("Pah!", everyone()).await;
    let host = Host::on(&world.network, "far.example");
    host.actor("Application", host.name);
    let before = alice.ids("inbox").await;
    let actor = "https://s0.example/api/user/alice/profile";
    let whole = flag(&host, "1", &[actor, id(&note), id(&other)]);
    let of_person = flag(&host, "2", &[actor]);
    let elsewhere = flag(
        &host,
        "3",
        &["https://far.example/ann", "https://s0.example/x"],
    );
    for flag in [&whole, &whole, &of_person, &elsewhere] {
        host.send(server, flag).await.is(202);
    }
    let mut reports = reports(server).await;
    reports.sort_by_key(|report| report.body["target"].to_string());
    let bodies: Vec<Value> = reports.iter().map(|it| it.body.clone().into()).collect();
    assert_eq!(
        bodies,
        [
            json!({
                "reporter": "far.example", "target": alice.id(), "target_type": "person",
                "author": alice.id(), "reason": "other", "words": "It is rude.", "state": "open",
            }),
            json!({
                "reporter": "far.example", "target": id(&note), "target_type": "note",
                "author": alice.id(), "reason": "other",
                "words": format!("It is rude.\n{}", id(&other)), "state": "open",
            }),
        ]
    );
    assert_eq!(alice.ids("inbox").await, before);
    let reader = Reader::member(server, "mo", "").await;
    moderation::set_role(&server.ctx(), "mo", Role::Moderator, "")
        .await
        .unwrap();
    let page = reader.read("/main/admin/reports").await;
    assert!(page.contains("reported by far.example"), "{page}");
}

async fn one_server_fills_no_list_of_reports(backend: Backend) {
    let world = World::<1>::on(Network::of_activitypub(), backend).await;
    let server = &world.servers[0];
    server.person("alice").await;
    let host = Host::on(&world.network, "far.example");
    host.actor("Application", host.name);
    let actor = "https://s0.example/api/user/alice/profile";
    for number in 0..22 {
        let flag = flag(&host, &number.to_string(), &[actor]);
        host.send(server, &flag).await.is(202);
    }
    assert_eq!(reports(server).await.len(), 20);
    let near = Host::on(&world.network, "near.example");
    near.actor("Application", near.name);
    near.send(server, &flag(&near, "1", &[actor])).await.is(202);
    assert_eq!(reports(server).await.len(), 21);
}

async fn report_is_forwarded_without_its_reporter_if_chosen(backend: Backend) {
    let world = World::<1>::on(Network::of_activitypub(), backend).await;
    let server = &world.servers[0];
    let [alice, bob] = server.people(["alice", "bob"]).await;
    let host = Host::on(&world.network, "far.example");
    let ann = host.actor("Person", "ann");
    let person = json!({ "objectType": "person", "id": "acct:ann@far.example" });
    alice.done(&about("follow", &person)).await;
    let note = json!({
        "id": host.url("notes/1"), "type": "Note", "attributedTo": ann["id"], "to": [PUBLIC],
        "content": "Buy!", "published": "2027-01-15T07:00:00Z",
    });
    let create = json!({
        "id": host.url("creates/1"), "type": "Create", "actor": ann["id"], "to": [PUBLIC],
        "object": note,
    });
    host.send(server, &create).await.is(202);
    world.deliver().await;
    let reader = Reader::signed_in(server, "alice", "").await;
    let page = reader
        .read(&format!("/main/report?about={}", id(&note)))
        .await;
    assert!(page.contains("moderators of far.example"), "{page}");
    let page = reader
        .read(&format!("/main/report?about={}", bob.id()))
        .await;
    assert!(!page.contains("name=\"forward\""), "{page}");
    world.network.take_requests();
    let fields = [("about", id(&note)), ("reason", "spam"), ("words", "Ads.")];
    reader.submit("/main/report", &fields).await;
    world.deliver().await;
    assert_eq!(world.network.take_requests(), [""; 0]);
    let chosen: Vec<_> = fields.into_iter().chain([("forward", "1")]).collect();
    reader.submit("/main/report", &chosen).await;
    world.deliver().await;
    let sent = world.network.last_request("far.example/ann/inbox").unwrap();
    let signature = sent.headers()["signature"].to_str().unwrap();
    let actor = "https://s0.example/main/actor";
    assert!(signature.contains(actor), "{signature}");
    let sent: Value = serde_json::from_slice(sent.body()).unwrap();
    assert_eq!(sent["type"], "Flag");
    assert_eq!(sent["actor"], actor);
    assert_eq!(sent["object"], json!([ann["id"], note["id"]]));
    assert_eq!(sent["content"], "Ads.");
    assert!(!sent.to_string().contains("alice"), "{sent}");
    let forwarded = reports(server).await;
    let forwarded = forwarded
        .iter()
        .filter(|it| it.body.contains_key("forwarded"));
    assert_eq!(forwarded.count(), 1);
}
