//! Persons of other servers, as they are known here.

use serde_json::{Value, json};
use tokio::task::yield_now;

use super::{peer::Peer, web::Web};
use crate::support::{Session, TestServer, addressed};

on_every_backend!(
    stub_is_completed_and_named_anew,
    newer_profile_replaces_an_older_one,
    person_who_was_deleted_acts_no_more,
    known_person_has_a_remote_account,
    old_profile_is_refreshed_when_something_arrives,
    old_profile_is_refreshed_when_it_is_viewed,
    failed_refresh_is_not_repeated_within_the_hour,
);

async fn stub_is_completed_and_named_anew(server: TestServer) {
    let alice = server.person("alice").await;
    let zed = Peer::person(&server, "zed").await;
    zed.is_followed_by(&alice).await;
    let before = alice.feed("inbox/minor").await["items"][0].clone();
    assert_eq!(
        before["content"],
        "<a href='http://pump.example/alice'>alice</a> followed a person"
    );
    zed.deliver(&alice, &zed.post("1")).await.ok();
    let told = "<a href='http://pump.example/alice'>alice</a> followed \
                <a href='https://far.example/zed'>zed</a>";
    let after = alice.feed("inbox/minor").await["items"][0].clone();
    assert_eq!(
        (&after["id"], &after["content"]),
        (&before["id"], &json!(told))
    );
    assert_eq!(
        alice.feed("following").await["items"][0]["displayName"],
        "zed"
    );
}

async fn newer_profile_replaces_an_older_one(server: TestServer) {
    let alice = server.person("alice").await;
    let zed = Peer::person(&server, "zed").await;
    zed.is_followed_by(&alice).await;
    let following = async || alice.feed("following").await["items"][0].clone();
    for (name, updated, stands) in [
        ("Zed", "2027-01-02T00:00:00Z", "Zed"),
        ("old", "2027-01-01T00:00:00Z", "Zed"),
        ("Zed 2", "2027-01-03T00:00:00Z", "Zed 2"),
    ] {
        let mut post = zed.post(name);
        post["actor"]["displayName"] = name.into();
        post["actor"]["updated"] = updated.into();
        zed.deliver(&alice, &post).await.ok();
        assert_eq!(following().await["displayName"], stands);
    }
    let mut profile = zed.profile();
    profile["displayName"] = "Zed 3".into();
    profile["updated"] = "2027-01-04T00:00:00Z".into();
    profile["image"] = json!({ "url": "https://far.example/zed.png", "width": 48, "height": 48 });
    zed.deliver(&alice, &zed.activity("u", "update", &profile))
        .await
        .ok();
    let person = following().await;
    assert_eq!(person["displayName"], "Zed 3");
    assert_eq!(person["image"]["url"], "https://far.example/zed.png");
    assert_eq!(person["followers"]["url"], zed.url("api/user/followers"));
}

async fn person_who_was_deleted_acts_no_more(server: TestServer) {
    let alice = server.person("alice").await;
    let zed = Peer::person(&server, "zed").await;
    zed.is_followed_by(&alice).await;
    zed.deliver(&alice, &zed.post("1")).await.ok();
    zed.deliver(&alice, &zed.activity("d", "delete", &zed.reference()))
        .await
        .ok();
    zed.deliver(&alice, &zed.post("2")).await.refused(400);
    let person = alice.get(&format!("/api/person?id={}", zed.id())).await;
    person.refused(410);
}

async fn known_person_has_a_remote_account(server: TestServer) {
    let alice = server.person("alice").await;
    let zed = Peer::person(&server, "zed").await;
    let yan = Peer::at(&server, "yan", "FAR.example").await;
    zed.is_followed_by(&alice).await;
    alice.note("x", json!({ "to": [yan.reference()] })).await;
    let tom = Peer::at(&server, "tom", "third.example").await;
    let post = addressed(tom.post("1"), &json!({ "to": [alice.person()] }));
    tom.deliver(&alice, &post).await.ok();
    let ids = [
        zed.id(),
        "acct:yan@far.example".into(),
        tom.id(),
        alice.id(),
    ];
    let ids = ids.each_ref().map(String::as_str);
    let known = server
        .app
        .storage()
        .find_remote_accounts(&ids)
        .await
        .unwrap();
    let known: Vec<_> = known.into_iter().map(|known| Some(known?.host)).collect();
    let host = |host: &str| Some(host.to_owned());
    assert_eq!(
        known,
        [
            host("far.example"),
            host("far.example"),
            host("third.example"),
            None
        ]
    );
}

