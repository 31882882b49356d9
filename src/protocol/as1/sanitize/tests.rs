use proptest::prelude::*;
use serde_json::json;

use super::*;

#[allow(clippy::needless_pass_by_value, reason = "it reads like a literal")]
fn map(value: Value) -> Map<String, Value> {
    value.as_object().unwrap().clone()
}

#[test]
fn computed_and_underscore_properties_are_dropped() {
    let cleaned = sanitize_object(map(json!({
        "objectType": "note", "content": "hi", "_uuid": "x", "likes": {"totalItems": 9},
        "author": {"id": "acct:mallory@h"}, "pump_io": {"shared": true}, "license": "CC0"
    })));
    assert_eq!(
        cleaned.unwrap(),
        map(json!({"objectType": "note", "content": "hi", "license": "CC0"}))
    );
}

#[test]
fn scripts_are_taken_out_wherever_html_may_stand() {
    let evil = "<b>x</b><script>alert(1)</script>";
    let cleaned = sanitize_object(map(json!({
        "objectType": "note", "content": evil, "summary": evil,
        "attachments": [{"objectType": "image", "id": "x", "content": evil}],
        "location": {"objectType": "place", "content": evil}
    })))
    .unwrap();
    assert!(!serde_json::to_string(&cleaned).unwrap().contains("alert"));
    assert_eq!(cleaned["content"], "<b>x</b>");
}

#[test]
fn wrong_types_are_refused_by_name() {
    for (object, name) in [
        (json!({"content": []}), "content"),
        (json!({"displayName": 5}), "displayName"),
        (json!({"inReplyTo": "x"}), "inReplyTo"),
        (json!({"attachments": {}}), "attachments"),
        (json!({"attachments": [3]}), "attachments"),
        (json!({"attachments": [{"id": "x"}]}), "attachments"),
        (
            json!({"attachments": [{"objectType": "image"}]}),
            "attachments",
        ),
        (json!({"image": "x"}), "image"),
        (
            json!({"image": {"url": "http://h/x", "width": "3"}}),
            "image",
        ),
        (json!({"image": {"url": "x"}}), "image"),
        (json!({"image": {"url": "data:image/png;base64,"}}), "image"),
        (json!({"image": {"width": 3}}), "image"),
        (
            json!({"fullImage": {"url": " javascript:alert(1)"}}),
            "fullImage",
        ),
        (json!({"stream": {"url": "file:///etc/passwd"}}), "stream"),
        (json!({"fileUrl": "ftp://h/x"}), "fileUrl"),
        (
            json!({"attachments": [{"id": "x", "objectType": "image", "image": {"url": "x"}}]}),
            "image",
        ),
        (json!({"location": "here"}), "location"),
        (json!({"id": ""}), "id"),
        (json!({"id": "javascript:alert(1)"}), "id"),
        (json!({"id": "urn:x:a<b"}), "id"),
        (json!({"id": "urn:x:a\u{a0}b"}), "id"),
        (json!({"tags": [{"id": "urn:x:a\u{0}"}]}), "id"),
        (json!({"inReplyTo": {"id": "urn:x:a\nb"}}), "id"),
        (json!({"startTime": "tonight"}), "startTime"),
        (json!({"endTime": 5}), "endTime"),
        (json!({"published": "yesterday"}), "published"),
        (
            json!({"published": "9999-12-31T23:59:59-00:01"}),
            "published",
        ),
        (json!({"updated": "0000-01-01T00:00:00+00:01"}), "updated"),
        (json!({"updated": "+10000-01-01T00:00:00Z"}), "updated"),
        (json!({"url": " JavaScript:alert(1)"}), "url"),
        (json!({"image": {"url": "http://h/\"onload=x"}}), "image"),
        (json!({"url": "\u{1}java\nscript\t:alert(1)"}), "url"),
        (
            json!({"objectType": "person", "pump_io": {"fullImage": {"url": 1}}}),
            "fullImage",
        ),
        (json!({"upstreamDuplicates": [1]}), "upstreamDuplicates"),
    ] {
        let refused = sanitize_object(map(object)).unwrap_err();
        assert!(refused.to_string().contains(name), "{refused}");
    }
}

#[test]
fn malformed_members_are_left_out() {
    let mut left_out = Vec::new();
    let said = map(json!({
        "content": "<b>x</b><script>alert(1)</script>", "displayName": 5, "summary": null,
        "image": { "url": "javascript:alert(1)" },
        "fullImage": { "url": "https://h/x.png", "width": 1 },
    }));
    let clean = sanitize_members(said, |name, _| left_out.push(name.to_owned()));
    let wanted = json!({
        "content": "<b>x</b>", "summary": null, "fullImage": {"url": "https://h/x.png", "width": 1},
    });
    assert_eq!(clean, map(wanted));
    assert_eq!(left_out, ["displayName", "image"]);
}

