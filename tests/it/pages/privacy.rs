//! Private posts: no page tells strangers of them.

use serde_json::json;

use super::reader::Reader;
use crate::support::{TestServer, about, comment_on, everyone, path};

const BROWSER: &str = "A browser";

on_every_backend!(
    private_posts_are_on_no_page_of_strangers,
    private_comments_are_not_shown_or_counted,
    conversation_has_all_comments_in_order,
    feeds_of_a_profile_have_no_private_posts,
    deleted_favorite_has_no_link,
);

async fn private_posts_are_on_no_page_of_strangers(server: TestServer) {
    let [alice, bob] = server.people(["alice", "bob"]).await;
    bob.follow(&alice).await;
    let note = alice
        .note("The treasure", json!({ "to": [bob.person()] }))
        .await;
    bob.done(&about("favorite", &note)).await;
    let pages = [
        "/",
        "/alice",
        "/bob",
        "/bob/favorites",
        "/alice/followers",
        "/alice/following",
    ];
    let readers = [
        Reader::stranger(&server),
        Reader::member(&server, "carol", BROWSER).await,
    ];
    for reader in readers {
        for page in pages {
            assert!(!reader.read(page).await.contains("treasure"), "{page}");
        }
        let favorites = reader.read("/bob").await;
        assert!(favorites.contains("0 favorites"), "{favorites}");
    }
    let bob = Reader::signed_in(&server, "bob", BROWSER).await;
    for page in ["/", "/alice", "/bob/favorites"] {
        assert!(bob.read(page).await.contains("treasure"), "{page}");
    }
}

async fn deleted_favorite_has_no_link(server: TestServer) {
    let [alice, bob] = server.people(["alice", "bob"]).await;
    let note = alice.note("Hello", everyone()).await;
    bob.done(&about("favorite", &note)).await;
    alice.done(&about("delete", &note)).await;
    let bob = Reader::signed_in(&server, "bob", BROWSER).await;
    let page = bob.read("/bob/favorites").await;
    assert!(page.contains("This was deleted."), "{page}");
    assert!(!page.contains("/main/object"), "{page}");
}

async fn private_comments_are_not_shown_or_counted(server: TestServer) {
    let [alice, bob] = server.people(["alice", "bob"]).await;
    let note = alice.note("Hello", everyone()).await;
    let mut comment = comment_on(&note, "Between us");
    comment["to"] = json!([alice.person()]);
    bob.done(&comment).await;
    let place = path(&note["url"]);
    let stranger = Reader::stranger(&server);
    let alice = Reader::signed_in(&server, "alice", BROWSER).await;
    let shown = alice.read(place).await.contains("Between us");
    assert!(shown, "the author is among its recipients");
    // Replies have the audience of what they answer, unless they are addressed to fewer.
    let text = stranger.read(place).await;
    let profile = stranger.read("/alice").await;
    let is_public = text.contains("Between us");
    assert_eq!(profile.contains("1 reply"), is_public, "{profile}");
}

async fn conversation_has_all_comments_in_order(server: TestServer) {
    let [alice, bob] = server.people(["alice", "bob"]).await;
    let note = alice.note("Hello", everyone()).await;
    for number in 0..30 {
        let who = if number % 2 == 0 { &alice } else { &bob };
        let comment = comment_on(&note, &format!("Comment {number}."));
        who.done(&comment).await;
        server.clock.advance(1);
    }
    let text = Reader::stranger(&server).read(path(&note["url"])).await;
    let seen = text.split("Comment ").skip(1);
    let seen: Vec<u32> = seen
        .map(|rest| rest.split('.').next().unwrap().parse().unwrap())
        .collect();
    assert_eq!(seen, (0..30).collect::<Vec<u32>>());
}

async fn feeds_of_a_profile_have_no_private_posts(server: TestServer) {
    let [alice, bob] = server.people(["alice", "bob"]).await;
    alice.note("For all", everyone()).await;
    alice
        .note("The treasure", json!({ "to": [bob.person()] }))
        .await;
    let bob = Reader::signed_in(&server, "bob", BROWSER).await;
    let text = bob.read("/alice").await;
    let (_, link) = text
        .split_once("type=\"application/atom+xml\" href=\"")
        .unwrap();
    let link = link.split('"').next().unwrap();
    let link = link.strip_prefix("http://pump.example").unwrap();
    let feed = Reader::stranger(&server).read(link).await;
    assert!(feed.contains("For all") && !feed.contains("treasure"));
}
