use super::*;
use crate::model::PUBLIC;

/// A public note of Mastodon that mentions bob.
fn mastodon() -> Value {
    let to = json!([AS_PUBLIC]);
    let cc = json!(["https://p.example/users/ann/followers", BOB]);
    json!({
        "@context": ["https://www.w3.org/ns/activitystreams", { "sensitive": "as:sensitive" }],
        "id": "https://p.example/users/ann/statuses/1/activity",
        "type": "Create",
        "actor": ANN,
        "published": "2026-01-02T03:04:05Z",
        "to": to, "cc": cc,
        "object": {
            "id": "https://p.example/users/ann/statuses/1",
            "type": "Note",
            "summary": null,
            "inReplyTo": null,
            "published": "2026-01-02T03:04:05Z",
            "url": "https://p.example/@ann/1",
            "attributedTo": ANN,
            "to": to, "cc": cc,
            "sensitive": false,
            "content": "<p><a href=\"https://h.example/bob\" class=\"u-url mention\">@bob</a> hi</p>",
            "contentMap": { "en": "<p>hi</p>" },
            "attachment": [],
            "tag": [
                { "type": "Mention", "href": BOB, "name": "@bob@h.example" },
                { "type": "Hashtag", "href": "https://p.example/tags/tea", "name": "#tea" },
                { "type": "Emoji", "name": ":x:", "icon": { "type": "Image", "url": "https://p.example/x.png" } },
            ],
            "replies": { "id": "https://p.example/users/ann/statuses/1/replies", "type": "Collection" },
        },
    })
}

#[test]
fn create_of_mastodon_is_a_post() {
    assert_eq!(
        activity_of(mastodon()),
        json!({
            "id": "https://p.example/users/ann/statuses/1/activity",
            "verb": "post",
            "actor": { "id": "acct:ann@p.example" },
            "object": {
                "objectType": "note",
                "id": "https://p.example/users/ann/statuses/1",
                "author": person("acct:ann@p.example"),
                "content": "<p><a href=\"https://h.example/bob\" class=\"u-url mention\">@bob</a> hi</p>",
                "emoji": [{ "name": ":x:", "image": { "url": "https://p.example/x.png" } }],
                "published": "2026-01-02T03:04:05Z",
                "url": "https://p.example/@ann/1",
                "tags": [
                    { "objectType": "person", "id": "acct:bob@h.example",
                        "displayName": "@bob@h.example" },
                    { "objectType": "hashtag", "displayName": "tea", "url": "https://p.example/tags/tea" },
                ],
            },
            "to": [collection(PUBLIC), person("acct:bob@h.example")],
            "cc": [collection("https://p.example/users/ann/followers")],
            "published": "2026-01-02T03:04:05Z",
        })
    );
}

#[test]
fn lone_values_and_nulls_are_read() {
    let gts = activity_of(json!({
        "id": "https://p.example/users/ann/statuses/1/activity#Create",
        "type": "Create",
        "actor": { "id": ANN, "type": "Person" },
        "to": "https://p.example/users/ann/followers",
        "cc": null,
        "object": [{
            "id": "https://p.example/users/ann/statuses/1",
            "type": ["Note"],
            "attributedTo": [{ "type": "Person", "id": ANN }],
            "contentMap": { "de": "<p>Hallo</p>" },
            "to": "https://p.example/users/ann/followers",
            "inReplyTo": { "type": "Note", "id": BOB_NOTE },
            "tag": { "type": "Mention", "href": BOB, "name": "@bob@h.example" },
            "attachment": { "type": "Image", "mediaType": "image/png", "url": "https://p.example/a.png",
                "summary": "A cup", "blurhash": "x", "focalPoint": [0, 0] },
        }],
    }));
    let object = &gts["object"];
    assert_eq!(
        gts["to"],
        json!([collection("https://p.example/users/ann/followers")])
    );
    assert_eq!(
        (&gts["cc"], &object["content"]),
        (&json!([]), &json!("<p>Hallo</p>"))
    );
    assert_eq!(object["objectType"], "comment");
    assert_eq!(
        object["inReplyTo"],
        json!({ "objectType": "note", "id": BOB_NOTE })
    );
    assert_eq!(object["attachments"][0]["displayName"], "A cup");
    assert_eq!(object["tags"][0]["id"], "acct:bob@h.example");
}

#[test]
fn object_that_is_only_named_is_to_be_fetched() {
    let named = |id: &str| {
        let create = json!({ "type": "Create", "id": "https://p.example/c", "actor": ANN, "object": id, "to": AS_PUBLIC });
        activity_of(create)["object"].clone()
    };
    let note = "https://p.example/n";
    assert_eq!(named(note), json!({ "objectType": "note", "id": note }));
    let mut foreign = mastodon();
    foreign["object"]["id"] = json!("https://evil.example/n");
    assert_eq!(
        activity_of(foreign)["object"],
        json!({ "objectType": "note", "id": "https://evil.example/n" }),
        "nobody speaks for another host"
    );
}

