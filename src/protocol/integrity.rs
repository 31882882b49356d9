//! Object integrity proofs (FEP-8b32) by `eddsa-jcs-2022`, in and out.

use std::collections::BTreeMap;

use chrono::{DateTime, SecondsFormat, Utc};
use serde::Serialize;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use super::ed25519::{self, SecretKey};

/// Vocabulary of the words of a proof.
const VOCABULARY: &str = "https://w3id.org/security#";

/// Property with the proof, and that of older signatures, which no proof covers.
const PROOF: &str = "proof";
const SIGNATURE: &str = "signature";

/// Property of a proof with the signature.
const PROOF_VALUE: &str = "proofValue";

const PROOF_TYPE: &str = "DataIntegrityProof";
const CRYPTOSUITE: &str = "eddsa-jcs-2022";
const PURPOSE: &str = "assertionMethod";

/// Claim of a document to be signed with a key.
#[derive(Clone, Debug)]
pub(crate) struct ProofClaim {
    key_id: String,
    message: Vec<u8>,
    signature: Vec<u8>,
}

impl ProofClaim {
    /// Reads the proof of a document. `None` if there is not exactly one, it is of another kind, or
    /// it has expired.
    pub(crate) fn parse(document: &Map<String, Value>, now: DateTime<Utc>) -> Option<Self> {
        let proof = document.get(PROOF)?.as_object()?;
        let text = |name: &str| proof.get(name).and_then(Value::as_str);
        let is_known = text("type") == Some(PROOF_TYPE)
            && text("cryptosuite") == Some(CRYPTOSUITE)
            && text("proofPurpose") == Some(PURPOSE);
        let expires = text("expires").map(DateTime::parse_from_rfc3339);
        let lasts = expires.is_none_or(|time| time.is_ok_and(|time| time > now));
        let context = document.get("@context");
        let fits = proof.get("@context").is_none_or(|own| Some(own) == context);
        if !is_known || !lasts || !fits {
            return None;
        }
        Some(Self {
            key_id: text("verificationMethod")?.to_owned(),
            message: message(document, proof)?,
            signature: ed25519::from_multibase(text(PROOF_VALUE)?)?,
        })
    }

    /// The id of the key.
    pub(crate) fn key_id(&self) -> &str {
        &self.key_id
    }

    /// Whether the document was signed with the key that a public one, in multibase, belongs to.
    pub(crate) fn is_by(&self, public_key: &str) -> bool {
        ed25519::is_signed(public_key, &self.message, &self.signature)
    }
}

/// Adds a proof to a document, and to its context the words of it. A document that has no canonical
/// form stays without one.
pub(crate) fn sign(
    document: &mut Map<String, Value>,
    key_id: &str,
    key: &SecretKey,
    now: DateTime<Utc>,
) {
    let mut contexts = match document.remove("@context") {
        Some(Value::Array(contexts)) => contexts,
        context => context.into_iter().collect(),
    };
    contexts.push(proof_context());
    let context = Value::Array(contexts);
    document.shift_insert(0, "@context".into(), context.clone());
    let proof = json!({
        "@context": context,
        "type": PROOF_TYPE,
        "cryptosuite": CRYPTOSUITE,
        "verificationMethod": key_id,
        "proofPurpose": PURPOSE,
        "created": now.to_rfc3339_opts(SecondsFormat::Secs, true),
    });
    let Value::Object(mut proof) = proof else {
        return;
    };
    if let Some(message) = message(document, &proof) {
        let signature = ed25519::multibase(&key.sign(&message));
        proof.insert(PROOF_VALUE.into(), signature.into());
        document.insert(PROOF.into(), proof.into());
    }
}

/// The words of a proof, written out: not all peers have the context of them at hand.
fn proof_context() -> Value {
    let word = |name: &str| format!("{VOCABULARY}{name}");
    json!({
        "DataIntegrityProof": word(PROOF_TYPE),
        "proof": { "@id": word(PROOF), "@type": "@id", "@container": "@graph" },
        "cryptosuite": word("cryptosuite"),
        "created": {
            "@id": "http://purl.org/dc/terms/created",
            "@type": "http://www.w3.org/2001/XMLSchema#dateTime",
        },
        "verificationMethod": { "@id": word("verificationMethod"), "@type": "@id" },
        "proofPurpose": { "@id": word("proofPurpose"), "@type": "@vocab" },
        "assertionMethod": { "@id": word("assertionMethod"), "@type": "@id", "@container": "@set" },
        "proofValue": { "@id": word(PROOF_VALUE), "@type": word("multibase") },
    })
}

