//! Descriptions of pages for other sites: Open Graph, canonical addresses, feeds, `rel=me`.

use hydraulics::model::Urls;
use serde_json::{Value, json};

use super::{hostile::store, reader::Reader};
use crate::support::{Request, Session, TestServer, everyone, path, picture};

const BROWSER: &str = "A browser";

on_every_backend!(
    public_post_describes_itself_to_strangers,
    picture_is_described_with_its_size,
    profile_describes_itself_and_names_its_feeds,
    private_posts_describe_nothing,
    pages_of_members_describe_nothing,
    markup_in_descriptions_is_text,
    canonical_addresses_have_the_path_of_the_public_url,
    links_of_a_profile_are_kept_and_shown,
    links_that_are_none_are_refused_and_come_back,
    pages_are_closed_where_nothing_is_read_without_credentials,
);

/// The contents of a property of a page.
fn property<'a>(page: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = page.split_once(&format!("property=\"{name}\" content=\""))?;
    rest.split('"').next()
}

/// Uploads a picture and posts it.
pub(super) async fn post_picture(alice: &Session, recipients: Value) -> Value {
    let bytes = picture(700, 350, image::ImageFormat::Png);
    let target = format!("/api/user/{}/uploads", alice.nickname);
    let image = alice.request("POST", &target, "image/png", bytes).await;
    let mut object = image.ok();
    object = json!({
        "id": object["id"].take(), "objectType": "image",
        "displayName": "Harbour", "altText": "Boats at dawn",
    });
    let post = crate::support::addressed(json!({ "object": object }), &recipients);
    let object = alice.done(&post).await["object"].take();
    alice.get(object["id"].as_str().unwrap()).await.ok()
}

async fn public_post_describes_itself_to_strangers(server: TestServer) {
    let alice = server.person("alice").await;
    let note = alice
        .note("<p>Good <b>morning</b></p><p>all</p>", everyone())
        .await;
    let url = note["url"].as_str().unwrap();
    let page = Reader::stranger(&server).read(path(&note["url"])).await;
    for (name, value) in [
        ("og:site_name", "Hydraulics"),
        ("og:locale", "en_US"),
        ("og:type", "article"),
        ("og:title", "a note by alice"),
        ("og:description", "Good morning all"),
        ("og:url", url),
        ("article:author", "http://pump.example/alice"),
        (
            "article:published_time",
            note["published"].as_str().unwrap(),
        ),
    ] {
        assert_eq!(property(&page, name), Some(value), "{name}");
    }
    assert!(page.contains(&format!("<link rel=\"canonical\" href=\"{url}\">")));
    let oembed = format!("/api/oembed?format=json&#38;url={}", Urls::encode(url));
    assert!(page.contains(&oembed), "{page}");
    assert!(!page.contains("noindex"));
    let by_id = format!(
        "/main/object?id={}",
        Urls::encode(note["id"].as_str().unwrap())
    );
    let page = Reader::stranger(&server).read(&by_id).await;
    assert!(page.contains(&format!("<link rel=\"canonical\" href=\"{url}\">")));
}

async fn picture_is_described_with_its_size(server: TestServer) {
    let alice = server.person("alice").await;
    let image = post_picture(&alice, everyone()).await;
    let page = Reader::stranger(&server).read(path(&image["url"])).await;
    let full = image["fullImage"]["url"].as_str().unwrap();
    for (name, value) in [
        ("og:title", "Harbour"),
        ("og:description", "Boats at dawn"),
        ("og:image", full),
        ("og:image:width", "700"),
        ("og:image:height", "350"),
        ("og:image:alt", "Boats at dawn"),
    ] {
        assert_eq!(property(&page, name), Some(value), "{name}");
    }
    server.send(Request::get(path(&json!(full)))).await.is(200);
}

async fn profile_describes_itself_and_names_its_feeds(server: TestServer) {
    server.person("alice").await;
    let page = Reader::stranger(&server).read("/alice?count=3").await;
    assert_eq!(property(&page, "og:type"), Some("profile"));
    assert_eq!(property(&page, "og:url"), Some("http://pump.example/alice"));
    assert!(page.contains("<link rel=\"canonical\" href=\"http://pump.example/alice\">"));
    for (kind, ending) in [("atom+xml", "atom"), ("feed+json", "json")] {
        let address = format!("/api/user/alice/feed.{ending}");
        let link = format!(
            "<link rel=\"alternate\" type=\"application/{kind}\" \
             href=\"http://pump.example{address}\""
        );
        assert!(page.contains(&link), "{page}");
        server.send(Request::get(&address)).await.is(200);
    }
    let page = Reader::stranger(&server).read("/tag/Tea").await;
    assert!(page.contains("<link rel=\"canonical\" href=\"http://pump.example/tag/tea\">"));
    assert!(page.contains("/api/tag/tea/feed.json"));
}

async fn private_posts_describe_nothing(server: TestServer) {
    let [alice, bob] = server.people(["alice", "bob"]).await;
    let to_bob = json!({ "to": [bob.person()] });
    let note = alice.note("The treasure", to_bob.clone()).await;
    let image = post_picture(&alice, to_bob).await;
    let reader = Reader::signed_in(&server, "bob", BROWSER).await;
    for thing in [note, image] {
        let place = path(&thing["url"]);
        Reader::stranger(&server).open(place).await.is(302);
        let page = reader.read(place).await;
        assert!(!page.contains("property=\"og:") && !page.contains("oembed"));
        assert!(!page.contains("rel=\"canonical\"") && page.contains("noindex"));
    }
}

