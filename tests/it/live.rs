//! Feeds that go on.

use std::time::Duration;

use hydraulics::{
    app::Settings,
    model::{BearerToken, Nickname, Scope, Secret, Stream},
    storage::Change,
};
use serde_json::json;

use crate::support::{BASE, Backend, LiveFeed, Request, Session, TestServer, everyone};

const INBOX: &str = "/api/user/bob/inbox";
const FEED: &str = "/api/user/alice/feed";

/// Alice, and Bob, who follows her.
async fn friends(server: &TestServer) -> (Session, Session) {
    let (alice, bob) = (server.person("alice").await, server.person("bob").await);
    bob.done(&json!({ "verb": "follow", "object": alice.person() }))
        .await;
    (alice, bob)
}

/// A heart that beats often.
fn lively(settings: &mut Settings) {
    settings.live.heartbeat = Duration::from_millis(20);
}

/// Posts notes that say their numbers.
async fn count(alice: &Session, numbers: impl Iterator<Item = usize>) -> Vec<String> {
    let numbers: Vec<String> = numbers.map(|number| number.to_string()).collect();
    for number in &numbers {
        alice.note(number, everyone()).await;
    }
    numbers
}

/// The stream is over, and has nothing more to say.
async fn ends(mut feed: LiveFeed) {
    let more = feed.event().await;
    assert!(more.is_none(), "{more:?}");
}

on_every_backend!(
    live_events_equal_the_feed_items,
    only_what_belongs_into_a_part_of_the_inbox_comes_there,
    reconnect_resumes_after_last_event_id,
    reconnect_without_event_resumes_from_the_greeting,
    a_slow_reader_misses_nothing_even_where_nothing_was_before,
    unknown_last_event_id_requests_a_reload,
    a_listener_goes_on_when_the_last_item_it_saw_is_removed,
    nobody_hears_what_they_may_not_read,
    the_inbox_of_a_group_is_live_for_those_who_read_it,
    a_bearer_token_listens_until_it_expires_or_is_revoked,
    unfollow_ends_live_events_for_followers,
    a_stream_ends_with_its_token_its_client_and_its_account,
    a_revoked_token_is_noticed_at_the_next_heartbeat,
    a_heart_beats_where_nothing_comes,
    there_are_so_many_streams_for_one_and_so_many_for_all,
    clients_without_a_person_are_counted_by_network,
    clients_without_a_person_leave_places_to_persons,
    a_person_at_the_limit_gives_up_the_oldest_stream,
    a_head_has_no_body_and_keeps_no_place,
    a_stream_goes_forward_only,
    a_server_that_stops_ends_its_streams_and_begins_none,
    two_applications_on_one_store_hear_each_other,
);

async fn live_events_equal_the_feed_items(server: TestServer) {
    let (alice, bob) = friends(&server).await;
    alice.note("before", everyone()).await;
    for part in ["inbox", "inbox/major"] {
        let target = format!("/api/user/bob/{part}");
        let mut feed = bob.listen(&target).await;
        assert_eq!(feed.status, 200);
        for (name, value) in [
            ("content-type", "text/event-stream"),
            ("cache-control", "no-store"),
            ("x-accel-buffering", "no"),
        ] {
            assert_eq!(feed.headers[name], value);
        }
        for name in ["etag", "content-length", "content-encoding"] {
            assert!(!feed.headers.contains_key(name), "{name}");
        }
        let newest = bob.ids(part).await.remove(0);
        assert_eq!(
            feed.block().await.unwrap(),
            format!("retry: 3000\nid: {newest}")
        );
        for content in ["one", "two"] {
            alice.note(content, json!({ "to": [bob.person()] })).await;
            let shown = feed.activity().await;
            assert_eq!(shown["object"]["content"], content);
            assert_eq!(shown, bob.feed(part).await["items"][0]);
        }
    }
}