/// Returns what is signed: the digests of the proof without its signature, and of the document.
fn message(document: &Map<String, Value>, proof: &Map<String, Value>) -> Option<Vec<u8>> {
    let mut options: BTreeMap<&str, &Value> = without(proof, &[PROOF_VALUE]);
    // Some peers don't repeat the context, but all of them sign it.
    options.extend(
        document
            .get("@context")
            .map(|context| ("@context", context)),
    );
    let document = without(document, &[PROOF, SIGNATURE]);
    Some([digest(&options)?, digest(&document)?].concat())
}

fn without<'a>(object: &'a Map<String, Value>, names: &[&str]) -> BTreeMap<&'a str, &'a Value> {
    let members = object.iter().map(|(name, value)| (name.as_str(), value));
    members.filter(|(name, _)| !names.contains(name)).collect()
}

fn digest(value: &impl Serialize) -> Option<Vec<u8>> {
    let canonical = serde_json_canonicalizer::to_vec(value).ok()?;
    Some(Sha256::digest(canonical).to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The test vector of FEP-8b32.
    const SECRET: &str = "z3u2en7t5LR2WtQH5PfFqMqwVHBeXouLzo6haApm8XHqvjxq";
    const PUBLIC: &str = "z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2";
    const KEY_ID: &str = "https://server.example/users/alice#ed25519-key";

    fn time(text: &str) -> DateTime<Utc> {
        DateTime::parse_from_rfc3339(text).unwrap().to_utc()
    }

    fn vector() -> Map<String, Value> {
        let text = include_str!("../../tests/fixtures/integrity_proof/activity.json");
        serde_json::from_str(text).unwrap()
    }

    fn is_valid(document: &Map<String, Value>) -> bool {
        let claim = ProofClaim::parse(document, time("2023-03-01T00:00:00Z"));
        claim.is_some_and(|claim| claim.key_id() == KEY_ID && claim.is_by(PUBLIC))
    }

    #[test]
    fn vector_of_the_proposal_is_valid_until_it_is_changed() {
        assert!(is_valid(&vector()));
        let mut unnamed = vector();
        unnamed["proof"].as_object_mut().unwrap().remove("@context");
        unnamed.insert("signature".into(), json!({ "type": "RsaSignature2017" }));
        assert!(is_valid(&unnamed));
        let changes: [fn(&mut Value); 9] = [
            |it| it["object"]["content"] = "Hello moon".into(),
            |it| it["@context"][1] = "https://other.example/".into(),
            |it| it["more"] = 1.into(),
            |it| it["proof"]["created"] = "2023-02-24T23:36:39Z".into(),
            |it| it["proof"]["cryptosuite"] = "eddsa-rdfc-2022".into(),
            |it| it["proof"]["proofPurpose"] = "authentication".into(),
            |it| it["proof"]["expires"] = "2023-02-25T00:00:00Z".into(),
            |it| it["proof"]["proofValue"] = "z".into(),
            |it| it["proof"] = json!([it["proof"], it["proof"]]),
        ];
        for change in changes {
            let mut document = Value::from(vector());
            change(&mut document);
            assert!(!is_valid(document.as_object().unwrap()), "{document}");
        }
    }

    #[test]
    fn our_proof_can_be_verified_and_its_words_are_in_the_context() {
        let key = SecretKey::parse(SECRET).unwrap();
        for context in [
            json!("https://a.example/"),
            json!(["https://a.example/", {}]),
        ] {
            let mut document = vector();
            document.remove("proof");
            document.insert("@context".into(), context);
            sign(&mut document, KEY_ID, &key, time("2023-02-24T23:36:38.5Z"));
            assert!(is_valid(&document));
            let contexts = document["@context"].as_array().unwrap();
            assert_eq!(*contexts.last().unwrap(), proof_context());
            assert_eq!(document["proof"]["created"], "2023-02-24T23:36:38Z");
            let later = time("2023-02-24T23:40:00Z");
            assert!(!ProofClaim::parse(&document, later).unwrap().is_by("z"));
        }
    }
}
