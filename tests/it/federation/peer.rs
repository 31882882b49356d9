//! Another server, as far as it is a client of this one.

use hydraulics::{
    model::{Client, ClientIdentity, ClientKind, OutgoingDelivery, Secret},
    storage::Change,
};
use serde_json::{Value, json};

use crate::support::{Answer, Credentials, Request, Session, TestServer, addressed, public};

/// A person of another server, whose server delivers for them.
#[derive(Clone)]
pub(super) struct Peer {
    pub(super) server: TestServer,
    pub(super) credentials: Credentials,
    /// Their nickname, and the host.
    pub(super) nickname: &'static str,
    pub(super) host: &'static str,
}

impl Peer {
    /// A person whose client proved to be them.
    pub(super) async fn person(server: &TestServer, nickname: &'static str) -> Self {
        Self::at(server, nickname, "far.example").await
    }

    /// The same, of that host.
    pub(super) async fn at(server: &TestServer, name: &'static str, host: &'static str) -> Self {
        let identity = ClientIdentity::Person(format!("acct:{name}@{host}"));
        let credentials = register(server, identity).await;
        let server = server.clone();
        Self {
            server,
            credentials,
            nickname: name,
            host,
        }
    }

    /// The same person, for whom the client of a host speaks.
    pub(super) async fn by_host(&self, host: &'static str) -> Self {
        let identity = ClientIdentity::Host(host.into());
        let credentials = register(&self.server, identity).await;
        Self {
            credentials,
            ..self.clone()
        }
    }

    pub(super) fn id(&self) -> String {
        format!("acct:{}@{}", self.nickname, self.host)
    }

    /// The person by name.
    pub(super) fn reference(&self) -> Value {
        json!({ "objectType": "person", "id": self.id() })
    }

    /// A URL of the person's server.
    pub(super) fn url(&self, path: &str) -> String {
        format!("https://{}/{path}", self.host)
    }

    pub(super) fn followers(&self) -> Value {
        json!({ "objectType": "collection", "id": self.url("api/user/followers") })
    }

    /// The person as their server shows them.
    pub(super) fn profile(&self) -> Value {
        json!({
            "objectType": "person", "id": self.id(), "preferredUsername": self.nickname,
            "displayName": self.nickname, "url": self.url(self.nickname),
            "updated": "2027-01-01T00:00:00Z",
            "links": { "self": { "href": self.url("api/user/profile") } },
            "followers": { "url": self.url("api/user/followers"), "totalItems": 3 },
        })
    }

    /// Something that the person did, with an id of its own.
    pub(super) fn activity(&self, name: &str, verb: &str, object: &Value) -> Value {
        json!({
            "id": self.url(&format!("api/activity/{}-{name}", self.nickname)), "verb": verb,
            "actor": self.profile(), "object": object, "published": "2027-01-15T07:00:00Z",
        })
    }

    /// A public post of a note.
    pub(super) fn post(&self, name: &str) -> Value {
        let to = json!({ "to": [public()], "cc": [self.followers()] });
        addressed(self.activity(name, "post", &self.note(name)), &to)
    }

    /// A note of the person's.
    pub(super) fn note(&self, name: &str) -> Value {
        json!({
            "objectType": "note", "id": self.url(&format!("api/note/{name}")),
            "content": format!("<p>{name}</p>"), "published": "2027-01-15T07:00:00Z",
            "updated": "2027-01-15T07:00:00Z", "author": self.reference(),
            "url": self.url(&format!("{}/note/{name}", self.nickname)),
            "links": { "self": { "href": self.url(&format!("api/note/{name}")) } },
            "likes": { "url": self.url(&format!("api/note/{name}/likes")), "totalItems": 9 },
        })
    }

    /// A comment of the person's.
    pub(super) fn comment(&self, name: &str, parent: &Value) -> Value {
        json!({
            "objectType": "comment", "id": self.url(&format!("api/comment/{name}")),
            "content": name, "published": "2027-01-15T07:00:00Z", "inReplyTo": parent,
        })
    }

    /// Delivers an activity to the inbox of someone here.
    pub(super) async fn deliver(&self, to: &Session, activity: &Value) -> Answer {
        self.send(&format!("/api/user/{}/inbox", to.nickname), activity)
            .await
    }

    pub(super) async fn send(&self, inbox: &str, activity: &Value) -> Answer {
        let path = inbox.strip_prefix("http://pump.example").unwrap_or(inbox);
        let request = Request::post(path).json(activity).by(&self.credentials);
        self.server.send(request).await
    }

    pub(super) async fn get(&self, path: &str) -> Answer {
        let path = path.strip_prefix("http://pump.example").unwrap_or(path);
        self.server
            .send(Request::get(path).by(&self.credentials))
            .await
    }

    /// Lets someone here follow the person.
    pub(super) async fn is_followed_by(&self, follower: &Session) {
        let follow = json!({ "verb": "follow", "object": self.reference() });
        follower.done(&follow).await;
    }

    /// Follows someone here.
    pub(super) async fn follow(&self, name: &str, other: &Session) {
        let follow = self.activity(name, "follow", &other.person());
        let follow = addressed(follow, &json!({ "to": [other.person()] }));
        self.deliver(other, &follow).await.ok();
    }
}

async fn register(server: &TestServer, identity: ClientIdentity) -> Credentials {
    let id = format!("client of {identity:?}");
    let now = server.ctx().now();
    let client = Client {
        identity: Some(identity),
        ..Client::new(&*id, Secret::new("peer-secret"), ClientKind::Web, now)
    };
    let changes = vec![Change::PutClient(client)];
    server.app.storage().commit(changes).await.unwrap();
    Credentials::client(&id, "peer-secret")
}

/// Zed, of whom a reader has a note; Tom of a third host; and the host of Zed, which may pass on
/// what Tom does with it.
pub(super) async fn passing_on(server: &TestServer, reader: &Session) -> [Peer; 3] {
    let zed = Peer::person(server, "zed").await;
    let tom = Peer::at(server, "tom", "third.example").await;
    let host = zed.by_host("far.example").await;
    zed.is_followed_by(reader).await;
    zed.deliver(reader, &zed.post("1")).await.ok();
    [zed, tom, host]
}

/// The accounts elsewhere that an activity waits for.
pub(super) async fn waiting(server: &TestServer, activity: &Value) -> Vec<String> {
    let id = activity["id"].as_str().unwrap();
    let waiting = server
        .app
        .storage()
        .list_outgoing_of(id, 100)
        .await
        .unwrap();
    let account = |delivery: OutgoingDelivery| delivery.account.id;
    let mut accounts: Vec<String> = waiting.into_iter().map(account).collect();
    accounts.sort();
    accounts
}
