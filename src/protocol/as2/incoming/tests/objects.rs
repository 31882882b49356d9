use super::*;
use crate::protocol::as1::sanitize_received;

fn thing_with(more: Value) -> Value {
    let mut thing = json!({ "id": "https://p.example/n", "type": "Note", "attributedTo": ANN });
    thing.as_object_mut().unwrap().extend(object(more));
    thing_of(thing)
}

#[test]
fn types_are_those_of_as1() {
    for (kind, object_type) in [
        ("Note", "note"),
        ("as:Note", "note"),
        ("Question", "note"),
        ("Article", "article"),
        ("Page", "article"),
        ("Event", "article"),
        ("Image", "image"),
        ("Audio", "audio"),
        ("Video", "video"),
        ("Document", "file"),
        ("Place", "place"),
    ] {
        let thing = thing_with(json!({ "type": kind, "name": "A <b>name</b>" }));
        assert_eq!(
            (&thing["objectType"], &thing["displayName"]),
            (&json!(object_type), &json!("A name"))
        );
    }
    let urls = urls();
    for other in [
        json!({ "type": "Tombstone" }),
        json!({ "type": "Person" }),
        json!({ "type": "Note", "id": "x" }),
    ] {
        let mut thing = object(json!({ "id": "https://p.example/n" }));
        thing.extend(object(other));
        assert_eq!(super::thing(&Persons::new(&urls, &lookup), &thing), None);
    }
}

#[test]
fn warning_stands_before_the_content() {
    for (said, content, is_sensitive) in [
        (
            json!({ "summary": "Tea & < 3", "sensitive": true, "content": "<p>x</p>" }),
            "<p><strong>Tea &amp; &lt; 3</strong></p><p>x</p>",
            true,
        ),
        (
            json!({ "summaryMap": { "en": "Food" }, "content": "x" }),
            "<p><strong>Food</strong></p>x",
            true,
        ),
        (
            json!({ "summary": "\u{200b}", "sensitive": true, "content": "x" }),
            "x",
            true,
        ),
        (
            json!({ "summary": "", "sensitive": "true", "content": "x" }),
            "x",
            false,
        ),
        (
            json!({ "type": "Article", "summary": "It begins", "content": "It begins." }),
            "It begins.",
            false,
        ),
    ] {
        let thing = thing_with(said.clone());
        assert_eq!(thing["content"], content, "{said}");
        assert_eq!(thing.get("sensitive").is_some(), is_sensitive, "{said}");
        let is_warned = content.starts_with("<p><strong>");
        let for_pages = is_warned.then_some(&said["content"]);
        assert_eq!(thing.get("pageContent"), for_pages, "{said}");
    }
}

#[test]
fn attachment_survives_the_sanitiser() {
    let long = "é".repeat(3000);
    let thing = thing_with(json!({ "attachment": [
        { "type": "Document", "mediaType": "image/jpeg", "url": "https://p.example/1.jpg", "name": "A cup",
            "blurhash": "x", "focalPoint": [0.5, -1], "width": 640, "height": 480 },
        { "type": "Image", "mediaType": "image/png", "url": "https://p.example/2.png", "summary": "By GTS", "name": "x" },
        { "type": "Document", "mediaType": "video/mp4", "url": [{ "type": "Link", "href": "https://p.example/3" }] },
        { "type": "Audio", "url": "https://p.example/4.ogg" },
        { "type": "Document", "mediaType": "application/pdf", "url": "https://p.example/5", "name": long },
        { "type": "Document", "url": "javascript:x" },
        { "type": "PropertyValue", "name": "x", "value": "y" },
        5, null, "https://p.example/6",
    ] }));
    let clean = Value::from(sanitize_received(object(thing)).unwrap());
    let attachments = clean["attachments"].as_array().unwrap();
    let kinds: Vec<&str> = attachments
        .iter()
        .filter_map(|one| one["objectType"].as_str())
        .collect();
    assert_eq!(kinds, ["image", "image", "video", "audio", "file"]);
    let file = json!({
        "url": "https://p.example/1.jpg", "width": 640, "height": 480, "blurhash": "x",
        "focalPoint": [0.5, -1.0],
    });
    assert_eq!(
        attachments[0],
        json!({ "objectType": "image", "id": "https://p.example/1.jpg", "image": file, "fullImage": file,
            "displayName": "A cup", "content": "A cup" })
    );
    assert_eq!(attachments[1]["displayName"], "By GTS");
    assert_eq!(attachments[2]["stream"]["url"], "https://p.example/3");
    assert_eq!(attachments[4]["fileUrl"], "https://p.example/5");
    assert_eq!(
        attachments[4]["content"]
            .as_str()
            .map(|text| text.chars().count()),
        Some(3000)
    );
    assert_eq!(clean["image"], file, "it stands for the note");
}

