//! Other hosts: what waits for them, blocks, and the start of a server that they are to find.

use std::{
    io::{Read, Write},
    sync::atomic::{AtomicU32, Ordering},
};

use hydraulics::{
    model::{AudienceMember, Object, RemoteAccount, Stream},
    storage::{self, Change, Delivery, Duplicate, Expect},
};
use serde_json::{Map, Value, json};
use sqlx::{Connection, Executor, PgConnection};
use tokio::runtime::Runtime;

use crate::program::{Sandbox, Server, refusal, succeeded};

const ALICE: &str = "acct:alice@pump.test";
const BOB: &str = "acct:bob@peer.test";

/// A sandbox with an account, and the configuration for its database.
fn sandbox(database: &str) -> Sandbox {
    let sandbox = Sandbox::new();
    let settings = format!("public_url = 'http://pump.test'\ndatabase_url = '{database}'\n");
    std::fs::write(sandbox.path().join("hydraulics.toml"), settings).unwrap();
    let add = sandbox.run_with_input(&["user", "add", "alice"], "correct horse");
    assert!(succeeded(&add).contains(ALICE));
    sandbox
}

/// A schema of its own in the throwaway database.
fn fresh_schema() -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    #[allow(
        clippy::disallowed_methods,
        reason = "tests are told where Postgres is by ./tests/run"
    )]
    let url = std::env::var("HYDRAULICS_TEST_POSTGRES_URL")
        .expect("run the tests with ./tests/run, which starts a Postgres");
    let number = COUNT.fetch_add(1, Ordering::Relaxed);
    let schema = format!("cli_{}_{number}", std::process::id());
    Runtime::new().unwrap().block_on(async {
        let mut connection = PgConnection::connect(&url).await.unwrap();
        let create = format!("CREATE SCHEMA {schema}");
        connection.execute(&*create).await.unwrap();
    });
    let separator = if url.contains('?') { '&' } else { '?' };
    format!("{url}{separator}options=-csearch_path%3D{schema}")
}

/// Makes changes in a database, as another process.
fn commit(sandbox: &Sandbox, database: &str, changes: Vec<Change>) {
    let file = sandbox.path().join("data/hydraulics.sqlite");
    let url = match database {
        "" => format!("sqlite:{}", file.display()),
        url => url.to_owned(),
    };
    Runtime::new().unwrap().block_on(async {
        let storage = storage::connect(&url).await.unwrap();
        storage.commit(changes).await.unwrap();
        storage.close().await;
    });
}

/// Changes that make Bob, who lives elsewhere, follow Alice and like something.
fn bob() -> Vec<Change> {
    let mut person = Object::new("person", BOB, "bob", Map::new());
    person.audience = vec![AudienceMember::Public];
    let mut note = Object::new("note", "https://peer.test/note/1", "note-1", Map::new());
    note.author = Some(BOB.into());
    let put = |object| Change::PutObject {
        object,
        expect: Expect::Absent,
    };
    let account = RemoteAccount {
        inbox: Some("https://peer.test/inbox".into()),
        ..RemoteAccount::named(BOB).unwrap()
    };
    vec![
        put(person),
        put(note),
        Change::PutRemoteAccount(account),
        Change::Push {
            stream: Stream::Followers(ALICE.into()),
            item: BOB.into(),
            class: None,
            duplicate: Duplicate::Reject,
        },
    ]
}

/// Changes that enqueue an activity of Alice's for Bob.
fn activity() -> Vec<Change> {
    let said = json!({
        "verb": "post",
        "actor": { "objectType": "person", "id": ALICE },
        "object": { "objectType": "note", "id": "https://peer.test/note/1" },
    });
    let said = said.as_object().cloned().unwrap();
    let id = "http://pump.test/api/activity/1";
    let mut object = Object::new("activity", id, "activity-1", said);
    object.author = Some(ALICE.into());
    object.audience = vec![AudienceMember::Public];
    vec![
        Change::PutObject {
            object,
            expect: Expect::Absent,
        },
        Change::Deliver(Delivery {
            activity: id.into(),
            persons: vec![BOB.into()],
            enqueued: chrono::DateTime::from_timestamp(4_000_000_000, 0).unwrap(),
            ..Delivery::default()
        }),
    ]
}

