//! Servers that speak `ActivityPub` with each other.

use bytes::Bytes;
use hydraulics::service::background;
use serde_json::{Value, json};

use super::host::Host;
use crate::federation::joined::{World, counts, seen};
use crate::pages::{reader::Reader, relations::asked};
use crate::support::{
    Backend, Fault, Network, Request, Session, about, addressed, comment_on, everyone, id, public,
};

joined_on_every_backend!(
    post_reaches_followers_on_another_server,
    reactions_reach_the_author_and_can_be_taken_back,
    edit_and_deletion_reach_who_got_the_post,
    audience_stays_what_it_was,
    request_to_follow_waits_for_its_answer,
    rejected_follow_is_gone_on_both_sides,
    profile_change_reaches_followers,
    account_deletion_reaches_followers,
    unknown_thread_is_fetched,
    picture_beside_a_text_is_shown,
    unsigned_activity_is_refused,
    signed_activity_counts_once_and_as_it_was_signed,
    host_gets_the_signature_that_it_asks_for,
    host_that_implements_messages_gets_them_at_once,
    like_under_its_first_id_counts_again_after_undo,
    follow_and_like_reach_the_one_concerned_alone,
);

/// Two servers with a person each, who follow each other.
async fn friends(backend: Backend) -> (World<2>, Session, Session) {
    let world = World::<2>::on(Network::of_activitypub(), backend).await;
    let alice = world.servers[0].person("alice").await;
    let bob = world.servers[1].person("bob").await;
    world.followed(&[&bob], &alice).await;
    world.followed(&[&alice], &bob).await;
    world.network.take_requests();
    (world, alice, bob)
}

/// Two servers with a person each, of whom one has asked to follow the other, who decides about
/// that.
async fn applicant(backend: Backend) -> (World<2>, Session, Session) {
    let world = World::<2>::on(Network::of_activitypub(), backend).await;
    let alice = world.servers[0].person("alice").await;
    let bob = world.servers[1].person("bob").await;
    let reader = Reader::signed_in(&world.servers[0], "alice", "").await;
    asked(&reader).await;
    world.followed(&[&bob], &alice).await;
    (world, alice, bob)
}

/// The contents of the posts in an inbox, newest first.
async fn contents(of: &Session, inbox: &str) -> Vec<String> {
    let feed = of.feed(inbox).await;
    let items = feed["items"].as_array().unwrap().iter();
    let contents = items.filter_map(|item| item["object"]["content"].as_str());
    let posts = contents.filter(|content| !content.contains("Welcome"));
    posts.map(str::to_owned).collect()
}

async fn post_reaches_followers_on_another_server(backend: Backend) {
    let (world, alice, bob) = friends(backend).await;
    assert_eq!(alice.ids("followers").await, [bob.id()]);
    assert_eq!(bob.ids("followers").await, [alice.id()]);
    let note = alice.note("<b>hello</b>", everyone()).await;
    world.deliver().await;
    assert_eq!(contents(&bob, "inbox/major").await, ["<b>hello</b>"]);
    let seen = seen(&bob, &note).await;
    assert_eq!(seen["author"]["id"], alice.id());
    let requests = world.network.take_requests();
    let posted = |one: &String| one.starts_with("POST") && one.contains("inbox");
    assert_eq!(
        requests.iter().filter(|one| posted(one)).count(),
        1,
        "{requests:?}"
    );
}

async fn reactions_reach_the_author_and_can_be_taken_back(backend: Backend) {
    let (world, alice, bob) = friends(backend).await;
    let note = alice.note("hello", everyone()).await;
    world.deliver().await;
    bob.done(&about("favorite", &note)).await;
    bob.done(&addressed(about("share", &note), &everyone()))
        .await;
    let comment = bob.done(&comment_on(&note, "hi")).await["object"].take();
    world.deliver().await;
    assert_eq!(counts(&alice, &note).await, [1, 1, 1]);
    assert_eq!(seen(&alice, &comment).await["author"]["id"], bob.id());
    alice.done(&comment_on(&comment, "welcome")).await;
    world.deliver().await;
    assert_eq!(counts(&bob, &comment).await, [0, 0, 1]);
    for verb in ["unfavorite", "unshare"] {
        bob.done(&addressed(about(verb, &note), &everyone())).await;
    }
    world.deliver().await;
    assert_eq!(counts(&alice, &note).await, [0, 0, 1]);
}