async fn pages_of_members_describe_nothing(server: TestServer) {
    let alice = server.person("alice").await;
    let note = alice.note("Hello", everyone()).await;
    let reader = Reader::signed_in(&server, "alice", BROWSER).await;
    for place in ["/", "/alice", path(&note["url"]), "/main/settings"] {
        let page = reader.read(place).await;
        assert!(!page.contains("property=\"og:"), "{place}");
        assert!(page.contains("noindex"), "{place}");
    }
}

async fn markup_in_descriptions_is_text(server: TestServer) {
    let alice = server.person("alice").await;
    let note = alice.note("Hello", everyone()).await;
    // Without its markup a name is text again.
    let evil = "\"&gt;&lt;script&gt;alert(1)&lt;/script&gt;<script>alert(1)</script>";
    let changed = json!({ "displayName": evil, "altText": evil });
    store(&server, note["id"].as_str().unwrap(), &changed).await;
    let named = json!({
        "displayName": evil,
        "urls": [{ "value": "javascript:alert(1)" }, { "value": evil }, 7,
                 { "value": format!("https://h.example/{evil}") }],
    });
    store(&server, &alice.id(), &named).await;
    for place in ["/alice", path(&note["url"])] {
        let page = Reader::stranger(&server).read(place).await;
        let (head, _) = page.split_once("</head>").unwrap();
        let title = property(head, "og:title").unwrap();
        assert!(title.contains("script"), "it is there as text: {title}");
        assert!(!head.contains("<script>"), "{head}");
        assert!(!page.contains("javascript:") && !page.contains("<script>"));
    }
}

async fn canonical_addresses_have_the_path_of_the_public_url(server: TestServer) {
    let server = server.again(|settings| {
        settings.urls = Urls::new(&"http://pump.example/pump".parse().unwrap()).unwrap();
        settings.proxy_strips_path = true;
    });
    server.account("alice").await;
    let stranger = Reader::stranger(&server);
    let page = stranger.read("/alice").await;
    assert!(page.contains("<link rel=\"canonical\" href=\"http://pump.example/pump/alice\">"));
    assert!(page.contains("href=\"/pump/alice/followers\""), "{page}");
    assert!(page.contains("href=\"http://pump.example/pump/api/user/alice/feed.atom\""));
    let robots = server
        .send(Request::get("/robots.txt"))
        .await
        .is(200)
        .text();
    assert!(robots.contains("Disallow: /pump/api/\n"), "{robots}");
}

async fn links_of_a_profile_are_kept_and_shown(server: TestServer) {
    let reader = Reader::member(&server, "alice", BROWSER).await;
    let links = "https://alice.example/?a=1&b=2\r\nhttp://old.example/~alice";
    let fields = [("displayName", "Alice"), ("links", links)];
    let page = reader.submit("/main/settings", &fields).await;
    assert!(page.contains("http://old.example/~alice"), "{page}");
    let page = Reader::stranger(&server).read("/alice").await;
    assert_eq!(page.matches("rel=\"me nofollow noopener\"").count(), 2);
    assert!(
        page.contains("href=\"https://alice.example/?a=1&#38;b=2\" rel=\"me"),
        "{page}"
    );
    reader
        .submit("/main/settings", &[("displayName", "Alice"), ("links", "")])
        .await;
    let page = Reader::stranger(&server).read("/alice").await;
    assert!(!page.contains("rel=\"me"));
}

async fn links_that_are_none_are_refused_and_come_back(server: TestServer) {
    let reader = Reader::member(&server, "alice", BROWSER).await;
    let many = "https://h.example/\n".repeat(6);
    let long = format!("https://h.example/{}", "x".repeat(500));
    for links in ["javascript:alert(1)", "alice.example", &many, &long] {
        let fields = [("displayName", "Alice"), ("links", links)];
        let answer = reader.post("/main/settings", &fields).await.is(400);
        let first = links.lines().next().unwrap();
        assert!(answer.text().contains(first), "what was typed comes back");
    }
    let page = Reader::stranger(&server).read("/alice").await;
    assert!(!page.contains("rel=\"me"));
}

async fn pages_are_closed_where_nothing_is_read_without_credentials(server: TestServer) {
    let alice = server.person("alice").await;
    let note = alice.note("Hello", everyone()).await;
    let place = path(&note["url"]).to_owned();
    let closed = server.again(|settings| settings.api.anonymous_read = false);
    let stranger = Reader::stranger(&closed);
    for page in ["/alice", &place, "/tag/tea", "/alice/followers"] {
        let answer = stranger.open(page).await.is(302);
        assert!(answer.header("location").contains("/main/login?continue="));
    }
    for page in ["/", "/main/login"] {
        stranger.open(page).await.is(200);
    }
    let member = Reader::signed_in(&closed, "alice", BROWSER).await;
    assert!(member.read(&place).await.contains("Hello"));
}
