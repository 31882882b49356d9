mod content;
mod failures;
mod hosts;

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use async_trait::async_trait;
use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use http::StatusCode;
use parking_lot::Mutex;
use serde_json::{Map, Value, json};
use tokio::{sync::Notify, task::yield_now};

use super::{
    Sender,
    peers::{FailureKind, Peers, PostAnswer, RequestFailure},
};
use crate::{
    App, Context,
    app::{AppParts, ManualClock, Settings},
    context::Caller,
    model::{Account, AudienceMember, Object, PUBLIC, RemoteAccount, RemoteHost, Secret, Stream},
    service::{
        Result,
        accounts::{self, Registration},
        activity,
    },
    storage::{Change, Duplicate, Expect, Storage, memory::Memory},
};

const NOW: i64 = 1_800_000_000;

/// How a host answers.
#[derive(Clone, Copy, PartialEq)]
enum Manner {
    Takes,
    Answers(u16),
    AsksToWait(i64),
    Down,
    Hangs,
    /// Takes everything after so many seconds.
    TakesAfter(i64),
}

/// A request that a host got.
#[derive(Clone, Debug)]
struct Post {
    host: String,
    identity: String,
    url: String,
    body: Bytes,
}

impl Post {
    fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}

/// Hosts that take everything, unless they are told otherwise.
#[derive(Default)]
struct Hosts {
    manners: Mutex<HashMap<String, Manner>>,
    /// Manners of single inboxes, by URL.
    inboxes: Mutex<HashMap<String, Manner>>,
    /// Inboxes that are found, by account; none if an account is unknown.
    found: Mutex<HashMap<String, Option<String>>>,
    blocked: Mutex<HashSet<String>>,
    /// Activities that are answered with 500.
    rejected: Mutex<HashSet<String>>,
    /// Every attempt.
    posts: Mutex<Vec<Post>>,
    /// Hosts with a request in flight.
    busy: Mutex<HashSet<String>>,
    clock: Option<Arc<ManualClock>>,
    clock_offset: Mutex<i64>,
    never: Notify,
    /// Woken at each attempt.
    attempted: Notify,
}

impl Hosts {
    fn set(&self, host: &str, manner: Manner) {
        self.manners.lock().insert(host.into(), manner);
    }

    /// Takes the attempts so far.
    fn take(&self) -> Vec<Post> {
        std::mem::take(&mut *self.posts.lock())
    }

    fn manner(&self, host: &str, url: &str) -> Manner {
        let of_inbox = self.inboxes.lock().get(url).copied();
        let of_host = || self.manners.lock().get(host).copied();
        of_inbox.or_else(of_host).unwrap_or(Manner::Takes)
    }
}

#[async_trait]
impl Peers for Hosts {
    async fn refusal(&self, host: &str) -> Result<Option<String>> {
        let is_blocked = self.blocked.lock().contains(host);
        Ok(is_blocked.then(|| "the host is blocked".into()))
    }

    async fn discover(
        &self,
        account: &RemoteAccount,
        _: DateTime<Utc>,
    ) -> Result<RemoteAccount, RequestFailure> {
        let found = self.found.lock().get(&account.id).cloned();
        match found {
            Some(Some(inbox)) => Ok(RemoteAccount {
                inbox: Some(inbox),
                ..account.clone()
            }),
            Some(None) => Err(failure(FailureKind::NoAccount, "404")),
            None => Ok(account.clone()),
        }
    }

    async fn post_as2(
        &self,
        identity: &str,
        url: &str,
        body: Bytes,
    ) -> Result<PostAnswer, RequestFailure> {
        self.post(identity, url, body, DateTime::UNIX_EPOCH).await
    }

    async fn post(
        &self,
        identity: &str,
        url: &str,
        body: Bytes,
        _: DateTime<Utc>,
    ) -> Result<PostAnswer, RequestFailure> {
        let host = url.split('/').nth(2).unwrap().to_owned();
        assert!(self.busy.lock().insert(host.clone()), "two at once: {host}");
        let post = Post {
            host: host.clone(),
            identity: identity.into(),
            url: url.into(),
            body,
        };
        let id = post.json()["id"].as_str().unwrap().to_owned();
        let is_rejected = self.rejected.lock().contains(&id);
        self.posts.lock().push(post);
        self.attempted.notify_one();
        let manner = self.manner(&host, url);
        if manner == Manner::Hangs {
            self.never.notified().await;
        }
        if let Manner::TakesAfter(seconds) = manner {
            self.clock.as_ref().unwrap().advance(seconds);
        }
        yield_now().await;
        self.busy.lock().remove(&host);
        let (status, retry_after) = match manner {
            Manner::Takes | Manner::Hangs if is_rejected => (500, None),
            Manner::Takes | Manner::Hangs | Manner::TakesAfter(_) => (200, None),
            Manner::Answers(status) => (status, None),
            Manner::AsksToWait(seconds) => (429, Some(TimeDelta::seconds(seconds))),
            Manner::Down => {
                let failure = failure(FailureKind::Unreachable, "connection refused");
                return Err(failure);
            }
        };
        Ok(PostAnswer {
            status: StatusCode::from_u16(status).unwrap(),
            text: format!("{status} in words"),
            retry_after,
            date: DateTime::from_timestamp(NOW + *self.clock_offset.lock(), 0),
        })
    }
}

