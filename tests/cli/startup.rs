//! Start of the server: where it listens, what it says, and why it refuses.

use std::{
    fs,
    io::{BufRead, BufReader},
    net::TcpListener,
    process::Stdio,
};

use crate::program::{Sandbox, Server, refusal, succeeded};

#[test]
fn server_starts_without_a_command_and_prints_its_url() {
    let sandbox = Sandbox::new();
    let server = sandbox.serve();
    assert_eq!(
        server.listening["public_url"],
        format!("http://{}", server.address())
    );
    assert!(server.get("/livez").starts_with("HTTP/1.1 200 "));
    assert!(server.get("/readyz").starts_with("HTTP/1.1 200 "));
    assert!(sandbox.path().join("data/hydraulics.sqlite").exists());
}

#[test]
fn greeting_names_the_next_command() {
    let sandbox = Sandbox::new();
    let mut child = sandbox
        .command(&["serve", "--listen", "127.0.0.1:0", "--data-dir", "my data"])
        .env("HYDRAULICS_LOG__FORMAT", "human")
        .env_remove("CARGO")
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let greeting: Vec<_> = BufReader::new(child.stdout.take().unwrap())
        .lines()
        .map(Result::unwrap)
        .take_while(|line| !line.contains("Ctrl-C"))
        .collect();
    child.kill().unwrap();
    child.wait().unwrap();
    let greeting = greeting.join("\n");
    assert!(
        greeting.contains("Listening on  http://127.0.0.1:"),
        "{greeting}"
    );
    assert!(
        greeting.contains("hydraulics --listen 127.0.0.1:0 --data-dir 'my data' user add alice"),
        "{greeting}"
    );
    assert!(
        !greeting.contains('\x1b'),
        "colours where none can be shown"
    );
}

#[test]
fn data_survives_a_restart() {
    let sandbox = Sandbox::new();
    let url = ["--public-url", "http://pump.test"];
    let server = Server::start(sandbox.command(&["--listen", "127.0.0.1:0", url[0], url[1]]));
    let made = sandbox.run_with_input(&["user", "add", "alice", url[0], url[1]], "correct horse");
    assert!(succeeded(&made).contains("acct:alice@pump.test"));
    server.signal("TERM");
    assert!(server.wait().0.success());
    let mut kept: Vec<_> = fs::read_dir(sandbox.path().join("data"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    kept.sort();
    let expected = ["hydraulics.sqlite", "hydraulics.sqlite-nonces", "uploads"];
    assert_eq!(kept, expected, "all is in its file");
    let server = Server::start(sandbox.command(&["--listen", "127.0.0.1:0", url[0], url[1]]));
    assert!(
        succeeded(&sandbox.run(&["user", "list", url[0], url[1]])).contains("acct:alice@pump.test")
    );
    assert!(server.get("/readyz").starts_with("HTTP/1.1 200 "));
}

#[test]
fn port_in_use_is_reported() {
    let sandbox = Sandbox::new();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    assert_eq!(
        refusal(&sandbox.run(&["--listen", &address])),
        format!(
            "can't listen on {address}: another program has this port; stop it or choose another \
             port with --listen"
        )
    );
    assert!(
        !sandbox.path().join("data").exists(),
        "nothing was made for it"
    );
}

#[test]
fn unusable_data_folder_is_reported() {
    let sandbox = Sandbox::new();
    fs::write(sandbox.path().join("file"), "").unwrap();
    let sentence = refusal(&sandbox.run(&["--listen", "127.0.0.1:0", "--data-dir", "file/data"]));
    assert!(
        sentence.starts_with("can't keep data in file/data: "),
        "{sentence}"
    );
}

#[test]
fn unreachable_database_error_hides_the_password() {
    let sandbox = Sandbox::new();
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = nobody.local_addr().unwrap().port();
    drop(nobody);
    let url = format!("postgres://u:hunter2@127.0.0.1:{port}/pump");
    let sentence = refusal(&sandbox.run(&["migrate", "--database-url", &url]));
    assert!(
        sentence.starts_with(&format!(
            "The PostgreSQL database 'pump' at 127.0.0.1:{port} can't be opened: "
        )),
        "{sentence}"
    );
    assert!(!sentence.contains("hunter2"));
}
