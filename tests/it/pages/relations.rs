//! Pages of what a person decides about others: blocks, mutes, requests to follow, reports.

use hydraulics::model::{SiteRecord, SiteRecordKind};

use super::reader::Reader;
use crate::support::{TestServer, comment_on, everyone, id};

on_every_backend!(
    person_is_muted_blocked_and_forgiven,
    host_is_blocked_by_its_name,
    reply_of_a_blocked_person_is_folded,
    follower_waits_until_accepted,
    rejected_request_is_gone_on_both_sides,
    removal_of_relation_needs_an_id,
    report_is_stored_for_the_moderators,
    report_needs_a_reason_and_a_readable_thing,
);

async fn relate(reader: &Reader, verb: &str, name: &str, value: &str, back: &str) -> String {
    let fields = [("do", verb), (name, value), ("back", back)];
    reader.submit("/main/relation", &fields).await
}

async fn person_is_muted_blocked_and_forgiven(server: TestServer) {
    server.account("bob").await;
    let alice = Reader::member(&server, "alice", "").await;
    let bob = "acct:bob@pump.example";
    let place = "/main/relation?id=acct%3Abob%40pump.example";
    assert!(alice.read("/bob").await.contains(place));
    let page = alice.read(place).await;
    assert!(page.contains("<title>Mute or block bob"), "{page}");
    for (verb, tab, undo) in [("mute", "muted", "unmute"), ("block", "blocked", "unblock")] {
        let list = format!("/main/settings/{tab}");
        let page = relate(&alice, verb, "id", bob, place).await;
        assert!(page.contains(&format!("value=\"{undo}\"")), "{page}");
        let page = alice.read(&list).await;
        assert!(page.contains("<bdi>bob</bdi></a>"), "{page}");
        let page = relate(&alice, undo, "id", bob, &list).await;
        assert!(!page.contains("<bdi>bob</bdi></a>"), "{page}");
    }
    let own = [
        ("do", "block"),
        ("id", "acct:alice@pump.example"),
        ("back", "/"),
    ];
    alice.post("/main/relation", &own).await.is(400);
    alice
        .open("/main/relation?id=acct:alice@pump.example")
        .await
        .is(404);
    alice
        .open("/main/relation?id=acct:none@pump.example")
        .await
        .is(404);
    let stranger = Reader::stranger(&server);
    stranger.open(place).await.is(302);
    assert!(!stranger.read("/bob").await.contains("/main/relation"));
}

async fn host_is_blocked_by_its_name(server: TestServer) {
    let alice = Reader::member(&server, "alice", "").await;
    let list = "/main/settings/blocked";
    let page = relate(&alice, "block", "host", "Spam.Example", list).await;
    assert!(page.contains("<bdi>spam.example</bdi>"), "{page}");
    let page = relate(&alice, "unblock", "host", "spam.example", list).await;
    assert!(!page.contains("<bdi>spam.example</bdi>"), "{page}");
    let own = [("do", "block"), ("host", "pump.example"), ("back", list)];
    alice.post("/main/relation", &own).await.is(400);
    let id = server.app.urls().absolute("/main/host/spam.example");
    let stored = server.app.storage().find_objects(&[&id]).await.unwrap();
    assert!(stored[0].is_some(), "it stays when the block has ended");
    for reader in ["api/service", "main/object"] {
        let target = format!("/{reader}?id={id}");
        Reader::stranger(&server).open(&target).await.is(404);
    }
}

async fn reply_of_a_blocked_person_is_folded(server: TestServer) {
    let [alice, bob] = server.people(["alice", "bob"]).await;
    let note = alice.note("mine", everyone()).await;
    bob.done(&comment_on(&note, "Rude words")).await;
    let path = note["url"]
        .as_str()
        .unwrap()
        .replace("https://pump.example", "");
    let reader = Reader::signed_in(&server, "alice", "").await;
    assert!(!reader.read(&path).await.contains("class=\"folded\""));
    relate(&reader, "block", "id", &bob.id(), "/").await;
    let page = reader.read(&path).await;
    assert!(
        page.contains("class=\"folded\"") && page.contains("Rude words"),
        "{page}"
    );
    let page = Reader::stranger(&server).read(&path).await;
    assert!(!page.contains("class=\"folded\""));
}

const REQUESTS: &str = "/main/settings/requests";

/// Lets a person decide about each follower from now on.
pub(crate) async fn asked(reader: &Reader) {
    let switch = [("do", "switch"), ("asks", "yes"), ("back", REQUESTS)];
    let page = reader.submit(REQUESTS, &switch).await;
    assert!(page.contains("People must ask to follow you"), "{page}");
}

async fn follower_waits_until_accepted(server: TestServer) {
    let [alice, bob] = server.people(["alice", "bob"]).await;
    let reader = Reader::signed_in(&server, "alice", "").await;
    asked(&reader).await;
    bob.follow(&alice).await;
    let before = bob.ids("inbox/major").await.len();
    assert_eq!(alice.feed("followers").await["totalItems"], 0);
    assert_eq!(bob.ids("following").await, [alice.id()]);
    let private = alice
        .note("secret", serde_json::json!({ "cc": [alice.followers()] }))
        .await;
    bob.get(id(&private)).await.is(403);
    assert_eq!(
        bob.ids("inbox/major").await.len(),
        before,
        "nothing private"
    );
    let home = reader.read("/").await;
    assert!(home.contains("1 person asks to follow you"), "{home}");
    assert_eq!(alice.ids("requests").await, [bob.id()]);
    let asker = Reader::signed_in(&server, "bob", "").await;
    assert!(
        asker
            .read("/alice")
            .await
            .contains("Requested: take it back")
    );
    let accept = [("do", "accept"), ("id", &*bob.id()), ("back", REQUESTS)];
    let page = reader.submit(REQUESTS, &accept).await;
    assert!(page.contains("Nobody is waiting"), "{page}");
    reader.submit(REQUESTS, &accept).await;
    assert_eq!(alice.ids("followers").await, [bob.id()]);
    alice
        .note("for you", serde_json::json!({ "cc": [alice.followers()] }))
        .await;
    assert_eq!(bob.ids("inbox/major").await.len(), before + 1);
    assert!(asker.read("/alice").await.contains(">Unfollow<"));
    let stranger = [
        ("do", "accept"),
        ("id", "acct:x@y.example"),
        ("back", REQUESTS),
    ];
    reader.post(REQUESTS, &stranger).await.is(404);
    let stranger = serde_json::json!({ "id": "acct:x@y.example", "objectType": "person" });
    alice
        .post("/api/user/alice/requests", &stranger)
        .await
        .refused(404);
    assert_eq!(alice.ids("followers").await, [bob.id()], "who did not ask");
}

