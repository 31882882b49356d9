//! Checks of the server against a row.

use http::StatusCode;
use serde_json::Value;

use super::{
    row::{Asked, Auth, Caller, JSON, Row},
    world::World,
};
use crate::support::{Answer, Request, TestServer};

const MISSING: &str = "Missing required parameter";

/// All that differs. `open` is the same server, read by anyone.
pub(super) async fn row(world: &World, open: &TestServer, row: &Row) -> Vec<String> {
    let mut wrong = strangers(world, open, row).await;
    for refusal in &row.refusals {
        let answer = world.ask(row.method, &refusal.asked).await;
        let (status, message) = (refusal.status, world.fill(&refusal.message));
        if answer.status.as_u16() != status || !says(&answer, &message) {
            let who = refusal.asked.who;
            wrong.push(format!(
                "{who:?} wants {status} {message:?}, got {}",
                brief(&answer)
            ));
        }
    }
    if row.method == "GET" {
        wrong.extend(companions(world, row).await);
    }
    wrong.extend(options(world, row).await);
    wrong.extend(success(world, row).await);
    wrong
}

/// Responses to callers without access, by class (pump-api 1.6).
async fn strangers(world: &World, open: &TestServer, row: &Row) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut expect = |who: &str, answer: &Answer, status: u16, message: &str| {
        if answer.status.as_u16() != status || !says(answer, message) {
            wrong.push(format!(
                "{who} wants {status} {message:?}, got {}",
                brief(answer)
            ));
        }
    };
    let nobody = world.ask(row.method, &as_who(row, Caller::Nobody)).await;
    match row.auth {
        Auth::None => {}
        Auth::Client => expect("nobody", &nobody, 400, MISSING),
        Auth::User => {
            expect("nobody", &nobody, 400, MISSING);
            let client = world.ask(row.method, &as_who(row, Caller::Client)).await;
            expect("a client by itself", &client, 400, MISSING);
        }
        Auth::UserRead => {
            expect("nobody", &nobody, 401, "Not logged in.");
            let client = world.ask(row.method, &as_who(row, Caller::Client)).await;
            expect("a client by itself", &client, 400, MISSING);
        }
        Auth::AnyRead | Auth::ClientRead => {
            expect("nobody", &nobody, 401, "Not logged in.");
            let client = world.ask(row.method, &as_who(row, Caller::Client)).await;
            expect("a client by itself", &client, row.status, "");
            let request = Request::new(row.method, &world.fill(&row.asked.target));
            let anyone = open.send(request).await;
            let status = if row.auth == Auth::AnyRead {
                row.status
            } else {
                401
            };
            expect("nobody, where anyone reads,", &anyone, status, "");
        }
    }
    wrong
}

async fn success(world: &World, row: &Row) -> Vec<String> {
    let answer = world.ask(row.method, &row.asked).await;
    if answer.status.as_u16() != row.status || answer.header("content-type") != row.answers {
        let (status, kind) = (row.status, row.answers);
        return vec![format!("wants {status} {kind}, got {}", brief(&answer))];
    }
    let json: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    let missing = row.keys.iter().filter(|key| {
        let path = format!("/{}", key.replace('.', "/"));
        json.pointer(&path).is_none()
    });
    let mut wrong: Vec<String> = missing.map(|key| format!("no {key} in {json}")).collect();
    if row.exactly.as_ref().is_some_and(|exactly| *exactly != json) {
        wrong.push(format!("is {json}"));
    }
    if answer.text().contains("\"_") {
        wrong.push(format!("shows an internal key: {json}"));
    }
    wrong
}

/// HEAD as GET without the body; a tag, and 304 for who has it (pump-api 1.4).
async fn companions(world: &World, row: &Row) -> Vec<String> {
    let mut wrong = Vec::new();
    let get = world.ask("GET", &row.asked).await;
    let head = world.ask("HEAD", &row.asked).await;
    let kind = "content-type";
    if head.status != get.status || head.header(kind) != get.header(kind) || !head.body.is_empty() {
        wrong.push(format!("HEAD is {}", brief(&head)));
    }
    let tagged = row.answers == JSON && row.path.starts_with("/api/") && row.status == 200;
    if tagged && row.path != "/api/lrdd" {
        let tag = get.header("etag").to_owned();
        let again = world
            .ask_with("GET", &row.asked, ("if-none-match", &tag))
            .await;
        if !tag.starts_with("W/\"") || again.status != StatusCode::NOT_MODIFIED {
            wrong.push(format!("the tag {tag:?} gives {}", brief(&again)));
        }
    }
    wrong
}

/// OPTIONS needs nobody, and names the method; but that the token endpoints take any method, this
/// one too (pump-api 1.4).
async fn options(world: &World, row: &Row) -> Vec<String> {
    if row.path.ends_with("_token") {
        return Vec::new();
    }
    let answer = world.ask("OPTIONS", &as_who(row, Caller::Nobody)).await;
    let allowed = answer.header("allow");
    let named = allowed.split(',').any(|method| method.trim() == row.method);
    if answer.status == StatusCode::OK && named {
        return Vec::new();
    }
    vec![format!(
        "OPTIONS is {} allowing {allowed:?}",
        brief(&answer)
    )]
}

fn as_who(row: &Row, who: Caller) -> Asked {
    Asked {
        who,
        ..row.asked.clone()
    }
}

/// Whether an answer has the message: as JSON, as text, or on a page.
fn says(answer: &Answer, message: &str) -> bool {
    let text = answer.text();
    match serde_json::from_str::<Value>(&text) {
        Ok(json) if json.get("error").is_some() => json["error"] == message || message.is_empty(),
        _ => text.replace("&#39;", "'").contains(message),
    }
}

fn brief(answer: &Answer) -> String {
    let text: String = answer.text().chars().take(200).collect();
    let (status, kind) = (answer.status, answer.header("content-type"));
    format!("{status} {kind}: {text}")
}