#[test]
fn queue_is_seen_and_steered_beside_a_server() {
    for database in ["", &*fresh_schema()] {
        let sandbox = sandbox(database);
        let mut server = Server::start(sandbox.command(&["--listen", "127.0.0.1:0"]));
        let queue = |arguments: &[&str]| sandbox.run(&[&["queue"], arguments].concat());
        assert_eq!(succeeded(&queue(&[])), "Nothing waits to be delivered.\n");
        let mut changes = bob();
        changes.extend(activity());
        commit(&sandbox, database, changes);
        let line: Value = serde_json::from_str(&server.wait_for("delivery failed")).unwrap();
        assert_eq!(line["host"], "peer.test", "{line}");
        assert_eq!(line["account"], BOB, "{line}");
        // The line comes before the state is stored: the first answers may be without it.
        let listed = (0..100).map(|_| succeeded(&queue(&[])));
        let listed = { listed }.find(|text| text.lines().nth(1).unwrap().len() > 60);
        let listed = listed.expect("the error is listed");
        assert!(listed.starts_with("HOST       WAITING  OLDEST"), "{listed}");
        let row = listed.lines().nth(1).unwrap();
        assert!(
            row.starts_with("peer.test  1        2096-10-02T07:06:40Z"),
            "{row}"
        );
        let json: Value = serde_json::from_str(&succeeded(&queue(&["--json"]))).unwrap();
        assert_eq!(json[0]["waiting"], 1);
        assert_eq!(json[0]["lastError"], line["reason"]);
        assert_eq!(
            succeeded(&queue(&["retry", "Peer.Test"])),
            "Deliveries to peer.test are tried again.\n"
        );
        server.wait_for("delivery failed");
        assert_eq!(
            succeeded(&queue(&["retry", "--all"])),
            "Deliveries are tried again, hosts: 1.\n"
        );
        let nobody = "nothing waits for 'other.test'; `hydraulics queue` shows all hosts";
        for command in ["retry", "drop"] {
            assert_eq!(refusal(&queue(&[command, "other.test"])), nobody);
            assert_eq!(queue(&[command]).status.code(), Some(2), "of whom?");
            assert_eq!(queue(&[command, "a", "--all"]).status.code(), Some(2));
        }
        assert_eq!(
            succeeded(&queue(&["drop", "peer.test"])),
            "Deliveries that are dropped: 1.\n"
        );
        assert_eq!(succeeded(&queue(&["--json"])), "[]\n");
    }
}

#[test]
fn key_pair_is_replaced_beside_a_server() {
    for database in ["", &*fresh_schema()] {
        let sandbox = sandbox(database);
        let server = Server::start(sandbox.command(&["--listen", "127.0.0.1:0"]));
        let key = || {
            let answer = server.get("/main/actor");
            let body = answer.split_once("\r\n\r\n").unwrap().1;
            let actor: Value = serde_json::from_str(body).unwrap();
            actor["publicKey"]["publicKeyPem"].clone()
        };
        let old = key();
        assert_eq!(
            succeeded(&sandbox.run(&["key", "rotate"])),
            "Made new key pairs. The server signs with them from now on.\n"
        );
        // On SQLite, the server looks for changes of other processes ten times a second.
        let mut shown = (0..10_000).map(|_| key());
        assert!(shown.any(|key| key != old), "the new key is shown");
        assert!(succeeded(&sandbox.run(&["audit"])).contains("rotate key"));
    }
}

#[test]
fn host_is_blocked_purged_and_unblocked() {
    let sandbox = sandbox("");
    let host = |arguments: &[&str]| sandbox.run(&[&["host"], arguments].concat());
    commit(&sandbox, "", bob());
    assert_eq!(succeeded(&host(&["list"])), "No host is blocked.\n");
    let not_blocked = "peer.test is not blocked; `hydraulics host list` shows the hosts that are";
    for command in ["purge", "unblock"] {
        assert_eq!(refusal(&host(&[command, "peer.test"])), not_blocked);
    }
    assert_eq!(
        succeeded(&host(&["block", "PEER.test", "--reason", "waves of spam"])),
        "Blocked peer.test. `hydraulics host purge peer.test` removes what it brought.\n"
    );
    assert_eq!(
        succeeded(&host(&["block", "evil.test", "--subdomains"])),
        "Blocked evil.test and all hosts below it. `hydraulics host purge evil.test` removes what \
         it brought.\n"
    );
    assert_eq!(
        refusal(&host(&["block", "pump.test"])),
        "pump.test is this server"
    );
    assert_eq!(
        refusal(&host(&["block", "https://x/"])),
        "'https://x/' is no name of a host: give one such as social.example, without https://"
    );
    let listed = succeeded(&host(&["list"]));
    assert!(listed.starts_with("HOST       SUBDOMAINS  SINCE       REASON\nevil.test  yes"));
    assert!(listed.contains("waves of spam"), "{listed}");
    let json: Value = serde_json::from_str(&succeeded(&host(&["list", "--json"]))).unwrap();
    assert_eq!(json[1]["host"], "peer.test");
    assert_eq!(
        succeeded(&host(&["purge", "peer.test"])),
        "Removed what peer.test brought. Accounts that were there: 1.\n"
    );
    let file = sandbox.path().join("data/hydraulics.sqlite");
    Runtime::new().unwrap().block_on(async {
        let url = format!("sqlite:{}", file.display());
        let storage = storage::connect(&url).await.unwrap();
        let found = storage
            .find_objects(&["https://peer.test/note/1", BOB])
            .await;
        let deleted: Vec<bool> = found
            .unwrap()
            .iter()
            .flatten()
            .map(|one| one.deleted)
            .collect();
        assert_eq!(deleted, [true, false], "what they made, not who they are");
        let followers = Stream::Followers(ALICE.into());
        let follows = storage.contains(&[(followers, BOB)]).await.unwrap();
        assert_eq!(follows, [false]);
    });
    assert_eq!(
        succeeded(&host(&["unblock", "peer.test"])),
        "Unblocked peer.test.\n"
    );
    assert_eq!(succeeded(&host(&["list"])).lines().count(), 2);
}

