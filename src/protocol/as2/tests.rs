//! Tests of the mapping from API responses.

#![allow(clippy::needless_pass_by_value, reason = "it reads like a literal")]

use serde_json::{Value, json};

use super::*;

fn urls() -> Urls {
    Urls::new(&"https://h.example".parse().unwrap()).unwrap()
}

fn asked(shown: &Value, query: &str) -> Option<Value> {
    let document = document(&urls(), &shown.to_string(), query, &Addressees::default())?;
    Some(serde_json::from_str(&document).unwrap())
}

pub(super) fn mapped(shown: Value) -> Value {
    asked(&shown, "").unwrap()
}

fn alice() -> Value {
    json!({
        "objectType": "person", "id": "acct:alice@h.example", "preferredUsername": "alice",
        "displayName": "Alice", "summary": "<b>me</b>", "url": "https://h.example/alice",
        "links": {
            "self": { "href": "https://h.example/api/user/alice/profile" },
            "activity-inbox": { "href": "https://h.example/api/user/alice/inbox" },
            "activity-outbox": { "href": "https://h.example/api/user/alice/feed" },
        },
        "followers": { "url": "https://h.example/api/user/alice/followers", "totalItems": 3 },
        "following": { "url": "https://h.example/api/user/alice/following" },
        "favorites": { "url": "https://h.example/api/user/alice/favorites" },
        "lists": { "url": "https://h.example/api/user/alice/lists/person" },
        "image": { "url": "https://h.example/a.png", "width": 96, "height": 96 },
        "pump_io": { "followed": false }, "updated": "2027-01-15T08:00:00Z",
    })
}

pub(super) fn note() -> Value {
    json!({
        "objectType": "note", "id": "https://h.example/api/note/n", "content": "<p>Hi</p>",
        "links": { "self": { "href": "https://h.example/api/note/n" } },
        "url": "https://h.example/alice/note/n", "published": "2027-01-15T08:00:00Z",
        "likes": { "url": "https://h.example/api/note/n/likes", "totalItems": 1, "items": [alice()] },
        "replies": { "url": "https://h.example/api/note/n/replies", "totalItems": 0 },
        "liked": true, "pump_io": { "shared": false }, "license": "CC0",
    })
}

fn post(verb: &str, object: Value) -> Value {
    json!({
        "verb": verb, "id": "https://h.example/api/activity/a", "actor": alice(), "object": object,
        "to": [{ "objectType": "collection", "id": PUBLIC },
            { "objectType": "person", "id": "acct:bob@h.example" }],
        "cc": [{ "objectType": "collection", "id": "https://h.example/api/user/alice/followers" },
            { "objectType": "person", "id": "acct:zed@elsewhere.example" }],
        "content": "<a href='https://h.example/alice'>Alice</a> did it", "published": "2027-01-15T08:00:00Z",
        "generator": { "objectType": "application", "id": "urn:uuid:1", "displayName": "App" },
        "url": "https://h.example/alice/activity/a",
    })
}