const DAY: i64 = 86_400;

/// Alice, who follows Zed, and Zed's server with a newer profile than that which came.
struct Outdated {
    server: TestServer,
    web: Web,
    alice: Session,
    zed: Peer,
}

impl Outdated {
    async fn new(server: &TestServer) -> Self {
        let web = Web::default();
        let server = server.connected_to(web.clone());
        let alice = server.person("alice").await;
        let zed = Peer::person(&server, "zed").await;
        zed.is_followed_by(&alice).await;
        zed.deliver(&alice, &zed.post("1")).await.ok();
        let mut profile = zed.profile();
        profile["displayName"] = "Zed 2".into();
        profile["updated"] = "2027-01-02T00:00:00Z".into();
        web.put(&zed.url("api/user/profile"), &profile);
        let outdated = Self {
            server,
            web,
            alice,
            zed,
        };
        outdated.wait_until_fetched().await;
        outdated.web.asked.lock().unwrap().clear();
        outdated
    }

    /// When the profile was fetched last, if it was.
    async fn fetched(&self) -> Option<i64> {
        let id = self.zed.id();
        let id = [id.as_str()];
        let found = self.server.app.storage().find_remote_accounts(&id);
        let account = found.await.unwrap().remove(0).unwrap();
        Some(account.fetched?.timestamp())
    }

    /// Waits for what goes on in the background.
    async fn wait_until_fetched(&self) {
        let now = self.server.ctx().now().timestamp();
        for _ in 0..10_000 {
            if self.fetched().await == Some(now) {
                return;
            }
            yield_now().await;
        }
        panic!("it was not fetched");
    }

    /// Waits until the profile was asked for so often.
    async fn wait_for_requests(&self, count: usize) {
        for _ in 0..10_000 {
            if self.web.requests() == count {
                return;
            }
            self.fetched().await;
            yield_now().await;
        }
        panic!("{} requests", self.web.requests());
    }

    async fn name(&self) -> Value {
        self.alice.feed("following").await["items"][0]["displayName"].clone()
    }

    /// Waits until the profile is shown with a name. Others may see a commit before it has
    /// returned; until then cached answers are as they were.
    async fn wait_for_name(&self, name: &str) {
        for _ in 0..10_000 {
            if self.name().await == name {
                return;
            }
            yield_now().await;
        }
        panic!("the name is {}", self.name().await);
    }

    async fn view(&self) {
        let path = format!("/api/person?id={}", self.zed.id());
        self.alice.get(&path).await.ok();
    }

    async fn post(&self, name: &str) {
        let post = self.zed.post(name);
        self.zed.deliver(&self.alice, &post).await.ok();
    }
}

async fn old_profile_is_refreshed_when_something_arrives(server: TestServer) {
    let world = Outdated::new(&server).await;
    world.server.clock.advance(DAY - 1);
    world.post("2").await;
    world.view().await;
    assert_eq!(world.name().await, "zed");
    assert_eq!(world.web.requests(), 0, "it is a day old at most");
    world.server.clock.advance(3600);
    world.post("3").await;
    world.wait_for_name("Zed 2").await;
    world.server.clock.advance(3600);
    world.post("4").await;
    assert_eq!(world.web.requests(), 1);
}

async fn old_profile_is_refreshed_when_it_is_viewed(server: TestServer) {
    let world = Outdated::new(&server).await;
    world.view().await;
    world.server.clock.advance(DAY);
    let path = format!("/api/person?id={}", world.zed.id());
    world.zed.get(&path).await.ok();
    assert_eq!(world.web.requests(), 0, "no peer has it refreshed");
    world.view().await;
    world.wait_for_name("Zed 2").await;
    world.view().await;
    assert_eq!(world.web.requests(), 1);
}

async fn failed_refresh_is_not_repeated_within_the_hour(server: TestServer) {
    let world = Outdated::new(&server).await;
    world.web.fail(true);
    world.server.clock.advance(DAY);
    world.view().await;
    world.wait_for_requests(1).await;
    world.web.fail(false);
    world.server.clock.advance(3599);
    world.view().await;
    world.post("2").await;
    assert_eq!(
        (world.web.requests(), world.name().await),
        (1, "zed".into())
    );
    world.server.clock.advance(1);
    world.view().await;
    world.wait_for_name("Zed 2").await;
}