async fn edit_and_deletion_reach_who_got_the_post(backend: Backend) {
    let (world, alice, bob) = friends(backend).await;
    let mut note = alice.note("one", everyone()).await;
    world.deliver().await;
    alice.server.clock.advance(60);
    bob.server.clock.advance(60);
    note["content"] = "two".into();
    alice
        .done(&json!({ "verb": "update", "object": note }))
        .await;
    world.deliver().await;
    assert_eq!(seen(&bob, &note).await["content"], "two");
    alice.done(&about("delete", &note)).await;
    world.deliver().await;
    bob.get(&format!("/api/note?id={}", id(&note)))
        .await
        .refused(410);
}

async fn audience_stays_what_it_was(backend: Backend) {
    let world = World::<2>::on(Network::of_activitypub(), backend).await;
    let alice = world.servers[0].person("alice").await;
    let [bob, eve, ben] = world.servers[1].people(["bob", "eve", "ben"]).await;
    world.followed(&[&bob, &ben], &alice).await;
    let followers = json!({ "cc": [alice.followers()] });
    let private = alice.note("for followers", followers).await;
    let direct = json!({ "to": [eve.person()] });
    let secret = alice.note("for eve", direct).await;
    let own = json!({ "to": [alice.person()] });
    let nobody = alice.note("for nobody", own).await;
    alice.note("for all", everyone()).await;
    world.deliver().await;
    for follower in [&bob, &ben] {
        let posts = contents(follower, "inbox/major").await;
        assert_eq!(posts, ["for all", "for followers"]);
    }
    assert_eq!(contents(&eve, "inbox/direct/major").await, ["for eve"]);
    let at = |note: &Value| format!("/api/note?id={}", id(note));
    eve.get(&at(&private)).await.refused(403);
    bob.get(&at(&secret)).await.refused(403);
    bob.get(&at(&nobody)).await.refused(404);
}

async fn request_to_follow_waits_for_its_answer(backend: Backend) {
    let (world, alice, bob) = applicant(backend).await;
    let accepts = || {
        let last = world.network.last_request("https://s1.example/api/inbox");
        last.is_some_and(|it| String::from_utf8_lossy(it.body()).contains("\"Accept\""))
    };
    assert!(!accepts(), "before she decides");
    assert_eq!(alice.ids("requests").await, [bob.id()]);
    alice
        .post("/api/user/alice/requests", &bob.person())
        .await
        .ok();
    world.deliver().await;
    assert!(accepts(), "after she decided");
    assert_eq!(alice.ids("followers").await, [bob.id()]);
}

async fn rejected_follow_is_gone_on_both_sides(backend: Backend) {
    let (world, alice, bob) = applicant(backend).await;
    let rejected = format!("/api/user/alice/requests?id={}", bob.id());
    alice.delete(&rejected).await.ok();
    world.deliver().await;
    assert_eq!(bob.ids("following").await, [""; 0]);
    assert_eq!(alice.ids("requests").await, [""; 0]);
}

async fn profile_change_reaches_followers(backend: Backend) {
    let (world, alice, bob) = friends(backend).await;
    let mut profile = alice.get("/api/user/alice/profile").await.ok();
    alice.server.clock.advance(60);
    bob.server.clock.advance(60);
    profile["displayName"] = "Alice of Wonderland".into();
    alice.put("/api/user/alice/profile", &profile).await.ok();
    world.deliver().await;
    let following = bob.feed("following").await;
    assert_eq!(following["items"][0]["displayName"], "Alice of Wonderland");
}

async fn account_deletion_reaches_followers(backend: Backend) {
    let (world, alice, bob) = friends(backend).await;
    let note = alice.note("hello", everyone()).await;
    world.deliver().await;
    alice.delete("/api/user/alice").await.ok();
    world.deliver().await;
    background::run_cleanup(&bob.server.ctx()).await.unwrap();
    assert_eq!(bob.ids("following").await, [""; 0]);
    bob.get(&format!("/api/note?id={}", id(&note)))
        .await
        .refused(410);
}

async fn unknown_thread_is_fetched(backend: Backend) {
    let (world, alice, bob) = friends(backend).await;
    let carol = world.servers[0].person("carol").await;
    let note = carol.note("a beginning", everyone()).await;
    let comment = alice
        .done(&addressed(comment_on(&note, "an answer"), &everyone()))
        .await;
    world.deliver().await;
    let parent = &bob.feed("inbox").await["items"][0]["object"]["inReplyTo"];
    assert_eq!(id(parent), id(&note), "{comment}");
    assert_eq!(seen(&bob, &note).await["content"], "a beginning");
    assert_eq!(seen(&bob, &note).await["author"]["id"], carol.id());
}