#[test]
fn times_are_kept_in_one_form() {
    let cleaned =
        sanitize_object(map(json!({"published": "2014-02-03T04:05:06.789+02:00"}))).unwrap();
    assert_eq!(cleaned["published"], "2014-02-03T02:05:06Z");
    let leap = sanitize_object(map(json!({"updated": "2016-12-31T23:59:60Z"}))).unwrap();
    assert_eq!(leap["updated"], "2016-12-31T23:59:59Z");
}

#[test]
fn a_numbered_object_of_duplicates_becomes_an_array() {
    let cleaned =
        sanitize_object(map(json!({"upstreamDuplicates": {"0": "a", "1": "b"}}))).unwrap();
    assert_eq!(cleaned["upstreamDuplicates"], json!(["a", "b"]));
}

#[test]
fn an_update_changes_neither_id_nor_author_and_null_removes() {
    let mut stored =
        map(json!({"id": "1", "content": "old", "displayName": "t", "published": "p"}));
    merge(
        &mut stored,
        map(json!({
            "id": "2", "content": "new", "displayName": null, "author": {}, "published": "q",
        })),
    );
    assert_eq!(
        stored,
        map(json!({"id": "1", "content": "new", "published": "p"}))
    );
}

#[test]
fn addressees_are_read_once_each() {
    let list = json!([
        { "objectType": "person", "id": "a", "pump_io": {} }, { "objectType": "person", "id": "a" },
    ]);
    assert_eq!(
        references("to", &list).unwrap(),
        [Reference::new("person", "a")]
    );
    assert!(references("to", &json!([{"objectType": "note", "id": "urn:a<b"}])).is_err());
    assert!(references("to", &json!("acct:a@b")).is_err());
    assert!(references("to", &json!([{"objectType": "person"}])).is_err());
}

/// Strings that must not come out as they went in, whatever property they stand in.
const NASTY: &[&str] = &[
    "<script>nasty()</script>",
    "<img src=x onerror=nasty()>",
    "<a href=\"javascript:nasty()\">x</a>",
    "<blockquote cite=\"javascript:nasty()\">x</blockquote>",
    "<b style=\"background-color:url(javascript:nasty())\">x</b>",
    "<iframe src=\"https://h.example/nasty()\"></iframe>",
    "javascript:nasty()",
    " JaVa\tScript:nasty()",
    "\u{1}vbscript:nasty()",
    "data:text/html,nasty()",
];

/// Properties in which anything may stand.
const ANYWHERE: &[&str] = &[
    "icon",
    "embedCode",
    "source",
    "context",
    "provider",
    "mood",
    "href",
    "proxyURL",
    "tags",
];

#[test]
fn no_script_comes_out_of_any_property_at_any_depth() {
    for nasty in NASTY {
        for key in ANYWHERE {
            let inner = json!({ *key: [nasty, { *key: nasty }], "kept": "a < b" });
            let whole = map(json!({
                "mine": inner,
                "links": { "self": { "href": nasty } },
                "attachments": [
                    { "id": "x", "objectType": "file", "mine": inner, "content": "ok" },
                ],
            }));
            let object = sanitize_object(whole.clone()).unwrap();
            let activity = sanitize_activity(whole.clone()).unwrap();
            let members = sanitize_members(whole, |name, _| panic!("{name}"));
            for clean in [object, activity, members] {
                let text = Value::from(clean.clone()).to_string();
                let harmful = ["script:", "onerror", "<script", "<iframe", "data:", "url("];
                assert!(
                    !harmful.iter().any(|harm| text.contains(harm)),
                    "{key} {nasty}: {text}"
                );
                assert_eq!(clean["mine"]["kept"], "a < b");
                assert_eq!(clean["attachments"][0]["content"], "ok");
            }
        }
    }
}

#[test]
fn harmless_text_stays_wherever_it_stands() {
    let harmless = map(json!({
        "objectType": "bookmark", "displayName": "a<b>: javascript: the good parts",
        "title": "1 < 2", "content": "data: one, two", "targetUrl": "https://h.example/?a=1&b='2'",
        "icon": "",
        "links": { "alternate": { "href": "mailto:a@h.example" }, "x": { "href": "geo:1,2" } },
        "mood": {
            "displayName": "<3", "note": "data: none", "more": "1 <2 & 3 < 4", "level": 3,
            "on": true, "none": null,
        },
        "tags": [
            "a & b",
            { "objectType": "person", "id": "acct:a@h.example", "url": "acct:a@h.example" },
        ],
    }));
    assert_eq!(sanitize_object(harmless.clone()).unwrap(), harmless);
    assert_eq!(sanitize_activity(harmless.clone()).unwrap(), harmless);
}

