//! Signatures of ours, and keys.

use http::Method;
use rand::{Rng, SeedableRng, rngs::StdRng};
use url::Url;

use super::*;

const PRIVATE: &str = include_str!("../../../../tests/fixtures/http_signature/private.pem");

/// Signs a request, and has it checked as a peer would.
fn round_trip(method: &Method, url: &str, body: &'static str, target: Target) -> Sent {
    let key = PrivateKey::parse(PRIVATE).unwrap();
    assert_eq!(key.public_pem(), PUBLIC);
    let mut sent = Sent::new(&[]);
    let signer = Signer {
        key_id: KEY_ID,
        key: &key,
        now: sent.now,
    };
    let digest = (method == Method::POST).then(|| digest(body.as_bytes()));
    let url = Url::parse(url).unwrap();
    sent.headers = signer
        .sign(method, &url, digest.as_deref(), target)
        .unwrap();
    sent.method = if digest.is_some() { "POST" } else { "GET" };
    sent.body = body;
    sent
}

#[test]
fn our_signature_is_that_of_another_implementation() {
    let url = "https://h.example/foo?param=value&pet=dog";
    let sent = round_trip(&Method::POST, url, BODY, Target::Whole);
    assert_eq!(sent.headers["date"], DATE);
    assert_eq!(sent.headers["digest"], format!("SHA-256={SHA_256}"));
    let expected = cavage("(request-target) host date digest", "");
    let expected = expected.replace(",headers", ",algorithm=\"rsa-sha256\",headers");
    assert_eq!(sent.headers["signature"], expected);
    assert_eq!(sent.verify(), Ok(()));
}

#[test]
fn gets_are_signed_without_digest_and_with_the_port() {
    let url = "http://h.example:8080/foo";
    let mut sent = round_trip(&Method::GET, url, "", Target::Whole);
    assert!(!sent.headers.contains_key("digest"));
    (sent.authority, sent.query) = ("h.example:8080", None);
    assert_eq!(sent.verify(), Ok(()));
    assert_eq!(
        Sent {
            authority: "h.example",
            ..sent
        }
        .verify(),
        Err(SignatureError::Mismatch)
    );
}

#[test]
fn query_may_be_left_out_of_the_signature() {
    let url = "https://h.example/foo?param=value&pet=dog";
    let sent = round_trip(&Method::GET, url, "", Target::Path);
    assert_eq!(sent.verify(), Ok(()));
    assert_eq!(sent.parse().unwrap().signing_strings.len(), 2);
}

#[test]
fn wanted_signature_covers_all_that_was_asked_for() {
    let key = PrivateKey::parse(PRIVATE).unwrap();
    let mut sent = Sent::new(&[]);
    let signer = Signer {
        key_id: KEY_ID,
        key: &key,
        now: sent.now,
    };
    let url = Url::parse("https://h.example/foo?param=value&pet=dog").unwrap();
    let wanted = concat!(
        r#"s=("@method" "@target-uri" "@authority" "@path" "@query" "@scheme" "date" "host" "#,
        r#""content-digest");created;nonce="n";tag="t""#,
    );
    let wanted = Wanted::parse(wanted).unwrap();
    sent.headers = signer
        .sign_message(&Method::POST, &url, Some(BODY.as_bytes()), &wanted)
        .unwrap();
    let input = sent.headers["signature-input"].to_str().unwrap();
    assert!(input.starts_with("s=(\"@method\" "), "{input}");
    assert!(input.ends_with(";nonce=\"n\";tag=\"t\""), "{input}");
    assert!(!sent.headers.contains_key("host"), "hyper has its own");
    sent.headers.insert("host", "h.example".parse().unwrap());
    assert_eq!(sent.verify(), Ok(()));
    sent.body = "other";
    assert!(sent.verify().is_err());

    let little = Wanted::parse(r#"s=("@method" "@target-uri")"#).unwrap();
    sent.body = BODY;
    sent.headers = signer
        .sign_message(&Method::POST, &url, Some(BODY.as_bytes()), &little)
        .unwrap();
    assert_eq!(sent.verify(), Ok(()), "the body is covered in any case");

    sent.headers = signer
        .sign_message(&Method::GET, &url, None, &wanted.kept())
        .unwrap();
    assert!(!sent.headers.contains_key("content-digest"));
    (sent.method, sent.body) = ("GET", "");
    sent.headers.insert("host", "h.example".parse().unwrap());
    assert_eq!(sent.verify(), Ok(()));
}

#[test]
fn keys_are_made_of_the_given_chance() {
    let made = |seed| {
        let mut chance = StdRng::seed_from_u64(seed);
        generate(move |bytes| chance.fill_bytes(bytes)).unwrap()
    };
    let pem = made(1);
    assert_eq!(pem, made(1));
    assert_ne!(pem, made(2));
    let key = PrivateKey::parse(&pem).unwrap();
    assert!(key.public_pem().starts_with("-----BEGIN PUBLIC KEY-----\n"));
    let der = keys::public_key(key.public_pem()).unwrap();
    assert!(keys::is_signed(
        &der,
        b"message",
        &key.sign(b"message").unwrap()
    ));
    assert!(PrivateKey::parse(PUBLIC).is_err());
}