async fn picture_beside_a_text_is_shown(backend: Backend) {
    let (world, alice, bob) = friends(backend).await;
    let picture = json!({
        "objectType": "image",
        "id": "urn:uuid:3f2504e0-4f89-11d3-9a0c-0305e82c3301",
        "displayName": "a sleeping cat",
        "image": { "url": "https://s0.example/uploads/alice/cat.png", "width": 4, "height": 3 },
    });
    let note = json!({ "objectType": "note", "content": "look", "attachments": [picture] });
    alice
        .done(&addressed(json!({ "object": note }), &everyone()))
        .await;
    world.deliver().await;
    let reader = Reader::signed_in(&bob.server, "bob", "").await;
    let home = reader.read("/").await;
    assert!(home.contains("alt=\"a sleeping cat\""), "{home}");
    assert!(home.contains("/api/proxy/"), "{home}");
}

/// Sends a body with the signature of a request that was sent before.
fn again(sent: &http::Request<Bytes>, body: &[u8]) -> Request {
    let request = Request::post("/api/inbox").body("application/activity+json", body);
    let headers = ["date", "content-digest", "signature-input", "signature"].into_iter();
    headers.fold(request, |request, name| {
        request.header(name, sent.headers()[name].to_str().unwrap())
    })
}

async fn unsigned_activity_is_refused(backend: Backend) {
    let (world, alice, bob) = friends(backend).await;
    alice.note("hello", everyone()).await;
    let faults = |body: &str| {
        let activity = "application/activity+json";
        Request::post("/api/inbox").body(activity, body.to_owned())
    };
    let before = bob.ids("inbox").await;
    let forged = json!({
        "@context": "https://www.w3.org/ns/activitystreams",
        "id": "https://s0.example/forged/1",
        "type": "Create",
        "actor": "https://s0.example/alice",
        "to": ["https://www.w3.org/ns/activitystreams#Public"],
        "object": { "id": "https://s0.example/forged/2", "type": "Note", "content": "x" },
    });
    let server = &world.servers[1];
    server.send(faults(&forged.to_string())).await.refused(401);
    let signed = faults(&forged.to_string());
    let key = "keyId=\"https://s0.example/alice#main-key\",headers=\"date\",signature=\"AAAA\"";
    let signed = signed
        .header("signature", key)
        .header("date", "Mon, 30 Nov 2026 00:00:00 GMT");
    server.send(signed).await.refused(401);
    assert_eq!(bob.ids("inbox").await, before);
    let other = Request::post("/api/inbox").body("application/json", forged.to_string());
    server.send(other).await.refused(415);
}

async fn signed_activity_counts_once_and_as_it_was_signed(backend: Backend) {
    let (world, alice, bob) = friends(backend).await;
    alice.note("hello", everyone()).await;
    world.deliver().await;
    let before = bob.ids("inbox").await;
    let sent = world.network.last_request("https://s1.example/api/inbox");
    let sent = sent.expect("it was delivered");
    let server = &world.servers[1];
    server.send(again(&sent, sent.body())).await.is(202);
    let altered = String::from_utf8(sent.body().to_vec()).unwrap();
    let altered = again(&sent, altered.replace("hello", "hallo").as_bytes());
    server.send(altered).await.refused(401);
    server.clock.advance(7200);
    server.send(again(&sent, sent.body())).await.refused(401);
    assert_eq!(bob.ids("inbox").await, before);
}

/// Lets a host have a follower of alice, and returns alice.
async fn followed_from(world: &World<1>, host: &Host, follower: &Value) -> Session {
    let alice = world.servers[0].person("alice").await;
    let follow = json!({
        "@context": "https://www.w3.org/ns/activitystreams", "id": host.url("follow"),
        "type": "Follow", "actor": follower["id"], "object": host_actor(&alice),
    });
    host.send(&world.servers[0], &follow).await.is(202);
    world.deliver().await;
    world.network.take_requests();
    alice
}

fn host_actor(person: &Session) -> String {
    let path = format!("/api/user/{}/profile", person.nickname);
    person.server.app.urls().absolute(&path)
}

async fn host_gets_the_signature_that_it_asks_for(backend: Backend) {
    let world = World::<1>::on(Network::of_activitypub(), backend).await;
    let host = Host::on(&world.network, "far.example");
    let bob = host.actor("Person", "bob");
    let alice = followed_from(&world, &host, &bob).await;
    let wanted = r#"s=("@method" "@authority" "@path" "content-digest");created;nonce="n""#;
    world.network.fail("far.example/", Fault::Wants(wanted));
    for (content, nonce, tries) in [("one", true, 2), ("two", false, 1)] {
        alice.note(content, everyone()).await;
        world.deliver().await;
        let sent = world.network.last_request("https://far.example/bob/inbox");
        let sent = sent.expect("it was delivered").headers()["signature-input"].clone();
        let input = sent.to_str().unwrap();
        assert_eq!(input.ends_with(";nonce=\"n\""), nonce, "{input}");
        let requests = world.network.take_requests();
        let posts = requests.iter().filter(|one| one.starts_with("POST"));
        assert_eq!(posts.count(), tries, "{content}");
    }
}

