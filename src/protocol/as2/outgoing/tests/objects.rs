use super::*;

fn note_with(more: Value) -> Value {
    let mut note = note();
    note.as_object_mut().unwrap().extend(object(more));
    note
}

#[test]
fn title_stands_in_the_content_of_a_note() {
    let titled = posted(note_with(
        json!({ "displayName": "<Tea> 3", "summary": "bob posted a note" }),
    ));
    assert_eq!(
        titled["content"],
        "<p><strong>&lt;Tea&gt; 3</strong></p><p>Hi</p>"
    );
    assert_eq!((titled.get("name"), titled.get("summary")), (None, None));
    let article = posted(note_with(
        json!({ "objectType": "article", "displayName": "Tea" }),
    ));
    assert_eq!(
        (&article["type"], &article["name"]),
        (&json!("Article"), &json!("Tea"))
    );
    assert_eq!(article["content"], "<p>Hi</p>");
    assert_eq!(
        article["preview"],
        json!({ "type": "Note", "attributedTo": BOB,
            "content": "<p><a href=\"https://h.example/bob/note/n\">Tea</a></p>" })
    );
}

#[test]
fn warning_is_only_what_the_author_gave() {
    let warned = posted(note_with(
        json!({ "sensitive": true, "summary": "<b>Food</b>" }),
    ));
    assert_eq!(
        (&warned["summary"], &warned["sensitive"]),
        (&json!("Food"), &json!(true))
    );
    let quiet = posted(note_with(json!({ "sensitive": "true", "summary": "Food" })));
    assert_eq!((quiet.get("summary"), quiet.get("sensitive")), (None, None));
}

#[test]
fn other_types_are_notes_with_a_link() {
    let link = |url: &str| format!("<p>Hi</p><p><a href=\"{url}\">{url}</a></p>");
    for (kind, more, content) in [
        ("comment", json!({}), "<p>Hi</p>".to_owned()),
        (
            "bookmark",
            json!({ "targetUrl": "https://x.example/?a=1&b=2" }),
            link("https://x.example/?a=1&amp;b=2"),
        ),
        ("event", json!({}), link("https://h.example/bob/note/n")),
        (
            "question",
            json!({ "url": "javascript:x" }),
            "<p>Hi</p>".to_owned(),
        ),
    ] {
        let mut other = note_with(json!({ "objectType": kind }));
        other.as_object_mut().unwrap().extend(object(more));
        let other = posted(other);
        assert_eq!(
            (&other["type"], &other["content"]),
            (&json!("Note"), &json!(content)),
            "{kind}"
        );
    }
}

#[test]
fn files_are_attachments_of_a_note() {
    let image = posted(note_with(json!({
        "objectType": "image", "displayName": "A cup", "image": { "url": "https://h.example/s.png" },
        "fullImage": { "url": "https://h.example/l.png", "width": 640, "height": 480 },
    })));
    let cup = json!({ "type": "Document", "mediaType": "image/png", "url": "https://h.example/l.png",
        "name": "A cup", "summary": "A cup", "width": 640, "height": 480 });
    assert_eq!(
        (&image["type"], &image["attachment"]),
        (&json!("Note"), &json!([cup]))
    );
    let attached = posted(note_with(json!({ "attachments": [
        { "objectType": "image", "id": "i", "image": { "url": "https://h.example/1" }, "content": "A <b>pot</b>" },
        { "objectType": "video", "id": "v", "stream": { "url": "https://h.example/2" } },
        { "objectType": "file", "id": "f", "fileUrl": "https://h.example/3", "mimeType": "application/pdf" },
        { "objectType": "image", "id": "j", "image": { "url": "javascript:x" } },
    ] })));
    let attached = attached["attachment"].as_array().unwrap();
    let types: Vec<&Value> = attached.iter().map(|one| &one["mediaType"]).collect();
    assert_eq!(types, ["image/jpeg", "video/mp4", "application/pdf"]);
    assert_eq!(
        (&attached[0]["name"], &attached[0]["summary"]),
        (&json!("A pot"), &json!("A pot"))
    );
}

