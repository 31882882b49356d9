//! Extension points of host applications.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use http::HeaderMap;
use hydraulics::{
    App, Context,
    app::{Event, Hook, HookError, PageLayout, PerformedActivity, SignIn, SignInError},
    model::{Draft, Nickname, Object, PUBLIC, Reference, Secret, Stream},
    service::{accounts, activity},
    storage::{Change, Changes, Duplicate},
};
use serde_json::json;
use tokio::sync::{
    Notify,
    mpsc::{UnboundedSender, unbounded_channel},
};

use crate::support::{Request, Session, TestServer, about, public};

/// A house with rules, a guest book, and an ear.
#[derive(Default)]
struct House {
    heard: Mutex<Vec<String>>,
}

#[async_trait]
impl Hook for House {
    async fn before(&self, _: &Context, draft: &mut Draft) -> Result<(), HookError> {
        let object = draft.object.as_ref();
        let said = object.and_then(|object| object.get("content"));
        let said = said.or(draft.other_properties.get("content"));
        let said = said.and_then(|said| said.as_str()).unwrap_or_default();
        if said.contains("cheap pills") {
            return Err(HookError::Forbidden(
                "Nothing is sold in this house.".into(),
            ));
        }
        if said.contains("broken") {
            return Err(std::io::Error::other("nobody can tell").into());
        }
        let notes = |object: &&mut serde_json::Map<_, _>| object["objectType"] == "note";
        if draft.verb == "post"
            && object.is_some_and(|object| object.contains_key("content"))
            && let Some(note) = draft.object.as_mut().filter(notes)
        {
            note.insert("license".into(), "CC0".into());
        }
        Ok(())
    }

    async fn before_retraction(&self, _: &Context, activity: &Object) -> Result<(), HookError> {
        if activity.text_property("verb") == Some("rsvp-yes") {
            return Err(HookError::Forbidden("Who said so comes.".into()));
        }
        Ok(())
    }

    async fn additional_changes(
        &self,
        _: &Context,
        deed: &PerformedActivity<'_>,
    ) -> Result<Changes, HookError> {
        let actor = deed.activity.author.clone().unwrap_or_default();
        match (deed.activity.text_property("verb"), deed.object) {
            (Some("rsvp-yes"), Some(event)) => Ok(vec![Change::Push {
                stream: Stream::Members(event.id.clone()),
                item: actor,
                class: None,
                duplicate: Duplicate::Ignore,
            }]),
            (Some("rsvp-no"), _) => Err(HookError::Forbidden("Everyone comes.".into())),
            _ => Ok(Changes::new()),
        }
    }

    fn after(&self, _: &Context, event: &Event<'_>) {
        let heard = match event {
            Event::Performed(deed) => deed
                .activity
                .text_property("verb")
                .unwrap_or_default()
                .to_owned(),
            Event::Followed { follower, followed } => format!("{follower} follows {followed}"),
            Event::Edited(deed) => {
                let license = deed.activity.text_property("license").unwrap_or_default();
                format!("{} now under {license}", deed.object.unwrap().object_type)
            }
            Event::Retracted(deed) => {
                assert!(deed.activity.deleted && deed.object.unwrap().audience.is_empty());
                format!("{} taken back", deed.object.unwrap().object_type)
            }
            _ => String::new(),
        };
        self.heard.lock().unwrap().push(heard);
    }
}

/// Licences stay, and what is amended is for everyone. It breaks when it is told of it.
struct Editor;

#[async_trait]
impl Hook for Editor {
    async fn before_edit(
        &self,
        _: &Context,
        _: &Object,
        draft: &mut Draft,
    ) -> Result<(), HookError> {
        draft
            .other_properties
            .retain(|key, value| key != "license" || !value.is_null());
        let everyone = Reference::new("collection", PUBLIC);
        draft.recipients.cc.push(everyone);
        Ok(())
    }

    fn after(&self, _: &Context, event: &Event<'_>) {
        assert!(!matches!(event, Event::Edited(_)), "on purpose");
    }
}

/// Pages like those of the host.
struct Ours;

impl PageLayout for Ours {
    fn render(&self, title: &str, main: &str) -> String {
        format!("<title>{title} at our house</title><header>Our house</header>{main}")
    }
}

/// Has whoever does something wait at a door, and tells when it is done.
struct Doorkeeper {
    waiting: Notify,
    open: Notify,
    told: UnboundedSender<String>,
}