#[test]
fn a_person_acts_under_the_address_of_the_profile() {
    let expected = json!({
        "@context": "https://www.w3.org/ns/activitystreams",
        "id": "https://h.example/api/user/alice/profile",
        "type": "Person",
        "name": "Alice",
        "summary": "<b>me</b>",
        "preferredUsername": "alice",
        "updated": "2027-01-15T08:00:00Z",
        "url": "https://h.example/alice",
        "icon": { "type": "Image", "url": "https://h.example/a.png", "mediaType": "image/png" },
        "inbox": "https://h.example/api/user/alice/inbox",
        "outbox": "https://h.example/api/user/alice/feed",
        "followers": "https://h.example/api/user/alice/profile/followers",
        "following": "https://h.example/api/user/alice/following",
        "liked": "https://h.example/api/user/alice/favorites",
    });
    assert_eq!(mapped(alice()), expected);
    assert_eq!(
        mapped(json!({ "nickname": "alice", "profile": alice() })),
        expected,
        "an account is its person"
    );
    let text = mapped(alice()).to_string();
    assert!(text.starts_with(r#"{"@context":"#), "{text}");
}

#[test]
fn an_object_keeps_what_as2_has_words_for() {
    let feed = |name: &str, total: u64| {
        let id = format!("https://h.example/api/note/n/{name}");
        let first = format!("{id}?offset=0");
        json!({ "id": id, "type": "OrderedCollection", "totalItems": total, "first": first })
    };
    let mut note = note();
    note["author"] = alice();
    note["inReplyTo"] =
        json!({ "objectType": "note", "id": "https://h.example/api/note/parent", "content": "x" });
    note["tags"] = json!(["tea", alice()]);
    note["attachments"] =
        json!([{ "objectType": "image", "image": { "url": "https://h.example/i.jpg" } }]);
    note["location"] =
        json!({ "objectType": "place", "displayName": "There", "lat": 1.5, "lon": -2 });
    assert_eq!(
        mapped(note),
        json!({
            "@context": CONTEXT,
            "id": "https://h.example/api/note/n",
            "type": "Note",
            "content": "<p>Hi</p>",
            "published": "2027-01-15T08:00:00Z",
            "attributedTo": "https://h.example/api/user/alice/profile",
            "inReplyTo": "https://h.example/api/note/parent",
            "url": "https://h.example/alice/note/n",
            "attachment": [{
                "type": "Document", "url": "https://h.example/i.jpg", "mediaType": "image/jpeg"
            }],
            "tag": [
                { "type": "Hashtag", "href": "https://h.example/tag/tea", "name": "#tea" },
                {
                    "type": "Mention", "href": "https://h.example/api/user/alice/profile",
                    "name": "@alice@h.example"
                }
            ],
            "location": { "type": "Place", "name": "There", "latitude": 1.5, "longitude": -2 },
            "replies": feed("replies", 0),
            "likes": feed("likes", 1),
        })
    );
}

#[test]
fn words_about_an_object_do_not_bear_its_id() {
    let about = json!({
        "objectType": "note", "id": "https://h.example/api/note/of-bob", "content": "forged"
    });
    let mut note = note();
    note["attachments"] = json!([about]);
    note["tags"] = json!([about]);
    note["location"] = json!({
        "objectType": "place", "id": about["id"], "displayName": "forged"
    });
    let mapped = mapped(note);
    assert_eq!(mapped.get("attachment"), None);
    assert_eq!(mapped["tag"][0]["content"], "forged");
    for part in [&mapped["tag"][0], &mapped["location"]] {
        assert!(part.get("id").is_none(), "{part}");
    }
}

#[test]
fn an_activity_names_who_and_tells_what() {
    let activity = mapped(post("post", note()));
    assert_eq!(
        (&activity["type"], &activity["id"]),
        (&json!("Create"), &json!("https://h.example/api/activity/a"))
    );
    let alice = "https://h.example/api/user/alice/profile";
    assert_eq!(
        (&activity["actor"], &activity["object"]["attributedTo"]),
        (&json!(alice), &json!(alice))
    );
    assert_eq!(activity["object"]["content"], "<p>Hi</p>");
    assert!(activity["object"].get("@context").is_none());
    assert_eq!(
        activity["to"],
        json!([PUBLIC_ADDRESS, "https://h.example/api/user/bob/profile"])
    );
    assert_eq!(
        activity["cc"],
        json!([
            "https://h.example/api/user/alice/profile/followers",
            "https://h.example/api/person?id=acct%3Azed%40elsewhere.example"
        ])
    );
    for list in ["to", "cc"] {
        assert_eq!(activity["object"][list], activity[list], "{list}");
    }
    assert_eq!(activity["url"], "https://h.example/alice/activity/a");
    assert_eq!(
        activity.get("summary"),
        None,
        "Pump's sentence would be a warning"
    );
    assert_eq!(
        activity["generator"]["id"],
        "https://h.example/api/application?id=urn%3Auuid%3A1"
    );
}

#[test]
fn bare_reference_stays_a_reference() {
    let hidden = json!({ "objectType": "note", "id": "https://h.example/api/note/x" });
    assert_eq!(
        mapped(post("share", hidden))["object"],
        "https://h.example/api/note/x"
    );
    assert_eq!(
        mapped(post("follow", alice()))["object"],
        "https://h.example/api/user/alice/profile"
    );
}

#[test]
fn verbs_become_types_and_taking_back_is_an_undo() {
    for (verb, kind) in [
        ("post", "Create"),
        ("create", "Create"),
        ("share", "Announce"),
        ("favorite", "Like"),
        ("like", "Like"),
        ("follow", "Follow"),
        ("rsvp-maybe", "TentativeAccept"),
        ("delete", "Delete"),
        ("make-friend", "Activity"),
        ("http://example.com/verb", "Activity"),
    ] {
        assert_eq!(mapped(post(verb, note()))["type"], kind, "{verb}");
    }
    let mut to_list = post("post", note());
    to_list["target"] =
        json!({ "objectType": "collection", "id": "https://h.example/api/collection/c" });
    let added = mapped(to_list);
    assert_eq!(
        (&added["type"], &added["target"]),
        (&json!("Add"), &json!("https://h.example/api/collection/c"))
    );

    for (verb, kind) in [
        ("stop-following", "Follow"),
        ("unlike", "Like"),
        ("unfavorite", "Like"),
        ("unshare", "Announce"),
    ] {
        let undo = mapped(post(verb, alice()));
        let person = "https://h.example/api/user/alice/profile";
        assert_eq!(undo["type"], "Undo");
        assert_eq!(undo["actor"], person);
        assert_eq!(
            undo["object"],
            json!({ "type": kind, "actor": person, "object": person }),
            "{verb}"
        );
        assert!(undo.get("target").is_none());
    }
}

#[test]
fn deleted_object_is_a_tombstone() {
    let deleted = json!({
        "objectType": "comment", "id": "https://h.example/api/comment/c", "author": alice(),
        "published": "2027-01-15T08:00:00Z", "updated": "2027-01-15T09:00:00Z",
        "deleted": "2027-01-15T09:00:00Z",
    });
    let expected = json!({
        "id": "https://h.example/api/comment/c", "type": "Tombstone", "formerType": "Note",
        "published": "2027-01-15T08:00:00Z", "updated": "2027-01-15T09:00:00Z",
        "deleted": "2027-01-15T09:00:00Z",
    });
    let object = &mapped(post("favorite", deleted))["object"];
    assert_eq!(*object, expected);
    let bare = tombstone("https://h.example/api/note/n");
    assert_eq!(
        serde_json::from_str::<Value>(&bare).unwrap(),
        json!({ "@context": CONTEXT, "id": "https://h.example/api/note/n", "type": "Tombstone" })
    );
}

fn feed(items: Value) -> Value {
    json!({
        "displayName": "Activities by Alice", "objectTypes": ["activity"], "url": "https://h.example/api/user/alice/feed",
        "links": {
            "first": { "href": "https://h.example/api/user/alice/feed" },
            "self": { "href": "https://h.example/api/user/alice/feed" },
            "prev": { "href": "https://h.example/api/user/alice/feed?since=x" },
            "next": { "href": "https://h.example/api/user/alice/feed?before=y" },
        },
        "items": items, "totalItems": 30, "author": alice(),
    })
}

#[test]
fn collection_names_first_page_and_pages_name_it() {
    let url = "https://h.example/api/user/alice/feed";
    for items in [json!([post("post", note())]), json!([])] {
        assert_eq!(
            mapped(feed(items)),
            json!({
                "@context": "https://www.w3.org/ns/activitystreams",
                "id": url,
                "type": "OrderedCollection",
                "name": "Activities by Alice",
                "attributedTo": "https://h.example/api/user/alice/profile",
                "totalItems": 30,
                "first": format!("{url}?offset=0"),
            })
        );
    }
    let some = asked(&feed(json!([])), "count=3").unwrap();
    assert_eq!(some["first"], format!("{url}?count=3&offset=0"));

    let first = asked(&feed(json!([post("post", note())])), "offset=0").unwrap();
    assert_eq!(
        (&first["type"], &first["id"]),
        (
            &json!("OrderedCollectionPage"),
            &json!(format!("{url}?offset=0"))
        )
    );
    assert_eq!(
        (&first["partOf"], &first["next"]),
        (&json!(url), &json!(format!("{url}?before=y")))
    );
    assert_eq!(
        (first["orderedItems"][0]["type"].as_str(), first.get("prev")),
        (Some("Create"), None)
    );

    let query = "before=a%3Ab&count=3&oauth_nonce=x&q=&access_token=y";
    let page = asked(&feed(json!([])), query).unwrap();
    assert_eq!(page["id"], format!("{url}?before=a%3Ab&count=3"));
    assert_eq!(
        (&page["partOf"], &page["prev"]),
        (&json!(url), &json!(format!("{url}?since=x")))
    );
}

#[test]
fn followers_have_the_id_that_the_actor_names() {
    let named = "https://h.example/api/user/alice/profile/followers";
    let mut followers = feed(json!([]));
    let text = followers.to_string().replace("/feed", "/followers");
    followers = serde_json::from_str(&text).unwrap();
    let whole = mapped(followers.clone());
    assert_eq!(
        (&whole["id"], &whole["first"]),
        (&json!(named), &json!(format!("{named}?offset=0")))
    );
    let page = asked(&followers, "before=a").unwrap();
    assert_eq!(
        (&page["partOf"], &page["next"]),
        (&json!(named), &json!(format!("{named}?before=y")))
    );
}

#[test]
fn collections_hold_persons_accounts_and_names() {
    let items = json!([
        alice(),
        { "nickname": "alice", "profile": alice() },
        { "objectType": "person", "id": "acct:zed@elsewhere.example" },
    ]);
    let items = asked(&feed(items), "offset=0").unwrap()["orderedItems"].take();
    assert_eq!(items[0]["type"], "Person");
    assert_eq!(items[0], items[1]);
    assert_eq!(
        items[2],
        "https://h.example/api/person?id=acct%3Azed%40elsewhere.example"
    );
}

#[test]
fn non_as2_json_is_left_alone() {
    for other in [
        json!({ "client_id": "x" }),
        json!("Deleted"),
        json!([]),
        json!({ "items": [] }),
    ] {
        assert_eq!(asked(&other, ""), None, "{other}");
    }
}
