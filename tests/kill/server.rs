//! A server in a process that can be killed.

use std::{
    net::TcpListener,
    process::{Child, Command},
};

use tempfile::TempDir;

use crate::process;

/// A server of our own, in a process that can be killed.
pub(crate) struct Server {
    folder: TempDir,
    pub(crate) address: String,
    database: Option<String>,
    process: Option<Child>,
}

impl Server {
    pub(crate) fn new(database: Option<String>) -> Self {
        // Ids are made from the port, so it must be the same after a restart.
        let free = TcpListener::bind("127.0.0.1:0")
            .and_then(|listener| listener.local_addr())
            .expect("a free port");
        let folder = TempDir::new().expect("a temporary folder");
        let user = |name: &str| {
            format!(
                "[[users]]\nnickname = \"{name}\"\npassword = \"correct-horse-9\"\n\
                 tokens = [{{ client = \"app\", token = \"{name}-token\", \
                 secret = \"{name}-secret\" }}]\n"
            )
        };
        let config = format!(
            "[registration]\nwelcome = \"\"\n\
             [[clients]]\nid = \"app\"\nsecret = \"app-secret\"\n{}{}",
            user("alice"),
            user("bob")
        );
        std::fs::write(folder.path().join("hydraulics.toml"), config)
            .expect("a file can be written");
        Self {
            folder,
            address: free.to_string(),
            database,
            process: None,
        }
    }

    /// Starts it, and waits until it says that it listens.
    pub(crate) fn start(&mut self) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_hydraulics"));
        command
            .current_dir(self.folder.path())
            .args(["--listen", &self.address]);
        if let Some(database) = &self.database {
            command.args(["--database-url", database]);
        }
        self.process = Some(process::start(&mut command));
    }

    /// Ends it at once, as `kill -9` does.
    pub(crate) fn kill(&mut self) {
        if let Some(mut process) = self.process.take() {
            process.kill().expect("it can be killed");
            process.wait().expect("it ends");
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
    }
}
