//! Defaults of a new account: lists, feeds and the welcome note (pump-api 6.2).

use hydraulics::{
    model::{Nickname, Secret},
    service::accounts::{self, Registration},
    storage::{Change, Expect},
};
use serde_json::{Value, json};

use crate::support::{BASE, Request, Session, TestServer, ids};

fn verbs(feed: &Value) -> Vec<(&str, &str)> {
    let items = feed["items"].as_array().unwrap();
    items
        .iter()
        .map(|item| {
            let name = item["object"]["displayName"].as_str().unwrap_or_default();
            (item["verb"].as_str().unwrap(), name)
        })
        .collect()
}

async fn welcome_of(alice: &Session) -> Value {
    alice.feed("inbox/major").await["items"][0].clone()
}

on_every_backend!(
    new_account_has_the_default_collections,
    welcome_note_is_posted_by_the_service,
    existing_service_gets_a_name_and_an_image,
    welcome_note_is_configurable,
    empty_welcome_posts_no_note,
    person_id_with_a_port_is_the_profile_url,
);

async fn new_account_has_the_default_collections(server: TestServer) {
    let alice = server.person("alice").await;
    let made = [
        ("create", "Coworkers"),
        ("create", "Acquaintances"),
        ("create", "Family"),
        ("create", "Friends"),
        ("join", "Hydraulics"),
    ];
    let inbox = alice.feed("inbox").await;
    assert_eq!(verbs(&inbox)[0], ("post", "Welcome to Hydraulics"));
    assert_eq!(verbs(&inbox)[1..], made);
    assert_eq!(verbs(&alice.feed("feed").await), made);
    for (feed, total) in [
        ("inbox", 6),
        ("inbox/major", 1),
        ("inbox/minor", 5),
        ("inbox/direct", 1),
        ("inbox/direct/major", 1),
        ("inbox/direct/minor", 0),
        ("feed", 5),
        ("feed/major", 0),
        ("feed/minor", 5),
        ("lists/person", 4),
        ("lists/image", 1),
        ("followers", 0),
        ("following", 0),
        ("favorites", 0),
    ] {
        assert_eq!(alice.feed(feed).await["totalItems"], total, "{feed}");
    }
    let lists = alice.feed("lists/person").await;
    let names: Vec<_> = lists["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|list| &list["displayName"])
        .collect();
    assert_eq!(names, ["Coworkers", "Acquaintances", "Family", "Friends"]);
    let pictures = alice.feed("lists/image").await["items"][0].clone();
    assert_eq!(
        (&pictures["displayName"], &pictures["objectTypes"]),
        (&json!("Profile Pictures"), &json!(["image"]))
    );
    for feed in ["followers", "following"] {
        let id = format!("{BASE}/api/user/alice/{feed}");
        let to = alice.feed("feed").await["items"][0]["to"][0].clone();
        assert!(feed == "following" || to["id"] == id.as_str(), "{to}");
    }
}

async fn welcome_note_is_posted_by_the_service(server: TestServer) {
    let (alice, bob) = (server.person("alice").await, server.person("bob").await);
    let welcome = welcome_of(&alice).await;
    let service = &welcome["actor"];
    assert_eq!(
        (
            &service["objectType"],
            &service["displayName"],
            &service["url"]
        ),
        (
            &json!("service"),
            &json!("Hydraulics"),
            &json!(format!("{BASE}/"))
        )
    );
    assert_eq!(welcome["to"][0]["id"], alice.id());
    let content = welcome["object"]["content"].as_str().unwrap();
    for said in [
        "<a href=\"http://pump.example/\">Hydraulics</a>",
        "<b>alice@pump.example</b>",
    ] {
        assert!(content.contains(said), "{said} in {content}");
    }
    // Each link in it leads somewhere.
    for link in content.split("href=\"").skip(1) {
        let path = link.split('"').next().unwrap().strip_prefix(BASE).unwrap();
        server.send(Request::get(path)).await.is(200);
    }
    assert_eq!(service["preferredUsername"], "pump.example");
    let image = service["image"]["url"].as_str().unwrap();
    assert_eq!(
        server
            .send(Request::get(image))
            .await
            .is(200)
            .header("content-type"),
        "image/png"
    );
    assert_eq!(
        welcome["url"].as_str().unwrap().split("/activity/").next(),
        Some("http://pump.example/main")
    );
    let joins = [&alice, &bob].map(|who| who.feed("feed/minor"));
    for joined in joins {
        assert_eq!(joined.await["items"][4]["object"]["id"], service["id"]);
    }
    assert_eq!(welcome_of(&bob).await["actor"]["id"], service["id"]);
    let note = welcome["object"]["id"].as_str().unwrap();
    alice.get(note).await.is(200);
    bob.get(note).await.is(403);
    assert_eq!(ids(&bob.feed("inbox/direct").await).len(), 1);
}

async fn existing_service_gets_a_name_and_an_image(server: TestServer) {
    let alice = server.person("alice").await;
    let id = welcome_of(&alice).await["actor"]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let storage = server.app.storage();
    let stored = storage
        .find_objects(&[&id])
        .await
        .unwrap()
        .remove(0)
        .unwrap();
    let mut old = (*stored).clone();
    for new in ["preferredUsername", "image"] {
        old.body.shift_remove(new);
    }
    let change = Change::PutObject {
        object: old,
        expect: Expect::Present,
    };
    storage.commit(vec![change]).await.unwrap();
    assert_eq!(welcome_of(&alice).await["actor"].get("image"), None);
    let service = welcome_of(&server.person("bob").await).await["actor"].clone();
    assert_eq!(
        (&service["id"], &service["image"]["width"]),
        (&json!(id), &json!(96))
    );
    assert_eq!(
        welcome_of(&alice).await["actor"]["preferredUsername"],
        "pump.example"
    );
}

async fn welcome_note_is_configurable(server: TestServer) {
    let other = server.again(|settings| {
        settings.site = "A & <b>B</b> {nickname}".into();
        settings.registration.welcome_note_html =
            "<p onclick='x()'>{site}: {nickname} {what}<script>{url}</script>".into();
    });
    let alice = other.person("alice").await;
    let note = welcome_of(&alice).await["object"].clone();
    assert_eq!(
        note["content"],
        "<p>A &amp; &lt;b&gt;B&lt;/b&gt; {nickname}: alice {what}</p>"
    );
    assert_eq!(note["displayName"], "Welcome to A & <b>B</b> {nickname}");
}

async fn empty_welcome_posts_no_note(server: TestServer) {
    let silent = server.again(|settings| settings.registration.welcome_note_html = String::new());
    let bob = silent.person("bob").await;
    assert_eq!(bob.feed("inbox").await["totalItems"], 5);
}

async fn person_id_with_a_port_is_the_profile_url(server: TestServer) {
    let odd = server.again(|settings| {
        let url = url::Url::parse("http://pump.example:8080").unwrap();
        settings.urls = hydraulics::model::Urls::new(&url).unwrap();
    });
    let id = "http://pump.example:8080/api/user/alice/profile";
    let registration = Registration::new("alice", Secret::new("correct horse 9"));
    let account = accounts::register(&odd.ctx(), registration).await.unwrap();
    assert_eq!(account.person, id);
    let ctx = odd.ctx();
    let client = odd.client().await;
    let user = odd
        .send(Request::get("/api/user/alice").by(&client))
        .await
        .ok();
    assert_eq!(
        (
            &user["profile"]["id"],
            &user["profile"]["links"]["self"]["href"]
        ),
        (&json!(id), &json!(id))
    );
    let nickname = Nickname::parse("alice").unwrap();
    accounts::remove(&ctx, &nickname).await.unwrap();
    let named = ctx
        .storage()
        .find_objects(&[id])
        .await
        .unwrap()
        .remove(0)
        .unwrap();
    assert!(named.deleted);
}
