//! A server in one or two processes that can be killed.

use std::{
    net::{IpAddr, TcpListener},
    path::Path,
    process::{Child, Command},
};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use tempfile::TempDir;

use crate::process;

/// Port of the second node, which only clients talk to.
const SECOND_PORT: u16 = 8081;

/// Ports of the nodes of a server with something in front of it, which has port 80.
const HIDDEN_PORTS: [u16; 2] = [8090, 8091];

/// Settings of servers that are to try failing hosts again soon, in seconds.
const SHORT_BACKOFF: &str = "min_backoff_seconds = 1\nmax_backoff_seconds = 10\n";

/// A server, and the processes that it is.
pub(crate) struct Server {
    folder: TempDir,
    /// Its name: an address of this machine.
    pub(crate) host: &'static str,
    nodes: Vec<Node>,
}

/// One process of a server.
struct Node {
    port: u16,
    process: Option<Child>,
}

impl Server {
    /// Creates a server on SQLite, with an account of that name.
    pub(crate) fn on_sqlite(host: &'static str, nickname: &str) -> Self {
        Self::new(host, &[nickname], "", &[80], "")
    }

    /// Creates a server of two nodes on a new Postgres database.
    pub(crate) async fn on_postgres(host: &'static str, nickname: &str, purpose: &str) -> Self {
        let url = process::create_database(&format!("peers_{purpose}")).await;
        Self::new(host, &[nickname], &url, &[80, SECOND_PORT], "")
    }

    /// Creates a server that others reach through something that listens on port 80. On a
    /// database of that URL it has two nodes; without one it is on SQLite.
    pub(crate) fn hidden(host: &'static str, nicknames: &[&str], database: &str) -> Self {
        let nodes = if database.is_empty() { 1 } else { 2 };
        let ports = &HIDDEN_PORTS[..nodes];
        Self::new(host, nicknames, database, ports, SHORT_BACKOFF)
    }

    /// The same on SQLite, with lines of `[federation]`.
    pub(crate) fn hidden_with(host: &'static str, nicknames: &[&str], federation: &str) -> Self {
        let federation = format!("{SHORT_BACKOFF}{federation}\n");
        Self::new(host, nicknames, "", &HIDDEN_PORTS[..1], &federation)
    }

    fn new(
        host: &'static str,
        nicknames: &[&str],
        database: &str,
        ports: &[u16],
        federation: &str,
    ) -> Self {
        let address: IpAddr = host.parse().expect("an address");
        TcpListener::bind((address, 80)).expect(
            "port 80 can be bound: run the tests as root, or set net.ipv4.ip_unprivileged_port_start",
        );
        let folder = TempDir::new().expect("a temporary folder");
        let mut config = format!(
            "public_url = \"http://{host}\"\n\
             database_url = \"{database}\"\n\
             [registration]\nwelcome_note_html = \"\"\n\
             [federation]\nallowed_networks = [\"127.0.0.0/8\"]\n{federation}\
             [[clients]]\nid = \"app\"\nsecret = \"app-secret\"\n"
        );
        for nickname in nicknames {
            let user = format!(
                "[[users]]\nnickname = \"{nickname}\"\npassword = \"correct-horse-9\"\n\
                 tokens = [{{ client = \"app\", token = \"{nickname}-token\", \
                 secret = \"{nickname}-secret\" }}]\n"
            );
            config.push_str(&user);
        }
        std::fs::write(folder.path().join("hydraulics.toml"), config)
            .expect("a file can be written");
        let node = |port: &u16| Node {
            port: *port,
            process: None,
        };
        Self {
            folder,
            host,
            nodes: ports.iter().map(node).collect(),
        }
    }

    /// Returns the address and port of a node, for its clients.
    pub(crate) fn address(&self, node: usize) -> String {
        format!("{}:{}", self.host, self.nodes[node].port)
    }

    /// Starts all nodes that don't run, and waits until they listen.
    pub(crate) fn start(&mut self) {
        for node in 0..self.nodes.len() {
            if self.nodes[node].process.is_none() {
                let process = self.start_node(self.nodes[node].port);
                self.nodes[node].process = Some(process);
            }
        }
    }

    fn start_node(&self, port: u16) -> Child {
        let mut command = program(self.folder.path());
        command.args(["--listen", &format!("{}:{port}", self.host)]);
        process::start(&mut command)
    }

    /// Number of its processes.
    pub(crate) fn nodes(&self) -> usize {
        self.nodes.len()
    }

    /// Hosts that deliveries wait for.
    pub(crate) fn queue(&self) -> Vec<Value> {
        let shown = program(self.folder.path())
            .args(["queue", "--json"])
            .output();
        let shown = shown.expect("the queue is shown");
        serde_json::from_slice(&shown.stdout).expect("JSON")
    }

    /// The most memory that a node has had since it was started, in words.
    pub(crate) fn peak_memory(&self, node: usize) -> String {
        let id = self.nodes[node].process.as_ref().map_or(0, Child::id);
        let status = std::fs::read_to_string(format!("/proc/{id}/status")).unwrap_or_default();
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        peak.unwrap_or("unknown").trim().to_owned()
    }

    /// Lets a node stand still, as a machine that is overloaded does; or go on.
    pub(crate) fn stop(&self, node: usize, stops: bool) {
        let signal = if stops { Signal::STOP } else { Signal::CONT };
        if let Some(process) = &self.nodes[node].process {
            kill_process(Pid::from_child(process), signal).expect("it takes signals");
        }
    }

    /// Ends a node at once, as `kill -9` does.
    pub(crate) fn kill(&mut self, node: usize) {
        if let Some(mut process) = self.nodes[node].process.take() {
            process.kill().expect("it can be killed");
            process.wait().expect("it ends");
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        for node in 0..self.nodes.len() {
            self.kill(node);
        }
    }
}

/// The program, with the settings in that folder.
fn program(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hydraulics"));
    command.current_dir(folder);
    command
}
