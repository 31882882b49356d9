//! JSON bodies.

use axum::{
    body::Bytes,
    extract::{FromRequest, Request},
    http::request::Parts,
};
use serde_json::{Map, Value};

use super::{super::body, turns};
use crate::{
    App,
    app::Pass,
    protocol::json,
    service::{Error, ErrorKind, Result},
};

/// Of bodies with more bytes only so many are worked on at once: what is made of them takes many
/// times as much.
const SMALL_BYTES: usize = 16 * 1024;

/// The JSON object that a write must have as its body. Anything else is refused with a sentence
/// that says what is wrong. A handler keeps the turn of a large one until its answer is made.
pub(crate) struct JsonBody(pub(crate) Map<String, Value>, pub(crate) Option<Pass>);

/// [`JsonBody`] of a peer. It does not take the turns of others, since things of third servers may
/// be fetched meanwhile.
pub(crate) struct PeerBody(pub(crate) Map<String, Value>, pub(crate) Option<Pass>);

impl FromRequest<App> for JsonBody {
    type Rejection = Error;

    async fn from_request(request: Request, app: &App) -> Result<Self> {
        let (parts, bytes) = read(request, app).await?;
        let turn = if bytes.len() > SMALL_BYTES {
            Some(turns::of_network(app, &parts).await?)
        } else {
            None
        };
        Ok(Self(parse(&bytes)?, turn))
    }
}

impl FromRequest<App> for PeerBody {
    type Rejection = Error;

    async fn from_request(request: Request, app: &App) -> Result<Self> {
        let (parts, bytes) = read(request, app).await?;
        let turn = if bytes.len() > SMALL_BYTES {
            Some(turns::of_peer(app, &parts).await?)
        } else {
            None
        };
        Ok(Self(parse(&bytes)?, turn))
    }
}

async fn read(request: Request, app: &App) -> Result<(Parts, Bytes)> {
    if !body::is(request.headers(), "application/json") {
        return Err(Error::new(
            ErrorKind::UnsupportedMediaType,
            "Send a JSON object with Content-Type: application/json.",
        ));
    }
    let (parts, body) = request.into_parts();
    let bytes = body::read(body, app.settings().max_body).await?;
    Ok((parts, bytes))
}

/// Reads a JSON object.
pub(super) fn parse(bytes: &[u8]) -> Result<Map<String, Value>> {
    let value = json::parse(bytes).map_err(|error| Error::bad_request(error.to_string()))?;
    match value {
        Value::Object(map) => Ok(map),
        _ => Err(Error::bad_request("The body must be a JSON object.")),
    }
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use futures_util::FutureExt;
    use tokio::task::unconstrained;

    use super::*;
    use crate::{app::AppParts, protocol::as1::MAX_DEPTH};

    #[tokio::test]
    async fn large_body_has_a_turn_as_long_as_it_is_kept() {
        let app = App::new(AppParts::of_a_test("http://pump.test"));
        let read = |length: usize| {
            let body = format!(r#"{{"a":"{}"}}"#, "x".repeat(length));
            let request = Request::post("/").header("content-type", "application/json");
            let request = request.body(Body::from(body)).unwrap();
            let body = unconstrained(JsonBody::from_request(request, &app)).now_or_never();
            body.map(Result::unwrap)
        };
        let mut large: Vec<JsonBody> = (0..100).map_while(|_| read(SMALL_BYTES)).collect();
        assert!((1..100).contains(&large.len()));
        assert!(read(1).is_some(), "a small one needs none");
        assert!(read(SMALL_BYTES).is_none());
        large.pop();
        assert!(read(SMALL_BYTES).is_some());
    }

    #[tokio::test]
    async fn large_bodies_of_peers_leave_the_turns_of_others() {
        let app = App::new(AppParts::of_a_test("http://pump.test"));
        let request = || {
            let body = format!(r#"{{"a":"{}"}}"#, "x".repeat(SMALL_BYTES));
            let request = Request::post("/").header("content-type", "application/json");
            request.body(Body::from(body)).unwrap()
        };
        let read = |_| unconstrained(PeerBody::from_request(request(), &app)).now_or_never();
        let of_peers: Vec<PeerBody> = (0..100).map_while(read).map(Result::unwrap).collect();
        assert!((1..100).contains(&of_peers.len()));
        let other = unconstrained(JsonBody::from_request(request(), &app)).now_or_never();
        assert!(other.is_some_and(|body| body.is_ok()));
    }

    fn refused(bytes: &[u8]) -> String {
        parse(bytes).unwrap_err().message().to_owned()
    }

    #[test]
    fn an_object_is_read_with_its_keys_in_order() {
        let map = parse(br#" { "b": 1, "a": "\\u0000" } "#).unwrap();
        assert_eq!(map.keys().collect::<Vec<_>>(), ["b", "a"]);
    }

    #[test]
    fn invalid_json_body_error_names_the_problem() {
        assert!(refused(b"{").starts_with("The body is not JSON: EOF"));
        assert!(refused(b"").starts_with("The body is not JSON: EOF"));
        assert!(refused(b"{\"a\":\"\xff\"}").starts_with("The body is not UTF-8"));
        assert_eq!(refused(b"[]"), "The body must be a JSON object.");
        assert_eq!(
            refused(br#"{"a":["\u0000"]}"#),
            "Text can't contain U+0000."
        );
        assert_eq!(refused(br#"{"a\u0000":1}"#), "Text can't contain U+0000.");
        assert!(refused(br#"{"a":"\ud800"}"#).starts_with("The body is not JSON"));
        let nested = |levels| format!("{{\"a\":{}{}}}", "[".repeat(levels), "]".repeat(levels));
        assert!(parse(nested(MAX_DEPTH - 1).as_bytes()).is_ok());
        assert!(refused(nested(MAX_DEPTH).as_bytes()).contains("32 levels"));
        let deep = "[".repeat(1000) + &"]".repeat(1000);
        assert!(refused(deep.as_bytes()).contains("recursion limit"));
    }
}