#[test]
fn all_who_are_addressed_are_mentioned() {
    let mut answer = note_with(json!({ "objectType": "comment" }));
    let cat = person("acct:cat@p.example");
    answer["inReplyTo"] =
        json!({ "objectType": "note", "id": "https://p.example/n", "author": cat });
    let sent = |to: Value| {
        let sent = sent("post", answer.clone(), json!({ "to": to, "cc": [] })).unwrap();
        let tags = sent["object"]["tag"].as_array().unwrap().iter();
        let names: Vec<String> = tags
            .map(|tag| tag["name"].as_str().unwrap().to_owned())
            .collect();
        (
            names,
            sent["cc"].clone(),
            sent["object"]["inReplyTo"].clone(),
        )
    };
    let (names, cc, parent) = sent(json!([
        collection(PUBLIC),
        ann(),
        person("acct:eve@h.example")
    ]));
    assert_eq!(
        names,
        ["@cat@p.example", "@ann@p.example", "@eve@h.example"],
        "the answered one first"
    );
    assert_eq!(
        (parent, &cc[3]),
        (
            json!("https://p.example/n"),
            &json!("https://p.example/users/cat")
        )
    );
    let (names, _, _) = sent(json!([ann(), cat]));
    assert_eq!(names, ["@cat@p.example", "@ann@p.example"]);
    let (names, cc, _) = sent(json!([ann()]));
    assert_eq!(
        (names, cc),
        (vec!["@ann@p.example".to_owned()], json!([])),
        "not wider"
    );
}

#[test]
fn mentions_in_the_content_are_marked() {
    let marked = |content: &str| {
        let note = note_with(json!({ "content": content }));
        sent("post", note, json!({ "to": [ann()] })).unwrap()["object"]["content"].clone()
    };
    let anchor =
        "<a class=\"u-url mention\" href=\"https://p.example/users/ann\">@ann@p.example</a>";
    for (content, expected) in [
        ("Hi @ann@p.example.", format!("Hi {anchor}.")),
        ("<b>@Ann@P.example</b>", format!("<b>{anchor}</b>")),
        (
            "<a href=\"https://p.example/@ann\" rel=\"x\">ann</a>",
            "<a class=\"u-url mention\" href=\"https://p.example/@ann\" rel=\"x\">ann</a>".into(),
        ),
        (
            "<a href=\"https://x.example/\">@ann@p.example</a>",
            String::new(),
        ),
        (
            "mail@ann@p.example, https://x.example/@ann@p.example",
            String::new(),
        ),
        ("@ann @cat@p.example @", String::new()),
        ("", String::new()),
    ] {
        let expected = if expected.is_empty() {
            content
        } else {
            &*expected
        };
        assert_eq!(marked(content), expected);
    }
}

#[test]
fn hashtags_are_links_and_tags() {
    let tagged = posted(note_with(json!({
        "content": "#Tea and #Milk",
        "tags": ["Sugar", { "objectType": "hashtag", "displayName": "tea" }, ann(), 5],
    })));
    let tag = |name: &str| {
        let href = format!("https://h.example/tag/{}", name.to_lowercase());
        json!({ "type": "Hashtag", "href": href, "name": format!("#{name}") })
    };
    assert_eq!(
        tagged["tag"],
        json!([tag("Tea"), tag("Milk"), tag("Sugar")])
    );
    let content = tagged["content"].as_str().unwrap();
    let link =
        "<a href=\"https://h.example/tag/tea\" class=\"mention hashtag\" rel=\"tag\">#Tea</a>";
    assert!(content.starts_with(link), "{content}");
}

#[test]
fn addresses_are_strings_that_lead_there() {
    let mut named = note_with(json!({ "id": "tag:h.example,2026:1" }));
    assert_eq!(posted(named.clone())["id"], "https://h.example/api/note/n");
    named["url"] = json!("javascript:x");
    assert_eq!(posted(named).get("url"), None);
    let at_port = Urls::new(&"http://h.example:8080".parse().unwrap()).unwrap();
    let actors = Actors::new(&at_port, &|_| None);
    let bob = "http://h.example:8080/api/user/bob/profile";
    let mut post = done("post", note(), json!({}));
    post["actor"]["id"] = json!(bob);
    let sent = activity(&actors, &object(post), &OutgoingCopy::default());
    assert_eq!(sent.unwrap()["actor"], bob);
}
