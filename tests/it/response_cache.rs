//! Cached responses equal fresh reads.

use hydraulics::{model::Stream, storage::Bucket};
use serde_json::{Value, json};

use crate::support::{
    Answer, Backend, Request, Session, TestServer, about, everyone, named, public,
};

/// Everyone who looks, and where they look. Each looks again after everything that happens: at a
/// server that keeps answers, and at one on the same store that keeps none.
struct Onlookers {
    viewers: Vec<(Session, Session)>,
    kept: TestServer,
    fresh: TestServer,
    pages: Vec<String>,
    /// How often they look again if what they see is not true yet.
    patience: usize,
}

impl Onlookers {
    fn new(kept: &TestServer, fresh: &TestServer, viewers: &[&Session]) -> Self {
        let at = |server: &TestServer, who: &Session| Session {
            server: server.clone(),
            ..who.clone()
        };
        let both = |who: &&Session| (at(kept, who), at(fresh, who));
        Self {
            viewers: viewers.iter().map(both).collect(),
            kept: kept.clone(),
            fresh: fresh.clone(),
            pages: Vec::new(),
            patience: 0,
        }
    }

    /// Looks at a thing, and at what belongs to it, from now on.
    fn watch(&mut self, thing: &Value, parts: &[&str]) {
        let id = thing["id"].as_str().unwrap();
        self.pages.push(id.to_owned());
        let parts = parts.iter().map(|part| format!("{id}/{part}"));
        self.pages.extend(parts);
    }

    fn watch_person(&mut self, nickname: &str) {
        let parts = [
            "",
            "/profile",
            "/feed",
            "/feed/major",
            "/feed.atom",
            "/feed.json",
            "/inbox",
            "/inbox/minor",
            "/inbox/direct",
            "/followers",
            "/following",
            "/favorites",
            "/lists/person",
        ];
        let pages = parts.map(|part| format!("/api/user/{nickname}{part}"));
        self.pages.extend(pages);
    }

    async fn look(&self, after: &str) {
        let looks = self.pages.iter().map(|page| self.look_at(page, after));
        futures_util::future::join_all(looks).await;
    }

    /// Returns the responses of both servers, once they agree or the retries are used up.
    async fn both<K: Future<Output = Answer>, F: Future<Output = Answer>>(
        &self,
        kept: impl Fn() -> K,
        fresh: impl Fn() -> F,
    ) -> (Answer, Answer) {
        let mut left = self.patience;
        loop {
            let said = (kept().await, fresh().await);
            if left == 0 || said.0.body == said.1.body {
                return said;
            }
            left -= 1;
        }
    }

    async fn look_at(&self, page: &str, after: &str) {
        for (kept, fresh) in &self.viewers {
            let what = format!("{page} for {} after {after}", kept.nickname);
            let (kept, fresh) = self.both(|| kept.get(page), || fresh.get(page)).await;
            assert_eq!(kept.status, fresh.status, "{what}");
            let tags = [&kept, &fresh].map(|answer| answer.headers.get("etag"));
            assert!(kept.body == fresh.body && tags[0] == tags[1], "{what}");
            counts_what_it_shows(&fresh, &what);
        }
        let anonymous = Request::get(page.trim_start_matches("http://pump.example"));
        let send = |server: &TestServer| {
            let (server, anonymous) = (server.clone(), anonymous.clone());
            async move { server.send(anonymous).await }
        };
        let (kept, fresh) = self.both(|| send(&self.kept), || send(&self.fresh)).await;
        assert_eq!(kept.status, fresh.status, "{page} after {after}");
        assert!(kept.body == fresh.body, "{page} for anyone after {after}");
    }
}

/// A page that shows all there is says how many that are.
fn counts_what_it_shows(page: &Answer, what: &str) {
    let page: Value = serde_json::from_slice(&page.body).unwrap_or_default();
    let items = page["items"].as_array().filter(|items| items.len() < 20);
    if let (Some(items), Some(total)) = (items, page.get("totalItems")) {
        assert_eq!(*total, json!(items.len()), "{what}");
    }
}