#[async_trait]
impl Hook for Doorkeeper {
    async fn additional_changes(
        &self,
        _: &Context,
        _: &PerformedActivity<'_>,
    ) -> Result<Changes, HookError> {
        self.waiting.notify_one();
        self.open.notified().await;
        Ok(Changes::new())
    }

    fn after(&self, _: &Context, event: &Event<'_>) {
        if let Event::Performed(deed) = event {
            self.told.send(deed.activity.id.clone()).unwrap();
        }
    }
}

/// Passwords that are kept elsewhere, and sessions in a header.
struct Elsewhere;

#[async_trait]
impl SignIn for Elsewhere {
    async fn check_password(
        &self,
        app: &App,
        nickname: &Nickname,
        password: &Secret,
    ) -> Result<bool, SignInError> {
        let right = password.expose() == format!("{nickname} sees");
        if right {
            let profile = json!({ "displayName": "Dora D" });
            accounts::adopt(app, nickname, profile.as_object().unwrap().clone()).await?;
        }
        Ok(right)
    }

    async fn current_user(
        &self,
        _: &App,
        headers: &HeaderMap,
    ) -> Result<Option<Nickname>, SignInError> {
        let who = headers.get("x-session").and_then(|who| who.to_str().ok());
        Ok(who.map(Nickname::parse).transpose()?)
    }
}

impl TestServer {
    /// Where someone whom a client has sent is asked to sign in.
    async fn sign_in_page(&self) -> String {
        let client = self.client().await;
        let given = self
            .send(
                Request::post("/oauth/request_token")
                    .callback("oob")
                    .by(&client),
            )
            .await;
        let given = given.is(200).text();
        let token = given
            .split('&')
            .find_map(|pair| pair.strip_prefix("oauth_token="))
            .unwrap();
        format!("/oauth/authorize?oauth_token={token}")
    }
}

on_every_backend!(
    a_hook_refuses_what_is_against_the_rules_and_amends_the_rest,
    verbs_of_the_host_have_effects_in_the_same_commit,
    the_host_is_told_of_what_was_stored_and_of_nothing_else,
    the_host_is_told_of_what_is_amended_deleted_and_taken_back,
    hook_reviews_edits_and_a_panic_is_contained,
    the_host_is_told_even_if_nobody_waits_for_the_answer,
    activity_by_the_host_reaches_followers,
    types_of_the_host_have_routes_of_their_own,
    passwords_of_the_host_are_the_only_ones,
    api_does_not_reveal_host_passwords,
    pages_look_like_those_of_the_host,
    host_session_skips_the_sign_in_form,
);

async fn a_hook_refuses_what_is_against_the_rules_and_amends_the_rest(server: TestServer) {
    let server = server.hosted(|app| app.with_hook(Arc::new(House::default())));
    let alice = server.person("alice").await;
    let before = alice.ids("feed").await;
    let pills = json!({ "objectType": "note", "content": "Buy cheap pills" });
    let refused = alice.act(&json!({ "object": pills })).await.is(403).json();
    assert_eq!(refused["error"], "Nothing is sold in this house.");
    let broken = json!({ "objectType": "note", "content": "broken" });
    let failed = alice.act(&json!({ "object": broken })).await.is(500).json();
    assert_eq!(failed["error"], "Something went wrong on the server.");
    assert_eq!(
        alice.ids("feed").await,
        before,
        "nothing is stored of what is refused"
    );

    let note = alice.note("Hello", json!({ "to": [public()] })).await;
    assert_eq!(note["license"], "CC0");
    let id = note["id"].as_str().unwrap();
    alice
        .put(id, &json!({ "content": "Buy cheap pills" }))
        .await
        .refused(403);
    let post = alice.ids("feed").await.remove(0);
    alice
        .put(&post, &json!({ "content": "cheap pills" }))
        .await
        .is(403);
    assert_eq!(alice.get(id).await.ok()["content"], "Hello");
}

async fn verbs_of_the_host_have_effects_in_the_same_commit(server: TestServer) {
    let server = server.hosted(|app| app.with_hook(Arc::new(House::default())));
    let (alice, bob) = (server.person("alice").await, server.person("bob").await);
    let party = json!({ "objectType": "event", "displayName": "Party" });
    let party = alice
        .done(&json!({ "object": party, "to": [public()] }))
        .await["object"]
        .take();
    let before = bob.ids("feed").await;
    bob.act(&about("rsvp-no", &party)).await.refused(403);
    assert_eq!(bob.ids("feed").await, before);
    bob.done(&about("rsvp-yes", &party)).await;
    let guests = Stream::Members(party["id"].as_str().unwrap().into());
    let come = server
        .app
        .storage()
        .contains(&[(guests, &bob.id())])
        .await
        .unwrap();
    assert_eq!(come, [true]);
}

