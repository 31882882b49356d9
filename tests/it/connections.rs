//! Slow, silent and excess connections, over real sockets with short limits.

use std::{net::SocketAddr, time::Duration};

use axum::{Router, body::Body, routing::get};
use bytes::Bytes;
use futures_util::stream::unfold;
use hydraulics::app::Settings;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::{mpsc, oneshot},
    task::JoinHandle,
    time::timeout,
};

use crate::support::{Backend, TestServer};

/// A limit that is over soon.
const SHORT: Duration = Duration::from_millis(300);

/// How long to wait for what must come.
const READ_TIMEOUT: Duration = Duration::from_secs(20);

/// A server on a port.
struct Serving {
    address: SocketAddr,
    stop: oneshot::Sender<()>,
    ended: JoinHandle<std::io::Result<()>>,
}

impl Serving {
    async fn with(set: impl FnOnce(&mut Settings)) -> Self {
        let server = TestServer::with(Backend::Memory, set).await;
        server.account("alice").await;
        let router = hydraulics::http::router(server.app.clone());
        Self::router(&server, router).await
    }

    async fn router(server: &TestServer, router: Router) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel::<()>();
        let serving = hydraulics::http::serve_router(listener, router, server.app.clone(), async {
            let _ = stopped.await;
        });
        Self {
            address,
            stop,
            ended: tokio::spawn(serving),
        }
    }

    /// A connection on which this was sent.
    async fn send(&self, text: &str) -> TcpStream {
        let mut connection = TcpStream::connect(self.address).await.unwrap();
        connection.write_all(text.as_bytes()).await.unwrap();
        connection
    }

    /// All that comes back to this until the server closes.
    async fn ask(&self, text: &str) -> String {
        rest(&mut self.send(text).await).await
    }

    /// A connection with a live feed, of which the beginning was read.
    async fn listen(&self) -> TcpStream {
        let mut connection = self.send(LISTEN).await;
        assert!(part(&mut connection).await.starts_with("HTTP/1.1 200"));
        connection
    }
}

const LISTEN: &str =
    "GET /api/user/alice/feed HTTP/1.1\r\nhost: pump.example\r\naccept: text/event-stream\r\n\r\n";
const LIVEZ: &str = "GET /livez HTTP/1.1\r\nhost: pump.example\r\n\r\n";
const HALF_A_HEAD: &str = "GET /livez HTTP/1.1\r\nhost: pump.exa";

/// A request whose body is longer than what is sent of it.
fn half_a_body(path: &str) -> String {
    format!(
        "POST {path} HTTP/1.1\r\nhost: pump.example\r\ncontent-length: 100\r\n\
         content-type: application/x-www-form-urlencoded\r\n\r\ntype="
    )
}

/// Reads until the server closes.
async fn rest(connection: &mut TcpStream) -> String {
    let mut text = Vec::new();
    let read = timeout(READ_TIMEOUT, connection.read_to_end(&mut text)).await;
    // A connection that is broken off has ended, too.
    let _ = read.expect("the server closes the connection");
    String::from_utf8_lossy(&text).into_owned()
}

/// Reads the next bytes.
async fn part(connection: &mut TcpStream) -> String {
    let mut bytes = vec![0; 65536];
    let read = timeout(READ_TIMEOUT, connection.read(&mut bytes)).await;
    bytes.truncate(read.expect("the server answers").unwrap());
    String::from_utf8(bytes).unwrap()
}

#[tokio::test]
async fn silent_clients_and_partial_heads_are_disconnected() {
    let serving = Serving::with(|settings| settings.connections.head = SHORT).await;
    assert_eq!(serving.ask("").await, "");
    assert_eq!(serving.ask(HALF_A_HEAD).await, "");
    // Of a later request, too, whose head has begun.
    let mut connection = serving.send(LIVEZ).await;
    assert!(part(&mut connection).await.starts_with("HTTP/1.1 200"));
    connection.write_all(HALF_A_HEAD.as_bytes()).await.unwrap();
    assert_eq!(rest(&mut connection).await, "");
}

#[tokio::test]
async fn idle_connection_is_kept_for_a_while() {
    let serving = Serving::with(|settings| settings.connections.idle = SHORT).await;
    let mut connection = serving.send(LIVEZ).await;
    assert!(part(&mut connection).await.starts_with("HTTP/1.1 200"));
    connection.write_all(LIVEZ.as_bytes()).await.unwrap();
    let answer = rest(&mut connection).await;
    assert_eq!(answer.matches("HTTP/1.1 200").count(), 1, "{answer}");
}

#[tokio::test]
async fn stalled_body_gets_408() {
    let serving = Serving::with(|settings| settings.connections.stall = SHORT).await;
    for (path, error) in [
        (
            "/api/client/register",
            "The body of the request came too slowly.",
        ),
        ("/oauth2/token", "invalid_request"),
    ] {
        let answer = serving.ask(&half_a_body(path)).await;
        assert!(answer.starts_with("HTTP/1.1 408"), "{answer}");
        let (_, body) = answer.split_once("\r\n\r\n").unwrap();
        let body: serde_json::Value = serde_json::from_str(body).unwrap();
        assert_eq!(body["error"], error);
    }
}

