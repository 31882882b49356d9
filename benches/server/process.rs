//! Servers as processes of their own: started, watched from outside, stopped.

use std::{
    fs::{self, File},
    net::{Ipv4Addr, SocketAddrV4, TcpListener},
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail, ensure};
use tokio::time::sleep;
use url::Url;

use super::{signing::Ask, wire::Connection};

/// The program of this project.
pub(crate) const SERVER: &str = env!("CARGO_BIN_EXE_hydraulics");

/// How long a server may take to begin or to end.
const START_TIMEOUT: Duration = Duration::from_mins(1);

/// Clock ticks per second of the kernel's process times on Linux.
const TICKS_PER_SECOND: f64 = 100.0;

/// Resource use of a process, from outside. On other systems than Linux, nothing.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Watch(pub(crate) u32);

impl Watch {
    /// The processor time it has used, in seconds, on its own and the kernel's behalf.
    pub(crate) fn cpu(self) -> Option<f64> {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.0)).ok()?;
        // The name, in brackets, may have anything in it.
        let mut fields = stat.rsplit_once(')')?.1.split_ascii_whitespace().skip(11);
        let user: f64 = fields.next()?.parse().ok()?;
        let system: f64 = fields.next()?.parse().ok()?;
        Some((user + system) / TICKS_PER_SECOND)
    }

    /// Its resident memory, in KiB.
    pub(crate) fn resident(self) -> Option<u64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.0)).ok()?;
        let line = status.lines().find(|line| line.starts_with("VmRSS:"))?;
        line.split_ascii_whitespace().nth(1)?.parse().ok()
    }
}

/// Whether a server keeps what it answers.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Answers {
    /// As it is set by default.
    Kept,
    /// Each is made anew, from what is stored.
    Anew,
}

/// A server that runs, and is killed when this is dropped.
pub(crate) struct Process {
    child: Child,
    pub(crate) url: Url,
    /// From before it was started to its first answer.
    pub(crate) start: Duration,
}

impl Process {
    /// Starts the server of this project on a free port, with its default settings besides.
    pub(crate) async fn serve(
        folder: &Path,
        database: &str,
        port: u16,
        answers: Answers,
    ) -> Result<Self> {
        Self::serve_by(Command::new(SERVER), folder, database, port, answers).await
    }

    /// The same by a command that may have another program run it.
    pub(crate) async fn serve_by(
        mut command: Command,
        folder: &Path,
        database: &str,
        port: u16,
        answers: Answers,
    ) -> Result<Self> {
        forget_settings(&mut command);
        if let Answers::Anew = answers {
            command.env("HYDRAULICS_LIMITS__KEPT_BYTES", "0");
        }
        configure(&mut command, folder, database, local(port));
        Self::start(command, folder, local(port), "/livez").await
    }

    /// Starts the server of this project at the default port of an address, which is its name. It
    /// federates with other addresses of this machine, and has these settings besides.
    pub(crate) async fn serve_peer(
        folder: &Path,
        database: &str,
        host: Ipv4Addr,
        settings: &[(&str, &str)],
    ) -> Result<Self> {
        let mut command = Command::new(SERVER);
        forget_settings(&mut command);
        let address = SocketAddrV4::new(host, 80);
        configure(&mut command, folder, database, address);
        command
            .env("HYDRAULICS_PUBLIC_URL", format!("http://{host}"))
            .env("HYDRAULICS_FEDERATION__ALLOWED_NETWORKS", "127.0.0.0/8")
            .envs(settings.iter().copied());
        Self::start(command, folder, address, "/livez").await
    }

    /// Starts a server and waits until it answers 200 to that path.
    pub(crate) async fn start(
        mut command: Command,
        folder: &Path,
        address: SocketAddrV4,
        path: &str,
    ) -> Result<Self> {
        let log = folder.join("log");
        command
            .current_dir(folder)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(File::options().create(true).append(true).open(&log)?);
        let authority = address.to_string();
        let ask = Ask {
            bytes: format!("GET {path} HTTP/1.1\r\nHost: {authority}\r\n\r\n")
                .into_bytes()
                .into(),
            status: 200,
        };
        let begun = Instant::now();
        let mut process = Self {
            child: command.spawn().context("the server can't be started")?,
            url: format!("http://{authority}/").parse()?,
            start: Duration::ZERO,
        };
        loop {
            if let Ok(mut connection) = Connection::open(&authority).await
                && connection.ask(&ask).await.is_ok()
            {
                process.start = begun.elapsed();
                return Ok(process);
            }
            if process.child.try_wait()?.is_some() || begun.elapsed() > START_TIMEOUT {
                let said = fs::read_to_string(&log).unwrap_or_default();
                bail!("the server did not begin to answer: {said}");
            }
            sleep(Duration::from_millis(1)).await;
        }
    }

    pub(crate) fn watch(&self) -> Watch {
        Watch(self.child.id())
    }

    /// Asks it to stop, and waits for it.
    pub(crate) async fn stop(mut self) -> Result<()> {
        let asked = Command::new("kill")
            .arg(self.child.id().to_string())
            .status()?;
        ensure!(asked.success(), "the server can't be told to stop");
        let begun = Instant::now();
        while self.child.try_wait()?.is_none() {
            ensure!(begun.elapsed() < START_TIMEOUT, "the server does not stop");
            sleep(Duration::from_millis(5)).await;
        }
        Ok(())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Removes the user's own settings from the environment.
fn forget_settings(command: &mut Command) {
    for (name, _) in std::env::vars_os() {
        if name
            .to_str()
            .is_some_and(|name| name.starts_with("HYDRAULICS_"))
        {
            command.env_remove(name);
        }
    }
}

/// Sets where a server is and what it stores where.
fn configure(command: &mut Command, folder: &Path, database: &str, address: SocketAddrV4) {
    command
        .arg("serve")
        .env("HYDRAULICS_REGISTRATION__PER_NETWORK", "1000000")
        .env("HYDRAULICS_LISTEN", address.to_string())
        .env("HYDRAULICS_DATA_DIR", folder)
        .env("HYDRAULICS_DATABASE_URL", database);
}

/// A port of this machine.
pub(crate) fn local(port: u16) -> SocketAddrV4 {
    SocketAddrV4::new(Ipv4Addr::LOCALHOST, port)
}

/// A port that is free now.
pub(crate) fn free_port() -> Result<u16> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    Ok(listener.local_addr()?.port())
}