/// All that people do, one thing after the other, and what is seen of it.
#[allow(clippy::too_many_lines, reason = "a life is one thing after the other")]
async fn live(acting: &TestServer, kept: &TestServer, patience: usize) {
    let fresh = kept.again(|settings| settings.cache.response_bytes = 0);
    let (alice, bob) = (acting.person("alice").await, acting.person("bob").await);
    let carol = acting.person("carol").await;
    let mut all = Onlookers::new(kept, &fresh, &[&alice, &bob, &carol]);
    all.patience = patience;
    all.pages.push("/api/users".into());
    for nickname in ["alice", "bob", "carol"] {
        all.watch_person(nickname);
    }
    all.look("nothing").await;
    macro_rules! then {
        ($what:literal, $act:expr) => {{
            acting.clock.advance(1);
            let done = $act;
            all.look($what).await;
            done
        }};
    }
    then!(
        "a follow",
        bob.done(&about("follow", &alice.person())).await
    );
    let to_all = then!("a note", alice.note("for all", everyone()).await);
    all.watch(&to_all, &["likes", "replies", "shares"]);
    let to_some = then!("a note for followers", alice.note("some", json!({})).await);
    all.watch(&to_some, &["likes", "replies"]);
    then!("a like", carol.done(&about("favorite", &to_all)).await);
    then!("a share", bob.done(&about("share", &to_all)).await);
    let comment = json!({
        "object": { "objectType": "comment", "content": "well", "inReplyTo": named(&to_some) },
    });
    let reply = then!("a comment", bob.done(&comment).await);
    all.watch(&reply, &[]);
    all.watch(&reply["object"], &["likes"]);
    then!(
        "a like of it",
        alice.done(&about("favorite", &reply["object"])).await
    );
    then!(
        "a late follower",
        carol.done(&about("follow", &alice.person())).await
    );
    then!(
        "one who leaves",
        bob.done(&about("stop-following", &alice.person())).await
    );
    let friends = alice.feed("lists/person").await["items"][0].clone();
    let list = then!(
        "a note for a list",
        alice.note("l", json!({ "to": [named(&friends)] })).await
    );
    all.watch(&list, &[]);
    all.watch(&friends, &["members"]);
    let add = json!({ "verb": "add", "object": bob.person(), "target": named(&friends) });
    then!("one more in the list", alice.done(&add).await);
    let remove = json!({ "verb": "remove", "object": bob.person(), "target": named(&friends) });
    then!("one less in the list", alice.done(&remove).await);
    let direct =
        json!({ "to": [bob.person()], "object": { "objectType": "note", "content": "d" } });
    let direct = then!("a direct note", alice.done(&direct).await);
    all.watch(&direct, &[]);
    let wider = json!({ "to": [public()] });
    let id = direct["id"].as_str().unwrap();
    then!(
        "what was direct is for all",
        alice.put(id, &wider).await.ok()
    );
    then!(
        "and then for nobody",
        alice.put(id, &json!({ "to": [] })).await.ok()
    );
    let note = to_all["id"].as_str().unwrap();
    then!(
        "an edit",
        alice.put(note, &json!({ "content": "edited" })).await.ok()
    );
    then!("an unlike", carol.done(&about("unfavorite", &to_all)).await);
    then!("an unshare", bob.done(&about("unshare", &to_all)).await);
    let name = json!({ "displayName": "Alice A." });
    then!(
        "a name",
        alice.put("/api/user/alice/profile", &name).await.ok()
    );
    let group = json!({
        "verb": "create",
        "object": { "objectType": "group", "displayName": "G" },
        "to": [public()],
    });
    let group = then!("a group", alice.done(&group).await["object"].take());
    all.watch(&group, &["members", "inbox", "documents"]);
    let inside = json!({ "to": [named(&group)] });
    then!("one who joins", bob.done(&about("join", &group)).await);
    let within = then!(
        "a note for the group",
        bob.note("in the group", inside).await
    );
    all.watch(&within, &["replies"]);
    then!(
        "another who joins",
        carol.done(&about("join", &group)).await
    );
    then!(
        "one who leaves it",
        carol.done(&about("leave", &group)).await
    );
    then!("a note taken back", alice.delete(note).await.is(200));
    then!("an activity taken back", alice.delete(id).await.is(200));
    then!("a newcomer", acting.person("dave").await);
    then!(
        "one who is gone",
        carol.delete("/api/user/carol").await.is(200)
    );
    let late = then!("what comes later", alice.note("late", everyone()).await);
    all.watch(&late, &["likes"]);
    then!("and is liked", bob.done(&about("favorite", &late)).await);
}