#[test]
fn links_of_a_thread_become_text() {
    let lemmy = thing_of(json!({
        "type": "Page", "id": "https://lemmy.example/post/1", "attributedTo": "https://lemmy.example/u/eve",
        "to": ["https://lemmy.example/c/tea", AS_PUBLIC], "audience": "https://lemmy.example/c/tea",
        "name": "Green tea", "attachment": [{ "type": "Link", "href": "https://news.example/?a=1&b=2" }],
        "image": { "type": "Image", "url": "https://lemmy.example/t.png" }, "sensitive": false,
        "published": "2026-01-02T03:04:05.678Z", "language": { "identifier": "en",
            "name": "English" },
    }));
    assert_eq!(
        (&lemmy["objectType"], &lemmy["displayName"]),
        (&json!("article"), &json!("Green tea"))
    );
    let link = "https://news.example/?a=1&amp;b=2";
    assert_eq!(
        lemmy["content"],
        format!("<p><a href=\"{link}\">{link}</a></p>")
    );
    assert_eq!(lemmy["image"]["url"], "https://lemmy.example/t.png");
    let card = json!({
        "content": format!("<p><a href=\"{link}\">there</a></p>"),
        "attachment": [{ "type": "Link", "href": "https://news.example/?a=1&b=2" }],
    });
    let content = thing_with(card)["content"].clone();
    assert_eq!(
        content,
        format!("<p><a href=\"{link}\">there</a></p>"),
        "it is there already"
    );
}

#[test]
fn film_of_peertube_has_its_stream_and_page() {
    let film = thing_of(json!({
        "type": "Video", "id": "https://tube.example/videos/1", "name": "Tea", "content": "1 < 2\n*x*",
        "mediaType": "text/markdown", "duration": "PT1M",
        "attributedTo": [{ "type": "Person", "id": ANN }, { "type": "Group", "id": "https://tube.example/c" }],
        "icon": [{ "type": "Image", "url": "https://tube.example/t.jpg", "width": 280, "height": 157 }],
        "url": [
            { "type": "Link", "mediaType": "text/html", "href": "https://tube.example/w/1" },
            { "type": "Link", "mediaType": "video/mp4", "href": "https://tube.example/1.mp4", "height": 480 },
            { "type": "Link", "mediaType": "application/x-mpegURL", "href": "https://tube.example/1.m3u8" },
        ],
    }));
    assert_eq!(film["url"], "https://tube.example/w/1");
    assert_eq!(
        film["stream"],
        json!({ "url": "https://tube.example/1.mp4", "height": 480 })
    );
    assert_eq!(film["image"]["width"], 280);
    assert_eq!(film["content"], "1 &lt; 2<br>*x*");
    assert_eq!(film["author"]["id"], "acct:ann@p.example");
}

