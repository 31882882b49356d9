mod refused;
mod signing;

use chrono::TimeDelta;
use http::HeaderName;
use ring::signature::{RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY, UnparsedPublicKey};

use super::*;

const PUBLIC: &str = include_str!("../../../../tests/fixtures/http_signature/public.pem");
const PUBLIC_PKCS1: &str =
    include_str!("../../../../tests/fixtures/http_signature/public_pkcs1.pem");
const OTHER: &str = include_str!("../../../../tests/fixtures/http_signature/other.pem");

const BODY: &str = r#"{"hello": "world"}"#;
const SHA_256: &str = "X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=";
const SHA_512: &str =
    "WZDPaVn/7XgHaAy8pmojAkGWoRx2UFChF41A2svX+TaPm+AbwAgBWnrIiYllu7BNNyealdVLvRwEmTHWXvJwew==";
const DATE: &str = "Sun, 05 Jan 2014 21:31:40 GMT";
const KEY_ID: &str = "https://peer.example/alice#main-key";

/// Made by OpenSSL, of the request below with its query.
const CAVAGE: &str = "eB2pvRlWstKdz81V4i4bdfFS6bpAas4UHd50nLdgd+uz2MybAYpyUKH8ZyOPDmAkq/deWOjD38gl\
    h4RdXT8vWhtgwHi775/19es8AHlbICScxCZ1rKqeZz5B4vz7HIisfNd59ECTvXF3csNEkNaXqaHM8BkV5yKOZGQQ\
    bahmNky9+Fa/rljkdYrwBSYjSX3N3OaEaREmM0AfSoBJAHbKtOdaPfBm5UBdvQ9slF/iHDmyWWMRTgrfPugYfPHg\
    98QRJG+gXPvsy6TeOnlHzlNVGoC2FzQoDXuJ+LTBN/X6crijCwRWNgaENEculVdQftqQreO7jnSb0cYCNYmCwX2o\
    OA==";

/// Made by OpenSSL, of the same with a signature input.
const MESSAGE: &str = "mOLs7UYRNAUqqRSX/6zLq6/RgPP0V7/Q5iFbOZ2sryPL+z0QXJ9Gi6Kl3O9ZyBl6kJzZgcJzMMfv\
    6RxASalDjh5oel75sqQeuTUHJVMPfOmj5BioTnXL0Vj4FidCUGaopMwtZxe/I8SBHmYz2iG6L5ZEZVukzW8MToLN\
    1iS7EPnC5biR9p5ktagBhBCJaM98vh/uwxegyAkzv+UPSLk56pLlKOrFbppeNpot8h029G0iHUDItGEAgKv/I09y\
    TKGC67G2i4vPIey9DKAPRACs3i6zAiTbB+OWOXT8JiFjP6jKnHPiiRFDABh2HozXTpemhNqajdatJAR0zzoUXOCl\
    BA==";

/// A request that tests change before they have it checked.
struct Sent {
    method: &'static str,
    authority: &'static str,
    path: &'static str,
    query: Option<&'static str>,
    headers: HeaderMap,
    body: &'static str,
    now: DateTime<Utc>,
}

impl Sent {
    fn new(headers: &[(&str, &str)]) -> Self {
        let mut sent = Self {
            method: "POST",
            authority: "h.example",
            path: "/foo",
            query: Some("param=value&pet=dog"),
            headers: HeaderMap::new(),
            body: BODY,
            now: DateTime::parse_from_rfc2822(DATE).unwrap().to_utc(),
        };
        for (name, value) in headers {
            sent.set(name, value);
        }
        sent
    }

    fn cavage() -> Self {
        let header = cavage("(request-target) host date digest", "");
        Self::new(&[
            ("date", DATE),
            ("digest", &format!("SHA-256={SHA_256}")),
            ("signature", &header),
        ])
    }