async fn removal_of_relation_needs_an_id(server: TestServer) {
    let alice = server.person("alice").await;
    for relation in ["blocked", "muted", "requests"] {
        let path = format!("/api/user/alice/{relation}");
        assert!(alice.delete(&path).await.refused(400).contains("'id'"));
        let unknown = format!("{path}?id=acct:x@y.example");
        assert_eq!(alice.delete(&unknown).await.is(200).json(), "Deleted");
    }
}

async fn rejected_request_is_gone_on_both_sides(server: TestServer) {
    let [alice, bob, carol] = server.people(["alice", "bob", "carol"]).await;
    let reader = Reader::signed_in(&server, "alice", "").await;
    asked(&reader).await;
    for person in [&bob, &carol] {
        person.follow(&alice).await;
    }
    bob.act(&crate::support::about("follow", &alice.person()))
        .await
        .refused(400);
    let reject = [("do", "reject"), ("id", &*bob.id()), ("back", REQUESTS)];
    reader.submit(REQUESTS, &reject).await;
    // Taken back by the person who asked.
    carol
        .done(&crate::support::about("stop-following", &alice.person()))
        .await;
    for person in [&bob, &carol] {
        assert_eq!(person.feed("following").await["totalItems"], 0);
    }
    assert_eq!(alice.feed("requests").await["totalItems"], 0);
    let switch = [("do", "switch"), ("asks", ""), ("back", REQUESTS)];
    reader.submit(REQUESTS, &switch).await;
    bob.follow(&alice).await;
    assert_eq!(alice.ids("followers").await, [bob.id()]);
}

/// The reports that moderators have.
pub(crate) async fn reports(server: &TestServer) -> Vec<SiteRecord> {
    let ctx = server.ctx();
    let found = ctx
        .storage()
        .list_site_records(SiteRecordKind::Report, None, 100);
    found.await.unwrap()
}

async fn report_is_stored_for_the_moderators(server: TestServer) {
    let [bob] = server.people(["bob"]).await;
    let alice = Reader::member(&server, "alice", "").await;
    let note = bob.note("Buy this", everyone()).await;
    let path = note["url"]
        .as_str()
        .unwrap()
        .replace("https://pump.example", "");
    assert!(alice.read(&path).await.contains("/main/report?about="));
    let form = format!("/main/report?about={}", id(&note));
    assert!(alice.read(&form).await.contains("Buy this"));
    let fields = [
        ("about", id(&note)),
        ("reason", "spam"),
        ("words", "Again and\r\nagain"),
    ];
    let page = alice.submit("/main/report", &fields).await;
    assert!(page.contains("Your report has come in"), "{page}");
    let [report] = &*reports(&server).await else {
        panic!("one report")
    };
    assert!(report.id.starts_with("report "), "{}", report.id);
    let wanted = serde_json::json!({
        "reporter": "acct:alice@pump.example", "target": id(&note), "target_type": "note",
        "author": bob.id(), "reason": "spam", "words": "Again and\nagain", "state": "open",
    });
    assert_eq!(serde_json::Value::Object(report.body.clone()), wanted);
    let person = [
        ("about", &*bob.id()),
        ("reason", "other"),
        ("words", "See there"),
    ];
    alice.submit("/main/report", &person).await;
    let newest = reports(&server).await.remove(0);
    assert_eq!(newest.body["author"], newest.body["target"]);
}

async fn report_needs_a_reason_and_a_readable_thing(server: TestServer) {
    let [bob] = server.people(["bob"]).await;
    let alice = Reader::member(&server, "alice", "").await;
    let open = bob.note("open", everyone()).await;
    let secret = bob
        .note("secret", serde_json::json!({ "to": [bob.person()] }))
        .await;
    for (about, reason, words, status) in [
        (id(&open), "", "Typed words", 400),
        (id(&open), "other", "", 400),
        (id(&open), "spam", &*"x".repeat(2001), 400),
        (id(&secret), "spam", "", 403),
        ("urn:x", "spam", "", 404),
        ("acct:alice@pump.example", "spam", "", 400),
    ] {
        let fields = [("about", about), ("reason", reason), ("words", words)];
        let page = alice.post("/main/report", &fields).await.is(status).text();
        assert!(about != id(&open) || page.contains(words), "{page}");
    }
    assert!(reports(&server).await.is_empty());
    let fields = [("about", id(&open)), ("reason", "spam")];
    let mut statuses = Vec::new();
    for _ in 0..30 {
        statuses.push(alice.post("/main/report", &fields).await.status.as_u16());
    }
    assert!(statuses.contains(&429), "{statuses:?}");
    assert!(reports(&server).await.len() <= 20);
}
