//! Tests of feeds made from pages of activities.

#![allow(clippy::needless_pass_by_value, reason = "it reads like a literal")]

use serde_json::{Value, json};

use super::*;

const ADDRESS: &str = "https://h.example/api/user/alice/feed.atom";

fn page(items: Value) -> Value {
    json!({
        "displayName": "Major activities by Alice & <Co>",
        "url": "https://h.example/api/user/alice/feed/major",
        "links": {
            "next": {
                "href": "https://h.example/api/user/alice/feed/major?before=https%3A%2F%2Fh.example%2F1",
            },
        },
        "items": items,
        "author": {
            "objectType": "person", "displayName": "Alice & <Co>", "url": "https://h.example/alice",
            "image": { "url": "https://h.example/a.png" }, "updated": "2027-01-01T00:00:00Z",
        },
    })
}

fn activity(verb: &str, object: Value) -> Value {
    json!({
        "id": "https://h.example/api/activity/1", "verb": verb, "object": object,
        "url": "https://h.example/alice/activity/1",
        "content": "<a href='x'>Alice</a> did something", "published": "2027-01-15T08:00:00Z",
        "updated": "2027-01-15T08:00:00Z",
    })
}

fn note(content: &str) -> Value {
    json!({
        "objectType": "note", "id": "https://h.example/api/note/1", "content": content,
        "url": "https://h.example/alice/note/1", "updated": "2027-01-15T09:00:00Z"
    })
}

fn feed(items: Value) -> SyndicationFeed {
    SyndicationFeed::of(&page(items).to_string())
}

fn entry(activity: Value) -> FeedEntry {
    feed(json!([activity])).entries.remove(0)
}