async fn only_what_belongs_into_a_part_of_the_inbox_comes_there(server: TestServer) {
    let (alice, bob) = friends(&server).await;
    let mut feeds = Vec::new();
    for (part, count) in [
        ("", 4),
        ("/major", 2),
        ("/minor", 2),
        ("/direct", 2),
        ("/direct/major", 1),
        ("/direct/minor", 1),
    ] {
        let before = bob.ids(&format!("inbox{part}")).await.len();
        let feed = bob.listen(&format!("{INBOX}{part}")).await;
        feeds.push((part, count, before, feed));
    }
    let note = alice.note("to all", everyone()).await;
    alice.done(&json!({ "verb": "like", "object": note })).await;
    alice.note("to bob", json!({ "to": [bob.person()] })).await;
    alice
        .done(&json!({ "verb": "unlike", "object": note, "to": [bob.person()] }))
        .await;
    for (part, count, before, mut feed) in feeds {
        let mut expected = bob.ids(&format!("inbox{part}")).await;
        expected.truncate(expected.len() - before);
        assert_eq!(expected.len(), count, "{part}");
        for id in expected.iter().rev() {
            assert_eq!(feed.activity().await["id"], *id, "{part}");
        }
    }
}

async fn reconnect_resumes_after_last_event_id(server: TestServer) {
    let (alice, bob) = friends(&server).await;
    let mut feed = bob.listen(INBOX).await;
    alice.note("seen", everyone()).await;
    let (_, seen, _) = feed.event().await.unwrap();
    drop(feed);
    let mut numbers = count(&alice, 0..45).await;
    let since = form_urlencoded::byte_serialize(seen.as_bytes()).collect::<String>();
    let mut feeds = [
        bob.listen_after(INBOX, &seen).await,
        bob.listen(&format!("{INBOX}?since={since}")).await,
        // What a client sends that was cut off again: the header is the later one.
        bob.listen_after(&format!("{INBOX}?since=nothing"), &seen)
            .await,
    ];
    for feed in &mut feeds {
        assert_eq!(feed.contents(45).await, numbers);
    }
    numbers = count(&alice, 45..47).await;
    for feed in &mut feeds {
        assert_eq!(feed.contents(2).await, numbers);
    }
}

async fn reconnect_without_event_resumes_from_the_greeting(server: TestServer) {
    let (alice, bob) = friends(&server).await;
    let greeting = bob.listen(INBOX).await.block().await.unwrap();
    let (_, id) = greeting.split_once("id: ").unwrap();
    alice.note("meanwhile", everyone()).await;
    assert_eq!(
        bob.listen_after(INBOX, id).await.contents(1).await,
        ["meanwhile"]
    );
}

async fn a_slow_reader_misses_nothing_even_where_nothing_was_before(server: TestServer) {
    let (alice, bob) = friends(&server).await;
    let empty = vec![Change::Clear(Stream::Inbox(bob.id()))];
    server.app.storage().commit(empty).await.unwrap();
    let mut feed = bob.listen(INBOX).await;
    assert_eq!(feed.block().await.unwrap(), "retry: 3000");
    let numbers = count(&alice, 0..45).await;
    assert_eq!(feed.contents(45).await, numbers);
}

async fn unknown_last_event_id_requests_a_reload(server: TestServer) {
    let (alice, bob) = friends(&server).await;
    let carol = server.person("carol").await;
    let hidden = carol
        .done(
            &json!({ "object": { "objectType": "note", "content": "x" }, "to": [alice.person()] }),
        )
        .await;
    alice.note("newest", everyone()).await;
    let newest = bob.ids("inbox").await.remove(0);
    let hidden = hidden["id"].as_str().unwrap();
    // Nobody sees whether a hidden activity is there.
    for (target, last) in [
        (INBOX, "nothing"),
        (INBOX, hidden),
        ("/api/user/carol/feed", hidden),
    ] {
        let mut feed = bob.listen_after(target, last).await;
        let newest = if target == INBOX { &newest } else { "" };
        assert_eq!(
            feed.event().await.unwrap(),
            ("reload".into(), newest.into(), json!({}))
        );
    }
    let mut feed = bob.listen_after(INBOX, "nothing").await;
    assert_eq!(feed.event().await.unwrap().0, "reload");
    alice.note("new", everyone()).await;
    assert_eq!(feed.contents(1).await, ["new"]);
}

