//! A way to a server that fails as networks, proxies and servers do; and a peer that only fails.

use std::{
    collections::BTreeMap,
    io,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use parking_lot::Mutex;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    time::sleep,
};

use crate::failing_peer;

/// How long an answer is kept back, and how long one that never comes is awaited.
const SLOW_ANSWER: Duration = Duration::from_secs(2);
const SILENT_TIME: Duration = Duration::from_secs(40);

/// Pieces that an endless answer ends after, if nobody hangs up.
const ENDLESS_CHUNKS: usize = 16 * 1024;
const CHUNK: [u8; 4096] = [b'x'; 4096];

/// A way to fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Fault {
    /// Another status than that of the server.
    Status(u16),
    /// Accepts the request, and says nothing.
    Silence,
    /// Hangs up before the server gets the request.
    LostRequest,
    /// Hangs up when the server has answered.
    LostAnswer,
    /// Hangs up in the middle of the answer.
    CutAnswer,
    /// Says what is no HTTP.
    Garbage,
    /// Answers late.
    Slow,
    /// Answers without end.
    Endless,
}

/// Faults after which an honest peer tries again.
pub(crate) const PASSING: [Fault; 9] = [
    Fault::Status(500),
    Fault::Status(401),
    Fault::Status(503),
    Fault::Silence,
    Fault::LostRequest,
    Fault::LostAnswer,
    Fault::CutAnswer,
    Fault::Garbage,
    Fault::Slow,
];

/// Faults of a peer that nothing is expected of.
pub(crate) const LASTING: [Fault; 4] = [
    Fault::Status(410),
    Fault::Endless,
    Fault::Status(403),
    Fault::Silence,
];

/// Something that listens at a server's public address.
pub(crate) struct Front {
    pub(crate) host: &'static str,
    /// Addresses of the nodes behind it. Without any it is a peer of its own.
    nodes: Vec<String>,
    turn: AtomicUsize,
    fault: Mutex<Option<(Fault, bool)>>,
    failed: Mutex<BTreeMap<Fault, usize>>,
}

impl Front {
    /// Listens at port 80 of that address.
    pub(crate) async fn listen(host: &'static str, nodes: Vec<String>) -> Arc<Self> {
        let front = Arc::new(Self {
            host,
            nodes,
            turn: AtomicUsize::new(0),
            fault: Mutex::new(None),
            failed: Mutex::new(BTreeMap::new()),
        });
        let listener = TcpListener::bind((host, 80)).await.expect("port 80");
        let serving = front.clone();
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let front = serving.clone();
                tokio::spawn(async move { front.serve(client).await.ok() });
            }
        });
        front
    }

    /// Lets about every second request fail so; or none.
    pub(crate) fn fail_often(&self, fault: Option<Fault>) {
        *self.fault.lock() = fault.map(|fault| (fault, false));
    }

    /// Lets all requests fail so.
    pub(crate) fn fail(&self, fault: Fault) {
        *self.fault.lock() = Some((fault, true));
    }

    /// How many requests failed, and how.
    pub(crate) fn failed(&self) -> BTreeMap<Fault, usize> {
        self.failed.lock().clone()
    }

    async fn serve(&self, mut client: TcpStream) -> io::Result<()> {
        let request = read_request(&mut client).await?;
        let turn = self.turn.fetch_add(1, Ordering::Relaxed);
        let fault = *self.fault.lock();
        let fault = fault.filter(|(_, always)| *always || rand::random());
        let fault = fault.map(|(fault, _)| fault);
        if let Some(fault) = fault {
            *self.failed.lock().entry(fault).or_default() += 1;
        }
        match fault {
            Some(Fault::Status(status)) => {
                let answer = format!(
                    "HTTP/1.1 {status} No\r\ncontent-length: 2\r\nconnection: close\r\n\
                     date: {}\r\n\r\nno",
                    failing_peer::wrong_date()
                );
                return client.write_all(answer.as_bytes()).await;
            }
            Some(Fault::LostRequest) => return Ok(()),
            Some(Fault::Garbage) => return client.write_all(b"\x00\xffwhat?\n\n").await,
            Some(Fault::Silence) => {
                sleep(SILENT_TIME).await;
                return Ok(());
            }
            Some(Fault::Endless) => return say_without_end(&mut client).await,
            Some(Fault::Slow) => sleep(SLOW_ANSWER).await,
            _ => {}
        }
        let answer = match self.nodes.get(turn % self.nodes.len().max(1)) {
            Some(node) => ask(node, &request).await?,
            None => failing_peer::answer(self.host, &request),
        };
        match fault {
            Some(Fault::LostAnswer) => Ok(()),
            Some(Fault::CutAnswer) => client.write_all(&answer[..answer.len() * 2 / 3]).await,
            _ => client.write_all(&answer).await,
        }
    }
}

/// Reads one request, of which there is no other on its connection.
async fn read_request(client: &mut TcpStream) -> io::Result<Vec<u8>> {
    let mut request = Vec::new();
    let head = loop {
        let end = request.windows(4).position(|part| part == b"\r\n\r\n");
        if let Some(end) = end {
            break end + 4;
        }
        if client.read_buf(&mut request).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    };
    let text = String::from_utf8_lossy(&request[..head]).to_ascii_lowercase();
    let length = text
        .lines()
        .find_map(|line| line.strip_prefix("content-length:"));
    let length: usize = length.map_or(0, |length| length.trim().parse().expect("a length"));
    while request.len() < head + length {
        if client.read_buf(&mut request).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
    let line = request.windows(2).position(|part| part == b"\r\n");
    let line = line.unwrap_or_default() + 2;
    request.splice(line..line, *b"connection: close\r\n");
    Ok(request)
}

/// The answer of a node.
async fn ask(node: &str, request: &[u8]) -> io::Result<Vec<u8>> {
    let mut server = TcpStream::connect(node).await?;
    server.write_all(request).await?;
    let mut answer = Vec::new();
    server.read_to_end(&mut answer).await?;
    Ok(answer)
}

async fn say_without_end(client: &mut TcpStream) -> io::Result<()> {
    let head = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\n\r\n";
    client.write_all(head).await?;
    for _ in 0..ENDLESS_CHUNKS {
        client.write_all(&CHUNK).await?;
    }
    Ok(())
}
