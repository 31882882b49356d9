//! The people and objects that the rows are about.

use serde_json::{Value, json};

use super::row::{Asked, Caller};
use crate::support::{Answer, Credentials, Request, Session, TestServer, named, public};

/// The smallest picture, in base64.
pub(super) const PICTURE: &str =
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5ErkJggg==";

/// Alice and what is hers, Bob who follows her, Carol who doesn't.
pub(super) struct World {
    server: TestServer,
    alice: Session,
    bob: Session,
    carol: Session,
    dora: Session,
    names: Vec<(String, String)>,
}

impl World {
    pub(super) async fn make(server: &TestServer) -> Self {
        let mut world = Self {
            server: server.clone(),
            alice: server.person("alice").await,
            bob: server.person("bob").await,
            carol: server.person("carol").await,
            dora: server.person("dora").await,
            names: Vec::new(),
        };
        let (alice, bob) = (world.alice.clone(), world.bob.clone());
        bob.follow(&alice).await;
        let followed = json!({ "verb": "follow", "object": bob.person() });
        alice.done(&followed).await;

        let open = json!({ "to": [public()] });
        let note = alice.note("hello", open.clone()).await;
        for verb in ["favorite", "share"] {
            bob.done(&json!({ "verb": verb, "object": named(&note) }))
                .await;
        }
        let reply = json!({ "objectType": "comment", "content": "hi", "inReplyTo": named(&note) });
        bob.done(&json!({ "object": reply })).await;
        alice
            .done(&json!({ "verb": "favorite", "object": named(&note) }))
            .await;
        world.name("note", &note);
        for name in ["note_to_change", "note_to_delete", "note_to_like"] {
            let note = alice.note("another", open.clone()).await;
            world.name(name, &note);
        }
        let private = alice.note("secret", json!({ "to": [bob.person()] })).await;
        world.name("private", &private);
        let gone = alice.note("gone", open.clone()).await;
        alice
            .done(&json!({ "verb": "delete", "object": named(&gone) }))
            .await;
        world.name("gone", &gone);

        let foreign = json!({ "objectType": "note", "content": "mine", "id": "urn:note:1" });
        alice
            .done(&json!({ "object": foreign, "to": [public()] }))
            .await;

        let list =
            json!({ "objectType": "collection", "objectTypes": ["person"], "displayName": "Pals" });
        let url = "https://elsewhere.example/picture.png";
        let image = json!({ "objectType": "image", "image": { "url": url } });
        let image = json!({ "object": image, "to": [public()] });
        world.name("image", &alice.done(&image).await["object"]);

        let list = alice
            .done(&json!({ "verb": "create", "object": list, "to": [public()] }))
            .await;
        world.name("list", &list["object"]);
        let group = json!({ "objectType": "group", "displayName": "Club" });
        let group = alice
            .done(&json!({ "verb": "create", "object": group, "to": [public()] }))
            .await;
        world.name("group", &group["object"]);
        let foreign = json!({ "objectType": "group", "displayName": "Far", "id": "urn:group:1" });
        alice
            .done(&json!({ "verb": "create", "object": foreign, "to": [public()] }))
            .await;

        let activity = |content: &str| {
            json!({
                "object": { "objectType": "note", "content": content },
                "to": [public()],
            })
        };
        for name in [
            "activity",
            "activity_to_change",
            "activity_to_delete",
            "activity_gone",
        ] {
            let activity = alice.done(&activity(name)).await;
            world.name(name, &activity);
        }
        let target = world.fill("/api/activity/{activity_gone}");
        alice.delete(&target).await;
        let secret = alice
            .done(&json!({
                "object": { "objectType": "note", "content": "secret too" }, "to": [bob.person()],
            }))
            .await;
        world.name("activity_private", &secret);

        let upload = alice
            .post(
                "/api/user/alice/uploads",
                &json!({ "mimeType": "image/png", "data": PICTURE }),
            )
            .await
            .ok();
        world.name("upload", &upload);
        world
    }

    /// Remembers the uuid of a thing.
    fn name(&mut self, name: &str, thing: &Value) {
        let id = thing["id"].as_str().expect("a thing has an id");
        let uuid = id.rsplit('/').next().unwrap_or_default();
        self.names.push((format!("{{{name}}}"), uuid.to_owned()));
    }

    /// Puts uuids in the place of names.
    pub(super) fn fill(&self, template: &str) -> String {
        self.names
            .iter()
            .fold(template.to_owned(), |text, (name, uuid)| {
                text.replace(name, uuid)
            })
    }

    pub(super) async fn ask(&self, method: &'static str, asked: &Asked) -> Answer {
        self.ask_with(method, asked, ("accept", "*/*")).await
    }

    /// Asks with one more header.
    pub(super) async fn ask_with(
        &self,
        method: &'static str,
        asked: &Asked,
        (name, value): (&str, &str),
    ) -> Answer {
        let request = Request::new(method, &self.fill(&asked.target)).header(name, value);
        let request = match asked.body.as_str() {
            "" => request,
            body => request.body(asked.content_type, self.fill(body)),
        };
        self.server
            .send(match self.credentials(asked.who) {
                Some(credentials) => request.by(&credentials),
                None => request,
            })
            .await
    }

    fn credentials(&self, who: Caller) -> Option<Credentials> {
        let session = match who {
            Caller::Alice => &self.alice,
            Caller::Bob => &self.bob,
            Caller::Carol => &self.carol,
            Caller::Dora => &self.dora,
            Caller::Client => return Some(self.alice.two_legged().credentials),
            Caller::Nobody => return None,
        };
        Some(session.credentials.clone())
    }
}