async fn the_host_is_told_of_what_was_stored_and_of_nothing_else(server: TestServer) {
    let house = Arc::new(House::default());
    let server = server.hosted(|app| app.with_hook(house.clone()));
    let (alice, bob) = (server.person("alice").await, server.person("bob").await);
    alice.note("Hello", json!({})).await;
    alice
        .act(&json!({ "object": { "objectType": "note", "content": "cheap pills" } }))
        .await
        .is(403);
    bob.done(&about("follow", &alice.person())).await;
    bob.act(&about("follow", &alice.person()))
        .await
        .refused(400);
    let heard = house.heard.lock().unwrap().clone();
    let follows = format!("{} follows {}", bob.id(), alice.id());
    assert_eq!(heard, ["post", "follow", &follows]);
}

async fn the_host_is_told_of_what_is_amended_deleted_and_taken_back(server: TestServer) {
    let house = Arc::new(House::default());
    let server = server.hosted(|app| app.with_hook(house.clone()));
    let alice = server.person("alice").await;
    let first = alice.note("Hello", json!({ "to": [public()] })).await;
    let post = alice.ids("feed").await.remove(0);
    alice.put(&post, &json!({ "license": "CC0" })).await.ok();
    alice
        .put(first["id"].as_str().unwrap(), &json!({ "content": "Hi" }))
        .await
        .ok();
    alice.delete(&post).await.is(200);
    alice.delete(first["id"].as_str().unwrap()).await.is(200);
    let heard = house.heard.lock().unwrap().clone();
    assert_eq!(
        heard,
        [
            "post",
            "note now under CC0",
            "update",
            "note taken back",
            "delete"
        ]
    );

    let come = alice
        .done(&json!({ "verb": "rsvp-yes", "object": { "objectType": "event" } }))
        .await;
    let come = come["id"].as_str().unwrap();
    let refused = alice.delete(come).await.is(403).json();
    assert_eq!(refused["error"], "Who said so comes.");
    alice.get(come).await.ok();
}

async fn hook_reviews_edits_and_a_panic_is_contained(server: TestServer) {
    let house = Arc::new(House::default());
    let server = server.hosted(|app| app.with_hook(Arc::new(Editor)).with_hook(house.clone()));
    let alice = server.person("alice").await;
    alice.note("Hello", json!({})).await;
    let post = alice.ids("feed").await.remove(0);
    let client = alice.two_legged();
    assert!(
        client.get(&post).await.status.is_client_error(),
        "it is for alice alone"
    );
    alice.put(&post, &json!({ "license": "CC0" })).await.ok();
    client.get(&post).await.ok();
    let kept = alice
        .put(&post, &json!({ "license": null, "generator": null }))
        .await
        .ok();
    assert_eq!(
        kept["license"], "CC0",
        "a hook sees what is to be taken away, and can leave it"
    );
    let heard = house.heard.lock().unwrap().clone();
    assert_eq!(heard, ["post", "note now under CC0", "note now under CC0"]);
}

async fn the_host_is_told_even_if_nobody_waits_for_the_answer(server: TestServer) {
    let alice = Nickname::parse("alice").unwrap();
    server.account("alice").await;
    let (told, mut hears) = unbounded_channel();
    let door = Arc::new(Doorkeeper {
        waiting: Notify::new(),
        open: Notify::new(),
        told,
    });
    let open = Arc::downgrade(&door);
    let app = server.app.clone().with_hook(door);
    let ctx = accounts::signed_in(&app, &alice).await.unwrap();
    let door = open.upgrade().unwrap();
    let note = json!({ "object": { "objectType": "note", "content": "Hello" } });
    tokio::select! {
        done = activity::perform_json(&ctx, note) => panic!("{done:?} without the door having been opened"),
        () = door.waiting.notified() => {}
    }
    door.open.notify_one();
    // Now nobody but what goes on by itself could tell.
    drop((door, ctx, app));
    let told = hears
        .recv()
        .await
        .expect("it was done, and the host was not told");
    let stored = server.app.storage().find_objects(&[&told]).await.unwrap();
    assert!(stored[0].is_some(), "it was told before it was stored");
}

