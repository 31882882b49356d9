//! Every kind of collection there is (pump-api 10): what it says of itself, and that its pages,
//! counts and links agree, whoever asks.

use std::collections::BTreeSet;

use hydraulics::model::Urls;
use serde_json::{Value, json};

use crate::support::{Answer, BASE, Request, Session, TestServer, everyone};

/// Callers that may read it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Open {
    All,
    Clients,
    Owner,
}

/// A row of the tables of sections 10.3 to 10.6 and 10.9.
struct Kind {
    path: String,
    display_name: String,
    object_type: Option<&'static str>,
    has_author: bool,
    open: Open,
    /// How the stream is called in errors.
    stream: String,
}

/// A world in which no collection of alice's is empty, and most have something that not everyone
/// sees.
async fn world(server: &TestServer) -> (Session, Session, Vec<Kind>) {
    let alice = server.person("alice").await;
    alice
        .put(
            "/api/user/alice/profile",
            &json!({ "displayName": "Alice L." }),
        )
        .await
        .ok();
    let note = alice.note("hello", everyone()).await;
    let reference = json!({ "objectType": "note", "id": note["id"] });
    let mut fans = Vec::new();
    for number in 0..5 {
        let fan = server.person(&format!("fan{number}")).await;
        let to = if number % 2 == 0 {
            everyone()
        } else {
            json!({ "to": [alice.person()] })
        };
        fan.done(&json!({ "verb": "follow", "object": alice.person() }))
            .await;
        alice
            .done(&json!({ "verb": "follow", "object": fan.person() }))
            .await;
        for verb in ["favorite", "share"] {
            fan.done(&json!({ "verb": verb, "object": reference }))
                .await;
        }
        let mut reply = json!({ "object": { "objectType": "comment", "content": "c", "inReplyTo": reference } });
        reply
            .as_object_mut()
            .unwrap()
            .extend(to.as_object().unwrap().clone());
        fan.done(&reply).await;
        let liked = fan.note("like me", to).await;
        alice.done(&json!({ "verb": "favorite", "object": { "objectType": "note", "id": liked["id"] } })).await;
        alice
            .note("for some", json!({ "to": [fan.person()] }))
            .await;
        alice.note("for all", everyone()).await;
        alice
            .request("POST", "/api/user/alice/uploads", "text/plain", "text")
            .await
            .ok();
        fans.push(fan);
    }
    let list =
        json!({ "objectType": "collection", "objectTypes": ["person"], "displayName": "Crew" });
    let mut list = json!({ "verb": "create", "object": list });
    list.as_object_mut()
        .unwrap()
        .extend(everyone().as_object().unwrap().clone());
    let list = alice.done(&list).await["object"].take();
    for fan in &fans {
        let target = json!({ "objectType": "collection", "id": list["id"] });
        alice
            .done(&json!({ "verb": "add", "object": fan.person(), "target": target }))
            .await;
    }
    let id = |thing: &Value| thing["id"].as_str().unwrap().to_owned();
    let kinds = kinds(&id(&note), &id(&list));
    (alice, fans.swap_remove(1), kinds)
}

impl Kind {
    fn new(
        path: &str,
        name: &str,
        object_type: Option<&'static str>,
        author: bool,
        open: Open,
        stream: &str,
    ) -> Self {
        Self {
            path: path.strip_prefix(BASE).unwrap_or(path).into(),
            display_name: name.into(),
            object_type,
            has_author: author,
            open,
            stream: stream.into(),
        }
    }
}

impl Kind {
    /// Whether it is one of those that have no `prev` on the reference.
    fn is_of_objects(&self) -> bool {
        [
            "/favorites",
            "/uploads",
            "/replies",
            "/shares",
            "/documents",
        ]
        .iter()
        .any(|end| self.path.ends_with(end))
    }
}

fn kinds(note: &str, list: &str) -> Vec<Kind> {
    let mut kinds = of_activities();
    kinds.extend(of_things(note, list));
    kinds
}