on_every_backend!(
    cached_responses_equal_fresh_reads_after_every_write,
    cache_key_separates_callers_and_representations,
    revoked_caller_gets_no_cached_response,
);

async fn cached_responses_equal_fresh_reads_after_every_write(server: TestServer) {
    assert!(
        server.app.storage().modification_clock().is_some(),
        "else nothing would be kept"
    );
    Box::pin(live(&server, &server, 0)).await;
}

async fn cache_key_separates_callers_and_representations(server: TestServer) {
    let alice = server.person("alice").await;
    let note = alice.note("x", everyone()).await;
    let path = note["id"]
        .as_str()
        .unwrap()
        .trim_start_matches("http://pump.example");
    for _ in 0..2 {
        let own = alice.get(path).await.ok();
        assert_eq!(own["liked"], json!(false));
        let by_nobody = server.send(Request::get(path)).await;
        assert_eq!(by_nobody.headers["cache-control"], "no-cache");
        assert_eq!(by_nobody.ok().get("liked"), None);
        let by_client = alice.two_legged().get(path).await;
        assert_eq!(by_client.headers["cache-control"], "private, no-cache");
        assert_eq!(by_client.ok().get("liked"), None);
        let as2 = Request::get(path).header("accept", "application/activity+json");
        let as2 = server.send(as2.by(&alice.credentials)).await;
        let content_type = as2.headers["content-type"].clone();
        let as2: Value = serde_json::from_slice(&as2.body).unwrap();
        assert_eq!(
            (&as2["type"], content_type.to_str().unwrap()),
            (&json!("Note"), "application/activity+json")
        );
        let head = server
            .send(Request::new("HEAD", path).by(&alice.credentials))
            .await;
        assert!(head.body.is_empty() && head.status == 200);
        let tag = head.headers["etag"].to_str().unwrap().to_owned();
        let again = Request::get(path).header("if-none-match", &tag);
        server.send(again.by(&alice.credentials)).await.is(304);
    }
    assert!(alice.two_legged().get("/api/users").await.status == 200);
    server.send(Request::get("/api/users")).await.is(401);
}

async fn revoked_caller_gets_no_cached_response(server: TestServer) {
    let alice = server.person("alice").await;
    alice.get("/api/user/alice/inbox").await.is(200);
    alice.get("/api/user/alice/inbox").await.is(200);
    let forged = crate::support::Credentials {
        secret: "wrong".into(),
        ..alice.credentials.clone()
    };
    server
        .send(Request::get("/api/user/alice/inbox").by(&forged))
        .await
        .is(400);
    server
        .send(Request::get("/api/user/alice/inbox"))
        .await
        .is(401);
    let bob = server.person("bob").await;
    bob.get("/api/user/alice/inbox").await.is(401);
    alice.delete("/api/user/alice").await.is(200);
    alice.get("/api/user/alice/inbox").await.is(400);
}

#[tokio::test]
async fn write_on_another_node_invalidates_at_once() {
    let [here, there] = TestServer::two(Backend::Postgres, |_| ()).await;
    Box::pin(live(&here, &there, 0)).await;
}

#[tokio::test]
async fn write_of_another_process_invalidates_soon() {
    let [here, there] = TestServer::two(Backend::Sqlite, |_| ()).await;
    Box::pin(live(&here, &there, 1000)).await;
}

#[tokio::test]
async fn post_invalidates_only_its_inboxes() {
    for backend in [Backend::Sqlite, Backend::Postgres] {
        let server = TestServer::on(backend).await;
        let (alice, bob) = (server.person("alice").await, server.person("bob").await);
        let carol = server.person("carol").await;
        bob.follow(&alice).await;
        let marks = server.app.storage().modification_clock().unwrap();
        let before = marks.now();
        alice.note("for those who follow", json!({})).await;
        let holds = |who: &Session| {
            let inbox = Bucket::of_stream(&Stream::Inbox(who.id()));
            marks.unchanged_since(&[inbox, Bucket::of_any_fan_out()], before)
        };
        assert!(!holds(&bob), "{backend:?}");
        assert!(holds(&carol), "{backend:?}");
    }
}
