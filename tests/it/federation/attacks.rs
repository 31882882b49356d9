//! A server that attacks with sizes and numbers: it costs a few requests and rows, or nothing.

use bytes::Bytes;
use http::{Request as HttpRequest, Response};
use serde_json::{Value, json};

use super::peer::Peer;
use crate::support::{Network, Session, TestServer, addressed, answer, comment_on, public};

on_every_backend!(
    thread_without_end_costs_a_few_requests,
    ring_of_replies_is_fetched_once,
    delivered_ring_of_replies_is_a_thread,
    activity_for_very_many_is_refused,
    invented_persons_are_fetched_and_stored_in_part,
    follow_flood_is_stored_as_one_follower,
);

/// Length of the thread, and number of the recipients.
const THREAD_LENGTH: usize = 10_000;
const RECIPIENTS: usize = 100_000;

/// Persons that are invented. More than are taken within a minute, on every backend.
const INVENTED: usize = 700;

/// Another server, with a person for each name and things as they are told.
pub(super) fn evil(
    server: &TestServer,
    thing: impl Fn(&str) -> Option<Value> + Send + Sync + 'static,
) -> (Network, TestServer) {
    let network = Network::default();
    network.stub("https://far.example", move |request| said(request, &thing));
    let server = server.joined(&network);
    (network, server)
}

fn said(request: &HttpRequest<Bytes>, thing: &impl Fn(&str) -> Option<Value>) -> Response<Bytes> {
    let url = |path: &str| format!("https://far.example/{path}");
    let uri = request.uri();
    let known = match uri.path() {
        "/.well-known/host-meta.json" => Some(json!({ "links": [
            { "rel": "registration_endpoint", "href": url("register") },
        ] })),
        "/register" => Some(json!({ "client_id": "c", "client_secret": "s" })),
        "/.well-known/webfinger" => {
            let query = uri.query().unwrap_or_default().as_bytes();
            let resource = form_urlencoded::parse(query).next().unwrap().1;
            let name = resource.trim_start_matches("acct:").split('@').next();
            let profile = url(&format!("person/{}", name.unwrap()));
            Some(json!({ "links": [{ "rel": "self", "href": profile }] }))
        }
        path => match path.strip_prefix("/person/") {
            Some(name) => Some(json!({
                "objectType": "person", "id": format!("acct:{name}@far.example"),
                "displayName": name,
            })),
            None => thing(path),
        },
    };
    match known {
        Some(known) => answer(200, "application/json", known.to_string()),
        None => answer(404, "text/plain", "nothing"),
    }
}

/// A note of Zed's with that number, which answers another one.
pub(super) fn reply(number: usize, parent: usize) -> Value {
    let url = |number| format!("https://far.example/api/note/{number}");
    json!({
        "objectType": "note", "id": url(number), "content": format!("{number}"),
        "author": { "objectType": "person", "id": "acct:zed@far.example" },
        "links": { "self": { "href": url(number) } },
        "published": "2027-01-15T07:00:00Z", "updated": "2027-01-15T07:00:00Z",
        "inReplyTo": { "objectType": "note", "id": url(parent) },
    })
}

pub(super) fn number(path: &str) -> Option<usize> {
    path.strip_prefix("/api/note/")?.parse().ok()
}

/// Lets Zed comment on the first note of the other server, and returns how often it was asked for
/// a note.
pub(super) async fn asked_by_comment(network: &Network, alice: &Session) -> usize {
    let zed = Peer::person(&alice.server, "zed").await;
    network.take_requests();
    let comment = zed.comment("c", &reply(0, 1));
    let comment = zed.activity("c", "post", &comment);
    let comment = addressed(comment, &json!({ "to": [public(), alice.person()] }));
    zed.deliver(alice, &comment).await.ok();
    let requests = network.take_requests();
    assert!(requests.len() < 40, "{requests:#?}");
    let notes = requests.iter().filter(|it| it.contains("/api/note/"));
    notes.count()
}

/// How many of these ids are stored.
async fn stored(server: &TestServer, ids: &[String]) -> usize {
    let mut count = 0;
    for ids in ids.chunks(100) {
        let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
        let found = server.app.storage().find_objects(&ids).await.unwrap();
        count += found.iter().flatten().count();
    }
    count
}

async fn thread_without_end_costs_a_few_requests(server: TestServer) {
    let (network, server) = evil(&server, |path| {
        let number = number(path).filter(|number| *number < THREAD_LENGTH)?;
        Some(reply(number, number + 1))
    });
    let alice = server.person("alice").await;
    let asked = asked_by_comment(&network, &alice).await;
    assert!((10..=13).contains(&asked), "{asked}");
    let ids: Vec<String> = (0..THREAD_LENGTH)
        .map(|number| reply(number, 0)["id"].as_str().unwrap().into())
        .collect();
    // The last one is named by the one before it.
    assert_eq!(stored(&server, &ids).await, asked + 1);
}

