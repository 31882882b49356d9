//! Activities wait for the recipients that live on other hosts.

use hydraulics::{
    model::{Object, RemoteAccount, Stream},
    service::{background::DeliveryWorker, queue},
    storage::{Change, Duplicate, Expect},
};
use serde_json::{Value, json};

use crate::support::{Session, TestServer, about, everyone, public};

on_every_backend!(
    post_waits_once_for_each_remote_recipient,
    local_post_waits_for_nobody,
    deferred_post_waits_for_remote_followers,
    remote_group_gets_what_is_addressed_to_it,
    follow_waits_for_the_remote_person,
    thing_that_turns_out_to_be_a_person_gets_an_account,
    known_remote_account_stays_when_it_is_named,
);

const ZED: &str = "acct:zed@elsewhere.example";

fn zed() -> Value {
    json!({ "objectType": "person", "id": ZED })
}

/// Makes remote persons follow someone.
async fn followed_from_elsewhere(server: &TestServer, followed: &Session, ids: &[&str]) {
    let mut changes = Vec::new();
    for id in ids {
        let object = Object::new(
            "person",
            *id,
            format!("uuid of {id}"),
            serde_json::Map::new(),
        );
        let expect = Expect::Absent;
        changes.push(Change::PutObject { object, expect });
        let account = RemoteAccount::named(id).unwrap();
        changes.push(Change::PutRemoteAccount(account));
        changes.push(Change::Push {
            stream: Stream::Followers(followed.id()),
            item: (*id).into(),
            class: None,
            duplicate: Duplicate::Reject,
        });
    }
    server.app.storage().commit(changes).await.unwrap();
}

/// Ids of the accounts that an activity waits for, in alphabetical order.
async fn awaited(server: &TestServer, activity: &Value) -> Vec<String> {
    let id = activity["id"].as_str().unwrap();
    let waiting = server.app.storage().list_outgoing_of(id, 99).await.unwrap();
    let mut ids: Vec<String> = waiting.into_iter().map(|one| one.account.id).collect();
    ids.sort();
    ids
}

async fn account(server: &TestServer, id: &str) -> Option<RemoteAccount> {
    let accounts = server.app.storage().find_remote_accounts(&[id]).await;
    accounts.unwrap().remove(0)
}

fn note(to: &Value) -> Value {
    json!({ "object": { "objectType": "note", "content": "x" }, "to": to })
}

async fn post_waits_once_for_each_remote_recipient(server: TestServer) {
    let (alice, bob) = (server.person("alice").await, server.person("bob").await);
    bob.follow(&alice).await;
    let zoe = "acct:zoe@other.example";
    followed_from_elsewhere(&server, &alice, &[zoe]).await;
    let to = json!([zed(), zed(), alice.followers(), { "objectType": "person", "id": zoe }]);
    let posted = alice.done(&note(&to)).await;
    assert_eq!(awaited(&server, &posted).await, [ZED, zoe]);
    assert_eq!(bob.ids("inbox").await[0], posted["id"]);
    let new = account(&server, ZED).await;
    assert_eq!(new, RemoteAccount::named(ZED));
    let hosts = server
        .app
        .storage()
        .list_waiting_hosts("", 9)
        .await
        .unwrap();
    let hosts: Vec<_> = hosts
        .iter()
        .map(|one| (&*one.host.name, one.waiting))
        .collect();
    assert_eq!(hosts, [("elsewhere.example", 1), ("other.example", 1)]);
    let public = alice.done(&note(&json!([public()]))).await;
    assert_eq!(awaited(&server, &public).await, [zoe]);
    let waiting = server.app.storage();
    let waiting = waiting
        .list_outgoing_of(public["id"].as_str().unwrap(), 9)
        .await;
    assert_eq!(waiting.unwrap()[0].created, server.ctx().now());
}

async fn local_post_waits_for_nobody(server: TestServer) {
    let (alice, bob) = (server.person("alice").await, server.person("bob").await);
    bob.follow(&alice).await;
    followed_from_elsewhere(&server, &bob, &["acct:zoe@other.example"]).await;
    let posted = alice.note("x", everyone()).await;
    alice.done(&about("like", &posted)).await;
    let hosts = server.app.storage().list_waiting_hosts("", 9).await;
    assert_eq!(hosts.unwrap(), []);
}

async fn deferred_post_waits_for_remote_followers(server: TestServer) {
    let server = server.again(|settings| settings.inline_fanout_limit = 2);
    let alice = server.person("alice").await;
    let ids = ["a", "b", "c", "d", "e"].map(|name| format!("acct:{name}@other.example"));
    followed_from_elsewhere(&server, &alice, &ids.each_ref().map(|id| &**id)).await;
    let posted = alice.done(&note(&json!([public(), zed()]))).await;
    assert_eq!(awaited(&server, &posted).await, [ZED]);
    server.clock.advance(1);
    queue::run_until_idle(&server.ctx(), &DeliveryWorker)
        .await
        .unwrap();
    let all = awaited(&server, &posted).await;
    assert_eq!(all[..5], ids);
    assert_eq!(all[5..], [ZED]);
}

async fn remote_group_gets_what_is_addressed_to_it(server: TestServer) {
    let alice = server.person("alice").await;
    let id = "https://elsewhere.example/api/group/1";
    let group = json!({ "objectType": "group", "id": id });
    let joined = alice.done(&about("join", &group)).await;
    assert_eq!(awaited(&server, &joined).await, [id]);
    let posted = alice.done(&note(&json!([group]))).await;
    assert_eq!(awaited(&server, &posted).await, [id]);
    let service = json!({ "objectType": "service", "id": "http://elsewhere.example:8080/s" });
    let posted = alice.done(&note(&json!([service]))).await;
    let host = account(&server, &awaited(&server, &posted).await[0])
        .await
        .unwrap()
        .host;
    assert_eq!(host, "elsewhere.example:8080");
}

async fn follow_waits_for_the_remote_person(server: TestServer) {
    let alice = server.person("alice").await;
    let followed = alice.done(&about("follow", &zed())).await;
    assert_eq!(awaited(&server, &followed).await, [ZED]);
    let undone = alice.done(&about("stop-following", &zed())).await;
    assert_eq!(awaited(&server, &undone).await, [ZED]);
}

async fn thing_that_turns_out_to_be_a_person_gets_an_account(server: TestServer) {
    let alice = server.person("alice").await;
    let id = "https://elsewhere.example/zed";
    let image = json!({ "objectType": "image", "id": id });
    alice.done(&about("like", &image)).await;
    assert_eq!(account(&server, id).await, None);
    let person = json!({ "objectType": "person", "id": id });
    let followed = alice.done(&about("follow", &person)).await;
    assert_eq!(awaited(&server, &followed).await, [id]);
}

async fn known_remote_account_stays_when_it_is_named(server: TestServer) {
    let alice = server.person("alice").await;
    for id in [ZED, "https://elsewhere.example/zed"] {
        let named = |kind| json!({ "objectType": kind, "id": id });
        let kind = if id == ZED { "person" } else { "image" };
        alice.done(&about("like", &named(kind))).await;
        let discovered = RemoteAccount {
            inbox: Some("https://elsewhere.example/inbox".into()),
            ..RemoteAccount::named(id).unwrap()
        };
        let put = Change::PutRemoteAccount(discovered.clone());
        server.app.storage().commit(vec![put]).await.unwrap();
        let followed = alice.done(&about("follow", &named("person"))).await;
        assert_eq!(awaited(&server, &followed).await, [id]);
        assert_eq!(account(&server, id).await, Some(discovered));
    }
}
