//! A peer that takes all that is delivered to its one account, when it does not fail.

use chrono::TimeDelta;
use hydraulics::app::{Clock, SystemClock};
use serde_json::{Value, json};

/// Nickname of its account.
pub(crate) const NICKNAME: &str = "mallory";

/// Difference of its clock, in seconds.
pub(crate) const CLOCK_OFFSET: i64 = 600;

/// The time by its clock, as a header has it.
pub(crate) fn wrong_date() -> String {
    let time = SystemClock.now() + TimeDelta::seconds(CLOCK_OFFSET);
    time.format("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

/// Its answer to a request.
pub(crate) fn answer(host: &str, request: &[u8]) -> Vec<u8> {
    let line = String::from_utf8_lossy(request);
    let path = line.split(' ').nth(1).unwrap_or_default();
    let url = |path: &str| format!("http://{host}{path}");
    let known = match path.split('?').next().unwrap_or_default() {
        "/.well-known/host-meta.json" => Some(json!({ "links": [
            { "rel": "registration_endpoint", "href": url("/api/client/register") },
            { "rel": "lrdd", "template": url("/api/lrdd?resource={uri}") },
        ] })),
        "/.well-known/webfinger" => Some(json!({ "links": [
            { "rel": "activity-inbox", "href": url("/inbox") },
        ] })),
        "/api/client/register" => Some(json!({
            "client_id": "client", "client_secret": "secret", "expires_at": 0
        })),
        "/inbox" => Some(json!({})),
        _ => None,
    };
    let status = if known.is_some() { 200 } else { 404 };
    let body = known.unwrap_or(Value::Null).to_string();
    let answer = format!(
        "HTTP/1.1 {status} So\r\ncontent-type: application/json\r\nconnection: close\r\n\
         content-length: {}\r\n\r\n{body}",
        body.len()
    );
    answer.into_bytes()
}