async fn ring_of_replies_is_fetched_once(server: TestServer) {
    let (network, server) = evil(&server, |path| {
        Some(reply(number(path)?, 1 - number(path)?))
    });
    let alice = server.person("alice").await;
    assert_eq!(asked_by_comment(&network, &alice).await, 2);
    for number in [0, 1] {
        let id = reply(number, 0)["id"].clone();
        let path = format!("/api/note?id={}", id.as_str().unwrap());
        assert_eq!(alice.get(&path).await.ok()["content"], number.to_string());
    }
}

async fn delivered_ring_of_replies_is_a_thread(server: TestServer) {
    let (network, server) = evil(&server, |_| None);
    let alice = server.person("alice").await;
    let zed = Peer::person(&server, "zed").await;
    zed.is_followed_by(&alice).await;
    for (note, parent) in [(0, 1), (1, 2), (2, 0)] {
        let post = zed.activity(&note.to_string(), "post", &reply(note, parent));
        let post = addressed(post, &json!({ "to": [public()] }));
        zed.deliver(&alice, &post).await.ok();
    }
    network.take_requests();
    let comment = alice
        .done(&comment_on(&reply(0, 1), "round and round"))
        .await;
    let like = zed.activity("l", "like", &comment["object"]);
    zed.deliver(&alice, &like).await.ok();
    let path = format!("/api/note?id={}", reply(0, 1)["id"].as_str().unwrap());
    let seen = alice.get(&path).await.ok();
    assert!(seen.to_string().contains("round and round"), "{seen}");
    let requests = network.take_requests();
    assert!(requests.len() < 8, "{requests:#?}");
}

async fn activity_for_very_many_is_refused(server: TestServer) {
    let (network, server) = evil(&server, |_| None);
    let alice = server.person("alice").await;
    let zed = Peer::person(&server, "zed").await;
    zed.is_followed_by(&alice).await;
    let ids: Vec<String> = (0..RECIPIENTS)
        .map(|n| format!("acct:p{n}@far.example"))
        .collect();
    network.take_requests();
    // More than a body may have, and more than an activity may have, in all kinds of places.
    for (place, count, status) in [
        ("to", RECIPIENTS, 413),
        ("to", 1000, 400),
        ("bcc", 1000, 400),
    ] {
        let many = ids[..count]
            .iter()
            .map(|id| json!({ "objectType": "person", "id": id }));
        let mut post = zed.post("1");
        post[place] = many.collect::<Vec<Value>>().into();
        zed.deliver(&alice, &post).await.refused(status);
    }
    assert_eq!(network.take_requests(), [""; 0]);
    assert_eq!(stored(&server, &ids[..1000]).await, 0);
    // A number that is taken costs no request for any of them.
    let mut post = zed.post("2");
    let few = ids[..100]
        .iter()
        .map(|id| json!({ "objectType": "person", "id": id }));
    post["to"] = few.collect::<Vec<Value>>().into();
    zed.deliver(&alice, &post).await.ok();
    assert_eq!(network.take_requests(), [""; 0]);
    assert_eq!(stored(&server, &ids[..100]).await, 0);
}

async fn invented_persons_are_fetched_and_stored_in_part(server: TestServer) {
    let (network, server) = evil(&server, |_| None);
    let alice = server.person("alice").await;
    let zed = Peer::person(&server, "zed").await;
    let host = zed.by_host("far.example").await;
    let ids: Vec<String> = (0..INVENTED)
        .map(|n| format!("acct:p{n}@far.example"))
        .collect();
    let mut taken = 0;
    for (number, id) in ids.iter().enumerate() {
        let mut follow = zed.activity(&number.to_string(), "follow", &alice.person());
        follow["actor"] = json!({ "objectType": "person", "id": id });
        let follow = addressed(follow, &json!({ "to": [alice.person()] }));
        let answer = host.deliver(&alice, &follow).await;
        match answer.status.as_u16() {
            200 => taken += 1,
            429 | 503 => assert!(answer.headers.contains_key("retry-after"), "{answer:?}"),
            other => panic!("{other}: {answer:?}"),
        }
    }
    assert!((1..=600).contains(&taken), "{taken}");
    let asked = network.take_requests().len();
    // As many as may be asked for in a minute, and one to register.
    assert!(asked <= 301, "{asked}");
    let stored = stored(&server, &ids).await;
    assert!(stored <= 600, "{stored}");
    let profile = alice.get("/api/user/alice/profile").await.ok();
    assert_eq!(profile["followers"]["totalItems"], taken);
}

async fn follow_flood_is_stored_as_one_follower(server: TestServer) {
    let (network, server) = evil(&server, |_| None);
    let alice = server.person("alice").await;
    let zed = Peer::person(&server, "zed").await;
    let follow = |name: usize, verb| {
        let follow = zed.activity(&name.to_string(), verb, &alice.person());
        addressed(follow, &json!({ "to": [alice.person()] }))
    };
    network.take_requests();
    let before = alice.ids("inbox").await.len();
    // The same one again costs nothing; others are stored, and change nothing.
    for number in 0..200 {
        zed.deliver(&alice, &follow(number / 20, "follow"))
            .await
            .ok();
    }
    assert_eq!(alice.ids("followers").await, [zed.id()]);
    assert_eq!(alice.ids("inbox").await.len(), before + 10);
    assert_eq!(network.take_requests(), [""; 0]);
}
