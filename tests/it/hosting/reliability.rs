//! Hooks that fail, and requests that are cancelled.

use std::sync::Arc;

use async_trait::async_trait;
use hydraulics::{
    Context,
    app::{Event, Hook, HookError, PerformedActivity},
    model::{Draft, Nickname, Object, PUBLIC, Reference},
    service::{accounts, activity},
    storage::Changes,
};
use serde_json::json;
use tokio::sync::{
    Notify,
    mpsc::{UnboundedSender, unbounded_channel},
};

use super::rules::House;
use crate::support::TestServer;

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

on_every_backend!(
    hook_reviews_edits_and_a_panic_is_contained,
    events_are_sent_after_a_cancelled_request,
);

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

async fn events_are_sent_after_a_cancelled_request(server: TestServer) {
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
        done = activity::perform_json(&ctx, note) => panic!("{done:?} before the door was opened"),
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
