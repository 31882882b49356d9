//! Requests that oauthlib signed.

use super::*;

#[derive(serde::Deserialize)]
struct Vector {
    name: String,
    signing: String,
    method: String,
    scheme: String,
    authority: String,
    path: String,
    query: Option<String>,
    authorization: Option<String>,
    form: Option<String>,
    client_secret: String,
    token_secret: Option<String>,
}

#[test]
fn oauthlib_vectors_verify_and_altered_ones_fail() {
    let json = include_str!("../../../tests/fixtures/oauth1/oauthlib.json");
    let vectors: Vec<Vector> = serde_json::from_str(json).unwrap();
    assert!(vectors.len() > 100);
    for vector in &vectors {
        let request = Request {
            method: &vector.method,
            scheme: &vector.scheme,
            authority: &vector.authority,
            path: &vector.path,
            query: vector.query.as_deref(),
            authorization: vector.authorization.as_deref(),
            form: vector.form.as_deref().map(str::as_bytes),
            secure: false,
        };
        let method = Method::parse(&vector.signing).unwrap();
        let signed = request.signed().unwrap();
        let (secret, token) = (&vector.client_secret, vector.token_secret.as_deref());
        assert!(signed.verify(method, secret, token), "{}", vector.name);
        assert!(
            !signed.verify(method, secret, Some("other")),
            "{}",
            vector.name
        );
        if method != Method::Plaintext {
            let moved = Request {
                path: "/elsewhere",
                ..request
            }
            .signed()
            .unwrap();
            assert!(!moved.verify(method, secret, token), "{}", vector.name);
        }
    }
}