#[tokio::test]
async fn live_feed_does_not_time_out() {
    let serving = Serving::with(|settings| {
        settings.live.heartbeat = SHORT / 2;
        settings.connections.head = SHORT;
        settings.connections.idle = SHORT;
        settings.connections.stall = SHORT;
    })
    .await;
    let mut feed = serving.listen().await;
    for _ in 0..8 {
        assert_ne!(part(&mut feed).await, "");
    }
}

#[tokio::test]
async fn client_that_does_not_read_is_disconnected() {
    let server = TestServer::with(Backend::Memory, |settings| {
        settings.connections.stall = SHORT;
    })
    .await;
    let (sender, mut answers) = mpsc::channel(1);
    let flood = move || async move {
        let (answer, ended) = mpsc::channel::<()>(1);
        sender.send(ended).await.unwrap();
        let endless = unfold(answer, |answer| async {
            let zeros = Bytes::from(vec![b'0'; 65536]);
            Some((Ok::<_, std::convert::Infallible>(zeros), answer))
        });
        Body::from_stream(endless)
    };
    let router = Router::new().route("/", get(flood));
    let serving = Serving::router(&server, router).await;
    let connection = serving
        .send("GET / HTTP/1.1\r\nhost: pump.example\r\n\r\n")
        .await;
    let mut answer = answers.recv().await.unwrap();
    let ended = timeout(READ_TIMEOUT, answer.recv()).await;
    assert_eq!(ended.expect("the answer is dropped"), None);
    drop(connection);
}

#[tokio::test]
async fn longest_idle_connection_is_closed_for_a_new_one() {
    let serving = Serving::with(|settings| settings.connections.max = 3).await;
    let feed = serving.listen().await;
    let mut oldest = serving.send(LIVEZ).await;
    part(&mut oldest).await;
    let mut newer = serving.send(LIVEZ).await;
    part(&mut newer).await;
    let second = serving.listen().await;
    assert_eq!(rest(&mut oldest).await, "");
    newer.write_all(LIVEZ.as_bytes()).await.unwrap();
    assert!(part(&mut newer).await.starts_with("HTTP/1.1 200"));
    let third = serving.listen().await;
    assert_eq!(rest(&mut newer).await, "");
    let refused = serving.ask("").await;
    assert!(refused.starts_with("HTTP/1.1 503"), "{refused}");
    assert!(refused.contains("retry-after: 10\r\n"), "{refused}");
    assert!(refused.contains("{\"error\":"), "{refused}");
    drop((feed, second, third));
    // The places are free when the server has noticed.
    let mut again = String::new();
    while !again.starts_with("HTTP/1.1 200") {
        let mut connection = serving.send(LIVEZ).await;
        again = part(&mut connection).await;
    }
}

#[tokio::test]
async fn shutdown_does_not_wait_for_silent_clients() {
    let serving = Serving::with(|_| ()).await;
    let mut idle = serving.send(LIVEZ).await;
    part(&mut idle).await;
    let body = "POST /api/client/register HTTP/1.1\r\nhost: pump.example\r\n\
        expect: 100-continue\r\ncontent-type: application/x-www-form-urlencoded\r\n\
        content-length: 100\r\n\r\n";
    let mut stalled = serving.send(body).await;
    assert!(part(&mut stalled).await.starts_with("HTTP/1.1 100"));
    let silent = [serving.send("").await, serving.send(HALF_A_HEAD).await];
    let feed = serving.listen().await;
    let Serving { stop, ended, .. } = serving;
    stop.send(()).unwrap();
    // Far less than the limits, which are those of every day.
    let ended = timeout(READ_TIMEOUT, ended).await.expect("it ends");
    ended.unwrap().unwrap();
    assert!(rest(&mut stalled).await.starts_with("HTTP/1.1 408"));
    drop((idle, silent, feed));
}

#[tokio::test]
async fn request_without_exactly_one_host_is_refused() {
    let serving = Serving::with(|_| ()).await;
    for (version, hosts, status) in [
        ("1.1", "", 400),
        ("1.1", "host: pump.example\r\nhost: pump.example\r\n", 400),
        ("1.1", "host: pump.example, other\r\n", 400),
        ("1.1", "host: pump.example\r\n", 200),
        ("1.0", "", 200),
    ] {
        let request = format!("GET /livez HTTP/{version}\r\nconnection: close\r\n{hosts}\r\n");
        let answer = serving.ask(&request).await;
        assert!(answer.contains(&format!(" {status} ")), "{hosts}: {answer}");
    }
}

#[tokio::test]
async fn cleartext_http_2_is_not_supported() {
    let serving = Serving::with(|_| ()).await;
    // The preface, and SETTINGS without any.
    let preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0";
    let answer = serving.ask(preface).await;
    assert!(
        answer.is_empty() || answer.starts_with("HTTP/1.1 400"),
        "{answer:?}"
    );
}

#[tokio::test]
async fn too_large_head_is_refused() {
    let serving = Serving::with(|_| ()).await;
    let mut connection = serving.send("GET /livez HTTP/1.1\r\nhost: h\r\nx: ").await;
    // The server may close before all of it is sent.
    let _ = connection.write_all(&vec![b'x'; 1 << 20]).await;
    let answer = rest(&mut connection).await;
    assert!(
        answer.is_empty() || answer.starts_with("HTTP/1.1 431"),
        "{answer:?}"
    );
}
