//! Tests of validity.

use std::path::Path;

use chrono::DateTime;
use tempfile::TempDir;

use super::*;
use crate::{
    app::ManualClock,
    model::{AccessToken, ClientKind, Nickname, Object},
    storage::{Change, Changes, Commit, Expect, sqlite::Sqlite},
};

#[test]
fn entry_of_another_version_is_not_found() {
    let cache = VersionedCache::new();
    cache.insert("a", 2, &Arc::new(1));
    assert_eq!(cache.get("a", 2).as_deref(), Some(&1));
    assert_eq!(cache.get("a", 3), None);
    cache.insert("a", 1, &Arc::new(0));
    assert_eq!(cache.get("a", 2), None, "it came too late");
    assert_eq!(cache.get("a", 3), None);
}

#[test]
fn number_of_entries_is_bounded() {
    let cache = VersionedCache::new();
    for number in 0..3 * MAX_ENTRIES {
        cache.insert(&number.to_string(), 0, &Arc::new(number));
    }
    assert!(cache.0.len() <= MAX_ENTRIES);
}

fn nickname() -> Nickname {
    Nickname::parse("alice").unwrap()
}

fn client(secret: &str) -> Change {
    Change::PutClient(Client::new(
        "c",
        Secret::new(secret),
        ClientKind::Native,
        DateTime::default(),
    ))
}

fn token() -> Change {
    Change::PutAccessToken(AccessToken {
        token: "t".into(),
        secret: Secret::new("s"),
        client: "c".into(),
        user: nickname(),
        created: DateTime::default(),
    })
}

/// Alice, and a client of hers with a token.
fn alice() -> Changes {
    let person = Object::new("person", "alice", "alice", serde_json::Map::new());
    let account = Account::new(nickname(), "alice", DateTime::default());
    let (object, expect) = (person, Expect::Absent);
    vec![
        Change::PutObject { object, expect },
        Change::PutAccount { account, expect },
        client("one"),
        token(),
    ]
}

/// Two processes on one file, of which one knows who may ask.
struct World {
    known: CredentialCache,
    here: Arc<Sqlite>,
    there: Sqlite,
    clock: Arc<ManualClock>,
    _folder: TempDir,
}

impl World {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let open = async |file: &Path| Sqlite::open(file).await.unwrap();
        let file = folder.path().join("store.sqlite");
        let here = Arc::new(open(&file).await);
        let there = open(&file).await;
        there.commit(alice()).await.unwrap();
        let clock = Arc::new(ManualClock::at(1_700_000_000));
        Self {
            known: CredentialCache::new(here.clone(), clock.clone()),
            here,
            there,
            clock,
            _folder: folder,
        }
    }

    /// The secret of the client that holds the token, if it is good.
    async fn secret(&self) -> Option<String> {
        let holder = self.known.access_token("t").await.unwrap()?;
        assert_eq!(&*holder.account.person, "alice");
        Some(holder.client.secret.expose().into())
    }
}

#[tokio::test]
async fn local_credential_change_is_seen_at_once() {
    let world = World::new().await;
    for round in 0..3 {
        assert_eq!(world.secret().await.as_deref(), Some("one"), "{round}");
        let removal = vec![Change::RemoveAccessToken("t".into())];
        world.here.commit(removal).await.unwrap();
        assert_eq!(world.secret().await, None);
        world
            .here
            .commit(vec![token(), client("two")])
            .await
            .unwrap();
        assert_eq!(world.secret().await.as_deref(), Some("two"));
        world.here.commit(vec![client("one")]).await.unwrap();
    }
}

#[tokio::test]
async fn remote_credential_change_is_seen_within_the_limit() {
    let world = World::new().await;
    assert_eq!(world.secret().await.as_deref(), Some("one"));
    world.there.commit(vec![client("two")]).await.unwrap();
    assert_eq!(
        world.secret().await.as_deref(),
        Some("one"),
        "as it is kept"
    );
    world.clock.advance(1);
    assert_eq!(world.secret().await.as_deref(), Some("two"));
    let removal = Change::RemoveClient("c".into());
    world.there.commit(vec![removal]).await.unwrap();
    world.clock.advance(1);
    assert_eq!(world.secret().await, None);
    assert!(world.known.client("c").await.unwrap().is_none());
}

#[tokio::test]
async fn a_clock_that_is_set_back_keeps_nobody_in() {
    let world = World::new().await;
    assert_eq!(world.secret().await.as_deref(), Some("one"));
    world.there.commit(vec![client("two")]).await.unwrap();
    world.clock.advance(-3600);
    assert_eq!(world.secret().await.as_deref(), Some("two"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn however_many_ask_who_is_revoked_is_out_when_that_is_answered() {
    let world = Arc::new(World::new().await);
    let asking = (0..3).map(|_| {
        let world = Arc::clone(&world);
        tokio::spawn(async move {
            loop {
                world.known.access_token("t").await.unwrap();
                tokio::task::yield_now().await;
            }
        })
    });
    let asking: Vec<_> = asking.collect();
    for _ in 0..100 {
        let removal = vec![Change::RemoveAccessToken("t".into())];
        world.here.commit(removal).await.unwrap();
        assert_eq!(world.secret().await, None);
        world.here.commit(vec![token()]).await.unwrap();
        assert_eq!(world.secret().await.as_deref(), Some("one"));
    }
    for task in asking {
        assert!(!task.is_finished());
        task.abort();
    }
}
