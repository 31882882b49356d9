//! A host that speaks `ActivityPub`, as a test tells it.

use std::{collections::HashMap, sync::Arc};

use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use http::{Method, Response};
use parking_lot::Mutex;
use ring::{
    digest::{SHA256, digest},
    rand::SystemRandom,
    signature::{Ed25519KeyPair, RSA_PKCS1_SHA256, RsaKeyPair},
};
use serde_json::{Value, json};
use url::{Url, form_urlencoded};

use super::ACTIVITY;
use crate::support::{Answer, Network, Request, TestServer, answer, http_date};

/// The public collection.
pub(super) const PUBLIC: &str = "https://www.w3.org/ns/activitystreams#Public";

const PRIVATE_KEY: &str = include_str!("../../fixtures/http_signature/private.pem");
const PUBLIC_KEY: &str = include_str!("../../fixtures/http_signature/public.pem");

/// The Ed25519 pair of the test vectors of FEP-8b32.
const SECRET_MULTIKEY: &str = "z3u2en7t5LR2WtQH5PfFqMqwVHBeXouLzo6haApm8XHqvjxq";
const PUBLIC_MULTIKEY: &str = "z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2";

/// The documents that a host shows, by their ids.
type Shown = Arc<Mutex<HashMap<String, Value>>>;

/// A host, and the documents that it shows.
#[derive(Clone)]
pub(super) struct Host {
    pub(super) name: &'static str,
    shown: Shown,
}

impl Host {
    /// A host on a network, which shows nothing yet and takes whatever is sent.
    pub(super) fn on(network: &Network, name: &'static str) -> Self {
        let shown = Shown::default();
        let documents = Arc::clone(&shown);
        network.stub(&format!("https://{name}"), move |request| {
            let url = request.uri().to_string();
            if request.method() == Method::POST {
                return answer(202, "text/plain", "");
            }
            if request.uri().path() == "/.well-known/webfinger" {
                return find(&documents, &url.parse().unwrap());
            }
            match documents.lock().get(&url) {
                Some(document) if document["type"] == "Tombstone" => {
                    answer(410, ACTIVITY, document.to_string())
                }
                Some(document) => answer(200, ACTIVITY, document.to_string()),
                None => answer(404, "text/plain", "no"),
            }
        });
        Self { name, shown }
    }

    /// A URL of the host.
    pub(super) fn url(&self, path: &str) -> String {
        format!("https://{}/{path}", self.name)
    }

    /// Shows a document from now on.
    pub(super) fn show(&self, document: &Value) {
        let id = document["id"].as_str().unwrap().to_owned();
        self.shown.lock().insert(id, document.clone());
    }

    /// Shows a document no more.
    pub(super) fn hide(&self, id: &Value) {
        self.shown.lock().remove(id.as_str().unwrap());
    }

    /// Shows an actor, and returns it.
    pub(super) fn actor(&self, kind: &str, name: &str) -> Value {
        self.actor_at(kind, name, name)
    }

    /// Shows an actor at a path, and returns it.
    pub(super) fn actor_at(&self, kind: &str, name: &str, path: &str) -> Value {
        let id = self.url(path);
        let actor = json!({
            "@context": ["https://www.w3.org/ns/activitystreams", "https://w3id.org/security/v1"],
            "id": id, "type": kind, "preferredUsername": name, "name": name,
            "inbox": format!("{id}/inbox"), "outbox": format!("{id}/outbox"),
            "followers": format!("{id}/followers"),
            "publicKey": {
                "id": format!("{id}#main-key"), "owner": id, "publicKeyPem": PUBLIC_KEY,
            },
            "assertionMethod": [{
                "id": format!("{id}#ed25519-key"), "type": "Multikey", "controller": id,
                "publicKeyMultibase": PUBLIC_MULTIKEY,
            }],
        });
        self.show(&actor);
        actor
    }

    /// Delivers an activity to the shared inbox of a server, signed by its actor.
    pub(super) async fn send(&self, server: &TestServer, activity: &Value) -> Answer {
        let actor = activity["actor"].as_str().unwrap();
        let key_id = format!("{actor}#main-key");
        Self::deliver(server, &key_id, &activity.to_string()).await
    }