async fn a_listener_goes_on_when_the_last_item_it_saw_is_removed(server: TestServer) {
    let (alice, bob) = friends(&server).await;
    let mut feed = bob.listen(INBOX).await;
    alice.note("seen", everyone()).await;
    let (_, item, _) = feed.event().await.unwrap();
    let pulled = vec![Change::RemoveItem {
        stream: Stream::Inbox(bob.id()),
        item,
    }];
    server.app.storage().commit(pulled).await.unwrap();
    for content in ["next", "after"] {
        alice.note(content, everyone()).await;
        assert_eq!(feed.contents(1).await, [content]);
    }
    drop(feed);
    let last = bob.ids("inbox").await.remove(0);
    let pulled = vec![Change::RemoveItem {
        stream: Stream::Inbox(bob.id()),
        item: last.clone(),
    }];
    server.app.storage().commit(pulled).await.unwrap();
    alice.note("later", everyone()).await;
    assert_eq!(
        bob.listen_after(INBOX, &last).await.contents(1).await,
        ["later"]
    );
    let since = hydraulics::model::Urls::encode(&last);
    assert_eq!(
        bob.listen(&format!("{INBOX}?since={since}"))
            .await
            .contents(1)
            .await,
        ["later"]
    );
}

async fn nobody_hears_what_they_may_not_read(server: TestServer) {
    let (alice, bob) = friends(&server).await;
    let carol = server.person("carol").await;
    let mut own = alice.listen(FEED).await;
    let mut outbox = bob.listen(FEED).await;
    let anyone = server.again(|settings| settings.reading.anonymous = true);
    let mut strangers = [
        carol.listen(FEED).await,
        carol.two_legged().listen(FEED).await,
        anyone.listen(Request::get(FEED)).await,
    ];
    alice.note("to bob", json!({ "to": [bob.person()] })).await;
    alice
        .note("to nobody", json!({ "to": [alice.followers()], "cc": [] }))
        .await;
    alice.note("to all", everyone()).await;
    assert_eq!(own.contents(3).await, ["to bob", "to nobody", "to all"]);
    assert_eq!(outbox.contents(3).await, ["to bob", "to nobody", "to all"]);
    for feed in &mut strangers {
        assert_eq!(feed.contents(1).await, ["to all"]);
    }

    assert_eq!(carol.listen(INBOX).await.status, 401);
    assert_eq!(carol.two_legged().listen(INBOX).await.status, 400);
    assert_eq!(server.listen(Request::get(INBOX)).await.status, 401);
    assert_eq!(carol.listen("/api/user/nobody/feed").await.status, 404);
}

async fn the_inbox_of_a_group_is_live_for_those_who_read_it(server: TestServer) {
    let (alice, bob) = friends(&server).await;
    let carol = server.person("carol").await;
    let create = json!({ "verb": "create", "object": { "objectType": "group", "displayName": "Crew" }, "to": [bob.person()] });
    let group = alice.done(&create).await["object"].take();
    let named = json!({ "objectType": "group", "id": group["id"] });
    for member in [&alice, &bob] {
        member
            .done(&json!({ "verb": "join", "object": named }))
            .await;
    }
    let inbox = format!("{}/inbox", group["id"].as_str().unwrap()).replace(BASE, "");
    assert_eq!(carol.listen(&inbox).await.status, 403);
    let mut feed = bob.listen(&inbox).await;
    alice.note("hello crew", json!({ "to": [named] })).await;
    let shown = feed.activity().await;
    assert_eq!(shown["object"]["content"], "hello crew");
    assert_eq!(shown, bob.get(&inbox).await.ok()["items"][0]);
}