fn of_activities() -> Vec<Kind> {
    let mut kinds = Vec::new();
    for (part, what) in [
        ("", "Activities"),
        ("/major", "Major activities"),
        ("/minor", "Minor activities"),
    ] {
        for (feed, words, open) in [
            ("feed", "by", Open::All),
            ("inbox", "for", Open::Owner),
            ("inbox/direct", "directly for", Open::Owner),
        ] {
            let path = format!("/api/user/alice/{feed}{part}");
            let stream = format!("user:alice:{feed}{part}")
                .replace("feed", "outbox")
                .replace('/', ":");
            let name = format!("{what} {words} Alice L.");
            kinds.push(Kind::new(
                &path,
                &name,
                Some("activity"),
                true,
                open,
                &stream,
            ));
        }
    }
    kinds
}

fn of_things(note: &str, list: &str) -> impl Iterator<Item = Kind> {
    let user = |path: &str| format!("/api/user/alice/{path}");
    let of_note = |path: &str| format!("{note}/{path}");
    let (person, all) = (Some("person"), Open::All);
    let members = (format!("{list}/members"), format!("collection:{list}"));
    [
        Kind::new(
            &user("followers"),
            "Followers for Alice L.",
            person,
            true,
            all,
            "followers:alice",
        ),
        Kind::new(
            &user("following"),
            "Following for Alice L.",
            person,
            true,
            all,
            "following:alice",
        ),
        Kind::new(
            &user("favorites"),
            "Things that Alice L. has favorited",
            None,
            true,
            all,
            "favorites:alice",
        ),
        Kind::new(
            &user("uploads"),
            "Uploads by Alice L.",
            None,
            false,
            Open::Owner,
            "uploads:alice",
        ),
        Kind::new(
            &user("lists/person"),
            "Collections of persons for Alice L.",
            Some("collection"),
            true,
            all,
            "user:alice:lists:person",
        ),
        Kind::new(
            &of_note("likes"),
            &format!("People who like {note}"),
            person,
            false,
            all,
            "likes",
        ),
        Kind::new(
            &of_note("replies"),
            &format!("Replies to {note}"),
            None,
            false,
            all,
            "replies",
        ),
        Kind::new(
            &of_note("shares"),
            &format!("Shares of {note}"),
            None,
            false,
            all,
            "shares",
        ),
        Kind::new(
            &members.0,
            "Members of Crew by Alice L.",
            None,
            true,
            all,
            &members.1,
        ),
        Kind::new(
            "/api/users",
            "Users of this service",
            Some("user"),
            false,
            Open::Clients,
            "users",
        ),
    ]
    .into_iter()
}

/// Someone who asks, or nobody.
struct Asker<'a> {
    server: &'a TestServer,
    session: Option<Session>,
}

impl Asker<'_> {
    async fn get(&self, target: &str) -> Answer {
        let target = target.strip_prefix(BASE).unwrap_or(target);
        match &self.session {
            Some(session) => session.get(target).await,
            None => self.server.send(Request::get(target)).await,
        }
    }
}

/// Returns the identity of an item of a page.
fn names(page: &Value) -> Vec<String> {
    let name = |item: &Value| {
        item.get("id")
            .or_else(|| item.get("nickname"))
            .and_then(Value::as_str)
            .unwrap()
            .to_owned()
    };
    page["items"].as_array().unwrap().iter().map(name).collect()
}

fn link(page: &Value, rel: &str) -> Option<String> {
    page["links"][rel]["href"].as_str().map(str::to_owned)
}

/// A collection says of itself what its table has.
fn check_envelope(kind: &Kind, page: &Value) {
    let path = &kind.path;
    let url = format!("{BASE}{path}");
    assert_eq!(page["displayName"], kind.display_name, "{path}");
    let types = page
        .get("objectTypes")
        .map(|types| types[0].as_str().unwrap());
    assert_eq!(types, kind.object_type, "{path}");
    let key = if path == "/api/users" { "id" } else { "url" };
    assert_eq!(page[key], url, "{path}");
    assert_eq!(page.get("author").is_some(), kind.has_author, "{path}");
    if kind.has_author {
        assert_eq!(page["author"]["id"], "acct:alice@pump.example", "{path}");
    }
    assert_eq!(link(page, "first").unwrap(), url);
    for rel in ["prev", "next"] {
        if let Some(href) = link(page, rel) {
            let query = href.strip_prefix(&format!("{url}?")).unwrap();
            assert_eq!(
                (query.matches('=').count(), query.contains('&')),
                (1, false),
                "{href}"
            );
        }
    }
    for item in page["items"].as_array().unwrap() {
        assert_no_internal_keys(item);
    }
}

