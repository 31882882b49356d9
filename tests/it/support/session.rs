//! People at their clients.

use hydraulics::model::Nickname;
use serde_json::{Value, json};

use super::{Answer, Credentials, LiveFeed, Request, TestServer, about, addressed, ids};

/// A client that acts for someone.
#[derive(Clone)]
pub(crate) struct Session {
    pub(crate) server: TestServer,
    pub(crate) nickname: String,
    pub(crate) credentials: Credentials,
}

impl Session {
    /// The same client, acting for nobody.
    pub(crate) fn two_legged(&self) -> Self {
        let credentials = Credentials {
            token: None,
            ..self.credentials.clone()
        };
        Self {
            credentials,
            ..self.clone()
        }
    }

    /// The id of whom it acts for.
    pub(crate) fn id(&self) -> String {
        let nickname = Nickname::parse(&self.nickname).expect("a nickname");
        self.server.app.urls().person_id(&nickname)
    }

    /// The person as a reference.
    pub(crate) fn person(&self) -> Value {
        json!({ "objectType": "person", "id": self.id() })
    }

    /// Where their followers are, as a reference.
    pub(crate) fn followers(&self) -> Value {
        let path = format!("/api/user/{}/followers", self.nickname);
        let id = self.server.app.urls().absolute(&path);
        json!({ "objectType": "collection", "id": id })
    }

    /// A signed request. Clients send a content type with all of them, body or not (clients T10).
    pub(crate) async fn request(
        &self,
        method: &'static str,
        target: &str,
        content_type: &str,
        body: impl Into<Vec<u8>>,
    ) -> Answer {
        let path = target.strip_prefix(self.server.app.urls().base());
        let path = path.unwrap_or(target);
        let request = Request::new(method, path).body(content_type, body);
        self.server.send(request.by(&self.credentials)).await
    }

    pub(crate) async fn get(&self, target: &str) -> Answer {
        self.request("GET", target, "application/json", "").await
    }

    /// Listens to a feed.
    pub(crate) async fn listen(&self, target: &str) -> LiveFeed {
        let request = Request::get(target).by(&self.credentials);
        self.server.listen(request).await
    }

    /// Listens to a feed again, after the event of that id.
    pub(crate) async fn listen_after(&self, target: &str, last: &str) -> LiveFeed {
        let request = Request::get(target).header("last-event-id", last);
        self.server.listen(request.by(&self.credentials)).await
    }

    pub(crate) async fn post(&self, target: &str, body: &Value) -> Answer {
        self.request("POST", target, "application/json", body.to_string())
            .await
    }

    pub(crate) async fn put(&self, target: &str, body: &Value) -> Answer {
        self.request("PUT", target, "application/json", body.to_string())
            .await
    }

    pub(crate) async fn delete(&self, target: &str) -> Answer {
        self.request("DELETE", target, "application/json", "").await
    }

    /// Posts an activity to one's own feed.
    pub(crate) async fn act(&self, activity: &Value) -> Answer {
        self.post(&format!("/api/user/{}/feed", self.nickname), activity)
            .await
    }

    /// Posts an activity that must succeed.
    pub(crate) async fn done(&self, activity: &Value) -> Value {
        self.act(activity).await.ok()
    }

    /// Follows another person.
    pub(crate) async fn follow(&self, other: &Self) -> Value {
        self.done(&about("follow", &other.person())).await
    }

    /// Switches on every notification by mail.
    pub(crate) async fn enable_notifications(&self) -> Value {
        let kinds = ["direct", "followers", "likes", "shares", "comments"];
        let all: Value = kinds
            .map(|kind| (kind.to_owned(), true))
            .into_iter()
            .collect();
        let path = format!("/api/user/{}/notifications", self.nickname);
        self.put(&path, &all).await.ok()
    }

    /// Posts a note to someone, and returns it.
    pub(crate) async fn note(&self, content: &str, recipients: Value) -> Value {
        let activity = json!({ "object": { "objectType": "note", "content": content } });
        self.done(&addressed(activity, &recipients)).await["object"].take()
    }

    /// One of one's own feeds, `inbox/major` say.
    pub(crate) async fn feed(&self, name: &str) -> Value {
        self.get(&format!("/api/user/{}/{name}", self.nickname))
            .await
            .json()
    }

    /// The verbs of the activities in one of one's own feeds, newest first.
    pub(crate) async fn verbs(&self, name: &str) -> Vec<String> {
        let feed = self.feed(name).await;
        let items = feed["items"].as_array().expect("a feed has items");
        let verb = |item: &Value| item["verb"].as_str().expect("it is an activity").to_owned();
        items.iter().map(verb).collect()
    }

    /// The ids of the items of one of one's own feeds.
    pub(crate) async fn ids(&self, name: &str) -> Vec<String> {
        ids(&self.feed(name).await)
    }
}