async fn host_that_implements_messages_gets_them_at_once(backend: Backend) {
    let world = World::<1>::on(Network::of_activitypub(), backend).await;
    let host = Host::on(&world.network, "far.example");
    let mut bob = host.actor("Person", "bob");
    let feature = json!({ "href": "https://datatracker.ietf.org/doc/html/rfc9421" });
    bob["generator"] = json!({ "type": "Application", "implements": [feature] });
    host.show(&bob);
    let alice = followed_from(&world, &host, &bob).await;
    alice.note("hello", everyone()).await;
    world.deliver().await;
    let sent = world.network.last_request("https://far.example/bob/inbox");
    let sent = sent.expect("it was delivered");
    let input = sent.headers()["signature-input"].to_str().unwrap();
    assert!(input.starts_with(r#"sig1=("@method" "@target-uri" "content-digest");"#));
    assert_eq!(world.network.take_requests().len(), 1);
}

async fn like_under_its_first_id_counts_again_after_undo(backend: Backend) {
    let (world, alice, bob) = friends(backend).await;
    let note = alice.note("hello", everyone()).await;
    world.deliver().await;
    for (verb, undoing, counted) in [
        ("favorite", "unfavorite", [1, 0, 0]),
        ("share", "unshare", [0, 1, 0]),
    ] {
        bob.done(&addressed(about(verb, &note), &everyone())).await;
        world.deliver().await;
        let first = world.network.last_request("https://s0.example/api/inbox");
        let first = first.expect("it was delivered");
        bob.done(&addressed(about(undoing, &note), &everyone()))
            .await;
        world.deliver().await;
        assert_eq!(counts(&alice, &note).await, [0, 0, 0], "{undoing}");
        for _ in 0..2 {
            alice.server.clock.advance(1);
            let again = again(&first, first.body());
            alice.server.send(again).await.is(202);
            assert_eq!(counts(&alice, &note).await, counted, "{verb}");
        }
        bob.done(&addressed(about(verb, &note), &everyone())).await;
        bob.done(&addressed(about(undoing, &note), &everyone()))
            .await;
        world.deliver().await;
        assert_eq!(counts(&alice, &note).await, [0, 0, 0], "{undoing}");
    }
}

/// How much waits for a host.
async fn waiting(person: &Session, host: &str) -> u64 {
    let ctx = person.server.ctx();
    let hosts = ctx.storage().list_waiting_hosts("", 9).await.unwrap();
    let hosts = hosts.into_iter();
    let there = hosts.filter(|waiting| waiting.host.name == host);
    there.map(|waiting| waiting.waiting).sum()
}

async fn follow_and_like_reach_the_one_concerned_alone(backend: Backend) {
    let world = World::<3>::on(Network::of_activitypub(), backend).await;
    let alice = world.servers[0].person("alice").await;
    let bob = world.servers[1].person("bob").await;
    let eve = world.servers[2].person("eve").await;
    world.followed(&[&bob], &alice).await;
    world.network.take_requests();
    alice
        .done(&json!({ "verb": "play", "object": { "objectType": "game" }, "to": [public()] }))
        .await;
    assert_eq!(waiting(&alice, "s1.example").await, 0, "not told at all");
    world.followed(&[&alice], &eve).await;
    assert_eq!(eve.ids("followers").await, [alice.id()]);
    let note = eve.note("hello", everyone()).await;
    world.deliver().await;
    alice
        .done(&addressed(about("favorite", &note), &everyone()))
        .await;
    assert_eq!(waiting(&alice, "s1.example").await, 0, "no row");
    assert_eq!(waiting(&alice, "s2.example").await, 1);
    world.deliver().await;
    assert_eq!(counts(&eve, &note).await, [1, 0, 0]);
    let requests = world.network.take_requests();
    let to_bob = |one: &&String| one.starts_with("POST") && one.contains("s1.example");
    assert_eq!(requests.iter().find(to_bob), None, "{requests:?}");
    alice
        .done(&addressed(about("share", &note), &everyone()))
        .await;
    world.deliver().await;
    let shared = bob.feed("inbox").await["items"][0]["verb"].take();
    assert_eq!(shared, "share");
}