#[test]
fn an_item_that_cannot_be_read_is_left_out_alone() {
    let deep = |levels: usize| (0..levels).fold(json!(0), |inner, _| json!([inner]));
    let (mut aside, mut tagged) = (note("deep aside"), note("deep tags"));
    aside["z"] = deep(127);
    tagged["tags"] = deep(127);
    let items = [aside, tagged, note("fine")].map(|note| activity("post", note).to_string());
    let page = format!(r#"{{"items":[{}]}}"#, items.join(","));
    let contents: Vec<String> = SyndicationFeed::of(&page)
        .entries
        .into_iter()
        .map(|entry| entry.content)
        .collect();
    assert_eq!(contents, ["deep aside", "fine"]);
}

#[test]
fn a_note_is_called_by_its_first_line() {
    let long = "word ".repeat(40);
    for (content, title) in [
        (
            "<p>First &amp; <b>fore</b>most</p><p>Second</p>",
            "First & foremost",
        ),
        ("One<br>two", "One"),
        ("<p> </p><ul><li>a</li></ul>", "a"),
        ("1 < 2 &lt;b&gt;", "1 < 2 <b>"),
        (&long, &format!("{}…", long[..79].trim_end())),
        ("", "Alice did something"),
    ] {
        assert_eq!(
            entry(activity("post", note(content))).title,
            title,
            "{content}"
        );
    }
    let mut named = note("text");
    named["displayName"] = " Name ".into();
    assert_eq!(entry(activity("post", named)).title, "Name");
}

#[test]
fn shared_entry_names_the_original_author() {
    let mut shared = note("<p>Hi</p>");
    shared["author"] = json!({ "displayName": "Bob <i>" });
    let entry = entry(activity("share", shared));
    assert_eq!(entry.title, "Alice did something");
    assert_eq!(
        entry.content,
        "<p>Bob &lt;i&gt;:</p><blockquote><p>Hi</p></blockquote>"
    );
}

#[test]
fn files_go_with_what_they_belong_to() {
    let image = entry(activity(
        "post",
        json!({
            "objectType": "image", "id": "i", "displayName": "\"A\" & b", "content": "<p>look</p>",
            "image": { "url": "https://h.example/small.png" },
            "fullImage": { "url": "https://h.example/large.png?a&b" },
            "attachments": [
                { "objectType": "audio", "stream": { "url": "https://h.example/s.mp3" } },
            ],
        }),
    ));
    assert_eq!(
        image.content,
        "<p><a href=\"https://h.example/large.png?a&amp;b\">\
         <img src=\"https://h.example/small.png\" alt=\"&quot;A&quot; &amp; b\"/></a></p>\
         <p>look</p>"
    );
    let types: Vec<&str> = image.files.iter().map(|file| &*file.media_type).collect();
    assert_eq!(types, ["application/octet-stream", "audio/mpeg"]);
    let evil = json!({
        "objectType": "audio",
        "id": "a",
        "stream": { "url": "javascript:alert(1)" },
        "url": "data:x",
    });
    let evil = entry(activity("post", evil));
    assert_eq!((evil.files, evil.url), (vec![], None));
}

#[test]
fn deleted_and_hidden_entries_are_left_out() {
    let hidden = json!({ "objectType": "note", "id": "https://h.example/api/note/1" });
    let mut gone = note("x");
    gone["deleted"] = "2027-01-15T08:00:00Z".into();
    let feed = feed(json!([activity("share", hidden), activity("post", gone)]));
    assert!(feed.entries.is_empty());
    assert_eq!(feed.updated, "2027-01-01T00:00:00Z", "of the author, then");
}

#[test]
fn atom_has_what_it_must_and_is_escaped() {
    let mut tagged = note("<p>a & b\u{1}]]></p>");
    tagged["tags"] = json!(["t&t"]);
    let atom = feed(json!([activity("post", tagged)])).to_atom(ADDRESS, "count=1");
    let expected = r#"<?xml version="1.0" encoding="utf-8"?>
<feed xmlns="http://www.w3.org/2005/Atom">
<id>https://h.example/api/user/alice/feed/major</id>
<title>Major activities by Alice &amp; &lt;Co&gt;</title>
<updated>2027-01-15T09:00:00Z</updated>
<author>
<name>Alice &amp; &lt;Co&gt;</name>
<uri>https://h.example/alice</uri>
</author>
<logo>https://h.example/a.png</logo>
<link rel="self" type="application/atom+xml" href="https://h.example/api/user/alice/feed.atom?count=1"/>
<link rel="alternate" type="text/html" href="https://h.example/alice"/>
<link rel="next" href="https://h.example/api/user/alice/feed.atom?before=https%3A%2F%2Fh.example%2F1"/>
<entry>
<id>https://h.example/api/activity/1</id>
<title>a &amp; b]]&gt;</title>
<published>2027-01-15T08:00:00Z</published>
<updated>2027-01-15T09:00:00Z</updated>
<link rel="alternate" type="text/html" href="https://h.example/alice/note/1"/>
<category term="t&amp;t"/>
<content type="html">&lt;p&gt;a &amp; b]]&gt;&lt;/p&gt;</content>
</entry>
</feed>
"#;
    assert_eq!(atom, expected);
}

#[test]
fn a_json_feed_has_the_same() {
    let feed = feed(json!([activity("post", note("<p>a</p>"))]));
    let address = "https://h.example/api/user/alice/feed.json";
    assert_eq!(
        serde_json::from_str::<Value>(&feed.to_json(address)).unwrap(),
        json!({
            "version": "https://jsonfeed.org/version/1.1",
            "title": "Major activities by Alice & <Co>", "home_page_url": "https://h.example/alice",
            "feed_url": address,
            "next_url": format!("{address}?before=https%3A%2F%2Fh.example%2F1"),
            "icon": "https://h.example/a.png",
            "authors": [
                {
                    "name": "Alice & <Co>",
                    "url": "https://h.example/alice",
                    "avatar": "https://h.example/a.png",
                },
            ],
            "items": [
                {
                    "id": "https://h.example/api/activity/1",
                    "url": "https://h.example/alice/note/1", "title": "a",
                    "content_html": "<p>a</p>", "date_published": "2027-01-15T08:00:00Z",
                    "date_modified": "2027-01-15T09:00:00Z",
                },
            ],
        })
    );
}
