//! `/main/people`: the people of a site, and the box to follow somebody anywhere.

use serde_json::json;

use super::reader::{Reader, between};
use crate::support::{Backend, Fault, Network, Session, TestServer};

on_every_backend!(
    people_of_the_site_are_listed_for_members,
    lists_of_people_have_buttons_to_follow,
    person_of_the_site_is_followed_by_address,
    failed_follow_comes_back_with_what_was_typed,
);

async fn people_of_the_site_are_listed_for_members(server: TestServer) {
    server.people(["bob", "carol"]).await;
    let stranger = Reader::stranger(&server).open("/main/people").await.is(302);
    assert!(
        stranger
            .header("location")
            .ends_with("continue=%2Fmain%2Fpeople")
    );
    let alice = Reader::member(&server, "alice", "").await;
    let page = alice.read("/main/people").await;
    for name in ["alice", "bob", "carol"] {
        assert!(page.contains(&format!("<bdi>{name}</bdi></a>")), "{page}");
    }
    let page = alice.read("/main/people?q=aro").await;
    assert!(page.contains("<bdi>carol</bdi></a>") && !page.contains("<bdi>bob</bdi></a>"));
    assert!(page.contains("value=\"aro\""));
    let page = alice.read("/main/people?count=1").await;
    let next = between(&page, "rel=\"next\" href=\"", "\"").replace("&#38;", "&");
    assert_ne!(alice.read(&next).await, page);
    alice.open("/main/people?count=x").await.is(400);
    let page = alice
        .read("/main/people?address=acct%3Aeve%40peer.example")
        .await;
    assert!(page.contains("name=\"address\" value=\"eve@peer.example\""));
}

async fn lists_of_people_have_buttons_to_follow(server: TestServer) {
    server.people(["bob"]).await;
    let alice = Reader::member(&server, "alice", "").await;
    let page = alice.read("/main/people").await;
    let buttons = page.matches("value=\"follow\"").count();
    assert_eq!(buttons, 1, "nobody follows themselves");
    let fields = [
        ("verb", "follow"),
        ("id", "acct:bob@pump.example"),
        ("kind", "person"),
        ("back", "/main/people"),
    ];
    let page = alice.submit("/main/act", &fields).await;
    assert!(page.contains("value=\"stop-following\"") && !page.contains("value=\"follow\""));
    let page = alice.read("/alice/following").await;
    assert!(page.contains("value=\"stop-following\""));
}

async fn follows(who: &Session) -> Vec<String> {
    who.ids("following").await
}

async fn person_of_the_site_is_followed_by_address(server: TestServer) {
    let [alice, _, _] = server.people(["alice", "bob", "carol"]).await;
    let reader = Reader::signed_in(&server, "alice", "").await;
    for address in ["bob", " @bob@pump.example ", "acct:carol@PUMP.example"] {
        let page = reader
            .submit("/main/people/follow", &[("address", address)])
            .await;
        assert!(page.contains("role=\"status\">You follow "), "{page}");
    }
    let followed = ["acct:carol@pump.example", "acct:bob@pump.example"];
    assert_eq!(follows(&alice).await, followed);
    let page = reader
        .read("/main/people?followed=acct:nobody@h.example")
        .await;
    assert!(!page.contains("You follow "));
}

async fn failed_follow_comes_back_with_what_was_typed(server: TestServer) {
    let reader = Reader::member(&server, "alice", "").await;
    for (address, status, words) in [
        ("alice", 400, "That is you."),
        ("nobody", 404, "Nobody here has that address."),
        ("nobody@pump.example", 404, "Nobody here has that address."),
        ("no address", 400, "nickname@host"),
        ("", 400, "nickname@host"),
    ] {
        let page = reader
            .post("/main/people/follow", &[("address", address)])
            .await;
        let page = page.is(status).text();
        assert!(
            between(&page, "role=\"alert\">", "<").contains(words),
            "{page}"
        );
        assert!(page.contains(&format!("name=\"address\" value=\"{address}\"")));
    }
    let stranger = Reader::stranger(&server);
    let fields = [("address", "alice")];
    stranger.post("/main/people/follow", &fields).await.is(302);
}

#[tokio::test]
async fn person_of_another_server_is_followed_by_address() {
    let network = Network::default();
    let one = TestServer::at(Backend::Memory, &network, "https://one.example").await;
    let two = TestServer::at(Backend::Memory, &network, "https://two.example").await;
    two.account("bob").await;
    let alice = one.person("alice").await;
    let reader = Reader::signed_in(&one, "alice", "").await;
    let page = reader
        .submit("/main/people/follow", &[("address", "bob@two.example")])
        .await;
    assert!(page.contains("You follow bob@two.example now."), "{page}");
    assert_eq!(follows(&alice).await, ["acct:bob@two.example"]);

    network.fail("down.example", Fault::Refused);
    for (address, words) in [
        ("nobody@two.example", "404"),
        ("bob@down.example", "down.example"),
    ] {
        let page = reader
            .post("/main/people/follow", &[("address", address)])
            .await;
        let page = page.is(502).text();
        assert!(
            between(&page, "role=\"alert\">", "<").contains(words),
            "{page}"
        );
        assert!(page.contains(&format!("value=\"{address}\"")));
    }
    assert_eq!(follows(&alice).await.len(), 1);
    let empty = json!([]);
    assert_ne!(alice.feed("following").await["items"], empty);
}
