//! Content from clients: times in the future, and scripts in any property.

use serde_json::{Map, Value, json};

use crate::support::{Request, TestServer, about, named, public};

on_every_backend!(
    future_times_from_clients_are_replaced,
    scripts_are_removed_from_every_property,
);

async fn future_times_from_clients_are_replaced(server: TestServer) {
    let (alice, bob) = (server.person("alice").await, server.person("bob").await);
    let now = "2027-01-15T08:00:00Z";
    for (given, kept) in [
        ("9999-12-31T23:59:59Z", now),
        ("2027-01-15T08:00:01Z", now),
        ("1999-01-01T00:00:00Z", "1999-01-01T00:00:00Z"),
    ] {
        let object =
            json!({ "objectType": "note", "content": "x", "published": given, "updated": given });
        let done = alice
            .done(&json!({
                "object": object,
                "published": given,
                "updated": given,
                "to": [public()],
            }))
            .await;
        assert_eq!(
            (&done["published"], &done["updated"]),
            (&json!(kept), &json!(now))
        );
        assert_eq!(
            (&done["object"]["published"], &done["object"]["updated"]),
            (&json!(kept), &json!(kept))
        );
        let mut change = named(&done["object"]);
        change["updated"] = json!("9999-12-31T23:59:59Z");
        alice
            .done(&json!({ "verb": "update", "object": change }))
            .await;
        let again = json!({
            "content": "y",
            "published": "9999-12-31T23:59:59Z",
            "updated": "9999-12-31T23:59:59Z",
        });
        alice.put(done["id"].as_str().unwrap(), &again).await.ok();
        bob.done(&about("share", &done["object"])).await;
    }
    alice
        .put(
            "/api/user/alice/profile",
            &json!({ "updated": "9999-12-31T23:59:59Z" }),
        )
        .await
        .ok();
    for nickname in ["alice", "bob"] {
        let feed = server
            .send(Request::get(&format!("/api/user/{nickname}/feed.atom")))
            .await
            .is(200)
            .text();
        assert!(
            feed.contains(&format!("<updated>{now}</updated>")) && !feed.contains("9999"),
            "{feed}"
        );
    }
    for time in [
        "+10000-01-01T00:00:00Z",
        "9999-12-31T23:59:59-00:01",
        "0000-01-01T00:00:00+00:01",
        "-0001-01-01T00:00:00Z",
    ] {
        for key in ["published", "updated", "startTime", "endTime"] {
            let object = json!({ "objectType": "note", key: time });
            alice.act(&json!({ "object": object })).await.refused(400);
            alice
                .act(&json!({ "object": { "objectType": "note" }, key: time }))
                .await
                .refused(400);
        }
    }
}

async fn scripts_are_removed_from_every_property(server: TestServer) {
    let (alice, bob) = (server.person("alice").await, server.person("bob").await);
    let nasty = |key: &str| -> Map<String, Value> {
        let markup = "<b>kept</b><script>nasty()</script><img src=x onerror=nasty()>";
        json!({
            "summary": markup, "content": markup,
            "mood": { "x": [markup], "href": "javascript:nasty()" },
            "context": { "content": markup, "y": markup },
            "source": { "x": markup, "url": "http://h.example/" },
            "provider": {
                "summary": markup,
                "links": { "a": { "href": "data:text/html,nasty()" } },
            },
            "tags": [markup, { "objectType": "place", "x": markup }],
            "icon": { "url": "vbscript:nasty()" },
            "embedCode": "<iframe src=\"javascript:nasty()\"></iframe>", key: markup,
            "attachments": [
                {
                    "objectType": "file", "id": "urn:x", "content": markup, "x": markup,
                    "links": { "self": { "href": "javascript:nasty()" } },
                },
            ],
        })
        .as_object()
        .cloned()
        .unwrap()
    };
    let mut activity = nasty("ofActivity");
    let mut object = nasty("ofObject");
    object.insert("objectType".into(), "note".into());
    activity.insert("object".into(), object.into());
    activity.insert("to".into(), json!([public()]));
    let done = alice.done(&activity.clone().into()).await;
    let mut change = nasty("ofChange");
    change.extend(named(&done["object"]).as_object().cloned().unwrap());
    alice
        .done(&json!({ "verb": "update", "object": change }))
        .await;
    alice
        .put(done["id"].as_str().unwrap(), &nasty("ofAmendment").into())
        .await
        .ok();
    alice
        .put("/api/user/alice/profile", &nasty("ofProfile").into())
        .await
        .ok();
    let mut account = nasty("ofAccount");
    account.extend(
        json!({ "nickname": "alice", "password": "another-horse-10" })
            .as_object()
            .cloned()
            .unwrap(),
    );
    alice.put("/api/user/alice", &account.into()).await.ok();
    let mut seen = bob.get("/api/user/alice/feed").await.ok().to_string();
    seen += &alice.get("/api/user/alice").await.ok().to_string();
    for key in [
        "ofObject",
        "ofChange",
        "ofAmendment",
        "ofProfile",
        "ofAccount",
    ] {
        assert!(
            seen.contains(&format!("\"{key}\":\"<b>kept</b>")),
            "{key}: {seen}"
        );
    }
    for harm in ["nasty", "script", "onerror", "data:"] {
        assert!(!seen.contains(harm), "{harm}: {seen}");
    }
    let mut bad = activity;
    bad.insert("image".into(), json!({ "url": "javascript:nasty()" }));
    alice.act(&bad.into()).await.refused(400);
}
