//! Peers that fail: the operator is told how, and what waits for them arrives afterwards.

use std::{
    io::Read,
    net::TcpListener,
    sync::Arc,
    time::{Duration, Instant},
};

use rustls::{ServerConfig, ServerConnection, StreamOwned, crypto::ring, pki_types::PrivateKeyDer};
use serde_json::{Value, json};
use tokio::{task::block_in_place, time::sleep};

use crate::{
    failing_peer::{CLOCK_OFFSET, NICKNAME},
    front::{Fault, Front},
    person::{POLL_INTERVAL, Person},
    server::Server,
};

/// How long a fault takes to be seen. The server waits for ten seconds for an answer.
const FAULT_TIMEOUT: Duration = Duration::from_mins(1);

const HOST: &str = "127.0.0.42";
const PEER: &str = "127.0.0.43";
const UNTRUSTED_PEER: &str = "127.0.0.44";

/// Posts a note to the account of a peer.
async fn write_to(alice: &Person, host: &str) {
    let reader = json!({ "objectType": "person", "id": format!("acct:{NICKNAME}@{host}") });
    let note = json!({ "objectType": "note", "content": "Tea?" });
    alice
        .perform(json!({ "object": note, "to": [reader] }))
        .await;
}

/// Waits until what waits for other hosts is as it should be.
async fn wait_for(server: &Server, is_right: impl Fn(&[Value]) -> bool) {
    let begun = Instant::now();
    loop {
        let queue = block_in_place(|| server.queue());
        if is_right(&queue) {
            return;
        }
        assert!(begun.elapsed() < FAULT_TIMEOUT, "{queue:#?}");
        sleep(POLL_INTERVAL).await;
    }
}

/// Whether something waits for one host, whose last error has these words.
fn tells(queue: &[Value], words: &str) -> bool {
    let error = queue.first().and_then(|host| host["lastError"].as_str());
    error.is_some_and(|error| error.contains(words))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn fault_of_a_peer_is_told_and_outlived() {
    let mut server = Server::hidden(HOST, &["alice"], "");
    server.start();
    let alice = Person::at("alice", &server, 0);
    let peer = Front::listen(PEER, Vec::new()).await;
    // Its inbox is found while it answers.
    write_to(&alice, PEER).await;
    wait_for(&server, <[Value]>::is_empty).await;
    for (fault, words) in [
        (Fault::Silence, "no answer within 10 seconds"),
        (Fault::Status(500), "500"),
        (Fault::Garbage, "invalid HTTP"),
        (Fault::Endless, "too large"),
        (Fault::LostRequest, "closed"),
    ] {
        peer.fail(fault);
        write_to(&alice, PEER).await;
        wait_for(&server, |queue| tells(queue, words)).await;
        if fault == Fault::Status(500) {
            let offset = server.queue()[0]["clockOffset"].as_i64();
            let is_close = |offset: i64| (offset - CLOCK_OFFSET).abs() < 60;
            assert!(offset.is_some_and(is_close), "{offset:?}");
        }
        peer.fail_often(None);
        wait_for(&server, <[Value]>::is_empty).await;
    }
    peer.fail(Fault::Status(401));
    write_to(&alice, PEER).await;
    wait_for(&server, |queue| tells(queue, "401")).await;
    peer.fail_often(None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn peer_that_is_gone_is_told() {
    let mut server = Server::hidden("127.0.0.46", &["alice"], "");
    server.start();
    let alice = Person::at("alice", &server, 0);
    let peer = Front::listen("127.0.0.47", Vec::new()).await;
    peer.fail(Fault::Status(410));
    write_to(&alice, "127.0.0.47").await;
    wait_for(&server, |queue| tells(queue, "410 Gone")).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn untrusted_certificate_is_told_and_not_passed_by() {
    let mut server = Server::hidden("127.0.0.45", &["alice"], "");
    server.start();
    let alice = Person::at("alice", &server, 0);
    listen_untrusted();
    let plain = Front::listen(UNTRUSTED_PEER, Vec::new()).await;
    plain.fail(Fault::Slow);
    write_to(&alice, UNTRUSTED_PEER).await;
    wait_for(&server, |queue| tells(queue, "certificate not trusted")).await;
    assert!(plain.failed().is_empty(), "it is not asked without TLS");
}

/// Speaks TLS with a certificate that nobody signed.
fn listen_untrusted() {
    let made = rcgen::generate_simple_self_signed([UNTRUSTED_PEER.to_owned()]);
    let made = made.expect("a certificate");
    let key = PrivateKeyDer::Pkcs8(made.signing_key.serialize_der().into());
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("versions of TLS")
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key);
    let config = Arc::new(config.expect("a certificate that fits its key"));
    let listener = TcpListener::bind((UNTRUSTED_PEER, 443)).expect("port 443");
    std::thread::spawn(move || {
        for client in listener.incoming().map_while(Result::ok) {
            let connection = ServerConnection::new(config.clone()).expect("a connection");
            // It ends with the alert of the client.
            let mut bytes = Vec::new();
            StreamOwned::new(connection, client)
                .read_to_end(&mut bytes)
                .ok();
        }
    });
}