fn failure(kind: FailureKind, reason: &str) -> RequestFailure {
    RequestFailure {
        reason: reason.into(),
        kind,
        retry_after: None,
    }
}

/// A server with Alice, and hosts around it.
struct World {
    app: App,
    clock: Arc<ManualClock>,
    storage: Arc<dyn Storage>,
    hosts: Arc<Hosts>,
    alice: Account,
    sender: Sender,
}

impl World {
    async fn new() -> Self {
        Self::on(Arc::new(Memory::new()), |_| ()).await
    }

    async fn on(storage: Arc<dyn Storage>, set: impl FnOnce(&mut Settings)) -> Self {
        let clock = Arc::new(ManualClock::at(NOW));
        let mut parts = AppParts {
            storage: storage.clone(),
            clock: clock.clone(),
            ..AppParts::of_a_test("https://pump.test")
        };
        parts.settings.registration.welcome_note_html = String::new();
        set(&mut parts.settings);
        let app = App::new(parts);
        let registration = Registration::new("alice", Secret::new("correct horse"));
        let server = app.context(Caller::Server);
        let alice = accounts::register(&server, registration).await.unwrap();
        let hosts = Arc::new(Hosts {
            clock: Some(clock.clone()),
            ..Hosts::default()
        });
        let sender = Sender::with_peers(&app, hosts.clone());
        Self {
            app,
            clock,
            storage,
            hosts,
            alice,
            sender,
        }
    }

    /// A sender of another node on the same store.
    fn other_node(&self) -> Sender {
        let parts = AppParts {
            storage: self.storage.clone(),
            clock: self.clock.clone(),
            ..AppParts::of_a_test("https://pump.test")
        };
        Sender::with_peers(&App::new(parts), self.hosts.clone())
    }

    fn ctx(&self) -> Context {
        self.app.context(Caller::Server)
    }

    async fn commit(&self, changes: Vec<Change>) {
        self.storage.commit(changes).await.unwrap();
    }

    /// A person of another host, `bob@b.test` say.
    async fn stranger(&self, address: &str) -> Value {
        let (nickname, host) = address.split_once('@').unwrap();
        let id = format!("acct:{address}");
        let mut said = Map::new();
        said.insert("preferredUsername".into(), nickname.into());
        let account = RemoteAccount {
            id: id.clone(),
            host: host.into(),
            protocol: crate::model::Protocol::Pump,
            inbox: Some(format!("https://{host}/{nickname}/inbox")),
            shared_inbox: None,
            profile_url: None,
            public_key: None,
            multikeys: Vec::new(),
            fetched: None,
            failing_since: None,
        };
        let mut object = Object::new("person", &id, address, said);
        object.audience = vec![AudienceMember::Public];
        self.commit(vec![
            Change::PutObject {
                object,
                expect: Expect::Absent,
            },
            Change::PutRemoteAccount(account),
        ])
        .await;
        json!({ "objectType": "person", "id": id })
    }

    /// Such a person, who follows Alice.
    async fn follower(&self, address: &str) -> Value {
        let person = self.stranger(address).await;
        self.commit(vec![Change::Push {
            stream: Stream::Followers(self.alice.person.clone()),
            item: person["id"].as_str().unwrap().into(),
            class: None,
            duplicate: Duplicate::Reject,
        }])
        .await;
        person
    }

    /// Alice does something.
    async fn act(&self, activity: Value) -> activity::Plan {
        let ctx = self
            .app
            .context(Caller::HostUser(self.alice.clone().into()));
        activity::perform_json(&ctx, activity).await.unwrap()
    }

    /// Alice posts a note; returns the id of the activity.
    async fn post(&self, content: &str, to: Value) -> String {
        let note = json!({ "objectType": "note", "content": content });
        let posted = self.act(json!({ "object": note, "to": to })).await;
        posted.activity.id
    }

    /// Alice posts a note to everyone.
    async fn post_public(&self, content: &str) -> String {
        self.post(content, everyone()).await
    }

    /// Delivers what is due; returns the attempts.
    async fn deliver(&self) -> Vec<Post> {
        self.sender.run_until_idle().await.unwrap();
        self.hosts.take()
    }

    async fn host(&self, name: &str) -> RemoteHost {
        self.storage.find_remote_host(name).await.unwrap().unwrap()
    }

    async fn waiting(&self, activity: &str) -> usize {
        let waiting = self.storage.list_outgoing_of(activity, 1000).await;
        waiting.unwrap().len()
    }

    fn now(&self) -> DateTime<Utc> {
        self.ctx().now()
    }
}

fn everyone() -> Value {
    json!([{ "objectType": "collection", "id": PUBLIC }])
}

/// The activities that were posted, in order.
fn activities(posts: &[Post]) -> Vec<String> {
    let ids = posts.iter().map(|post| post.json()["id"].clone());
    ids.map(|id| id.as_str().unwrap().to_owned()).collect()
}
