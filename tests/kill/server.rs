//! A server in a process that can be killed.

use std::{
    io::{BufRead, BufReader},
    net::TcpListener,
    process::{Child, Command, Stdio},
};

use tempfile::TempDir;

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
            .args(["--listen", &self.address])
            .stderr(Stdio::piped());
        if let Some(database) = &self.database {
            command.args(["--database-url", database]);
        }
        let mut process = command.spawn().expect("the server starts");
        let log = process.stderr.take().expect("its log is read");
        let mut lines = BufReader::new(log).lines();
        let said = lines
            .by_ref()
            .map_while(Result::ok)
            .find(|line| line.contains("listening") || line.contains("error"));
        assert!(
            said.as_deref()
                .is_some_and(|line| line.contains("listening")),
            "the server does not listen: {said:?}"
        );
        // Somebody must read on, or the server would wait for its log to be read.
        std::thread::spawn(move || lines.map_while(Result::ok).for_each(drop));
        self.process = Some(process);
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
