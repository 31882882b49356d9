//! Activities that arrive in another order than they were done in.

use serde_json::json;

use super::peer::Peer;
use crate::support::{Session, TestServer, addressed, public};

on_every_backend!(
    undo_before_what_it_undoes_has_the_last_word,
    follow_again_repairs_a_lost_one,
    deleted_note_is_not_revived_by_its_post,
    update_before_the_post_is_what_stands,
    older_update_changes_nothing,
    comment_before_its_parent_joins_it,
    repeated_actions_are_no_errors,
);

async fn followers(alice: &Session) -> Vec<String> {
    alice.ids("followers").await
}

async fn undo_before_what_it_undoes_has_the_last_word(server: TestServer) {
    let alice = server.person("alice").await;
    let note = alice.note("mine", json!({ "to": [public()] })).await;
    let zed = Peer::person(&server, "zed").await;
    for (verb, undo, object) in [
        ("follow", "stop-following", alice.person()),
        ("favorite", "unfavorite", note.clone()),
        ("share", "unshare", note.clone()),
    ] {
        let mut undone = zed.activity(undo, undo, &object);
        undone["published"] = "2027-01-15T07:30:00Z".into();
        zed.deliver(&alice, &undone).await.ok();
        zed.deliver(&alice, &zed.activity(verb, verb, &object))
            .await
            .ok();
    }
    assert_eq!(followers(&alice).await, [""; 0]);
    let path = note["id"].as_str().unwrap();
    let stands = alice.get(path).await.ok();
    assert_eq!(
        (
            &stands["likes"]["totalItems"],
            &stands["shares"]["totalItems"]
        ),
        (&json!(0), &json!(0))
    );
    // A later action counts, and an older undoing does not take that away.
    let mut again = zed.activity("again", "follow", &alice.person());
    again["published"] = "2027-01-15T07:40:00Z".into();
    zed.deliver(&alice, &again).await.ok();
    let mut late = zed.activity("late", "stop-following", &alice.person());
    late["published"] = "2027-01-15T07:35:00Z".into();
    zed.deliver(&alice, &late).await.ok();
    assert_eq!(followers(&alice).await, [zed.id()]);
}

async fn follow_again_repairs_a_lost_one(server: TestServer) {
    let alice = server.person("alice").await;
    let zed = Peer::person(&server, "zed").await;
    // The first follow is lost on its way.
    zed.deliver(
        &alice,
        &zed.activity("s", "stop-following", &alice.person()),
    )
    .await
    .ok();
    zed.follow("f", &alice).await;
    assert_eq!(followers(&alice).await, [zed.id()]);
    zed.follow("f2", &alice).await;
    assert_eq!(followers(&alice).await, [zed.id()]);
}

async fn deleted_note_is_not_revived_by_its_post(server: TestServer) {
    let alice = server.person("alice").await;
    let zed = Peer::person(&server, "zed").await;
    zed.is_followed_by(&alice).await;
    let named = json!({ "objectType": "note", "id": zed.url("api/note/1") });
    zed.deliver(&alice, &zed.activity("d", "delete", &named))
        .await
        .ok();
    zed.deliver(&alice, &zed.post("1")).await.ok();
    zed.deliver(&alice, &zed.activity("u", "update", &zed.note("1")))
        .await
        .ok();
    alice
        .get(&format!("/api/note?id={}", zed.url("api/note/1")))
        .await
        .refused(410);
    let seen = alice.feed("inbox").await.to_string();
    assert!(!seen.contains("<p>1</p>"), "{seen}");
    zed.deliver(&alice, &zed.activity("d2", "delete", &named))
        .await
        .ok();
}

async fn update_before_the_post_is_what_stands(server: TestServer) {
    let [alice, bob] = server.people(["alice", "bob"]).await;
    let zed = Peer::person(&server, "zed").await;
    zed.is_followed_by(&alice).await;
    let mut note = zed.note("1");
    note["content"] = "new".into();
    note["updated"] = "2027-01-15T07:30:00Z".into();
    let update = zed.activity("u", "update", &note);
    let update = addressed(update, &json!({ "cc": [zed.followers()] }));
    zed.deliver(&alice, &update).await.ok();
    let path = format!("/api/note?id={}", zed.url("api/note/1"));
    assert_eq!(alice.get(&path).await.ok()["content"], "new");
    bob.get(&path).await.refused(403);
    zed.deliver(&alice, &zed.post("1")).await.ok();
    assert_eq!(bob.get(&path).await.ok()["content"], "new");
}

async fn older_update_changes_nothing(server: TestServer) {
    let alice = server.person("alice").await;
    let zed = Peer::person(&server, "zed").await;
    zed.is_followed_by(&alice).await;
    zed.deliver(&alice, &zed.post("1")).await.ok();
    let path = format!("/api/note?id={}", zed.url("api/note/1"));
    for (name, time, stands) in [
        ("a", "2027-01-15T07:30:00Z", "a"),
        ("b", "2027-01-15T07:20:00Z", "a"),
        ("c", "2027-01-15T07:30:00Z", "c"),
        ("d", "2030-01-01T00:00:00Z", "d"),
        ("e", "2027-01-15T08:00:00Z", "e"),
    ] {
        let mut note = zed.note("1");
        note["content"] = name.into();
        note["updated"] = time.into();
        zed.deliver(&alice, &zed.activity(name, "update", &note))
            .await
            .ok();
        assert_eq!(alice.get(&path).await.ok()["content"], stands, "{name}");
    }
}

async fn comment_before_its_parent_joins_it(server: TestServer) {
    let alice = server.person("alice").await;
    let zed = Peer::person(&server, "zed").await;
    let tom = Peer::at(&server, "tom", "third.example").await;
    zed.is_followed_by(&alice).await;
    tom.is_followed_by(&alice).await;
    let comment = zed.comment("1", &tom.note("1"));
    let comment = addressed(
        zed.activity("1", "post", &comment),
        &json!({ "to": [public()] }),
    );
    zed.deliver(&alice, &comment).await.ok();
    tom.deliver(&alice, &tom.post("1")).await.ok();
    let note = alice
        .get(&format!("/api/note?id={}", tom.url("api/note/1")))
        .await
        .ok();
    assert_eq!(note["content"], "<p>1</p>");
    assert_eq!(note["replies"]["items"][0]["content"], "1");
}

async fn repeated_actions_are_no_errors(server: TestServer) {
    let alice = server.person("alice").await;
    let note = alice.note("mine", json!({ "to": [public()] })).await;
    let zed = Peer::person(&server, "zed").await;
    for (number, (verb, object)) in [
        ("follow", alice.person()),
        ("like", note.clone()),
        ("favorite", note.clone()),
        ("share", note.clone()),
        ("unlike", note.clone()),
        ("unfavorite", note.clone()),
        ("unshare", note.clone()),
        ("stop-following", alice.person()),
    ]
    .into_iter()
    .enumerate()
    {
        for time in ["a", "b"] {
            let activity = zed.activity(&format!("{number}{time}"), verb, &object);
            zed.deliver(&alice, &activity).await.ok();
        }
    }
    assert_eq!(followers(&alice).await, [""; 0]);
    let note = alice.get(note["id"].as_str().unwrap()).await.ok();
    assert_eq!(note["likes"]["totalItems"], 0);
}
