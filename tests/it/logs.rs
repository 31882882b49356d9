//! Contents of the log: request ids, refusals, and no secrets.

use std::{cell::RefCell, io, sync::Once};

use serde_json::json;

use tracing_subscriber::{
    Layer,
    filter::dynamic_filter_fn,
    fmt::{self, format::FmtSpan},
    layer::SubscriberExt,
    registry,
};

use crate::support::{Answer, Backend, Credentials, PASSWORD, Request, TestServer};

thread_local! {
    /// The log output of this thread. Other tests run on other threads.
    static LOG: RefCell<Option<Vec<u8>>> = const { RefCell::new(None) };

    /// The spans of this thread, a line for each that is opened.
    static TRACE: RefCell<Option<Vec<u8>>> = const { RefCell::new(None) };
}

struct Log;

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        LOG.with_borrow_mut(|log| log.get_or_insert_default().extend_from_slice(bytes));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

struct Trace;

impl io::Write for Trace {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        TRACE.with_borrow_mut(|trace| trace.get_or_insert_default().extend_from_slice(bytes));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Has what is logged on a thread kept from when [`LOG`] is set there.
fn listen() {
    static LISTENING: Once = Once::new();
    LISTENING.call_once(|| {
        let wanted = dynamic_filter_fn(|_, _| LOG.with_borrow(Option::is_some));
        let lines = fmt::layer().with_ansi(false).with_writer(|| Log);
        let lines = lines.with_filter(wanted);
        let traced = dynamic_filter_fn(|metadata, _| {
            metadata.is_span() && TRACE.with_borrow(Option::is_some)
        });
        let spans = fmt::layer().with_ansi(false).with_writer(|| Trace);
        let spans = spans.with_span_events(FmtSpan::NEW).with_filter(traced);
        let subscriber = registry().with(lines).with(spans);
        tracing::subscriber::set_global_default(subscriber).unwrap();
    });
    LOG.set(Some(Vec::new()));
}

/// Takes the lines that were logged.
fn heard() -> String {
    String::from_utf8(LOG.take().unwrap()).unwrap()
}

/// Sends a request, and returns its status and the spans in its own, in the order of opening.
async fn walk(server: &TestServer, request: Request) -> (Answer, Vec<String>) {
    listen();
    TRACE.set(Some(Vec::new()));
    let answer = server.send(request).await;
    let trace = String::from_utf8(TRACE.take().unwrap()).unwrap();
    heard();
    assert!(!trace.contains("sekrit"), "{trace}");
    let id = format!("request_id=\"{}\"", answer.header("x-request-id"));
    let lines = trace.lines().filter(|line| line.contains(&id));
    let scopes = lines.filter_map(|line| Some(line.split_once('}')?.1.split_once(": ")?.0));
    let names = scopes.map(|scope| scope.trim_start_matches(':').split('{').next());
    let names = names.flatten().filter(|name| !name.is_empty());
    (answer, names.map(str::to_owned).collect())
}

#[tokio::test]
async fn trace_of_a_request_has_a_span_for_each_step() {
    let server = TestServer::on(Backend::Memory).await;
    let alice = server.user("alice").await;
    let note = json!({ "object": { "objectType": "note", "content": "sekrit" } });
    let post = Request::post("/api/user/alice/feed").json(&note).by(&alice);
    let (answer, names) = walk(&server, post).await;
    answer.ok();
    let steps = [
        "authenticate",
        "perform",
        "perform:plan",
        "perform:commit",
        "present",
    ];
    assert_eq!(names, steps);
    let (answer, names) = walk(&server, Request::get("/api/user/alice/inbox").by(&alice)).await;
    answer.ok();
    assert_eq!(names, ["authenticate", "read_page", "present"]);
}

#[tokio::test]
async fn refusals_of_a_busy_server_are_logged_in_one_line() {
    let server = TestServer::on(Backend::Sqlite).await;
    let server = server.again(|settings| settings.live.max_connections = 0);
    let alice = server.user("alice").await;
    listen();
    for _ in 0..3 {
        let request = Request::get("/api/user/alice/inbox").by(&alice);
        let request = request.header("accept", "text/event-stream");
        server.send(request).await.refused(503);
    }
    let log = heard();
    assert!(!log.contains("ERROR"), "{log}");
    assert_eq!(log.matches("WARN").count(), 1, "{log}");
    assert!(log.contains("There is no room for another live feed"));

    server.app.storage().close().await;
    listen();
    for path in ["/readyz", "/api/user/alice", "/api/user/alice"] {
        let request = Request::get(path).by(&alice);
        server.send(request).await.is(503);
    }
    let log = heard();
    assert_eq!(log.matches("ERROR").count(), 3, "{log}");
    assert!(!log.contains("WARN"), "{log}");
}

#[tokio::test]
async fn log_lines_have_request_ids_and_no_secrets() {
    listen();
    let server = TestServer::on(Backend::Memory).await;
    let alice = server.user("alice").await;
    let query = "oauth_signature=sekrit&oauth_token=token-of-alice";
    let mut ids = Vec::new();
    for request in [
        Request::get("/api/whoami").by(&alice),
        Request::get("/api/whoami").by(&Credentials {
            secret: "wrong".into(),
            ..alice.clone()
        }),
        Request::get(&format!("/api/whoami?{query}")),
        Request::post("/oauth/request_token")
            .by(&alice)
            .callback("https://app.example/?sekrit"),
        Request::post("/oauth/authorize").form(&[("username", "alice"), ("password", PASSWORD)]),
        Request::post("/api/client/register")
            .form(&[("type", "client_update"), ("client_secret", "sekrit")]),
        Request::get("/main/confirm/sekrit"),
        Request::get("/pump/main/confirm/sekrit"),
        Request::get("//main//recover/sekrit"),
        Request::get("/MAIN/unsubscribe%2Fsekrit"),
        Request::post("/main/recover/sekrit/").form(&[("password", PASSWORD)]),
        Request::post("/main/unsubscribe/sekrit"),
        Request::get("/oauth2/authz?client_id=sekrit&code_challenge=sekrit"),
        Request::post("/oauth2/authz").form(&[("ticket", "sekrit"), ("allow", "x")]),
        Request::post("/oauth2/token").form(&[("client_secret", "sekrit"), ("code", "sekrit")]),
        Request::get("/api/whoami").header("authorization", "Bearer sekrit"),
    ] {
        ids.push(server.send(request).await.header("x-request-id").to_owned());
    }
    let log = heard();
    for id in &ids {
        assert!(log.contains(id.as_str()), "{id} is not in the log");
    }
    for line in log
        .lines()
        .filter(|line| line.contains("request completed"))
    {
        assert!(ids.iter().any(|id| line.contains(id.as_str())), "{line}");
    }
    for secret in [
        "sekrit",
        "client-secret",
        "token-secret",
        "token-of-alice",
        "oauth_",
        PASSWORD,
    ] {
        assert!(!log.contains(secret), "{secret} is in the log: {log}");
    }
}

#[tokio::test]
async fn start_on_a_known_database_logs_no_warning() {
    listen();
    let _opened = Backend::Postgres.open_twice().await;
    let log = heard();
    assert!(!log.contains("already exists"), "{log}");
}

#[tokio::test]
async fn long_path_or_method_is_truncated_in_the_log() {
    listen();
    let server = TestServer::on(Backend::Memory).await;
    let path = "x".repeat(60_000);
    server.send(Request::get(&format!("/{path}"))).await.is(404);
    let method = "X".repeat(60_000).leak();
    server.send(Request::new(method, "/livez")).await;
    let log = heard();
    assert!(log.lines().count() >= 2, "{log}");
    let longest = log.lines().map(str::len).max();
    assert!(longest.is_some_and(|bytes| bytes < 4000), "{longest:?}");
}
