//! The site as its operator describes and changes it.

use std::{fs, path::Path};

use hydraulics::{
    app::{CustomPages, Settings},
    model::Urls,
};
use serde_json::json;
use tempfile::TempDir;

use super::reader::Reader;
use crate::support::{Backend, Request, TestServer, about, comment_on, everyone};

const BROWSER: &str = "A browser";

on_every_backend!(
    newest_public_posts_are_on_the_front_page,
    front_page_of_strangers_describes_the_site,
);

async fn newest_public_posts_are_on_the_front_page(server: TestServer) {
    let [alice, bob] = server.people(["alice", "bob"]).await;
    let note = alice.note("Seen by all", everyone()).await;
    alice
        .note("The treasure", json!({ "to": [bob.person()] }))
        .await;
    let gone = alice.note("Taken back", everyone()).await;
    alice.done(&about("delete", &gone)).await;
    bob.done(&comment_on(&note, "A comment")).await;
    let front = Reader::stranger(&server).read("/").await;
    assert!(front.contains("Seen by all") && front.contains("id=\"welcome\""));
    for hidden in ["treasure", "Taken back", "A comment"] {
        assert!(!front.contains(hidden), "{hidden}");
    }
    for number in 0..15 {
        alice.note(&format!("Number {number}."), everyone()).await;
    }
    let front = Reader::stranger(&server).read("/").await;
    assert_eq!(front.matches("Number ").count(), 10);
    assert!(front.contains("Number 14.") && !front.contains("Number 4."));
    let sets: [fn(&mut Settings); 2] = [
        |settings| settings.pages.public_posts = false,
        |settings| settings.api.anonymous_read = false,
    ];
    for set in sets {
        let front = Reader::stranger(&server.again(set)).read("/").await;
        assert!(!front.contains("Number "));
    }
}

async fn front_page_of_strangers_describes_the_site(server: TestServer) {
    let server = server.again(|settings| {
        settings.site = "Tea & more".into();
        settings.pages.description = "A place for <tea>".into();
        settings.pages.footer = "Run by cats".into();
        settings.pages.contact = "ops@h.example".into();
    });
    let stranger = Reader::stranger(&server);
    let front = stranger.read("/").await;
    for part in [
        "A place for &#60;tea&#62;",
        "property=\"og:type\" content=\"website\"",
        "property=\"og:title\" content=\"Tea &#38; more\"",
        "<link rel=\"canonical\" href=\"http://pump.example/\">",
        "Run by cats",
        "href=\"/main/about\"",
    ] {
        assert!(front.contains(part), "{part} in {front}");
    }
    let page = stranger.read("/main/about").await;
    assert!(page.contains("A place for &#60;tea&#62;"));
    assert!(page.contains("href=\"mailto:ops@h.example\""));
    for missing in ["/main/rules", "/main/terms", "/main/privacy"] {
        assert!(!front.contains(missing));
        stranger.open(missing).await.is(404);
    }
}

fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, contents) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, contents).unwrap();
    }
    folder
}

fn changed(server: &TestServer, folder: &Path) -> TestServer {
    let pages = CustomPages::read(folder).unwrap();
    server.hosted(|app| app.with_custom_pages(pages))
}

#[tokio::test]
async fn pages_of_the_operator_are_shown_and_linked() {
    let server = TestServer::on(Backend::Memory).await;
    let folder = folder(&[
        (
            "rules.md",
            "# House rules\n\nBe **kind**. <script>alert(1)</script>\n\
             <img src=\"https://evil.example/x.png\">",
        ),
        ("terms.md", "English terms"),
        ("terms.de.md", "Deutsche Bedingungen"),
    ]);
    let server = changed(&server, folder.path());
    let mut reader = Reader::stranger(&server);
    let rules = reader.read("/main/rules").await;
    assert!(
        rules.contains("<h1 dir=\"auto\">House rules</h1>"),
        "{rules}"
    );
    assert!(rules.contains("<strong>kind</strong>"));
    assert!(!rules.contains("<script>alert") && !rules.contains("evil.example"));
    let front = reader.read("/").await;
    assert_eq!(front.matches("href=\"/main/rules\"").count(), 2);
    assert!(front.contains("href=\"/main/terms\"") && !front.contains("/main/privacy"));
    assert!(reader.read("/main/terms").await.contains("English terms"));
    reader.language = "de";
    let terms = reader.read("/main/terms").await;
    assert!(terms.contains("Deutsche Bedingungen") && terms.contains("Nutzungsbedingungen"));
}

#[tokio::test]
async fn texts_of_the_operator_take_the_place_of_others() {
    let server = TestServer::on(Backend::Memory).await;
    let folder = folder(&[
        ("text/de.ftl", "sign-in = Herein\n"),
        (
            "text/fr.ftl",
            "language-name = Français\nsign-in = Entrer\n",
        ),
    ]);
    let server = changed(&server, folder.path());
    let mut reader = Reader::stranger(&server);
    for (language, text) in [
        ("de", ">Herein</a>"),
        ("fr", ">Entrer</a>"),
        ("en", ">Sign in</a>"),
    ] {
        reader.language = language;
        let front = reader.read("/").await;
        let html = format!("<html lang=\"{language}\">");
        assert!(front.contains(text) && front.contains(&html), "{language}");
    }
    let settings = |settings: &mut Settings| {
        settings.pages.language = "de".into();
        settings.pages.languages = vec!["de".into()];
    };
    let server = server.again(settings);
    let reader = Reader::stranger(&server);
    assert!(reader.read("/").await.contains("<html lang=\"de\">"));
}

