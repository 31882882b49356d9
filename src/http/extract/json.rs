//! JSON bodies.

use axum::{extract::FromRequest, extract::Request};
use serde_json::{Map, Value};

use super::{super::body, turns};
use crate::{
    App,
    app::Pass,
    protocol::as1::{MAX_DEPTH, is_flat_enough},
    service::{Error, ErrorKind, Result},
};

/// Of bodies with more bytes only so many are worked on at once: what is made of them takes many
/// times as much.
const SMALL_BYTES: usize = 16 * 1024;

/// The JSON object that a write must have as its body. Anything else is refused with a sentence
/// that says what is wrong. A handler keeps the turn of a large one until its answer is made.
pub(crate) struct JsonBody(pub(crate) Map<String, Value>, pub(crate) Option<Pass>);

impl FromRequest<App> for JsonBody {
    type Rejection = Error;

    async fn from_request(request: Request, app: &App) -> Result<Self> {
        if !body::is(request.headers(), "application/json") {
            return Err(Error::new(
                ErrorKind::UnsupportedMediaType,
                "Send a JSON object with Content-Type: application/json.",
            ));
        }
        let (parts, body) = request.into_parts();
        let bytes = body::read(body, app.settings().max_body).await?;
        let turn = if bytes.len() > SMALL_BYTES {
            Some(turns::of_network(app, &parts).await?)
        } else {
            None
        };
        Ok(Self(parse(&bytes)?, turn))
    }
}

/// Reads a JSON object.
pub(super) fn parse(bytes: &[u8]) -> Result<Map<String, Value>> {
    let text = std::str::from_utf8(bytes)
        .map_err(|error| Error::bad_request(format!("The body is not UTF-8: {error}.")))?;
    let value: Value = serde_json::from_str(text)
        .map_err(|error| Error::bad_request(format!("The body is not JSON: {error}.")))?;
    // An escape is the only way to write it, so most bodies need not be walked.
    if text.contains("\\u0000") && has_nul(&value) {
        return Err(Error::bad_request("Text can't contain U+0000."));
    }
    // Few open as many brackets as may stand in each other.
    let is_opening = |byte: &&u8| matches!(byte, b'[' | b'{');
    if bytes.iter().filter(is_opening).count() > MAX_DEPTH && !is_flat_enough(&value) {
        return Err(Error::bad_request(format!(
            "JSON may be nested {MAX_DEPTH} levels deep and no deeper."
        )));
    }
    match value {
        Value::Object(map) => Ok(map),
        _ => Err(Error::bad_request("The body must be a JSON object.")),
    }
}

fn has_nul(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains('\0'),
        Value::Array(items) => items.iter().any(has_nul),
        Value::Object(map) => map
            .iter()
            .any(|(name, value)| name.contains('\0') || has_nul(value)),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use futures_util::FutureExt;
    use tokio::task::unconstrained;

    use super::*;
    use crate::app::AppParts;

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