    /// Delivers a body to the shared inbox of a server, signed with a key by its id.
    pub(super) async fn deliver(server: &TestServer, key_id: &str, body: &str) -> Answer {
        let digest = STANDARD.encode(digest(&SHA256, body.as_bytes()));
        let digest = format!("SHA-256={digest}");
        let date = http_date(server.ctx().now());
        let host = server.app.urls().authority();
        let signed = format!(
            "(request-target): post /api/inbox\nhost: {host}\ndate: {date}\ndigest: {digest}"
        );
        let covered = "(request-target) host date digest";
        let (algorithm, value) = if key_id.ends_with("#ed25519-key") {
            ("hs2019", STANDARD.encode(sign_ed25519(signed.as_bytes())))
        } else {
            ("rsa-sha256", sign(&signed))
        };
        let signature = format!(
            r#"keyId="{key_id}",algorithm="{algorithm}",headers="{covered}",signature="{value}""#
        );
        let request = Request::post("/api/inbox")
            .body(ACTIVITY, body.to_owned())
            .header("date", &date)
            .header("digest", &digest)
            .header("signature", &signature);
        server.send(request).await
    }
}

fn find(documents: &Shown, url: &Url) -> Response<Bytes> {
    let mut query = form_urlencoded::parse(url.query().unwrap_or_default().as_bytes());
    let resource = query.find(|(name, _)| name == "resource");
    let resource = resource.map(|(_, resource)| resource.into_owned());
    let resource = resource.unwrap_or_default();
    let host = url.host_str().unwrap();
    let documents = documents.lock();
    let found = documents.values().filter(|document| {
        let name = document["preferredUsername"].as_str().unwrap_or_default();
        format!("acct:{name}@{host}") == resource
    });
    let links = found.map(|found| {
        let kind = json!({ "https://www.w3.org/ns/activitystreams#type": found["type"] });
        json!({ "rel": "self", "type": ACTIVITY, "href": found["id"], "properties": kind })
    });
    let mut links: Vec<Value> = links.collect();
    if links.is_empty() {
        return answer(404, "text/plain", "no");
    }
    links.sort_by_key(Value::to_string);
    let document = json!({ "subject": resource, "links": links });
    answer(200, "application/jrd+json", document.to_string())
}

/// Adds a proof with a key, by its id, to an activity.
pub(super) fn proved(activity: &Value, key_id: &str) -> Value {
    let mut proof = json!({
        "@context": activity["@context"], "type": "DataIntegrityProof",
        "cryptosuite": "eddsa-jcs-2022", "verificationMethod": key_id,
        "proofPurpose": "assertionMethod", "created": "2026-11-30T00:00:00Z",
    });
    let hashes = [&proof, activity].map(|value| {
        let canonical = serde_json_canonicalizer::to_vec(value).unwrap();
        digest(&SHA256, &canonical).as_ref().to_vec()
    });
    let signature = bs58::encode(sign_ed25519(&hashes.concat())).into_string();
    proof["proofValue"] = format!("z{signature}").into();
    let mut activity = activity.clone();
    activity["proof"] = proof;
    activity
}

fn sign_ed25519(message: &[u8]) -> Vec<u8> {
    let secret = bs58::decode(&SECRET_MULTIKEY[1..]).into_vec().unwrap();
    let pair = Ed25519KeyPair::from_seed_unchecked(&secret[2..]).unwrap();
    pair.sign(message).as_ref().to_vec()
}

fn sign(text: &str) -> String {
    let lines = PRIVATE_KEY
        .lines()
        .filter(|line| !line.starts_with("-----"));
    let der = STANDARD.decode(lines.collect::<String>()).unwrap();
    let key = RsaKeyPair::from_pkcs8(&der).unwrap();
    let mut signature = vec![0; key.public().modulus_len()];
    let random = SystemRandom::new();
    key.sign(&RSA_PKCS1_SHA256, &random, text.as_bytes(), &mut signature)
        .unwrap();
    STANDARD.encode(signature)
}
