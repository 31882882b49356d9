//! The least of HTTP/1.1 that a load generator needs: bytes out, an answer in, the connection kept.

use std::{io::ErrorKind, ops::Range, str};

use anyhow::{Context, Result, bail, ensure};
use serde::de::DeserializeOwned;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use super::signing::{ANY_STATUS, Ask};

/// Where the buffer of a connection begins; it grows to the largest answer and stays.
const BUFFER: usize = 32 * 1024;

/// A connection that is kept between requests, and made anew where the server has closed it.
pub(crate) struct Connection {
    authority: String,
    stream: TcpStream,
    buffer: Vec<u8>,
    filled: usize,
    /// Bodies in chunks, put together.
    joined: Vec<u8>,
}

/// An answer, in the buffer of its connection.
pub(crate) struct Answer<'a> {
    pub(crate) body: &'a [u8],
    /// Name and value of the cookie that it sets.
    pub(crate) cookie: Option<String>,
}

impl Answer<'_> {
    pub(crate) fn json<T: DeserializeOwned>(&self) -> Result<T> {
        serde_json::from_slice(self.body)
            .with_context(|| format!("unexpected answer {}", beginning(self.body)))
    }
}

/// Parsed head of a response.
struct Head {
    status: u16,
    length: Option<usize>,
    closes: bool,
    body: usize,
    cookie: Option<String>,
}

impl Connection {
    pub(crate) async fn open(authority: &str) -> Result<Self> {
        Ok(Self {
            authority: authority.into(),
            stream: connect(authority).await?,
            buffer: vec![0; BUFFER],
            filled: 0,
            joined: Vec::new(),
        })
    }

    /// Sends a request and reads the answer to its end. Fails if it has another status than it
    /// must.
    pub(crate) async fn ask(&mut self, ask: &Ask) -> Result<Answer<'_>> {
        let head = match self.attempt(ask).await? {
            Some(head) => head,
            // Kept too long: the server has closed it.
            None => self.retry(ask).await?,
        };
        let body = self.body(&head).await?;
        if head.closes {
            self.stream = connect(&self.authority).await?;
        }
        let body = match body {
            Some(range) => &self.buffer[range],
            None => &self.joined,
        };
        if ask.status != ANY_STATUS && head.status != ask.status {
            let line = ask.bytes.split(|&byte| byte == b'\r').next();
            bail!(
                "{} was answered {} {}",
                String::from_utf8_lossy(line.unwrap_or_default()),
                head.status,
                beginning(body)
            );
        }
        let cookie = head.cookie;
        Ok(Answer { body, cookie })
    }

    async fn retry(&mut self, ask: &Ask) -> Result<Head> {
        self.stream = connect(&self.authority).await?;
        let head = self.attempt(ask).await?;
        head.context("the server closes connections without an answer")
    }

    /// `None` if the connection ended before there was any answer.
    async fn attempt(&mut self, ask: &Ask) -> Result<Option<Head>> {
        self.filled = 0;
        match self.stream.write_all(&ask.bytes).await {
            Err(error) if is_gone(error.kind()) => return Ok(None),
            sent => sent?,
        }
        loop {
            match self.fill().await {
                Ok(true) => {}
                Ok(false) if self.filled == 0 => return Ok(None),
                Ok(false) => bail!("an answer broke off"),
                Err(error) if self.filled == 0 && is_gone(error.kind()) => return Ok(None),
                Err(error) => return Err(error.into()),
            }
            if let Some(head) = parse(&self.buffer[..self.filled])? {
                return Ok(Some(head));
            }
        }
    }

    /// Reads on; false at the end.
    async fn fill(&mut self) -> std::io::Result<bool> {
        if self.filled == self.buffer.len() {
            self.buffer.resize(self.filled * 2, 0);
        }
        let read = self.stream.read(&mut self.buffer[self.filled..]).await?;
        self.filled += read;
        Ok(read > 0)
    }

    async fn reach(&mut self, end: usize) -> Result<()> {
        if self.buffer.len() < end {
            self.buffer.resize(end, 0);
        }
        while self.filled < end {
            ensure!(self.fill().await?, "an answer broke off");
        }
        Ok(())
    }

    /// Where the body is, or `None` if it came in chunks and was put together.
    async fn body(&mut self, head: &Head) -> Result<Option<Range<usize>>> {
        if let Some(length) = head.length {
            let end = head.body + length;
            self.reach(end).await?;
            return Ok(Some(head.body..end));
        }
        self.joined.clear();
        let mut at = head.body;
        loop {
            let line = loop {
                match find(&self.buffer[at..self.filled], b"\r\n") {
                    Some(length) => break at..at + length,
                    None => ensure!(self.fill().await?, "an answer broke off"),
                }
            };
            let size = str::from_utf8(&self.buffer[line.clone()])?;
            let size = size.split(';').next().unwrap_or_default().trim();
            let size = usize::from_str_radix(size, 16).context("a chunk has no size")?;
            let start = line.end + 2;
            at = start + size + 2;
            self.reach(at).await?;
            self.joined
                .extend_from_slice(&self.buffer[start..start + size]);
            if size == 0 {
                return Ok(None);
            }
        }
    }
}

async fn connect(authority: &str) -> Result<TcpStream> {
    let address = if authority.contains(':') {
        authority.to_owned()
    } else {
        format!("{authority}:80")
    };
    let stream = TcpStream::connect(&address)
        .await
        .with_context(|| format!("nobody answers at {address}"))?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

fn is_gone(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::BrokenPipe | ErrorKind::ConnectionReset)
}

/// The head of an answer, once it is all there.
fn parse(bytes: &[u8]) -> Result<Option<Head>> {
    let Some(end) = find(bytes, b"\r\n\r\n") else {
        return Ok(None);
    };
    let text = str::from_utf8(&bytes[..end]).context("an answer begins with no text")?;
    let mut lines = text.split("\r\n");
    let status = lines.next().and_then(|line| line.split(' ').nth(1));
    let mut head = Head {
        status: status.context("an answer has no status")?.parse()?,
        length: None,
        closes: false,
        body: end + 4,
        cookie: None,
    };
    for line in lines {
        let Some((name, value)) = line.split_once(':') else {
            continue;
        };
        if name.eq_ignore_ascii_case("content-length") {
            head.length = Some(value.trim().parse()?);
        } else if name.eq_ignore_ascii_case("set-cookie") {
            let cookie = value.split(';').next().unwrap_or_default();
            head.cookie = Some(cookie.trim().to_owned());
        } else if name.eq_ignore_ascii_case("connection") {
            head.closes = value.trim().eq_ignore_ascii_case("close");
        }
    }
    Ok(Some(head))
}

fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes.windows(wanted.len()).position(|part| part == wanted)
}

fn beginning(body: &[u8]) -> String {
    String::from_utf8_lossy(&body[..body.len().min(300)]).into_owned()
}