async fn activity_by_the_host_reaches_followers(server: TestServer) {
    let (alice, bob) = (server.person("alice").await, server.person("bob").await);
    bob.done(&about("follow", &alice.person())).await;
    let ctx = accounts::signed_in(&server.app, &Nickname::parse("alice").unwrap())
        .await
        .unwrap();
    let note = json!({ "objectType": "note", "content": "<b>Hi</b><script>x</script>" });
    let done = activity::perform_json(&ctx, json!({ "object": note }))
        .await
        .unwrap();
    assert_eq!(bob.ids("inbox").await[0], done.activity.id);
    let seen = bob.get(&done.object.unwrap().id).await.ok();
    assert_eq!(
        seen["content"], "<b>Hi</b>",
        "what a host passes on is sanitised"
    );
    assert!(
        done.activity.body.get("generator").is_none(),
        "no client did it"
    );
}

async fn types_of_the_host_have_routes_of_their_own(server: TestServer) {
    let server = server.again(|settings| {
        settings.urls = settings.urls.clone().with_types(["recipe".into()]);
    });
    let alice = server.person("alice").await;
    let soup = json!({ "objectType": "recipe", "displayName": "Soup" });
    let soup = alice
        .done(&json!({ "object": soup, "to": [public()] }))
        .await["object"]
        .take();
    let id = soup["id"].as_str().unwrap();
    assert!(id.starts_with("http://pump.example/api/recipe/"), "{id}");
    assert_eq!(alice.get(id).await.ok()["displayName"], "Soup");
    alice.done(&about("favorite", &soup)).await;
    assert_eq!(
        alice.get(&format!("{id}/likes")).await.ok()["totalItems"],
        1
    );
}

async fn passwords_of_the_host_are_the_only_ones(server: TestServer) {
    let server = server.hosted(|app| app.with_sign_in(Arc::new(Elsewhere)));
    let client = server.client().await;
    let registration = json!({ "nickname": "eve", "password": "correct horse 9" });
    server
        .send(Request::post("/api/users").json(&registration).by(&client))
        .await
        .is(403);
    let ctx = &server.ctx();
    let check = async |name, password| {
        hydraulics::service::passwords::check(ctx, name, password)
            .await
            .unwrap()
    };
    assert_eq!(check("dora", "wrong").await, None);
    let dora = check("dora", "dora sees").await.unwrap();
    assert_eq!(
        check("dora", "dora sees").await,
        Some(dora),
        "she is made known once"
    );
    let profile = server
        .send(Request::get("/api/user/dora/profile"))
        .await
        .ok();
    assert_eq!(profile["displayName"], "Dora D");
}

async fn api_does_not_reveal_host_passwords(server: TestServer) {
    let dora = server.person("dora").await;
    let server = server.hosted(|app| app.with_sign_in(Arc::new(Elsewhere)));
    let dora = Session { server, ..dora };
    for password in ["dora sees", "wrong guess 1"] {
        let user = json!({ "nickname": "dora", "password": password });
        let refused = dora.put("/api/user/dora", &user).await.is(403).json();
        assert_eq!(
            refused["error"],
            "Passwords are not kept here: see http://pump.example/"
        );
    }
}

async fn pages_look_like_those_of_the_host(server: TestServer) {
    let server = server.hosted(|app| app.with_page_layout(Arc::new(Ours)));
    let sign_in = server.sign_in_page().await;
    for (page, title) in [
        ("/nothing", "Not Found"),
        ("/", "Hydraulics"),
        (&*sign_in, "Sign in"),
    ] {
        let answer = server.send(Request::get(page)).await;
        let policy = answer.header("content-security-policy").to_owned();
        assert!(
            policy.starts_with("default-src 'none'; style-src 'self';"),
            "{policy}"
        );
        let text = answer.text();
        let framed = format!("<title>{title} at our house</title><header>Our house</header><h1>");
        assert!(
            text.starts_with(&framed) && !text.contains("style.css"),
            "{text}"
        );
    }
}

async fn host_session_skips_the_sign_in_form(server: TestServer) {
    let server = server.hosted(|app| app.with_sign_in(Arc::new(Elsewhere)));
    let none = serde_json::Map::new();
    accounts::adopt(&server.app, &Nickname::parse("dora").unwrap(), none)
        .await
        .unwrap();
    let page = server.sign_in_page().await;
    let asked = server.send(Request::get(&page)).await.is(200).text();
    assert!(asked.contains("oauth-authentication"), "{asked}");
    let asked = server
        .send(Request::get(&page).header("x-session", "dora"))
        .await
        .is(200)
        .text();
    assert!(asked.contains("id=\"authorize\""), "{asked}");
    let asked = server
        .send(Request::get(&page).header("x-session", "nobody"))
        .await
        .is(200)
        .text();
    assert!(asked.contains("oauth-authentication"), "{asked}");
}