#[tokio::test]
async fn files_of_the_operator_take_the_place_of_others() {
    let server = TestServer::on(Backend::Memory).await;
    let folder = folder(&[
        ("style.css", ".brand { color: teal; }"),
        (
            "static/mark.svg",
            "<svg xmlns=\"http://www.w3.org/2000/svg\"/>",
        ),
        ("static/tea.js", "\"tea\";"),
        ("static/default.png", "picture"),
    ]);
    let server = changed(&server, folder.path());
    let get = async |path: &str| server.send(Request::get(path)).await.is(200);
    let style = get("/static/style.css").await.text();
    assert!(style.contains(".navbar") && style.ends_with(".brand { color: teal; }"));
    let mark = get("/static/mark.svg").await;
    assert_eq!(mark.header("content-type"), "image/svg+xml");
    assert!(mark.text().starts_with("<svg xmlns"));
    let script = get("/static/tea.js").await;
    assert_eq!(
        script.header("content-type"),
        "text/javascript; charset=utf-8"
    );
    assert_eq!(get("/images/default.png").await.text(), "picture");
    assert!(get("/static/site.js").await.text().contains("use strict"));
    server
        .send(Request::get("/static/nothing.js"))
        .await
        .is(404);
}

#[tokio::test]
async fn parts_of_the_operator_take_the_place_of_others() {
    let server = TestServer::on(Backend::Memory).await;
    let folder = folder(&[
        ("head.html", "<meta name=\"theme-color\" content=\"teal\">"),
        (
            "header.html",
            "<header>{{ site }} {% if nickname %}for {{ nickname }}{% else %}{{ t('sign-in') }}\
             {% endif %}</header>",
        ),
        (
            "footer.html",
            "<footer>{% for link in links %}[{{ link.address }}]{% endfor %}</footer>",
        ),
        (
            "welcome.html",
            "<h1>Ours in {{ language }} at {{ root }}/</h1>",
        ),
    ]);
    let server = server.again(|settings| settings.site = "<b>Tea</b>".into());
    let server = changed(&server, folder.path());
    let stranger = Reader::stranger(&server);
    let front = stranger.read("/").await;
    let (head, body) = front.split_once("</head>").unwrap();
    assert!(head.contains("theme-color"));
    assert!(
        body.contains("&lt;b&gt;Tea&lt;&#x2f;b&gt; Sign in"),
        "{body}"
    );
    assert!(body.contains("[&#x2f;main&#x2f;about]") && !body.contains("class=\"foot\""));
    assert!(body.contains("<h1>Ours in en at /</h1>") && !body.contains("id=\"welcome\""));
    assert!(!body.contains("class=\"navbar\""));
    let member = Reader::member(&server, "alice", BROWSER).await;
    let page = member.read("/main/settings").await;
    assert!(page.contains("for alice</header>"), "{page}");
}

#[tokio::test]
async fn help_has_the_exact_address_and_a_code() {
    let server = TestServer::on(Backend::Memory).await;
    let stranger = Reader::stranger(&server);
    let member = Reader::member(&server, "alice", BROWSER).await;
    let help = stranger.read("/main/help").await;
    assert!(help.contains("nickname@<strong>pump.example</strong>"));
    let own = member.read("/main/help").await;
    assert!(own.contains("alice@<strong>pump.example</strong>"));
    let code = stranger.open("/main/help.svg").await.is(200);
    assert_eq!(code.header("content-type"), "image/svg+xml");
    for application in ["dianara", "pumpa", "andstatus", "choqok", "pypump"] {
        let place = format!("/main/help/{application}");
        assert!(help.contains(&format!("href=\"{place}\"")));
        let page = stranger.read(&place).await;
        assert!(page.contains("has no TLS"), "{page}");
    }
    stranger.open("/main/help/nothing").await.is(404);
    for place in ["/main/settings", "/main/account"] {
        assert!(member.read(place).await.contains("href=\"/main/help\""));
    }
    assert!(stranger.read("/").await.contains("href=\"/main/help\""));
}

#[tokio::test]
async fn links_without_pages_are_not_dead() {
    let server = TestServer::with(Backend::Memory, |settings| settings.has_pages = false).await;
    let alice = server.person("alice").await;
    alice.note("Hello", everyone()).await;
    let stranger = Reader::stranger(&server);
    let fields = [("webfinger", "alice@pump.example"), ("continueTo", "/")];
    let local = stranger.post("/main/remote", &fields).await.text();
    let pages = [
        stranger.read("/").await,
        stranger.read("/main/follow?nickname=alice").await,
        stranger.read("/main/remote").await,
        local,
    ];
    for page in pages {
        for rest in page.split(" href=\"/").skip(1) {
            let link = format!("/{}", rest.split(['"', '#']).next().unwrap());
            stranger.open(&link).await.is(200);
        }
    }
}

#[tokio::test]
async fn sign_out_below_a_path_leads_to_the_front_page() {
    let server = TestServer::with(Backend::Memory, |settings| {
        settings.urls = Urls::new(&"http://pump.example/pump".parse().unwrap()).unwrap();
        settings.proxy_strips_path = true;
    })
    .await;
    let alice = Reader::member(&server, "alice", BROWSER).await;
    for number in 0..25 {
        let text = format!("Number {number}.");
        let fields = [
            ("content", text.as_str()),
            ("audience", "public"),
            ("format", "plain"),
        ];
        alice.done(&alice.post("/main/post", &fields).await);
    }
    for place in ["/", "/alice", "/alice/followers"] {
        let page = alice.read(place).await;
        for rest in page.split(" href=\"/").skip(1) {
            let link = rest.split('"').next().unwrap();
            assert!(link.starts_with("pump/"), "/{link} on {place}");
        }
    }
    let out = alice.post("/main/logout", &[]).await.is(303);
    assert_eq!(out.header("location"), "http://pump.example/pump/");
}