    fn message() -> Self {
        Self::new(&[
            ("content-digest", &format!("sha-256=:{SHA_256}:")),
            (
                "signature-input",
                &input(r#""@method" "@target-uri" "content-digest""#, ""),
            ),
            ("signature", &format!("sig1=:{MESSAGE}:")),
        ])
    }

    fn set(&mut self, name: &str, value: &str) {
        let name: HeaderName = name.parse().unwrap();
        self.headers.insert(name, value.parse().unwrap());
    }

    fn parse(&self) -> Result<Claim, SignatureError> {
        let request = SignedRequest {
            method: self.method,
            scheme: "https",
            authority: self.authority,
            path: self.path,
            query: self.query,
            headers: &self.headers,
            body: self.body.as_bytes(),
        };
        parse(&request, self.now)
    }

    fn verify(&self) -> Result<(), SignatureError> {
        self.parse()?.verify(PUBLIC)
    }

    /// Why it is refused before a key is asked for.
    fn refusal(&self) -> String {
        self.parse().unwrap_err().to_string()
    }

    fn assert_refused_for(&self, reason: &str) {
        let refusal = self.refusal();
        assert!(refusal.contains(reason), "{refusal} for {reason}");
    }

    fn after(mut self, delay: TimeDelta) -> Self {
        self.now += delay;
        self
    }
}

fn cavage(covered: &str, more: &str) -> String {
    format!(r#"keyId="{KEY_ID}",headers="{covered}",signature="{CAVAGE}"{more}"#)
}

fn input(covered: &str, more: &str) -> String {
    let parameters = format!(r#"created=1388957500;keyid="{KEY_ID}";alg="rsa-v1_5-sha256""#);
    format!("sig1=({covered});{parameters}{more}")
}

#[test]
fn signatures_of_both_kinds_verify_with_their_key_only() {
    for sent in [Sent::cavage(), Sent::message()] {
        let claim = sent.parse().unwrap();
        assert_eq!(claim.key_id(), KEY_ID);
        assert_eq!(claim.verify(PUBLIC), Ok(()));
        assert_eq!(claim.verify(PUBLIC_PKCS1), Ok(()));
        let unbroken = PUBLIC
            .replace('\n', "")
            .replace("KEY-----", "KEY-----\r\n ");
        assert_eq!(claim.verify(&unbroken), Ok(()));
        assert_eq!(claim.verify(OTHER), Err(SignatureError::Mismatch));
    }
}

/// A request that is signed with an Ed25519 key, and that key.
fn signed_by_ed25519(mut sent: Sent, header: impl Fn(&str) -> String) -> (Sent, String) {
    let key = ed25519::SecretKey::parse(&ed25519::generate(|bytes| bytes.fill(1))).unwrap();
    let claim = sent.parse().unwrap();
    let signature = key.sign(claim.signing_strings[0].as_bytes());
    let signature = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, signature);
    sent.set("signature", &header(&signature));
    (sent, key.public().to_owned())
}

#[test]
fn ed25519_signatures_of_both_kinds_verify_with_their_key_only() {
    let covered = "(request-target) host date digest";
    let mut message = Sent::message();
    let names = r#""@method" "@target-uri" "content-digest""#;
    let parameters = format!(r#"created=1388957500;keyid="{KEY_ID}";alg="ed25519""#);
    message.set("signature-input", &format!("sig1=({names});{parameters}"));
    let cavage = |signature: &str, algorithm: &str| {
        format!(r#"keyId="{KEY_ID}",{algorithm}headers="{covered}",signature="{signature}""#)
    };
    let hs2019 = r#"algorithm="hs2019","#;
    for (sent, key) in [
        signed_by_ed25519(Sent::cavage(), |it| cavage(it, hs2019)),
        signed_by_ed25519(Sent::cavage(), |it| cavage(it, "")),
        signed_by_ed25519(message, |it| format!("sig1=:{it}:")),
    ] {
        let claim = sent.parse().unwrap();
        assert_eq!(claim.verify_ed25519(&key), Ok(()));
        assert_eq!(claim.verify(PUBLIC), Err(SignatureError::Mismatch));
        let other = ed25519::generate(|bytes| bytes.fill(2));
        let other = ed25519::SecretKey::parse(&other).unwrap();
        let refused = claim.verify_ed25519(other.public());
        assert_eq!(refused, Err(SignatureError::Mismatch));
        let changed = Sent {
            path: "/bar",
            ..sent
        };
        let refused = changed.parse().unwrap().verify_ed25519(&key);
        assert_eq!(refused, Err(SignatureError::Mismatch));
    }
    let rsa = r#"algorithm="rsa-sha256","#;
    let (sent, key) = signed_by_ed25519(Sent::cavage(), |it| cavage(it, rsa));
    let refused = sent.parse().unwrap().verify_ed25519(&key);
    assert_eq!(
        refused,
        Err(SignatureError::Mismatch),
        "by another algorithm"
    );
}

#[test]
fn vector_of_the_draft_has_the_signing_string_that_we_make() {
    let covered = "(request-target) host date content-type digest content-length";
    let mut sent = Sent::cavage();
    sent.authority = "example.com";
    sent.set("content-type", "application/json");
    sent.set("content-length", "18");
    sent.set(
        "signature",
        &format!(
            "keyId=\"Test\",algorithm=\"rsa-sha256\",headers=\"{covered}\",signature=\"{}\"",
            "vSdrb+dS3EceC9bcwHSo4MlyKS59iFIrhgYkz8+oVLEEzmYZZvRs8rgOp+63LEM3v+MFHB32NfpB2bEKBIvB\
             1q52LaEUHFv120V01IL+TAD48XaERZFukWgHoBTLMhYS2Gb51gWxpeIq8knRmPnYePbF5MOkR0Zkly4zKH7s\
             1dE="
        ),
    );
    let claim = sent.parse().unwrap();
    // Its key is shorter than those of today.
    let key = "MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDCFENGw33yGihy92pDjZQhl0C36rPJj+CvfSC8+q28hxA161\
               QFNUd13wuCTUcq0Qd2qsBe/2hFyc2DCJJg0h1L78+6Z4UMR7EOcpfdUE9Hf3m/hs+FUR45uBJeDK1HSFHD8b\
               HKD6kv8FPGfJTotc+2xjJwoYi+1hqp1fIekaxsyQIDAQAB";
    let pem = format!("-----BEGIN PUBLIC KEY-----\n{key}\n-----END PUBLIC KEY-----");
    let bad = SignatureError::BadKey("it does not have 2048 to 8192 bits");
    assert_eq!(claim.verify(&pem), Err(bad));
    let der = base64::Engine::decode(&base64::engine::general_purpose::STANDARD, key).unwrap();
    let short = UnparsedPublicKey::new(
        &RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY,
        // Without the 22 bytes that say what it is.
        &der[22..],
    );
    let signed = claim.signing_strings[0].as_bytes();
    assert!(short.verify(signed, &claim.signature).is_ok());
}

#[test]
fn changed_requests_do_not_verify() {
    for sent in [Sent::cavage, Sent::message] {
        let changes: [fn(&mut Sent); 5] = [
            |sent| sent.method = "PUT",
            |sent| sent.authority = "other.example",
            |sent| sent.path = "/bar",
            |sent| sent.query = Some("param=value"),
            |sent| sent.query = None,
        ];
        for change in changes {
            let mut sent = sent();
            change(&mut sent);
            assert_eq!(sent.verify(), Err(SignatureError::Mismatch));
        }
        let mut sent = sent();
        sent.body = "{}";
        sent.assert_refused_for("digest is not of the body");
    }
    let mut sent = Sent::cavage();
    sent.set("date", "Sun, 05 Jan 2014 21:31:41 GMT");
    assert_eq!(sent.verify(), Err(SignatureError::Mismatch));
    let mut sent = Sent::message();
    let covered = r#""@method" "@target-uri" "content-digest""#;
    sent.set("signature-input", &input(covered, ";tag=\"x\""));
    assert_eq!(sent.verify(), Err(SignatureError::Mismatch));
}

#[test]
fn clocks_may_differ_by_an_hour() {
    for sent in [Sent::cavage, Sent::message] {
        let after = |minutes| sent().after(TimeDelta::minutes(minutes));
        assert_eq!(after(-60).verify(), Ok(()));
        assert_eq!(after(65).verify(), Ok(()));
        after(-61).assert_refused_for("in the future");
        after(66).assert_refused_for("it expired at");
    }
}

#[test]
fn signed_expiry_counts_up_to_half_a_day_and_another_never_adds() {
    let covered = "(request-target) host (created) (expires) digest";
    let times = ",algorithm=hs2019,created=1388957500,expires=1389993600";
    let mut sent = Sent::cavage().after(TimeDelta::hours(13));
    sent.set("signature", &cavage(covered, times));
    assert_eq!(sent.verify(), Err(SignatureError::Mismatch));
    let mut sent = Sent::cavage().after(TimeDelta::hours(14));
    sent.set("signature", &cavage(covered, times));
    sent.assert_refused_for("it expired at");

    let covered = "(request-target) host date digest";
    let mut sent = Sent::cavage().after(TimeDelta::hours(2));
    sent.set("signature", &cavage(covered, ",expires=1389993600"));
    sent.assert_refused_for("it expired at");
    let mut sent = Sent::cavage().after(TimeDelta::minutes(62));
    sent.set("signature", &cavage(covered, ",expires=1388957501.5"));
    sent.assert_refused_for("it expired at");

    let mut sent = Sent::message().after(TimeDelta::minutes(62));
    let covered = r#""@method" "@target-uri" "content-digest""#;
    sent.set("signature-input", &input(covered, ";expires=1388957501"));
    sent.assert_refused_for("it expired at");
}

#[test]
fn first_acceptable_signature_of_several_counts() {
    let mut sent = Sent::message();
    let covered = r#""@method" "@target-uri" "content-digest""#;
    let other = r#"ed=("@method");created=1388957500;keyid="k";alg="ed25519", "#;
    sent.set("signature-input", &format!("{other}{}", input(covered, "")));
    assert_eq!(sent.verify(), Ok(()));
}

#[test]
fn keys_that_are_no_rsa_keys_are_refused() {
    let claim = Sent::cavage().parse().unwrap();
    let ed25519 = "MCowBQYDK2VwAyEAaYuSl5kDXs5ZFgNrfz6vo96YBHIroMO/DLsUz8b4Bq0=";
    for body in [ed25519, "", "AAAA", "?"] {
        let pem = format!("-----BEGIN PUBLIC KEY-----\n{body}\n-----END PUBLIC KEY-----\n");
        let refused = claim.verify(&pem);
        assert!(matches!(refused, Err(SignatureError::BadKey(_))), "{body}");
    }
    for pem in ["", "-----BEGIN ", &PUBLIC[..100], &PUBLIC.repeat(40)] {
        let refused = claim.verify(pem);
        assert!(matches!(refused, Err(SignatureError::BadKey(_))), "{pem}");
    }
}
