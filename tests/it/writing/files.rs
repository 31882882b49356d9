//! Files that pages show to who has a session.

use super::Reader;
use crate::support::{TestServer, addressed, named, path, picture};
use serde_json::json;

on_every_backend!(
    private_picture_loads_in_a_session_of_its_reader,
    proxy_knows_a_reader_by_the_session,
);

async fn private_picture_loads_in_a_session_of_its_reader(server: TestServer) {
    let [alice, bob, _] = server.people(["alice", "bob", "carol"]).await;
    let bytes = picture(2, 2, image::ImageFormat::Png);
    let target = "/api/user/alice/uploads";
    let image = alice.request("POST", target, "image/png", bytes).await.ok();
    let post = json!({ "verb": "post", "object": named(&image) });
    let to_bob = json!({ "to": [bob.person()] });
    alice.done(&addressed(post, &to_bob)).await;
    let file = path(&image["image"]["url"]);
    for nickname in ["alice", "bob"] {
        let reader = Reader::sign_in(&server, nickname).await;
        let answer = reader.get(file).await.is(200);
        assert!(answer.header("cache-control").starts_with("private"));
        assert!(answer.header("vary").to_lowercase().contains("cookie"));
    }
    let carol = Reader::sign_in(&server, "carol").await;
    carol.get(file).await.is(403);
    Reader::stranger(&server).get(file).await.is(403);
}

async fn proxy_knows_a_reader_by_the_session(server: TestServer) {
    server.account("alice").await;
    let proxy = "/api/proxy/nothing.here";
    let alice = Reader::sign_in(&server, "alice").await;
    alice.get(proxy).await.is(404);
    Reader::stranger(&server).get(proxy).await.is(401);
}