#[test]
fn nobody_publishes_for_others() {
    let mut other = mastodon();
    other["object"]["attributedTo"] = json!("https://p.example/users/cat");
    let mut ours = mastodon();
    ours["actor"] = json!(BOB);
    let mut unknown = mastodon();
    unknown["actor"] = json!("https://p.example/users/dan");
    let mut of_ours = mastodon();
    of_ours["object"] = json!(BOB_NOTE);
    for document in [other, ours, unknown, of_ours] {
        assert!(is_ignored(document.clone()), "{document}");
    }
}

#[test]
fn vote_is_no_comment() {
    let vote = json!({
        "id": "https://p.example/users/ann#votes/1/activity", "type": "Create", "actor": ANN, "to": BOB,
        "object": { "id": "https://p.example/users/ann#votes/1", "type": "Note", "name": "Yes",
            "attributedTo": ANN, "to": BOB, "inReplyTo": BOB_NOTE },
    });
    let mut comment = vote.clone();
    comment["object"]["content"] = json!("Yes");
    let votes = json!([vote["object"], vote["object"]]);
    let mut many = vote.clone();
    many["object"] = votes;
    assert!(is_ignored(vote));
    assert!(is_ignored(many));
    assert_eq!(activity_of(comment)["object"]["objectType"], "comment");
}

#[test]
fn updates_with_one_id_are_told_apart() {
    let id = |content: &str, updated: &str, id: &str| {
        let mut update = mastodon();
        update["type"] = json!("Update");
        update["id"] = json!(id);
        update["object"]["content"] = json!(content);
        update["object"]["updated"] = json!(updated);
        let update = activity_of(update);
        assert_eq!(update["verb"], "update");
        update["id"].as_str().unwrap().to_owned()
    };
    let (sent, now) = (
        "https://p.example/1/activity#Update",
        "2026-01-03T00:00:00Z",
    );
    let one = id("one", now, sent);
    assert!(one.starts_with(&format!("{sent}&content=")), "{one}");
    assert_eq!(one, id("one", now, sent), "the same twice");
    assert_ne!(one, id("two", now, sent));
    assert_ne!(one, id("one", "2026-01-04T00:00:00Z", sent));
    let other = id("one", now, "https://p.example/2");
    assert!(other.starts_with("https://p.example/2#content="), "{other}");
}

#[test]
fn delete_is_read_in_every_form() {
    let deleted = |object: Value| {
        activity_of(json!({
            "id": "https://p.example/users/ann/statuses/1#delete", "type": "Delete", "actor": ANN,
            "to": [AS_PUBLIC], "object": object,
        }))
    };
    let id = "https://p.example/users/ann/statuses/1";
    for (object, object_type) in [
        (json!(id), "note"),
        (
            json!({ "id": id, "type": "Tombstone", "atomUri": id }),
            "note",
        ),
        (
            json!({ "id": id, "type": "Tombstone", "formerType": "Article" }),
            "article",
        ),
    ] {
        let deleted = deleted(object);
        assert_eq!(deleted["verb"], "delete");
        assert_eq!(
            deleted["object"],
            json!({ "objectType": object_type, "id": id })
        );
    }
    let farewell = |object: &str| json!({ "type": "Delete", "actor": ANN, "object": object });
    assert!(deletes_own_actor(&object(farewell(ANN))));
    assert!(!deletes_own_actor(&object(farewell(id))));
    assert_eq!(
        deleted(json!(ANN))["object"],
        person("acct:ann@p.example"),
        "an account"
    );
    for other in [BOB_NOTE, "https://evil.example/n", "x"] {
        assert!(
            is_ignored(json!({ "type": "Delete", "actor": ANN, "object": other })),
            "{other}"
        );
    }
}