#[test]
fn what_stands_in_a_thing_claims_nothing() {
    let claims = json!({
        "objectType": "person", "id": "urn:x", "displayName": "Bob", "url": "matrix:u/bob",
        "author": { "id": "acct:bob@h" },
        "links": { "activity-inbox": { "href": "http://e/inbox" } },
        "followers": { "url": "http://e/f" }, "deleted": "2027-01-15T08:00:00Z", "pump_io": 1,
        "image": { "url": "http://h/x.png", "pump_io": { "proxyURL": "http://e/x" } },
    });
    let clean = json!({
        "objectType": "person",
        "id": "urn:x",
        "displayName": "Bob",
        "image": { "url": "http://h/x.png" },
    });
    let whole =
        |part: &Value| map(json!({ "attachments": [part], "tags": [part], "location": part }));
    let (given, wanted) = (whole(&claims), whole(&clean));
    assert_eq!(sanitize_object(given.clone()).unwrap(), wanted);
    assert_eq!(sanitize_activity(given).unwrap(), wanted);
    let odd = map(json!({ "mood": [{ "x": { "pump_io": 1, "id": "a<b", "endTime": "x" } }] }));
    assert_eq!(
        sanitize_object(odd).unwrap(),
        map(json!({ "mood": [{ "x": {} }] }))
    );
}

#[test]
fn an_avatar_keeps_its_large_form_and_no_more() {
    let image = json!({ "url": "http://h/x.png", "pump_io": { "proxyURL": "http://e/x" } });
    let person =
        json!({ "objectType": "person", "pump_io": { "fullImage": image }, "image": image });
    let image = json!({ "url": "http://h/x.png" });
    assert_eq!(
        sanitize_object(map(person)).unwrap(),
        map(json!({ "objectType": "person", "image": image, "pump_io": { "fullImage": image } }))
    );
}

#[test]
fn no_text_is_lost_and_titles_have_no_markup() {
    for (key, text, clean) in [
        ("foo", "if a <b then c", "if a &lt;b then c"),
        ("foo", "a <x> & <b>b</b>", "a &lt;x&gt; &amp; <b>b</b>"),
        ("title", "if a <b then c", "if a &lt;b then c"),
        ("title", "<script>x()</script>A & <i>\"B\"</i>", "A & \"B\""),
        ("title", "&lt;script&gt;", "&lt;script&gt;"),
        ("title", "<i>&amp;lt;</i>", "&lt;"),
    ] {
        let cleaned = sanitize_object(map(json!({ key: text }))).unwrap();
        assert_eq!(cleaned[key], clean, "{text}");
        assert_eq!(sanitize_object(cleaned.clone()).unwrap(), cleaned);
    }
}

#[test]
fn an_activity_is_cleaned_as_an_object_but_for_its_own_objects() {
    let evil = "<b>x</b><script>alert(1)</script>";
    let activity = map(json!({
        "verb": "post", "object": { "content": evil }, "target": { "content": evil }, "content": 7,
        "summary": evil, "source": { "summary": evil, "_x": 1 },
        "mood": { "_x": 1, "<i>": 2, "y": 3 },
    }));
    let clean = sanitize_activity(activity).unwrap();
    for key in ["object", "target"] {
        assert_eq!(clean[key]["content"], evil, "it is cleaned on its own");
    }
    assert_eq!(clean["content"], "7");
    assert_eq!(clean["summary"], "<b>x</b>");
    assert_eq!(clean["source"], json!({ "summary": "<b>x</b>" }));
    assert_eq!(clean["mood"], json!({ "y": 3 }));
    for (activity, name) in [
        (json!({ "attachments": [{ "id": "x" }] }), "attachments"),
        (json!({ "image": { "url": "javascript:x" } }), "image"),
        (json!({ "source": "web" }), "source"),
    ] {
        let refused = sanitize_activity(map(activity)).unwrap_err();
        assert!(refused.to_string().contains(name), "{refused}");
    }
}

proptest! {
    #[test]
    fn cleaning_twice_changes_nothing_more(value in any_json()) {
        let once = sanitize_members(map(json!({ "x": value })), |_, _| ());
        let twice = sanitize_members(once.clone(), |_, _| ());
        prop_assert_eq!(once, twice);
    }
}

fn any_json() -> impl Strategy<Value = Value> {
    let text = prop_oneof![
        prop::sample::select(NASTY).prop_map(str::to_owned),
        "[a-z<>&:\"' ]{0,12}",
    ];
    let leaf = prop_oneof![
        text.prop_map(Value::from),
        any::<i32>().prop_map(Value::from)
    ];
    leaf.prop_recursive(4, 30, 4, |inner| {
        let key = prop::sample::select(ANYWHERE).prop_map(str::to_owned);
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((key, inner), 0..4)
                .prop_map(|pairs| Value::Object(Map::from_iter(pairs))),
        ]
    })
}
