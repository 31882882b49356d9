//! Peers that fail: the operator is told how, and what waits for them arrives afterwards.

use std::{
    io::{Read, Write},
    net::TcpListener,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use rcgen::{CertifiedKey, KeyPair};
use rustls::{ServerConfig, ServerConnection, StreamOwned, crypto::ring, pki_types::PrivateKeyDer};
use serde_json::{Value, json};
use tempfile::NamedTempFile;
use tokio::{task::block_in_place, time::sleep};

use crate::{
    failing_peer::{self, CLOCK_OFFSET, NICKNAME},
    front::{Fault, Front},
    person::{POLL_INTERVAL, Person},
    server::Server,
};

/// How long a fault takes to be seen. The server waits for ten seconds for an answer.
const FAULT_TIMEOUT: Duration = Duration::from_mins(1);

const HOST: &str = "127.0.0.42";
const PEER: &str = "127.0.0.43";
const UNTRUSTED_PEER: &str = "127.0.0.44";
const TRUSTED_PEER: &str = "127.0.0.49";

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
    let asked = listen_with_tls(UNTRUSTED_PEER, &certificate_of(UNTRUSTED_PEER));
    let plain = Front::listen(UNTRUSTED_PEER, Vec::new()).await;
    plain.fail(Fault::Slow);
    write_to(&alice, UNTRUSTED_PEER).await;
    wait_for(&server, |queue| tells(queue, "certificate not trusted")).await;
    assert!(plain.failed().is_empty(), "it is not asked without TLS");
    assert_eq!(asked.load(Ordering::Relaxed), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn certificate_of_the_configuration_is_trusted() {
    let certificate = certificate_of(TRUSTED_PEER);
    let file = NamedTempFile::new().expect("a temporary file");
    std::fs::write(file.path(), certificate.cert.pem()).expect("a file can be written");
    let setting = format!("ca_file = \"{}\"", file.path().display());
    let mut server = Server::hidden_with("127.0.0.48", &["alice"], &setting);
    server.start();
    let alice = Person::at("alice", &server, 0);
    let asked = listen_with_tls(TRUSTED_PEER, &certificate);
    let _plain = Front::listen(TRUSTED_PEER, Vec::new()).await;
    write_to(&alice, TRUSTED_PEER).await;
    wait_for(&server, <[Value]>::is_empty).await;
    assert!(asked.load(Ordering::Relaxed) > 0, "it is asked with TLS");
}

/// A certificate that nobody signed.
fn certificate_of(host: &str) -> CertifiedKey<KeyPair> {
    rcgen::generate_simple_self_signed([host.to_owned()]).expect("a certificate")
}

/// A peer that speaks TLS. Returns how many requests came to it.
fn listen_with_tls(host: &'static str, certificate: &CertifiedKey<KeyPair>) -> Arc<AtomicUsize> {
    let key = PrivateKeyDer::Pkcs8(certificate.signing_key.serialize_der().into());
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("versions of TLS")
        .with_no_client_auth()
        .with_single_cert(vec![certificate.cert.der().clone()], key);
    let config = Arc::new(config.expect("a certificate that fits its key"));
    let listener = TcpListener::bind((host, 443)).expect("port 443");
    let asked = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&asked);
    std::thread::spawn(move || {
        for client in listener.incoming().map_while(Result::ok) {
            let connection = ServerConnection::new(config.clone()).expect("a connection");
            let mut stream = StreamOwned::new(connection, client);
            let mut request = [0; 4096];
            // A client without trust in the certificate ends it with an alert.
            if let Ok(length) = stream.read(&mut request) {
                counted.fetch_add(1, Ordering::Relaxed);
                let answer = failing_peer::answer(host, &request[..length]);
                stream.write_all(&answer).ok();
                stream.conn.send_close_notify();
                stream.flush().ok();
            }
        }
    });
    asked
}