async fn a_bearer_token_listens_until_it_expires_or_is_revoked(server: TestServer) {
    let (alice, bob) = friends(&server).await;
    let token = |name: &str, expires| BearerToken {
        digest: Secret::new(name).digest(),
        client: bob.credentials.key.clone(),
        user: Some(Nickname::parse("bob").unwrap()),
        scope: Scope::Read,
        code: None,
        created: server.ctx().now(),
        expires,
    };
    let soon = server.ctx().now() + Duration::from_mins(1);
    let tokens = [token("lasting", None), token("passing", Some(soon))];
    let put = tokens.map(Change::PutBearerToken).into();
    server.app.storage().commit(put).await.unwrap();
    let listen = |name| Request::get(INBOX).header("authorization", &format!("Bearer {name}"));
    let mut lasting = server.listen(listen("lasting")).await;
    let mut passing = server.listen(listen("passing")).await;
    alice.note("both", everyone()).await;
    assert_eq!(lasting.contents(1).await, ["both"]);
    assert_eq!(passing.contents(1).await, ["both"]);
    server.clock.advance(61);
    alice.note("one", everyone()).await;
    ends(passing).await;
    assert_eq!(lasting.contents(1).await, ["one"]);
    let revoked = Change::RemoveBearerToken(Secret::new("lasting").digest());
    server.app.storage().commit(vec![revoked]).await.unwrap();
    alice.note("none", everyone()).await;
    ends(lasting).await;
}

async fn unfollow_ends_live_events_for_followers(server: TestServer) {
    let (alice, bob) = friends(&server).await;
    let mut feed = bob.listen(FEED).await;
    alice
        .note("with you", json!({ "to": [alice.followers()] }))
        .await;
    assert_eq!(feed.contents(1).await, ["with you"]);
    bob.done(&json!({ "verb": "stop-following", "object": alice.person() }))
        .await;
    alice
        .note("without you", json!({ "to": [alice.followers()] }))
        .await;
    alice.note("to all", everyone()).await;
    assert_eq!(feed.contents(1).await, ["to all"]);
}

async fn a_stream_ends_with_its_token_its_client_and_its_account(server: TestServer) {
    let alice = server.person("alice").await;
    for (name, gone) in [
        ("b", Change::RemoveAccessToken("token-of-b".into())),
        ("c", Change::RemoveClient("client-of-c".into())),
        ("d", Change::RemoveAccount(Nickname::parse("d").unwrap())),
    ] {
        let feed = server.person(name).await.listen(FEED).await;
        server.app.storage().commit(vec![gone]).await.unwrap();
        alice.note("too late", everyone()).await;
        ends(feed).await;
    }
}

async fn a_revoked_token_is_noticed_at_the_next_heartbeat(server: TestServer) {
    let (_, bob) = friends(&server).await;
    let feed = server
        .again(lively)
        .listen(Request::get(INBOX).by(&bob.credentials))
        .await;
    let revoked = vec![Change::RemoveAccessToken("token-of-bob".into())];
    server.app.storage().commit(revoked).await.unwrap();
    ends(feed).await;
}

async fn a_heart_beats_where_nothing_comes(server: TestServer) {
    let (alice, bob) = friends(&server).await;
    let server = server.again(lively);
    let mut feed = server
        .listen(Request::get(INBOX).by(&bob.credentials))
        .await;
    assert!(feed.block().await.unwrap().starts_with("retry: "));
    for _ in 0..3 {
        assert_eq!(feed.block().await.unwrap().trim_end(), ":");
    }
    alice.note("at last", everyone()).await;
    assert_eq!(feed.contents(1).await, ["at last"]);
}