#[test]
fn film_of_peertube_is_found_below_its_playlist() {
    let film = thing_with(json!({
        "type": "Video", "name": "Tea", "url": [
            { "type": "Link", "mediaType": "text/html", "href": "https://tube.example/w/1" },
            { "type": "Link", "mediaType": "application/x-mpegURL", "href": "https://tube.example/1.m3u8",
                "tag": [
                    { "type": "Infohash", "name": "x" },
                    { "type": "Link", "mediaType": "application/json", "href": "https://tube.example/1.json" },
                    { "type": "Link", "mediaType": "video/mp4", "href": "https://tube.example/1.mp4",
                        "height": 720 },
                ] },
        ],
    }));
    assert_eq!(
        film["stream"],
        json!({ "url": "https://tube.example/1.mp4", "height": 720 })
    );
    assert_eq!(film["url"], "https://tube.example/w/1");
}

#[test]
fn pictures_and_files_are_found_at_their_url() {
    let picture = thing_with(
        json!({ "type": "Image", "mediaType": "image/png", "url": "https://p.example/1", "width": 5 }),
    );
    assert_eq!(
        picture["fullImage"],
        json!({ "url": "https://p.example/1", "width": 5 })
    );
    assert_eq!(picture.get("url"), None);
    let file = thing_with(
        json!({ "type": "Document", "mediaType": "application/pdf", "url": "https://p.example/f" }),
    );
    assert_eq!(
        (&file["fileUrl"], &file["mimeType"]),
        (&json!("https://p.example/f"), &json!("application/pdf"))
    );
}

#[test]
fn poll_becomes_a_property_and_text() {
    let choice = |name: &str, votes: u64| {
        json!({ "type": "Note", "name": name, "replies": {
        "type": "Collection", "totalItems": votes } })
    };
    let poll = thing_with(json!({
        "type": "Question", "content": "<p>Tea?</p>", "endTime": "2026-01-05T00:00:00Z",
            "votersCount": 3,
        "oneOf": [choice("Yes & more", 3), { "type": "Note", "name": "No" }],
    }));
    assert_eq!(poll["objectType"], "note");
    assert_eq!(
        poll["content"],
        "<p>Tea?</p><ul><li>Yes &amp; more (3)</li><li>No</li></ul><p>Poll ends: 2026-01-05T00:00:00Z</p>"
    );
    assert_eq!(poll["pageContent"], "<p>Tea?</p>");
    let options = json!([{ "displayName": "Yes & more", "votes": 3 }, { "displayName": "No" }]);
    let end = "2026-01-05T00:00:00Z";
    assert_eq!(
        poll["poll"],
        json!({ "options": options, "multiple": false, "endTime": end, "voters": 3 })
    );
    let single = thing_with(json!({
        "type": "Question", "anyOf": { "type": "Note", "name": "A" }, "closed": true,
    }));
    assert_eq!(
        single["content"],
        "<ul><li>A</li></ul><p>The poll is over.</p>"
    );
    assert_eq!(
        single["poll"],
        json!({ "options": [{ "displayName": "A" }], "multiple": true, "closed": true })
    );
    let long = "x".repeat(251);
    let odd = json!({ "type": "Question", "oneOf": [{ "name": long }, 5, {}] });
    assert_eq!(thing_with(odd).get("poll"), None);
    let many: Value = (0..60)
        .map(|number| json!({ "name": format!("{number}") }))
        .collect();
    let many = thing_with(json!({ "type": "Question", "oneOf": many }));
    assert_eq!(many["poll"]["options"].as_array().map(Vec::len), Some(50));
}

#[test]
fn language_is_that_of_the_text_that_is_read() {
    for (said, language) in [
        (
            json!({ "content": "Tee", "contentMap": { "en": "Tea", "de": "Tee" } }),
            Some("de"),
        ),
        (json!({ "contentMap": { "pt-BR": "Chá" } }), Some("pt-BR")),
        (
            json!({ "content": "x", "summary": "y", "summaryMap": { "fr": "y" } }),
            Some("fr"),
        ),
        (
            json!({ "content": "x", "language": { "identifier": "ja", "name": "日本語" } }),
            Some("ja"),
        ),
        (
            json!({ "content": "x", "contentMap": { "\"><b": "x" } }),
            None,
        ),
        (json!({ "content": "x" }), None),
    ] {
        let thing = thing_with(said.clone());
        let read = thing.get("language").and_then(Value::as_str);
        assert_eq!(read, language, "{said}");
    }
}

