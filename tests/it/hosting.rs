//! What an application that hosts this can have a say in.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use http::HeaderMap;
use hydraulics::{
    App, Context,
    app::{Deed, Event, Hook, Refusal, SignIn, SignInError},
    model::{Draft, Nickname, Secret, Stream},
    service::{accounts, activity},
    storage::{Change, Changes, Duplicate},
};
use serde_json::json;

use crate::support::{Request, about, public};

/// A house with rules, a guest book, and an ear.
#[derive(Default)]
struct House {
    heard: Mutex<Vec<String>>,
}

#[async_trait]
impl Hook for House {
    async fn before(&self, _: &Context, draft: &mut Draft) -> Result<(), Refusal> {
        let object = draft.object.as_ref();
        let said = object.and_then(|object| object.get("content"));
        let said = said.or(draft.rest.get("content"));
        let said = said.and_then(|said| said.as_str()).unwrap_or_default();
        if said.contains("cheap pills") {
            return Err(Refusal::Forbidden("Nothing is sold in this house.".into()));
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

    async fn along(&self, _: &Context, deed: &Deed<'_>) -> Result<Changes, Refusal> {
        let actor = deed.activity.author.clone().unwrap_or_default();
        match (deed.activity.text("verb"), deed.object) {
            (Some("rsvp-yes"), Some(event)) => Ok(vec![Change::Push {
                stream: Stream::Members(event.id.clone()),
                item: actor,
                class: None,
                duplicate: Duplicate::Ignore,
            }]),
            (Some("rsvp-no"), _) => Err(Refusal::Forbidden("Everyone comes.".into())),
            _ => Ok(Changes::new()),
        }
    }

    fn after(&self, _: &Context, event: &Event<'_>) {
        let heard = match event {
            Event::Done(deed) => deed.activity.text("verb").unwrap_or_default().to_owned(),
            Event::Followed { follower, followed } => format!("{follower} follows {followed}"),
            _ => String::new(),
        };
        self.heard.lock().unwrap().push(heard);
    }
}

/// Passwords that are kept elsewhere, and sessions in a header.
struct Elsewhere;

#[async_trait]
impl SignIn for Elsewhere {
    async fn check(
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

    async fn recognise(
        &self,
        _: &App,
        headers: &HeaderMap,
    ) -> Result<Option<Nickname>, SignInError> {
        let who = headers.get("x-session").and_then(|who| who.to_str().ok());
        Ok(who.map(Nickname::parse).transpose()?)
    }
}

on_every_backend! {
    async fn a_hook_refuses_what_is_against_the_rules_and_amends_the_rest(server) {
        let server = server.hosted(|app| app.with_hook(Arc::new(House::default())));
        let alice = server.person("alice").await;
        let before = alice.ids("feed").await;
        let pills = json!({ "objectType": "note", "content": "Buy cheap pills" });
        let refused = alice.act(&json!({ "object": pills })).await.is(403).json();
        assert_eq!(refused["error"], "Nothing is sold in this house.");
        let broken = json!({ "objectType": "note", "content": "broken" });
        let failed = alice.act(&json!({ "object": broken })).await.is(500).json();
        assert_eq!(failed["error"], "Something went wrong on the server.");
        assert_eq!(alice.ids("feed").await, before, "nothing is stored of what is refused");

        let note = alice.note("Hello", json!({ "to": [public()] })).await;
        assert_eq!(note["license"], "CC0");
        let id = note["id"].as_str().unwrap();
        alice.put(id, &json!({ "content": "Buy cheap pills" })).await.refused(403);
        let post = alice.ids("feed").await.remove(0);
        alice.put(&post, &json!({ "content": "cheap pills" })).await.is(403);
        assert_eq!(alice.get(id).await.ok()["content"], "Hello");
    }

    async fn verbs_of_the_host_have_effects_in_the_same_commit(server) {
        let server = server.hosted(|app| app.with_hook(Arc::new(House::default())));
        let (alice, bob) = (server.person("alice").await, server.person("bob").await);
        let party = json!({ "objectType": "event", "displayName": "Party" });
        let party = alice.done(&json!({ "object": party, "to": [public()] })).await["object"].take();
        let before = bob.ids("feed").await;
        bob.act(&about("rsvp-no", &party)).await.refused(403);
        assert_eq!(bob.ids("feed").await, before);
        bob.done(&about("rsvp-yes", &party)).await;
        let guests = Stream::Members(party["id"].as_str().unwrap().into());
        let come = server.app.storage().contains(&[(guests, &bob.id())]).await.unwrap();
        assert_eq!(come, [true]);
    }

    async fn the_host_is_told_of_what_was_stored_and_of_nothing_else(server) {
        let house = Arc::new(House::default());
        let server = server.hosted(|app| app.with_hook(house.clone()));
        let (alice, bob) = (server.person("alice").await, server.person("bob").await);
        alice.note("Hello", json!({})).await;
        alice.act(&json!({ "object": { "objectType": "note", "content": "cheap pills" } })).await.is(403);
        bob.done(&about("follow", &alice.person())).await;
        bob.act(&about("follow", &alice.person())).await.refused(400);
        let heard = house.heard.lock().unwrap().clone();
        let follows = format!("{} follows {}", bob.id(), alice.id());
        assert_eq!(heard, ["post", "follow", &follows]);
    }

    async fn what_the_host_does_for_someone_reaches_their_followers(server) {
        let (alice, bob) = (server.person("alice").await, server.person("bob").await);
        bob.done(&about("follow", &alice.person())).await;
        let ctx = accounts::signed_in(&server.app, &Nickname::parse("alice").unwrap()).await.unwrap();
        let note = json!({ "objectType": "note", "content": "<b>Hi</b><script>x</script>" });
        let done = activity::act(&ctx, json!({ "object": note })).await.unwrap();
        assert_eq!(bob.ids("inbox").await[0], done.activity.id);
        let seen = bob.get(&done.object.unwrap().id).await.ok();
        assert_eq!(seen["content"], "<b>Hi</b>", "what a host passes on is sanitised");
        assert!(done.activity.body.get("generator").is_none(), "no client did it");
    }

    async fn types_of_the_host_have_routes_of_their_own(server) {
        let server = server.again(|settings| {
            settings.urls = settings.urls.clone().with_types(["recipe".into()]);
        });
        let alice = server.person("alice").await;
        let soup = json!({ "objectType": "recipe", "displayName": "Soup" });
        let soup = alice.done(&json!({ "object": soup, "to": [public()] })).await["object"].take();
        let id = soup["id"].as_str().unwrap();
        assert!(id.starts_with("http://pump.example/api/recipe/"), "{id}");
        assert_eq!(alice.get(id).await.ok()["displayName"], "Soup");
        alice.done(&about("favorite", &soup)).await;
        assert_eq!(alice.get(&format!("{id}/likes")).await.ok()["totalItems"], 1);
    }

    async fn passwords_of_the_host_are_the_only_ones(server) {
        let server = server.hosted(|app| app.with_sign_in(Arc::new(Elsewhere)));
        let client = server.client().await;
        let registration = json!({ "nickname": "eve", "password": "correct horse 9" });
        server.send(Request::post("/api/users").json(&registration).by(&client)).await.is(403);
        let ctx = &server.ctx();
        let check = async |name, password| {
            hydraulics::service::passwords::check(ctx, name, password).await.unwrap()
        };
        assert_eq!(check("dora", "wrong").await, None);
        let dora = check("dora", "dora sees").await.unwrap();
        assert_eq!(check("dora", "dora sees").await, Some(dora), "she is made known once");
        let profile = server.send(Request::get("/api/user/dora/profile")).await.ok();
        assert_eq!(profile["displayName"], "Dora D");
    }

    async fn who_is_signed_in_to_the_host_is_asked_at_once(server) {
        let server = server.hosted(|app| app.with_sign_in(Arc::new(Elsewhere)));
        let none = serde_json::Map::new();
        accounts::adopt(&server.app, &Nickname::parse("dora").unwrap(), none).await.unwrap();
        let client = server.client().await;
        let given = server.send(Request::post("/oauth/request_token").callback("oob").by(&client)).await;
        let given = given.is(200).text();
        let token = given.split('&').find_map(|pair| pair.strip_prefix("oauth_token=")).unwrap();
        let page = format!("/oauth/authorize?oauth_token={token}");
        let asked = server.send(Request::get(&page)).await.is(200).text();
        assert!(asked.contains("oauth-authentication"), "{asked}");
        let asked = server.send(Request::get(&page).header("x-session", "dora")).await.is(200).text();
        assert!(asked.contains("id=\"authorize\""), "{asked}");
        let asked = server.send(Request::get(&page).header("x-session", "nobody")).await.is(200).text();
        assert!(asked.contains("oauth-authentication"), "{asked}");
    }
}
