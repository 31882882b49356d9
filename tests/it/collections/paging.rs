//! Pages, counts and links of every collection agree, for every caller.

use std::collections::BTreeSet;

use hydraulics::model::Urls;
use serde_json::{Value, json};

use super::{
    assert_no_internal_keys, item_ids,
    kinds::{Kind, Open, populate},
    link,
};
use crate::support::{Answer, BASE, Request, Session, TestServer, addressed, everyone};

/// Someone who asks, or nobody.
struct Caller<'a> {
    server: &'a TestServer,
    session: Option<Session>,
}

impl Caller<'_> {
    async fn get(&self, target: &str) -> Answer {
        let target = target.strip_prefix(BASE).unwrap_or(target);
        match &self.session {
            Some(session) => session.get(target).await,
            None => self.server.send(Request::get(target)).await,
        }
    }
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

/// Walks a collection in small pages both ways; returns how many are in it.
async fn walk(caller: &Caller<'_>, kind: &Kind) -> u64 {
    let path = &kind.path;
    let first = caller.get(&format!("{path}?count=2")).await.ok();
    check_envelope(kind, &first);
    let total = first["totalItems"].as_u64().unwrap();
    let (mut walked, mut page) = (item_ids(&first), first);
    while let Some(next) = link(&page, "next") {
        page = caller.get(&format!("{next}&count=2")).await.ok();
        check_envelope(kind, &page);
        assert_eq!(page["totalItems"], total, "{next}");
        walked.extend(item_ids(&page));
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
    let mut climbed: Vec<String> = item_ids(&page).into_iter().rev().collect();
    while let Some(newest) = climbed.last() {
        let prev = link(&page, "prev");
        assert_eq!(prev.is_some(), !kind.is_of_objects(), "{path}");
        let since = format!("{path}?since={}", Urls::encode(newest));
        page = caller
            .get(&format!("{}&count=2", prev.unwrap_or(since)))
            .await
            .ok();
        if item_ids(&page).is_empty() {
            break;
        }
        climbed.extend(item_ids(&page).into_iter().rev());
    }
    climbed.reverse();
    assert_eq!(
        climbed, walked,
        "{path}: as much and in the same order on the way back"
    );

    let mut by_offset = Vec::new();
    for offset in (0..=walked.len()).step_by(3) {
        by_offset.extend(item_ids(
            &caller
                .get(&format!("{path}?count=3&offset={offset}"))
                .await
                .ok(),
        ));
    }
    assert_eq!(by_offset, walked, "{path}: by offset");
    assert_eq!(
        item_ids(&caller.get(&format!("{path}?count=200")).await.ok()),
        walked,
        "{path}: at once"
    );
    for nothing in ["count=0".to_owned(), format!("offset={}", total + 5)] {
        let page = caller.get(&format!("{path}?{nothing}")).await.ok();
        assert_eq!(
            (&page["items"], &page["totalItems"]),
            (&json!([]), &json!(total)),
            "{path}?{nothing}"
        );
    }
    total
}

on_every_backend!(
    every_collection_is_complete_for_every_caller,
    page_cursor_may_be_given_with_its_type,
    feeds_of_objects_with_foreign_ids_have_working_links,
);

async fn every_collection_is_complete_for_every_caller(server: TestServer) {
    let (alice, fan, kinds) = populate(&server).await;
    let callers = [
        ("the owner", Some(alice.clone())),
        ("someone else", Some(fan.clone())),
        ("a client", Some(alice.two_legged())),
        ("nobody", None),
    ];
    for (who, session) in callers {
        let caller = Caller {
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
                    caller.get(&kind.path).await.is(status).text(),
                    body,
                    "{who}: {}",
                    kind.path
                );
                continue;
            }
            let total = walk(&caller, kind).await;
            assert!(
                total > 0 || !matches!(who, "the owner"),
                "{} is empty",
                kind.path
            );
            for cursor in ["before", "since"] {
                let error = caller
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
                    caller
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

async fn page_cursor_may_be_given_with_its_type(server: TestServer) {
    let alice = server.person("alice").await;
    let note = alice.note("hello", everyone()).await;
    let id = note["id"].as_str().unwrap();
    for _ in 0..3 {
        alice
            .done(&json!({
                "object": {
                    "objectType": "comment",
                    "content": "c",
                    "inReplyTo": { "objectType": "note", "id": id },
                },
            }))
            .await;
    }
    let all = item_ids(&alice.get(&format!("{id}/replies")).await.ok());
    let older = alice
        .get(&format!("{id}/replies?before={}&type=comment", all[0]))
        .await
        .ok();
    assert_eq!(item_ids(&older), all[1..]);
}

async fn feeds_of_objects_with_foreign_ids_have_working_links(server: TestServer) {
    let alice = server.person("alice").await;
    let object = json!({ "objectType": "note", "id": "urn:x:a b", "content": "x" });
    let post = json!({ "object": object });
    let post = addressed(post, &everyone());
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
        (
            item_ids(&page).len(),
            item_ids(&rest).len(),
            &rest["totalItems"]
        ),
        (2, 1, &json!(3))
    );
}
