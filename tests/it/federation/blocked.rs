//! Hosts that are refused after they registered.

use hydraulics::{Settings, model::HostBlock, storage::Change};
use serde_json::json;

use super::peer::Peer;
use crate::support::{Request, TestServer, path};

on_every_backend!(a_blocked_host_reads_and_sends_nothing_more);

async fn a_blocked_host_reads_and_sends_nothing_more(server: TestServer) {
    let alice = server.person("alice").await;
    let zed = Peer::person(&server, "zed").await;
    zed.follow("1", &alice).await;
    let note = alice
        .note("to friends", json!({ "to": [alice.followers()], "cc": [] }))
        .await;
    let note = path(&note["id"]);
    let feed = "/api/user/alice/feed";
    zed.get(note).await.ok();
    let mut open = server.listen(Request::get(feed).by(&zed.credentials)).await;
    assert_eq!(open.status, 200);
    let block = HostBlock {
        host: zed.host.into(),
        subdomains: false,
        reason: None,
        created: server.ctx().now(),
    };
    let changes = vec![Change::PutHostBlock(block)];
    server.app.storage().commit(changes).await.unwrap();
    // Blocks are noticed so much later.
    server.clock.advance(10);
    alice
        .note("afterwards", json!({ "to": [alice.followers()], "cc": [] }))
        .await;
    assert_eq!(open.event().await, None, "the feed ends");
    let closed = "Refused: the host is blocked";
    assert_eq!(zed.get(note).await.is(403).text(), closed);
    assert_eq!(
        zed.deliver(&alice, &zed.post("2")).await.is(403).text(),
        closed
    );
    assert_eq!(
        zed.by_host(zed.host).await.get(feed).await.is(403).text(),
        closed
    );
}

#[tokio::test]
async fn a_host_off_the_allow_list_reads_nothing() {
    let server = TestServer::in_memory().await;
    let alice = server.person("alice").await;
    let zed = Peer::person(&server, "zed").await;
    let status = async |set: fn(&mut Settings)| {
        let request = Request::get(&format!("/api/user/{}/feed", alice.nickname));
        let server = server.again(set);
        server
            .send(request.by(&zed.credentials))
            .await
            .status
            .as_u16()
    };
    assert_eq!(status(|_| ()).await, 200);
    let off = |settings: &mut Settings| settings.federation.enabled = false;
    assert_eq!(status(off).await, 403);
    let listed = |settings: &mut Settings| {
        settings.federation.allow_list = vec!["friend.example".into()];
    };
    assert_eq!(status(listed).await, 403);
}