async fn there_are_so_many_streams_for_one_and_so_many_for_all(server: TestServer) {
    let (_, bob) = friends(&server).await;
    let small = server.again(|settings| {
        settings.live.max_connections_per_client = 2;
        settings.live.max_connections = 3;
    });
    let signed = |who: &Session| Request::get(FEED).by(&who.credentials);
    let mut open = vec![
        small.listen(signed(&bob)).await,
        small.listen(signed(&bob)).await,
    ];
    let carol = server.person("carol").await;
    open.push(small.listen(signed(&carol)).await);
    let refused = small
        .send(signed(&carol).header("accept", "text/event-stream"))
        .await;
    assert_eq!(refused.header("retry-after"), "10");
    assert!(refused.refused(503).contains("no room"));
    // Pages are for everyone.
    small.send(signed(&carol)).await.is(200);
    assert!(open.iter().all(|feed| feed.status == 200));
    drop(open);
    for _ in 0..4 {
        assert_eq!(small.listen(signed(&bob)).await.status, 200);
    }
    // Who is not signed in is known by the address.
    let small = small.again(|settings| settings.live.max_connections = 6);
    let from = |peer| signed(&bob.two_legged()).from(peer);
    let open = [
        small.listen(from("192.0.2.1:1")).await,
        small.listen(from("192.0.2.1:2")).await,
    ];
    let refused = small
        .send(from("192.0.2.1:3").header("accept", "text/event-stream"))
        .await;
    assert_eq!(refused.header("retry-after"), "20");
    assert!(refused.refused(429).contains("Close one"));
    assert_eq!(small.listen(from("192.0.2.2:1")).await.status, 200);
    drop(open);
}

async fn clients_without_a_person_are_counted_by_network(server: TestServer) {
    let (_, bob) = friends(&server).await;
    let small = server.again(|settings| settings.live.max_connections_per_client = 2);
    let from = |peer: String| {
        Request::get(FEED)
            .by(&bob.two_legged().credentials)
            .from(&peer)
    };
    let mut open = Vec::new();
    for (networks, statuses) in [
        (vec!["1:1::1", "1:1::2", "1:1:ffff::3"], [200, 200, 429]),
        (vec!["1:2::1", "1:2::2", "1:2::3"], [200, 200, 429]),
        (vec!["1:3::1", "1:3::2", "1:4::1"], [200, 200, 429]),
        (vec!["2:1::1", "2:1::2", "2:1::3"], [200, 200, 429]),
    ] {
        for (network, status) in networks.into_iter().zip(statuses) {
            let feed = small.listen(from(format!("[2001:db8:{network}]:1"))).await;
            assert_eq!(feed.status, status, "{network}");
            open.push(feed);
        }
    }
    open.truncate(1);
    assert_eq!(
        small
            .listen(from("[2001:db8:1:1::9]:1".into()))
            .await
            .status,
        200,
        "places are given back"
    );
}

async fn clients_without_a_person_leave_places_to_persons(server: TestServer) {
    let (_, bob) = friends(&server).await;
    let small = server.again(|settings| settings.live.max_connections = 6);
    let from = |host: u8| {
        Request::get(FEED)
            .by(&bob.two_legged().credentials)
            .from(&format!("192.0.2.{host}:1"))
    };
    let mut open = Vec::new();
    for host in 0..3 {
        open.push(small.listen(from(host)).await);
    }
    let refused = small
        .send(from(9).header("accept", "text/event-stream"))
        .await;
    assert!(refused.refused(503).contains("no room"));
    for _ in 0..3 {
        open.push(small.listen(Request::get(FEED).by(&bob.credentials)).await);
    }
    assert!(open.iter().all(|feed| feed.status == 200));
}