fn assert_no_internal_keys(value: &Value) {
    match value {
        Value::Object(properties) => {
            for (key, value) in properties {
                assert!(!key.starts_with('_'), "{key}");
                assert_no_internal_keys(value);
            }
        }
        Value::Array(list) => list.iter().for_each(assert_no_internal_keys),
        _ => {}
    }
}

/// Walks a collection in small pages both ways; returns how many are in it.
async fn walk(asker: &Asker<'_>, kind: &Kind) -> u64 {
    let path = &kind.path;
    let first = asker.get(&format!("{path}?count=2")).await.ok();
    check_envelope(kind, &first);
    let total = first["totalItems"].as_u64().unwrap();
    let (mut walked, mut page) = (names(&first), first);
    while let Some(next) = link(&page, "next") {
        page = asker.get(&format!("{next}&count=2")).await.ok();
        check_envelope(kind, &page);
        assert_eq!(page["totalItems"], total, "{next}");
        walked.extend(names(&page));
    }
    assert_eq!(
        walked.len() as u64,
        total,
        "{path}: what is counted is what is listed"
    );
    assert_eq!(
        walked.iter().collect::<BTreeSet<_>>().len(),
        walked.len(),
        "{path}: nothing twice"
    );

    // Back up from the last page. Feeds of objects have no link for it, but know the argument.
    let mut climbed: Vec<String> = names(&page).into_iter().rev().collect();
    while let Some(newest) = climbed.last() {
        let prev = link(&page, "prev");
        assert_eq!(prev.is_some(), !kind.is_of_objects(), "{path}");
        let since = format!("{path}?since={}", Urls::encode(newest));
        page = asker
            .get(&format!("{}&count=2", prev.unwrap_or(since)))
            .await
            .ok();
        if names(&page).is_empty() {
            break;
        }
        climbed.extend(names(&page).into_iter().rev());
    }
    climbed.reverse();
    assert_eq!(
        climbed, walked,
        "{path}: as much and in the same order on the way back"
    );

    let mut by_offset = Vec::new();
    for offset in (0..=walked.len()).step_by(3) {
        by_offset.extend(names(
            &asker
                .get(&format!("{path}?count=3&offset={offset}"))
                .await
                .ok(),
        ));
    }
    assert_eq!(by_offset, walked, "{path}: by offset");
    assert_eq!(
        names(&asker.get(&format!("{path}?count=200")).await.ok()),
        walked,
        "{path}: at once"
    );
    for nothing in ["count=0".to_owned(), format!("offset={}", total + 5)] {
        let page = asker.get(&format!("{path}?{nothing}")).await.ok();
        assert_eq!(
            (&page["items"], &page["totalItems"]),
            (&json!([]), &json!(total)),
            "{path}?{nothing}"
        );
    }
    total
}

on_every_backend!(
    every_collection_is_whole_for_whoever_asks,
    persons_are_searched_by_name_and_others_are_not,
    the_type_of_the_item_a_page_begins_at_may_be_told,
    feeds_of_objects_with_foreign_ids_have_working_links,
    unknown_properties_are_kept_and_internal_ones_never_told,
);

