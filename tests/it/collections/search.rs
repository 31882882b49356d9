//! Search in collections of persons (`q`).

use serde_json::json;

use super::{item_ids, link};
use crate::support::{TestServer, everyone};

on_every_backend!(only_persons_are_searched_by_name,);

async fn only_persons_are_searched_by_name(server: TestServer) {
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
        person.follow(&alice).await;
        alice.follow(&person).await;
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
            let item_ids = item_ids(&page);
            let nicknames: Vec<&str> = item_ids
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
                item_ids(&second).len(),
                link(&second, "next")
            ),
            (&json!(2), 1, None),
            "{next}"
        );
        assert_eq!(
            item_ids(&alice.get(&link(&second, "prev").unwrap()).await.ok()),
            item_ids(&first)
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
