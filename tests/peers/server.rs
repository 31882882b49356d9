//! A server in one or two processes that can be killed.

use std::{
    net::{IpAddr, TcpListener},
    process::{Child, Command},
};

use tempfile::TempDir;

use crate::process;

/// Port of the second node, which only clients talk to.
const SECOND_PORT: u16 = 8081;

/// A server, and the processes that it is.
pub(crate) struct Server {
    folder: TempDir,
    /// Its name: an address of this machine.
    pub(crate) host: &'static str,
    database: Option<String>,
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
        Self::new(host, nickname, None, &[80])
    }

    /// Creates a server of two nodes on a new Postgres database.
    pub(crate) async fn on_postgres(host: &'static str, nickname: &str, purpose: &str) -> Self {
        let url = process::create_database(&format!("peers_{purpose}")).await;
        Self::new(host, nickname, Some(url), &[80, SECOND_PORT])
    }

    fn new(host: &'static str, nickname: &str, database: Option<String>, ports: &[u16]) -> Self {
        let address: IpAddr = host.parse().expect("an address");
        TcpListener::bind((address, 80)).expect(
            "port 80 can be bound: run the tests as root, or set net.ipv4.ip_unprivileged_port_start",
        );
        let folder = TempDir::new().expect("a temporary folder");
        let config = format!(
            "public_url = \"http://{host}\"\n\
             [registration]\nwelcome_note_html = \"\"\n\
             [federation]\nallowed_networks = [\"127.0.0.0/8\"]\n\
             [[clients]]\nid = \"app\"\nsecret = \"app-secret\"\n\
             [[users]]\nnickname = \"{nickname}\"\npassword = \"correct-horse-9\"\n\
             tokens = [{{ client = \"app\", token = \"{nickname}-token\", \
             secret = \"{nickname}-secret\" }}]\n"
        );
        std::fs::write(folder.path().join("hydraulics.toml"), config)
            .expect("a file can be written");
        let node = |port: &u16| Node {
            port: *port,
            process: None,
        };
        Self {
            folder,
            host,
            database,
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
        let mut command = Command::new(env!("CARGO_BIN_EXE_hydraulics"));
        command
            .current_dir(self.folder.path())
            .args(["--listen", &format!("{}:{port}", self.host)]);
        if let Some(database) = &self.database {
            command.args(["--database-url", database]);
        }
        process::start(&mut command)
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
