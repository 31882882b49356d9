//! What stands in the log.

use std::sync::{Arc, Mutex};

use tracing_subscriber::fmt::MakeWriter;

use crate::support::{Backend, Credentials, PASSWORD, Request, TestServer};

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

#[tokio::test]
async fn every_line_has_its_request_id_and_no_line_has_a_secret() {
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(log.clone())
        .finish();
    let guard = tracing::subscriber::set_default(subscriber);
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
    ] {
        ids.push(server.send(request).await.header("x-request-id").to_owned());
    }
    drop(guard);
    let log = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    for id in &ids {
        assert!(log.contains(id.as_str()), "{id} is not in the log");
    }
    for line in log.lines().filter(|line| line.contains("answered")) {
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
