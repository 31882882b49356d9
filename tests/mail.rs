//! The program with a mail server beside it: due mail is sent while it runs.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that can't go on has failed"
)]

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    path::Path,
    process::{Command, Output, Stdio},
    sync::mpsc::{Receiver, channel},
    thread,
    time::Duration,
};

/// How long a mail may take to come.
const TIMEOUT: Duration = Duration::from_mins(1);

/// A mail server: its port, and the mails it gets.
fn mail_server() -> (u16, Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let (sender, mails) = channel();
    thread::spawn(move || {
        for stream in listener.incoming() {
            // A recipient who does not wait any more needs no mail.
            let _ = sender.send(take(stream.unwrap()));
        }
    });
    (port, mails)
}

/// Takes one mail.
fn take(mut stream: TcpStream) -> String {
    let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
    let mut say = |text: &str| stream.write_all(format!("{text}\r\n").as_bytes()).unwrap();
    say("220 here");
    let mut mail = String::new();
    while let Some(Ok(line)) = lines.next() {
        match &line[..4] {
            "DATA" => {
                say("354 go on");
                for line in lines.by_ref().map(Result::unwrap) {
                    if line == "." {
                        break;
                    }
                    mail.push_str(&line);
                    mail.push('\n');
                }
                say("250 taken");
            }
            "QUIT" => {
                say("221 bye");
                break;
            }
            _ => say("250 fine"),
        }
    }
    mail
}

/// The program in a folder, with a mail server on this port, listening on that one.
fn command(folder: &Path, port: u16, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hydraulics"));
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("HYDRAULICS_") {
            command.env_remove(name);
        }
    }
    command
        .args(arguments)
        .args([
            "--public-url",
            "http://pump.test",
            "--listen",
            "127.0.0.1:0",
        ])
        .env("HYDRAULICS_MAIL__HOST", "127.0.0.1")
        .env("HYDRAULICS_MAIL__PORT", port.to_string())
        .env("HYDRAULICS_MAIL__TLS", "none")
        .current_dir(folder)
        .stdin(Stdio::null());
    command
}

fn run(folder: &Path, port: u16, arguments: &[&str]) -> Output {
    command(folder, port, arguments).output().unwrap()
}

fn add_alice(folder: &Path, port: u16) {
    let mut adding = command(folder, port, &["user", "add", "alice"])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    writeln!(adding.stdin.take().unwrap(), "correct horse").unwrap();
    assert!(adding.wait().unwrap().success());
}

#[test]
fn test_mail_reports_whether_it_was_sent() {
    let folder = tempfile::tempdir().unwrap();
    let (port, mails) = mail_server();
    let test = ["mail", "test", "alice@b.example"];
    let sent = run(folder.path(), port, &test);
    assert!(sent.status.success(), "{sent:?}");
    let mail = mails.recv_timeout(TIMEOUT).unwrap();
    assert!(mail.contains("From: no-reply@pump.test\n"), "{mail}");
    assert!(mail.contains("Hydraulics can send mail."), "{mail}");

    let failed = run(folder.path(), 1, &test);
    let said = String::from_utf8(failed.stderr).unwrap();
    assert!(
        said.starts_with("error: that did not work: the mail can't be sent:"),
        "{said}"
    );
    assert_eq!(
        (failed.status.code(), said.lines().count()),
        (Some(1), 1),
        "{said}"
    );
}

#[test]
fn missing_or_invalid_mail_settings_are_reported() {
    let folder = tempfile::tempdir().unwrap();
    let mut without = command(folder.path(), 0, &["mail", "test", "alice@b.example"]);
    let said = without.env("HYDRAULICS_MAIL__HOST", "").output().unwrap();
    let said = String::from_utf8(said.stderr).unwrap();
    assert_eq!(
        said,
        "error: no mail is set up: set `host` under `[mail]`\n"
    );
    let from = command(folder.path(), 25, &["serve"])
        .env("HYDRAULICS_MAIL__FROM", "nobody")
        .output()
        .unwrap();
    let said = String::from_utf8(from.stderr).unwrap();
    assert!(
        said.contains("no mail can be sent as `[mail]` says: 'nobody' is no mail address"),
        "{said}"
    );
}

#[cfg(unix)]
#[test]
fn running_server_sends_due_mail_and_stops_cleanly() {
    let folder = tempfile::tempdir().unwrap();
    let (port, mails) = mail_server();
    add_alice(folder.path(), port);
    let set = run(
        folder.path(),
        port,
        &["user", "email", "alice", "alice@b.example"],
    );
    assert!(set.status.success(), "{set:?}");
    let mut server = command(folder.path(), port, &["serve"])
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut log = BufReader::new(server.stderr.take().unwrap());
    let mut line = String::new();
    while !line.contains("\"listening\"") {
        line.clear();
        assert_ne!(log.read_line(&mut line).unwrap(), 0, "it ended");
    }
    let said: serde_json::Value = serde_json::from_str(&line).unwrap();
    let mut stream = TcpStream::connect(said["address"].as_str().unwrap()).unwrap();
    write!(
        stream,
        "POST /main/recover HTTP/1.1\r\nHost: pump.test\r\nConnection: close\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 14\r\n\r\n\
         nickname=alice"
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.ends_with("{\"sent\":true}"), "{answer}");
    let mail = mails.recv_timeout(TIMEOUT).unwrap();
    assert!(mail.contains("To: alice@b.example\n"), "{mail}");

    let told = Command::new("kill")
        .args(["-s", "TERM", &server.id().to_string()])
        .status();
    assert!(told.unwrap().success());
    let mut rest = String::new();
    log.read_to_string(&mut rest).unwrap();
    assert!(server.wait().unwrap().success(), "{rest}");
    assert!(
        rest.contains("\"stopped\"") && !rest.contains("took too long"),
        "{rest}"
    );
    assert!(!rest.contains("alice@b.example"), "{rest}");
}