#[test]
fn announce_is_a_share_or_passes_on() {
    let announce = |object: Value| {
        json!({
            "id": "https://p.example/s", "type": "Announce", "actor": ANN, "object": object,
            "published": "2026-01-02T03:04:05Z",
            "to": "https://p.example/users/ann/followers", "cc": [BOB, AS_PUBLIC],
        })
    };
    let share = activity_of(announce(json!(BOB_NOTE)));
    assert_eq!(
        (&share["verb"], &share["object"]["id"]),
        (&json!("share"), &json!(BOB_NOTE))
    );
    assert_eq!(
        share["cc"],
        json!([person("acct:bob@h.example"), collection(PUBLIC)])
    );
    let embedded = json!({ "type": "Note", "id": "https://p.example/n", "content": "x" });
    assert_eq!(
        activity_of(announce(embedded))["object"],
        json!({ "objectType": "note", "id": "https://p.example/n" })
    );
    let inner = json!({ "type": "Create", "id": "https://q.example/c", "actor": "https://q.example/u",
        "object": { "type": "Page", "id": "https://q.example/p" } });
    let Incoming::PassedOn(passed) = read(announce(inner.clone())) else {
        panic!("it passes on")
    };
    assert_eq!(passed.effect, PassedEffect::Published);
    assert_eq!(passed.object, "https://q.example/p");
    assert_eq!(Value::from(passed.activity), inner);
    assert!(!passed.is_of_origin);
    assert_eq!(
        (&passed.share["verb"], &passed.share["object"]["id"]),
        (&json!("share"), &json!("https://q.example/p"))
    );
    let mut nameless = inner;
    nameless["id"] = Value::Null;
    assert!(is_ignored(announce(nameless)));
    let twice = json!({ "type": "Page", "id": "https://lemmy.example/post/1", "actor": "https://lemmy.example/u/x" });
    assert!(is_ignored(announce(twice)), "Lemmy sends a thread twice");
}

#[test]
fn reactions_are_favorites() {
    for (kind, more) in [
        ("Like", json!({})),
        (
            "Like",
            json!({ "content": "❤", "_misskey_reaction": "❤", "tag": [] }),
        ),
        ("EmojiReact", json!({ "content": "🔥" })),
    ] {
        let mut like =
            json!({ "id": "https://p.example/l", "type": kind, "actor": ANN, "object": BOB_NOTE });
        like.as_object_mut().unwrap().extend(object(more));
        let like = activity_of(like);
        assert_eq!(
            (&like["verb"], &like["object"]["id"]),
            (&json!("favorite"), &json!(BOB_NOTE))
        );
        assert_eq!(
            like["to"],
            json!([person("acct:ann@p.example")]),
            "for nobody else"
        );
        assert_eq!(like.get("content"), None);
    }
}

#[test]
fn other_types_are_ignored() {
    for kind in [
        "Add",
        "Remove",
        "Dislike",
        "View",
        "Listen",
        "Read",
        "Offer",
        "QuoteRequest",
        "",
        "x",
    ] {
        let document =
            json!({ "id": "https://p.example/x", "type": kind, "actor": ANN, "object": BOB_NOTE });
        assert!(is_ignored(document), "{kind}");
    }
    assert!(is_ignored(json!({})));
    for object in [
        json!({ "type": "ChatMessage", "id": "https://p.example/c" }),
        json!({ "type": "Note" }),
        json!(5),
    ] {
        assert!(
            is_ignored(json!({ "type": "Create", "actor": ANN, "object": object })),
            "{object}"
        );
    }
}

#[test]
fn odd_documents_do_no_harm() {
    let odd = [
        json!(null),
        json!(5),
        json!([]),
        json!({}),
        json!([[[]]]),
        json!(""),
    ];
    for kind in [
        "Create", "Update", "Delete", "Announce", "Like", "Follow", "Undo", "Accept", "Block",
        "Move", "Flag",
    ] {
        for value in &odd {
            for key in ["object", "actor", "to", "id", "target", "type", "published"] {
                let mut document = mastodon();
                document["type"] = json!(kind);
                document[key] = value.clone();
                read(document);
            }
            for key in [
                "id",
                "type",
                "attributedTo",
                "content",
                "contentMap",
                "tag",
                "attachment",
                "url",
                "inReplyTo",
            ] {
                let mut document = mastodon();
                document["object"][key] = value.clone();
                read(document);
            }
        }
    }
}

#[test]
fn reaction_is_a_like_with_its_emoji() {
    let like = |more: Value| {
        let mut like = json!({
            "id": "https://p.example/l", "type": "Like", "actor": ANN, "object": BOB_NOTE,
        });
        like.as_object_mut().unwrap().extend(object(more));
        activity_of(like)
    };
    let long = "x".repeat(300);
    for (more, reaction) in [
        (json!({}), None),
        (json!({ "content": " " }), None),
        (json!({ "content": "🎉" }), Some("🎉")),
        (json!({ "type": "EmojiReact", "content": "🎉" }), Some("🎉")),
        (json!({ "_misskey_reaction": "👍" }), Some("👍")),
        (json!({ "content": "<b>:cat:</b>" }), Some(":cat:")),
    ] {
        let like = like(more.clone());
        assert_eq!(like["verb"], "favorite", "{more}");
        let told = like.get("reaction").and_then(Value::as_str);
        assert_eq!(told, reaction, "{more}");
    }
    let told = like(json!({ "content": long }))["reaction"].clone();
    assert!(told.as_str().unwrap().chars().count() <= 101, "{told}");
}