#[test]
fn emoji_are_kept_with_fit_names_and_pictures() {
    let emoji = |name: &str, url: &str| {
        let icon = json!({ "type": "Image", "url": url });
        json!({ "type": "Emoji", "name": name, "icon": icon })
    };
    let picture = "https://p.example/cat.png";
    let mut tags = vec![
        emoji(":cat:", picture),
        emoji("dog", picture),
        emoji(":<b>:", picture),
        emoji("::", picture),
        emoji(&format!(":{}:", "x".repeat(101)), picture),
        emoji(":js:", "javascript:x"),
        json!({ "type": "Emoji", "name": ":none:" }),
    ];
    let note = thing_with(json!({ "tag": tags }));
    let kept = |name: &str| json!({ "name": name, "image": { "url": picture } });
    assert_eq!(note["emoji"], json!([kept(":cat:"), kept(":dog:")]));
    tags.extend((0..100).map(|number| emoji(&format!(":e{number}:"), picture)));
    let many = thing_with(json!({ "tag": tags }));
    assert_eq!(many["emoji"].as_array().map(Vec::len), Some(64));
}

#[test]
fn event_says_when_and_where() {
    let event = thing_with(json!({
        "type": "Event", "name": "Tasting", "content": "<p>Come!</p>",
            "startTime": "2026-01-05T10:00:00Z",
        "location": { "type": "Place", "name": "Café", "latitude": 1.5, "longitude": 2 },
    }));
    assert_eq!(
        event["content"],
        "<p>2026-01-05T10:00:00Z – Café</p><p>Come!</p>"
    );
    assert_eq!(
        event["location"],
        json!({ "objectType": "place", "displayName": "Café", "lat": 1.5, "lon": 2 })
    );
}

#[test]
fn note_of_misskey_keeps_its_parent() {
    let note = thing_of(json!({
        "id": "https://misskey.example/notes/1", "type": "Note", "attributedTo": "https://misskey.example/users/1",
        "summary": null, "content": "<p>RE</p>", "_misskey_content": "RE", "source": {
            "content": "RE", "mediaType": "text/x.misskeymarkdown" },
        "published": "2026-01-02T03:04:05.000Z", "to": [AS_PUBLIC], "cc": ["https://misskey.example/users/1/followers"],
        "inReplyTo": { "type": "Note", "id": "https://misskey.example/notes/0", "content": "x" },
        "attachment": [{ "type": "Document", "mediaType": "image/webp", "url": "https://misskey.example/f/1", "name": null, "sensitive": false }],
        "sensitive": false, "tag": [],
    }));
    assert_eq!(
        note["inReplyTo"],
        json!({ "objectType": "note", "id": "https://misskey.example/notes/0" })
    );
    assert_eq!(note["attachments"][0].get("displayName"), None);
    assert_eq!(
        note.get("author"),
        None,
        "an unknown author is named by nobody"
    );
    let clean = Value::from(sanitize_received(object(note)).unwrap());
    assert_eq!(clean["published"], "2026-01-02T03:04:05Z");
}

#[test]
fn fetched_thing_tells_its_author_and_audience() {
    let urls = urls();
    let note = object(json!({
        "id": "https://p.example/n", "type": "Note", "attributedTo": ANN, "content": "x",
        "to": ["https://p.example/users/ann/followers"], "cc": [BOB],
    }));
    let read = thing(&Persons::new(&urls, &lookup), &note).unwrap();
    assert_eq!(read.author_url.as_deref(), Some(ANN));
    assert_eq!(
        read.to,
        [collection("https://p.example/users/ann/followers")]
    );
    assert_eq!(read.cc, [person("acct:bob@h.example")]);
}
