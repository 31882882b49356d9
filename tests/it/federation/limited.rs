//! Persons of other servers whom a moderator limited.

use hydraulics::{model::Standing, service::moderation};

use serde_json::json;

use super::peer::Peer;
use crate::support::{TestServer, about, addressed};

on_every_backend!(person_of_another_server_is_suspended_and_silenced);

async fn limit(server: &TestServer, name: &str, standing: Standing) {
    let ctx = server.ctx();
    let limited = moderation::set_standing(&ctx, name, standing, "spam");
    limited.await.unwrap();
}

async fn person_of_another_server_is_suspended_and_silenced(server: TestServer) {
    let [alice, bob] = server.people(["alice", "bob"]).await;
    let zed = Peer::person(&server, "zed").await;
    let address = "zed@far.example";
    zed.follow("1", &alice).await;
    alice.done(&about("follow", &zed.reference())).await;
    zed.deliver(&alice, &zed.post("2")).await.ok();
    let inbox = alice.ids("inbox/major").await;

    limit(&server, address, Standing::Suspended).await;
    assert!(alice.ids("inbox/major").await.len() < inbox.len());
    zed.deliver(&alice, &zed.post("3")).await.is(400);
    limit(&server, address, Standing::Silenced).await;
    assert_eq!(alice.ids("inbox/major").await, inbox);
    zed.deliver(&alice, &zed.post("4")).await.ok();
    assert_eq!(alice.ids("inbox/major").await.len(), inbox.len() + 1);
    let to_bob = |name: &str| {
        let to = json!({ "to": [bob.person()] });
        addressed(zed.activity(name, "post", &zed.note(name)), &to)
    };
    let before = bob.ids("inbox/major").await;
    zed.deliver(&bob, &to_bob("5")).await.ok();
    assert_eq!(bob.ids("inbox/major").await, before);
    limit(&server, address, Standing::Good).await;
    zed.deliver(&bob, &to_bob("6")).await.ok();
    assert_eq!(bob.ids("inbox/major").await.len(), before.len() + 1);
}