async fn every_collection_is_whole_for_whoever_asks(server: TestServer) {
    let (alice, fan, kinds) = world(&server).await;
    let askers = [
        ("the owner", Some(alice.clone())),
        ("someone else", Some(fan.clone())),
        ("a client", Some(alice.two_legged())),
        ("nobody", None),
    ];
    for (who, session) in askers {
        let asker = Asker {
            server: &server,
            session,
        };
        for kind in &kinds {
            let refusal = match (who, kind.open) {
                ("the owner", _)
                | (_, Open::All)
                | ("someone else" | "a client", Open::Clients) => None,
                ("someone else", Open::Owner) => Some((401, r#"{"error":"Not authorized"}"#)),
                ("a client", Open::Owner) => Some((400, "Missing required parameter")),
                _ => Some((401, r#"{"error":"Not logged in."}"#)),
            };
            if let Some((status, body)) = refusal {
                assert_eq!(
                    asker.get(&kind.path).await.is(status).text(),
                    body,
                    "{who}: {}",
                    kind.path
                );
                continue;
            }
            let total = walk(&asker, kind).await;
            assert!(
                total > 0 || !matches!(who, "the owner"),
                "{} is empty",
                kind.path
            );
            for cursor in ["before", "since"] {
                let error = asker
                    .get(&format!("{}?{cursor}=nothing", kind.path))
                    .await
                    .refused(400);
                assert_eq!(
                    error,
                    format!("id 'nothing' not found in stream '{}'", kind.stream),
                    "{who}"
                );
            }
            for (arguments, words) in [
                ("count=201", "Count must be between 0 and 200"),
                (
                    "offset=-1",
                    "Offset must be an integer greater than or equal to zero",
                ),
                (
                    "before=a&since=b",
                    "Can't have both 'before' and 'since' parameters",
                ),
            ] {
                assert_eq!(
                    asker
                        .get(&format!("{}?{arguments}", kind.path))
                        .await
                        .refused(400),
                    words
                );
            }
        }
    }
    let count =
        async |who: &Session, path: &str| who.get(path).await.ok()["totalItems"].as_u64().unwrap();
    let [own, other, client] = [alice.clone(), fan.clone(), alice.two_legged()];
    let replies = &kinds
        .iter()
        .find(|kind| kind.path.ends_with("/replies"))
        .unwrap()
        .path;
    for (path, seen) in [
        ("/api/user/alice/favorites", [5, 4, 3]),
        (replies, [5, 4, 3]),
    ] {
        assert_eq!(
            [
                count(&own, path).await,
                count(&other, path).await,
                count(&client, path).await
            ],
            seen,
            "{path}"
        );
    }
}

async fn persons_are_searched_by_name_and_others_are_not(server: TestServer) {
    let alice = server.person("alice").await;
    let group = alice
        .done(&json!({ "object": { "objectType": "group" }, "to": everyone()["to"] }))
        .await["object"]
        .take();
    let members = format!("{}/members", group["id"].as_str().unwrap());
    for (nickname, name) in [
        ("bob", "Bob Ünlü"),
        ("carol", "Carol 100%"),
        ("dan", "BOBBY"),
        ("eve", "Eve_"),
    ] {
        let person = server.person(nickname).await;
        person
            .put(
                &format!("/api/user/{nickname}/profile"),
                &json!({ "displayName": name }),
            )
            .await
            .ok();
        person
            .done(&json!({ "verb": "follow", "object": alice.person() }))
            .await;
        alice
            .done(&json!({ "verb": "follow", "object": person.person() }))
            .await;
        person
            .done(
                &json!({ "verb": "join", "object": { "objectType": "group", "id": group["id"] } }),
            )
            .await;
    }
    let note = alice.note("bob", everyone()).await;
    for (q, found) in [
        ("bob", vec!["dan", "bob"]),
        ("B%C3%9CN", vec![]),
        ("%C3%9CNL%C3%9C", vec!["bob"]),
        ("%25", vec!["carol"]),
        ("_", vec!["eve"]),
        ("nobody", vec![]),
    ] {
        for path in [
            "/api/user/alice/followers",
            "/api/user/alice/following",
            "/api/users",
            &members,
        ] {
            let page = alice.get(&format!("{path}?q={q}")).await.ok();
            let names = names(&page);
            let nicknames: Vec<&str> = names
                .iter()
                .map(|name| name.trim_start_matches("acct:").split('@').next().unwrap())
                .collect();
            assert_eq!(
                (nicknames, &page["totalItems"]),
                (found.clone(), &json!(found.len())),
                "{path}?q={q}"
            );
        }
    }
    for path in ["/api/user/alice/followers", "/api/users", &members] {
        let first = alice.get(&format!("{path}?q=bob&count=1")).await.ok();
        let next = link(&first, "next").unwrap();
        let second = alice.get(&next).await.ok();
        assert_eq!(
            (
                &second["totalItems"],
                names(&second).len(),
                link(&second, "next")
            ),
            (&json!(2), 1, None),
            "{next}"
        );
        assert_eq!(
            names(&alice.get(&link(&second, "prev").unwrap()).await.ok()),
            names(&first)
        );
        assert_eq!(
            alice.get(&format!("{path}?q=")).await.ok()["totalItems"],
            alice.get(path).await.ok()["totalItems"]
        );
        alice.get(&format!("{path}?q=%00")).await.refused(400);
    }
    for path in [
        format!("{}/replies", note["id"].as_str().unwrap()),
        "/api/user/alice/feed".into(),
    ] {
        assert_eq!(
            alice.get(&format!("{path}?q=zzz")).await.ok()["totalItems"],
            alice.get(&path).await.ok()["totalItems"]
        );
    }
}

async fn the_type_of_the_item_a_page_begins_at_may_be_told(server: TestServer) {
    let alice = server.person("alice").await;
    let note = alice.note("hello", everyone()).await;
    let id = note["id"].as_str().unwrap();
    for _ in 0..3 {
        alice.done(&json!({ "object": { "objectType": "comment", "content": "c", "inReplyTo": { "objectType": "note", "id": id } } })).await;
    }
    let all = names(&alice.get(&format!("{id}/replies")).await.ok());
    let older = alice
        .get(&format!("{id}/replies?before={}&type=comment", all[0]))
        .await
        .ok();
    assert_eq!(names(&older), all[1..]);
}

async fn feeds_of_objects_with_foreign_ids_have_working_links(server: TestServer) {
    let alice = server.person("alice").await;
    let object = json!({ "objectType": "note", "id": "urn:x:a b", "content": "x" });
    let mut post = json!({ "object": object });
    post.as_object_mut()
        .unwrap()
        .extend(everyone().as_object().unwrap().clone());
    alice.done(&post).await;
    for number in 0..3 {
        let fan = server.person(&format!("fan{number}")).await;
        fan.done(
            &json!({ "verb": "favorite", "object": { "objectType": "note", "id": "urn:x:a b" } }),
        )
        .await;
    }
    let page = alice
        .get("/api/note/likes?id=urn%3Ax%3Aa%20b&count=2")
        .await
        .ok();
    let next = link(&page, "next").unwrap();
    assert_eq!(next.matches('=').count(), 1, "{next}");
    let rest = alice.get(&next).await.ok();
    assert_eq!(
        (names(&page).len(), names(&rest).len(), &rest["totalItems"]),
        (2, 1, &json!(3))
    );
}

async fn unknown_properties_are_kept_and_internal_ones_never_told(server: TestServer) {
    let alice = server.person("alice").await;
    let object = json!({
        "objectType": "note", "content": "x", "_uuid": "a", "license": { "url": "https://cc.example/0" },
        "status_net": { "notice_id": 7 }, "tags": [{ "objectType": "tag", "displayName": "t", "weight": 3, "_c": 2 }]
    });
    let mut post =
        json!({ "verb": "post", "object": object, "mood": { "displayName": "good" }, "_d": true });
    post.as_object_mut()
        .unwrap()
        .extend(everyone().as_object().unwrap().clone());
    let activity = alice.done(&post).await;
    alice
        .put(
            "/api/user/alice/profile",
            &json!({ "portablecontacts_net": { "birthday": "x" }, "_e": 1 }),
        )
        .await
        .ok();
    let id = activity["object"]["id"].as_str().unwrap();
    let read = [
        alice.get(id).await.ok(),
        alice.get(activity["id"].as_str().unwrap()).await.ok()["object"].take(),
        alice.feed("inbox/major").await["items"][0]["object"].take(),
    ];
    for object in read {
        assert_eq!(object["license"]["url"], "https://cc.example/0");
        assert_eq!(
            (
                &object["status_net"]["notice_id"],
                &object["tags"][0]["weight"]
            ),
            (&json!(7), &json!(3))
        );
        assert_no_internal_keys(&object);
    }
    assert_eq!(activity["mood"]["displayName"], "good");
    assert_eq!(
        alice.feed("profile").await["portablecontacts_net"]["birthday"],
        "x"
    );
    for target in [
        activity["id"].as_str().unwrap(),
        "/api/user/alice",
        "/api/user/alice/profile",
        "/api/users",
    ] {
        assert_no_internal_keys(&alice.get(target).await.ok());
    }
}
