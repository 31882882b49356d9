//! Output and log that cannot be written, or that nobody reads.

use std::{
    fs,
    io::{BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    process::Stdio,
};

use serde_json::Value;

use crate::program::{Sandbox, Server};

/// An address that was free a moment ago.
fn free_address() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().to_string()
}

/// Returns the answer of a server that prints nothing, once it listens.
fn ask(address: &str, request: &str) -> String {
    let begun = std::time::Instant::now();
    let mut stream = loop {
        match TcpStream::connect(address) {
            Ok(stream) => break stream,
            Err(error) => assert!(begun.elapsed().as_secs() < 60, "{error}"),
        }
    };
    write!(stream, "{request}").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

const REGISTER: &str = "POST /api/client/register HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\
    Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 21\r\n\r\n\
    type=client_associate";

#[test]
fn full_disk_under_the_log_does_not_stop_responses() {
    let sandbox = Sandbox::new();
    let address = free_address();
    let full = fs::File::options().write(true).open("/dev/full").unwrap();
    let mut command = sandbox.command(&["--listen", &address]);
    let mut child = command.stderr(full).spawn().unwrap();
    let answer = ask(&address, REGISTER);
    let _ = child.kill();
    let _ = child.wait();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
}

#[test]
fn closed_log_pipe_does_not_stop_responses() {
    let sandbox = Sandbox::new();
    let mut server = sandbox.serve();
    let address = server.address().to_owned();
    let nothing = sandbox
        .command(&["--version"])
        .stderr(Stdio::piped())
        .spawn();
    server.log = BufReader::new(nothing.unwrap().stderr.take().unwrap());
    for _ in 0..3 {
        let answer = ask(&address, REGISTER);
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    }
}

#[test]
fn full_log_pipe_does_not_block_responses() {
    let sandbox = Sandbox::new();
    // All that follows is never read: some hundred lines fill a pipe.
    let server = sandbox.serve();
    for _ in 0..600 {
        let answer = server.get("/nothing/here");
        assert!(answer.starts_with("HTTP/1.1 404"), "{answer}");
    }
}

#[test]
fn command_with_a_closed_output_pipe_keeps_its_exit_code() {
    let sandbox = Sandbox::new();
    let run = |arguments: &[&str], stderr: Stdio| {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let mut command = sandbox.command(arguments);
        command
            .stdout(writer)
            .stderr(stderr)
            .status()
            .unwrap()
            .code()
    };
    for arguments in [
        &["config"][..],
        &["--help"],
        &["--version"],
        &["user", "list"],
    ] {
        assert_eq!(run(arguments, Stdio::piped()), Some(0), "{arguments:?}");
    }
    let full = || fs::File::options().write(true).open("/dev/full").unwrap();
    let unknown = ["user", "remove", "nobody"];
    assert_eq!(run(&unknown, full().into()), Some(1));
    assert_eq!(run(&["user", "ad"], full().into()), Some(2));
}

#[test]
fn command_with_unwritable_output_fails() {
    let sandbox = Sandbox::new();
    let full = fs::File::options().write(true).open("/dev/full").unwrap();
    let lost = sandbox.command(&["config"]).stdout(full).output().unwrap();
    assert_eq!(lost.status.code(), Some(1));
    let said = String::from_utf8(lost.stderr).unwrap();
    assert!(
        said.starts_with("error: standard output can't be written: "),
        "{said}"
    );
}

#[test]
fn debug_log_names_each_step_of_a_request() {
    let sandbox = Sandbox::new();
    let mut command = sandbox.command(&["--listen", "127.0.0.1:0"]);
    command.env("HYDRAULICS_LOG__FILTER", "info,hydraulics=debug");
    let mut server = Server::start(command);
    server.get("/.well-known/webfinger?resource=acct:nobody@h");
    let line = server.wait_for("/.well-known/webfinger");
    let step: Value = serde_json::from_str(&line).expect("a line of JSON");
    assert_eq!(step["span"]["name"], "resource_document", "{line}");
    assert_eq!(step["spans"][0]["name"], "request", "{line}");
    assert!(step["time.busy"].is_string(), "{line}");
}