async fn a_person_at_the_limit_gives_up_the_oldest_stream(server: TestServer) {
    let (_, bob) = friends(&server).await;
    let small = server.again(|settings| {
        settings.live.max_connections_per_client = 2;
        settings.live.max_connections = 3;
    });
    let listen = || small.listen(Request::get(FEED).by(&bob.credentials));
    let mut oldest = listen().await;
    assert!(oldest.block().await.is_some());
    // None of these is read, and none is in the way.
    let mut open = Vec::new();
    for _ in 0..8 {
        open.push(listen().await);
    }
    assert_eq!(
        open.iter()
            .map(|feed| feed.status.as_u16())
            .collect::<Vec<_>>(),
        [200; 8]
    );
    assert_eq!(oldest.block().await, None);
    // The places of those that ended are not given back twice.
    open.truncate(6);
    let carol = server.person("carol").await;
    let signed = || Request::get(FEED).by(&carol.credentials);
    let mut kept = Vec::new();
    for _ in 0..2 {
        kept.push(small.listen(signed()).await);
    }
    let dave = server.person("dave").await;
    let last = small.listen(Request::get(FEED).by(&dave.credentials)).await;
    assert_eq!(last.status, 200);
    // A first stream takes the place of another's second, and a second one nobody's first.
    kept.push(small.listen(Request::get(FEED).by(&bob.credentials)).await);
    assert_eq!(kept[2].status, 200);
    assert!(kept[0].block().await.is_some(), "the greeting");
    assert_eq!(kept[0].block().await, None);
    let full = small.listen(Request::get(FEED).by(&bob.credentials)).await;
    assert_eq!(full.status, 503);
}

async fn a_head_has_no_body_and_keeps_no_place(server: TestServer) {
    let (_, bob) = friends(&server).await;
    let small = server.again(|settings| settings.live.max_connections = 1);
    for _ in 0..3 {
        let request = Request::new("HEAD", INBOX).header("accept", "text/event-stream");
        let answer = small.send(request.by(&bob.credentials)).await.is(200);
        assert_eq!(
            (answer.header("content-type"), answer.body.len()),
            ("text/event-stream", 0)
        );
    }
}

async fn a_stream_goes_forward_only(server: TestServer) {
    let (_, bob) = friends(&server).await;
    for (query, sentence) in [
        (
            "offset=1",
            "A live feed goes on from 'since' only, not from 'before' or 'offset'.",
        ),
        (
            "before=x",
            "A live feed goes on from 'since' only, not from 'before' or 'offset'.",
        ),
        ("since=x", "id 'x' not found in stream 'user:bob:inbox'"),
        ("count=x", "Count must be between 0 and 200"),
    ] {
        let request =
            Request::get(&format!("{INBOX}?{query}")).header("accept", "text/event-stream");
        let refused = server.send(request.by(&bob.credentials)).await.refused(400);
        assert_eq!(refused, sentence);
    }
}

async fn a_server_that_stops_ends_its_streams_and_begins_none(server: TestServer) {
    let (alice, bob) = friends(&server).await;
    let mut feed = bob.listen(INBOX).await;
    alice.note("last", everyone()).await;
    assert_eq!(feed.contents(1).await, ["last"]);
    server.app.end_live_feeds();
    ends(feed).await;
    assert_eq!(bob.listen(INBOX).await.status, 503);
    bob.get(INBOX).await.is(200);
}

async fn two_applications_on_one_store_hear_each_other(server: TestServer) {
    let (alice, bob) = friends(&server).await;
    let other = server.again(|_| ());
    let mut feed = other.listen(Request::get(INBOX).by(&bob.credentials)).await;
    alice.note("hello over there", everyone()).await;
    assert_eq!(feed.contents(1).await, ["hello over there"]);
}

#[tokio::test]
async fn two_nodes_on_one_postgres_hear_each_other() {
    let [here, there] = TestServer::two(Backend::Postgres, |_| ()).await;
    let (alice, bob) = friends(&here).await;
    let mut feed = there.listen(Request::get(INBOX).by(&bob.credentials)).await;
    let mut outbox = there.listen(Request::get(FEED).by(&bob.credentials)).await;
    let numbers = count(&alice, 0..30).await;
    assert_eq!(feed.contents(30).await, numbers);
    assert_eq!(outbox.contents(30).await, numbers);
}

#[tokio::test]
async fn heartbeat_finds_writes_of_other_processes() {
    let [here, there] = TestServer::two(Backend::Sqlite, lively).await;
    let (alice, bob) = friends(&here).await;
    let mut feed = there.listen(Request::get(INBOX).by(&bob.credentials)).await;
    alice.note("found", everyone()).await;
    assert_eq!(feed.contents(1).await, ["found"]);
}
