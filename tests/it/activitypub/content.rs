//! Content of posts of other servers: quotes, warnings, custom emoji and reactions.

use serde_json::{Value, json};

use super::{
    host::{Host, PUBLIC},
    polls::Scene,
};
use crate::federation::joined::counts;
use crate::support::{Backend, about, everyone};

joined_on_every_backend!(
    quoted_post_is_fetched_and_shown_until_it_is_deleted,
    quote_that_is_not_public_is_only_named,
    warned_post_is_folded_in_pages,
    custom_emoji_are_pictures_in_pages,
    reaction_is_a_like_that_tells_its_emoji,
);

/// A public note of ann's.
fn note(scene: &Scene, more: &Value) -> Value {
    let mut note = json!({
        "id": scene.far.url("notes/1"), "type": "Note", "attributedTo": scene.ann["id"],
        "to": [PUBLIC], "cc": [scene.ann["followers"]], "content": "<p>Look</p>",
        "published": "2027-01-15T07:00:00Z",
    });
    note.as_object_mut()
        .unwrap()
        .extend(more.as_object().cloned().unwrap());
    note
}

async fn quoted_post_is_fetched_and_shown_until_it_is_deleted(backend: Backend) {
    let scene = Scene::on(backend).await;
    let other = Host::on(&scene.world.network, "other.example");
    let cat = other.actor("Person", "cat");
    let person = json!({ "objectType": "person", "id": "acct:cat@other.example" });
    scene.alice.done(&about("follow", &person)).await;
    let quoted = json!({
        "id": other.url("notes/7"), "type": "Note", "attributedTo": cat["id"], "to": [PUBLIC],
        "content": "<p>Quoted words</p>", "published": "2027-01-15T06:00:00Z",
    });
    other.show(&quoted);
    let content = format!(
        "<p class=\"quote-inline\">RE: <a href=\"{0}\">{0}</a></p><p>Look</p>",
        other.url("notes/7")
    );
    let quoting = json!({ "quote": quoted["id"], "content": content });
    scene.send("Create", &note(&scene, &quoting)).await;
    let inbox = scene.alice.feed("inbox/major").await;
    let shown = &inbox["items"][0]["object"];
    assert!(
        shown["content"].as_str().unwrap().contains("RE: <a"),
        "{shown}"
    );
    assert_eq!(shown["quote"]["content"], "<p>Quoted words</p>");
    assert_eq!(shown["quote"]["author"]["id"], "acct:cat@other.example");
    let reader = scene.reader().await;
    let home = reader.read("/").await;
    assert!(home.contains("<aside class=\"quote\""), "{home}");
    assert!(
        home.contains("Quoted words") && !home.contains("RE:"),
        "{home}"
    );
    let delete = json!({
        "@context": "https://www.w3.org/ns/activitystreams", "id": other.url("d/1"),
        "type": "Delete", "actor": cat["id"], "to": [PUBLIC],
        "object": { "id": quoted["id"], "type": "Tombstone" },
    });
    let server = &scene.world.servers[0];
    other.send(server, &delete).await.is(202);
    let home = reader.read("/").await;
    assert!(home.contains("The quoted post is gone"), "{home}");
    assert!(!home.contains("Quoted words"), "{home}");
}

async fn quote_that_is_not_public_is_only_named(backend: Backend) {
    let scene = Scene::on(backend).await;
    let private = json!({
        "id": scene.far.url("notes/8"), "type": "Note", "attributedTo": scene.ann["id"],
        "to": [scene.ann["followers"]], "content": "<p>Secret words</p>",
    });
    scene.far.show(&private);
    let quoting = note(&scene, &json!({ "quoteUrl": private["id"] }));
    scene.send("Create", &quoting).await;
    let home = scene.reader().await.read("/").await;
    assert!(
        home.contains("The quoted post can’t be shown here."),
        "{home}"
    );
    assert!(!home.contains("Secret words"), "{home}");
    let inbox = scene.alice.feed("inbox/major").await;
    let shown = &inbox["items"][0]["object"];
    let link = format!("RE: <a href=\"{}\"", scene.far.url("notes/8"));
    assert!(
        shown["content"].as_str().unwrap().contains(&link),
        "{shown}"
    );
    let mut gone = note(&scene, &json!({ "quote": { "type": "Tombstone" } }));
    gone["id"] = scene.far.url("notes/2").into();
    scene.send("Create", &gone).await;
    let home = scene.reader().await.read("/").await;
    assert!(home.contains("The quoted post is gone"), "{home}");
}

async fn warned_post_is_folded_in_pages(backend: Backend) {
    let scene = Scene::on(backend).await;
    let warned = json!({ "summary": "Tea & more", "sensitive": true });
    scene.send("Create", &note(&scene, &warned)).await;
    let inbox = scene.alice.feed("inbox/major").await;
    let content = "<p><strong>Tea &amp; more</strong></p><p>Look</p>";
    assert_eq!(inbox["items"][0]["object"]["content"], content);
    let home = scene.reader().await.read("/").await;
    let summary = "<details class=\"warning\"><summary><bdi>Tea &#38; more</bdi></summary>";
    assert!(home.contains(summary), "{home}");
    assert!(!home.contains("<strong>Tea"), "{home}");
}

async fn custom_emoji_are_pictures_in_pages(backend: Backend) {
    let scene = Scene::on(backend).await;
    let emoji = json!({ "content": "<p>Look :cat: :dog:</p>", "tag": {
        "type": "Emoji", "name": ":cat:",
        "icon": { "type": "Image", "mediaType": "image/png", "url": "https://far.example/cat.png" },
    } });
    scene.send("Create", &note(&scene, &emoji)).await;
    let inbox = scene.alice.feed("inbox/major").await;
    assert_eq!(
        inbox["items"][0]["object"]["content"],
        "<p>Look :cat: :dog:</p>"
    );
    let home = scene.reader().await.read("/").await;
    let (_, picture) = home
        .split_once("Look <img class=\"emoji\" src=\"")
        .expect(&home);
    assert!(picture.starts_with("&#x2F;api&#x2F;proxy&#x2F;"), "{home}");
    assert!(picture.contains("alt=\":cat:\""), "{home}");
    assert!(home.contains(" :dog:"), "{home}");
    assert!(!home.contains("https://far.example/cat.png"), "{home}");
}

async fn reaction_is_a_like_that_tells_its_emoji(backend: Backend) {
    let scene = Scene::on(backend).await;
    let own = scene.alice.note("hello", everyone()).await;
    let react = json!({
        "@context": "https://www.w3.org/ns/activitystreams", "id": scene.far.url("r/1"),
        "type": "EmojiReact", "actor": scene.ann["id"], "object": own["id"], "content": "🎉",
        "to": ["https://s0.example/api/user/alice/profile"],
    });
    let server = &scene.world.servers[0];
    scene.far.send(server, &react).await.is(202);
    assert_eq!(counts(&scene.alice, &own).await, [1, 0, 0]);
    let inbox = scene.alice.feed("inbox/minor").await;
    let like = &inbox["items"][0];
    assert_eq!(
        (&like["verb"], &like["reaction"]),
        (&json!("favorite"), &json!("🎉"))
    );
    assert!(
        like["content"]
            .as_str()
            .unwrap()
            .contains("reacted with 🎉 to"),
        "{like}"
    );
    let notices = scene.reader().await.read("/main/notifications").await;
    assert!(notices.contains("reacted with 🎉 to"), "{notices}");
}
