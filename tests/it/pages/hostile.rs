//! Content that others wrote to do harm, as pages show it.

use hydraulics::storage::{Change, Expect};
use serde_json::{Value, json};

use super::reader::Reader;
use crate::support::{Session, TestServer, about, everyone, path};

const BROWSER: &str = "A browser";

const MARKUP: &str = "<script>alert(1)</script><img src=x onerror=alert(1)>\"'>";

on_every_backend!(
    markup_in_names_is_text,
    hostile_content_is_harmless_and_loads_nothing,
    addresses_of_scripts_are_no_links,
    odd_properties_break_no_page,
    lists_survive_people_who_are_gone,
);

/// Changes how a thing is stored, to what another server may have sent.
pub(super) async fn store(server: &TestServer, id: &str, properties: &Value) {
    let storage = server.app.storage();
    let found = storage.find_objects(&[id]).await.unwrap().remove(0);
    let mut object = (*found.unwrap()).clone();
    object.body.extend(properties.as_object().unwrap().clone());
    let change = Change::PutObject {
        object,
        expect: Expect::Any,
    };
    storage.commit(vec![change]).await.unwrap();
}

/// Everything on the pages that have to do with bob and a note of his.
async fn pages(server: &TestServer, note: &Value) -> Vec<String> {
    let readers = [
        Reader::stranger(server),
        Reader::signed_in(server, "alice", BROWSER).await,
    ];
    let mut seen = Vec::new();
    for reader in readers {
        let mut places = vec![
            "/bob",
            "/bob/followers",
            "/bob/following",
            "/alice/followers",
            "/alice/favorites",
            path(&note["url"]),
        ];
        if reader.read("/").await.contains("id=\"feed\"") {
            places.extend(["/", "/main/meanwhile", "/main/messages"]);
        }
        for place in places {
            seen.push(reader.read(place).await);
        }
    }
    seen
}

/// Alice and bob, who follow one another; she likes and shares his note.
async fn friends(server: &TestServer) -> (Session, Session, Value) {
    let [alice, bob] = server.people(["alice", "bob"]).await;
    alice.follow(&bob).await;
    bob.follow(&alice).await;
    let note = bob.note("Hello", everyone()).await;
    alice.done(&about("favorite", &note)).await;
    alice.done(&about("share", &note)).await;
    (alice, bob, note)
}

#[track_caller]
fn is_harmless(page: &str) {
    for harm in [
        "<script>",
        "<img src=x",
        "javascript:",
        "src=\"http://evil",
        "src=\"https://evil",
        "src=\"//evil",
        " style=",
        "<iframe",
        "<form action=\"https://evil",
    ] {
        let lower = page.to_lowercase();
        assert!(!lower.contains(harm), "{harm} in {page}");
    }
}

async fn markup_in_names_is_text(server: TestServer) {
    let (_, bob, note) = friends(&server).await;
    store(
        &server,
        &bob.id(),
        &json!({
            "displayName": MARKUP, "summary": MARKUP, "preferredUsername": MARKUP,
            "location": { "objectType": "place", "displayName": MARKUP },
        }),
    )
    .await;
    let title = json!({ "displayName": MARKUP });
    store(&server, note["id"].as_str().unwrap(), &title).await;
    for page in pages(&server, &note).await {
        is_harmless(&page);
    }
}

async fn hostile_content_is_harmless_and_loads_nothing(server: TestServer) {
    let (_, _, note) = friends(&server).await;
    let content = format!(
        "{MARKUP}<p style=\"position:fixed\">Hello</p><img src=\"https://evil.example/x.png\">\
         <a href=\"javascript:alert(1)\">go</a><iframe src=\"https://evil.example\"></iframe>\
         <svg onload=alert(1)></svg></div></article></main><form action=\"https://evil.example\">\
         <video poster=\"//evil.example/x.png\" src=\"https://evil.example/x.mp4\"></video>"
    );
    let changed = json!({ "content": kept_content(&server, &content).await });
    store(&server, note["id"].as_str().unwrap(), &changed).await;
    for page in pages(&server, &note).await {
        is_harmless(&page);
        assert_eq!(page.matches("</main>").count(), 1);
    }
}

/// Content as the server keeps it.
async fn kept_content(server: &TestServer, content: &str) -> Value {
    let carol = server.person("carol").await;
    carol.note(content, everyone()).await["content"].take()
}

async fn addresses_of_scripts_are_no_links(server: TestServer) {
    let (_, bob, note) = friends(&server).await;
    let script = "javascript:alert(1)";
    let picture = json!({ "url": script, "width": 1, "height": 1 });
    for id in [bob.id().as_str(), note["id"].as_str().unwrap()] {
        let hostile = json!({
            "url": script, "image": picture, "fullImage": picture, "stream": picture,
            "fileUrl": script,
        });
        store(&server, id, &hostile).await;
    }
    for page in pages(&server, &note).await {
        is_harmless(&page);
    }
}

async fn odd_properties_break_no_page(server: TestServer) {
    let (_, bob, note) = friends(&server).await;
    for odd in [
        json!(7),
        json!([]),
        json!({}),
        json!(true),
        json!("\u{202e}x"),
        Value::Null,
    ] {
        for id in [bob.id().as_str(), note["id"].as_str().unwrap()] {
            let properties = json!({
                "displayName": odd, "summary": odd, "content": odd, "image": odd, "location": odd,
                "preferredUsername": odd, "published": odd, "updated": odd, "fullImage": odd,
            });
            store(&server, id, &properties).await;
        }
        for page in pages(&server, &note).await {
            assert!(page.contains("</html>"));
        }
    }
}

async fn lists_survive_people_who_are_gone(server: TestServer) {
    let (alice, bob, note) = friends(&server).await;
    let carol = server.person("carol").await;
    carol.follow(&bob).await;
    bob.follow(&carol).await;
    carol.done(&about("favorite", &note)).await;
    carol.delete("/api/user/carol").await.is(200);
    for page in pages(&server, &note).await {
        assert!(page.contains("</html>"));
    }
    let reader = Reader::stranger(&server);
    assert!(
        reader
            .read("/bob/following")
            .await
            .contains(&alice.nickname)
    );
    assert!(
        reader
            .read("/bob/followers")
            .await
            .contains(&alice.nickname)
    );
}
