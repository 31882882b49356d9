//! Tests of documents in the forms that `ActivityPub` peers read.

use serde_json::json;

use super::tests::{mapped, note};

#[test]
fn files_are_attachments_of_notes() {
    let image = mapped(json!({
        "objectType": "image", "id": "https://h.example/api/image/i", "displayName": "Cup",
        "url": "https://h.example/alice/image/i",
        "image": { "url": "https://h.example/small.png", "width": 1 },
        "fullImage": { "url": "https://h.example/large.png", "width": 2 },
    }));
    assert_eq!(
        (&image["type"], &image["url"]),
        (&json!("Note"), &json!("https://h.example/alice/image/i"))
    );
    assert_eq!(
        (&image["content"], image.get("name")),
        (&json!("<p><strong>Cup</strong></p>"), None)
    );
    assert_eq!(
        image["attachment"],
        json!([{
            "type": "Document", "mediaType": "image/png", "url": "https://h.example/large.png", "width": 2,
            "name": "Cup", "summary": "Cup",
        }])
    );
    let file = mapped(json!({
        "objectType": "file", "id": "https://h.example/api/file/f",
        "fileUrl": "https://h.example/f.bin", "mimeType": "application/pdf"
    }));
    assert_eq!(file["attachment"][0]["mediaType"], "application/pdf");
}

#[test]
fn summary_is_a_warning_of_the_author_or_none() {
    let mut thing = note();
    thing["summary"] = json!("alice posted a note");
    assert_eq!(mapped(thing.clone()).get("summary"), None);
    thing["sensitive"] = json!(true);
    assert_eq!(mapped(thing)["summary"], "alice posted a note");
}

#[test]
fn titles_are_names_of_articles_and_lists_only() {
    for (kind, object_type, is_named) in [
        ("note", "Note", false),
        ("comment", "Note", false),
        ("bookmark", "Note", false),
        ("article", "Article", true),
        ("collection", "Collection", true),
    ] {
        let mut thing = note();
        thing["objectType"] = json!(kind);
        thing["displayName"] = json!("Tea");
        let mapped = mapped(thing);
        assert_eq!(
            (&mapped["type"], mapped.get("name").is_some()),
            (&json!(object_type), is_named)
        );
        let content = mapped["content"].as_str().unwrap();
        assert_eq!(
            content.contains("<strong>Tea</strong>"),
            !is_named,
            "{kind}"
        );
    }
}