#[test]
fn unreachable_public_url_is_warned_of() {
    let sandbox = Sandbox::new();
    let mut server = Server::spawn(&mut sandbox.command(&[
        "--listen",
        "127.0.0.1:0",
        "--public-url",
        "https://192.0.2.1",
    ]));
    let line = server.wait_for("people on other Pump servers");
    assert!(line.contains("IP address"), "{line}");
    server.wait_for("\"listening\"");
}

#[test]
fn metrics_have_an_address_of_their_own() {
    let sandbox = Sandbox::new();
    let mut command = sandbox.command(&["--listen", "127.0.0.1:0"]);
    command.env("HYDRAULICS_METRICS__LISTEN", "127.0.0.1:0");
    let server = Server::start(command);
    server.get("/livez");
    let address = server.listening["metrics"].as_str().unwrap();
    let mut stream = std::net::TcpStream::connect(address).unwrap();
    write!(
        stream,
        "GET /metrics HTTP/1.1\r\nHost: m\r\nConnection: close\r\n\r\n"
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    let line = "hydraulics_requests_total{route=\"health\",status=\"2xx\"} 1\n";
    assert!(answer.contains(line), "{answer}");
    assert!(
        answer.contains("hydraulics_database_connections{state=\"max\"}"),
        "{answer}"
    );
    assert!(server.get("/metrics").starts_with("HTTP/1.1 404"));
}

#[test]
fn blocks_are_imported_and_exported_as_a_list() {
    let sandbox = sandbox("");
    let host = |arguments: &[&str]| sandbox.run(&[&["host"], arguments].concat());
    succeeded(&host(&["block", "old.test", "--reason", "our own"]));
    let list = "#domain,#severity,#reject_media,#public_comment\n\
                EVIL.test,suspend,true,\"waves, of spam\"\n\
                old.test,suspend,false,\n\
                loud.test,silence,false,\n\
                ex***le.test,suspend,false,\n\
                pump.test,suspend,false,\n\
                bücher.test\n";
    let imported = sandbox.run_with_input(&["host", "import", "-"], list);
    assert_eq!(
        succeeded(&imported),
        "Skipped 'loud.test': its severity is 'silence'.\n\
         Skipped 'ex***le.test': it is no name of a host.\n\
         Skipped 'pump.test': it is this server.\n\
         Hosts blocked: 2, blocked before: 1, skipped: 3.\n"
    );
    let exported = succeeded(&host(&["export"]));
    assert_eq!(
        exported,
        "#domain,#severity,#public_comment,#subdomains\n\
         evil.test,suspend,\"waves, of spam\",true\n\
         old.test,suspend,our own,false\n\
         xn--bcher-kva.test,suspend,,true\n"
    );
    let path = sandbox.path().join("blocks.csv");
    std::fs::write(&path, &exported).unwrap();
    for name in ["evil.test", "old.test", "xn--bcher-kva.test"] {
        succeeded(&host(&["unblock", name]));
    }
    let path = path.to_str().unwrap();
    assert_eq!(
        succeeded(&host(&["import", path])),
        "Hosts blocked: 3, blocked before: 0, skipped: 0.\n"
    );
    assert_eq!(succeeded(&host(&["export"])), exported);
    std::fs::write(path, "evil.test\n").unwrap();
    assert_eq!(
        refusal(&host(&["import", path])),
        "the list has no column '#domain' in its first line"
    );
    let nothing = refusal(&host(&["import", "nowhere.csv"]));
    assert!(
        nothing.starts_with("nowhere.csv can't be read"),
        "{nothing}"
    );
}
