//! An SMTP server that keeps the mails it receives.

use std::sync::{Arc, Mutex};

use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
};

/// Session recorded by a mail server.
#[derive(Clone, Debug, Default)]
pub(crate) struct Heard {
    /// The commands, in order.
    pub(crate) commands: Vec<String>,
    /// The mails, headers and all.
    pub(crate) mails: Vec<String>,
}

/// A mail server on a port of this machine.
pub(crate) struct Sink {
    pub(crate) port: u16,
    heard: Arc<Mutex<Heard>>,
}

impl Sink {
    /// A server that answers `RCPT` with this code.
    pub(crate) async fn answering(rcpt: u16) -> Self {
        Self::with(rcpt, "250-AUTH PLAIN").await
    }

    /// A server with SMTPUTF8.
    pub(crate) async fn taking_unicode() -> Self {
        Self::with(250, "250-AUTH PLAIN\r\n250-SMTPUTF8").await
    }

    async fn with(rcpt: u16, extensions: &'static str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let heard = Arc::new(Mutex::new(Heard::default()));
        let keep = heard.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(Talk::with(stream, keep.clone(), rcpt, extensions).hear());
            }
        });
        Self { port, heard }
    }

    /// A server that is no more.
    pub(crate) async fn gone() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        Self {
            port: listener.local_addr().unwrap().port(),
            heard: Arc::default(),
        }
    }

    /// Returns the recorded session.
    pub(crate) fn heard(&self) -> Heard {
        self.heard.lock().unwrap().clone()
    }
}

/// One connection.
struct Talk {
    lines: Lines<BufReader<OwnedReadHalf>>,
    out: OwnedWriteHalf,
    heard: Arc<Mutex<Heard>>,
    rcpt: u16,
    extensions: &'static str,
}

impl Talk {
    fn with(
        stream: TcpStream,
        heard: Arc<Mutex<Heard>>,
        rcpt: u16,
        extensions: &'static str,
    ) -> Self {
        let (read, out) = stream.into_split();
        Self {
            lines: BufReader::new(read).lines(),
            out,
            heard,
            rcpt,
            extensions,
        }
    }

    async fn say(&mut self, text: &str) {
        self.out
            .write_all(format!("{text}\r\n").as_bytes())
            .await
            .unwrap();
    }

    async fn hear(mut self) {
        self.say("220 sink").await;
        while let Ok(Some(line)) = self.lines.next_line().await {
            self.heard.lock().unwrap().commands.push(line.clone());
            let command = line.split(' ').next().unwrap().to_ascii_uppercase();
            match command.as_str() {
                "EHLO" => {
                    let answer = format!("250-sink\r\n{}\r\n250 8BITMIME", self.extensions);
                    self.say(&answer).await;
                }
                "AUTH" => self.say("235 hello").await,
                "RCPT" => {
                    let answer = format!("{} <a@b.example> that is that", self.rcpt);
                    self.say(&answer).await;
                }
                "DATA" => {
                    self.say("354 go on").await;
                    let mut mail = String::new();
                    while let Ok(Some(line)) = self.lines.next_line().await {
                        if line == "." {
                            break;
                        }
                        mail.push_str(&line);
                        mail.push('\n');
                    }
                    self.heard.lock().unwrap().mails.push(mail);
                    self.say("250 kept").await;
                }
                "QUIT" => {
                    self.say("221 bye").await;
                    return;
                }
                _ => self.say("250 ok").await,
            }
        }
    }
}
