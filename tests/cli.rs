//! The program, run as a person runs it: arguments, environment and signals in, text and codes out.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that can't go on has failed"
)]

use std::{
    fs,
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    path::Path,
    process::{Child, ChildStderr, Command, ExitStatus, Output, Stdio},
};

use serde_json::Value;
use tempfile::TempDir;

/// A folder to keep data in, and the program that is run there.
struct Place(TempDir);

impl Place {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    /// The program with these arguments, in this folder, with nothing of ours in its environment.
    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_hydraulics"));
        command
            .args(arguments)
            .current_dir(self.path())
            .stdin(Stdio::null());
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("HYDRAULICS_") {
                command.env_remove(name);
            }
        }
        command
    }

    fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    /// Runs it with a line on its standard input.
    fn tell(&self, arguments: &[&str], line: &str) -> Output {
        let mut child = self
            .command(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // A program that refuses its arguments doesn't read.
        let _ = writeln!(child.stdin.take().unwrap(), "{line}");
        child.wait_with_output().unwrap()
    }

    fn serve(&self) -> Server {
        Server::start(self.command(&["--listen", "127.0.0.1:0"]))
    }
}

/// A server that listens, killed when it is dropped.
struct Server {
    child: Child,
    log: BufReader<ChildStderr>,
    listening: Value,
}

impl Server {
    /// Starts it and waits for the line of its log that says that it listens.
    fn start(mut command: Command) -> Self {
        let mut server = Self::spawn(&mut command);
        let line = server.wait_for("\"listening\"");
        server.listening = serde_json::from_str(&line).expect("a line of JSON");
        server
    }

    /// Starts it and waits for nothing.
    fn spawn(command: &mut Command) -> Self {
        let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
        Self {
            log: BufReader::new(child.stderr.take().unwrap()),
            child,
            listening: Value::Null,
        }
    }

    fn address(&self) -> &str {
        self.listening["address"].as_str().unwrap()
    }

    fn get(&self, path: &str) -> String {
        let mut stream = TcpStream::connect(self.address()).unwrap();
        write!(
            stream,
            "GET {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n",
            self.address()
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    fn signal(&self, name: &str) {
        let pid = self.child.id().to_string();
        let sent = Command::new("kill").args(["-s", name, &pid]).status();
        assert!(sent.unwrap().success());
    }

    /// Reads its log up to a line with this text.
    fn wait_for(&mut self, text: &str) -> String {
        let mut line = String::new();
        while !line.contains(text) {
            line.clear();
            let read = self.log.read_line(&mut line).unwrap();
            assert_ne!(read, 0, "it ended without saying {text}");
        }
        line
    }

    /// Waits for its end; what it logged since the start comes too.
    fn end(mut self) -> (ExitStatus, String) {
        let mut log = String::new();
        self.log.read_to_string(&mut log).unwrap();
        (self.child.wait().unwrap(), log)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn out(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// The sentence a failed run said.
fn refusal(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert!(output.stdout.is_empty(), "{output:?}");
    let text = String::from_utf8(output.stderr.clone()).unwrap();
    let sentence = text.strip_prefix("error: ").expect("an error");
    assert_eq!(sentence.lines().count(), 1, "{sentence}");
    sentence.trim_end().to_owned()
}

fn succeeded(output: &Output) -> String {
    assert!(output.status.success(), "{output:?}");
    assert!(output.stderr.is_empty(), "{output:?}");
    out(output)
}

#[test]
fn it_serves_without_a_command_and_says_where() {
    let place = Place::new();
    let server = place.serve();
    assert_eq!(
        server.listening["public_url"],
        format!("http://{}", server.address())
    );
    assert!(server.get("/livez").starts_with("HTTP/1.1 200 "));
    assert!(server.get("/readyz").starts_with("HTTP/1.1 200 "));
    assert!(place.path().join("data/hydraulics.sqlite").exists());
}

#[test]
fn a_person_is_greeted_with_what_to_do_next() {
    let place = Place::new();
    let mut child = place
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
fn sigterm_and_sigint_stop_it_with_code_0() {
    for signal in ["TERM", "INT"] {
        let place = Place::new();
        let server = place.serve();
        server.signal(signal);
        let (status, log) = server.end();
        assert_eq!(status.code(), Some(0), "{log}");
        assert!(log.contains("\"message\":\"stopped\""), "{log}");
    }
}

#[test]
fn a_request_in_flight_is_answered_before_it_stops() {
    let place = Place::new();
    let mut server = place.serve();
    let mut stream = TcpStream::connect(server.address()).unwrap();
    let body = "type=client_associate";
    let (first, rest) = body.split_at(10);
    write!(
        stream,
        "POST /api/client/register HTTP/1.1\r\nHost: {}\r\nContent-Type: application/x-www-form-urlencoded\r\n\
         Content-Length: {}\r\nExpect: 100-continue\r\n\r\n",
        server.address(),
        body.len()
    )
    .unwrap();
    // The server asks for the body once a handler waits for it: the request is in flight.
    let mut answer = BufReader::new(stream.try_clone().unwrap());
    let mut line = String::new();
    answer.read_line(&mut line).unwrap();
    assert!(line.starts_with("HTTP/1.1 100"), "{line}");
    write!(stream, "{first}").unwrap();
    server.signal("TERM");
    server.wait_for("stopping");
    write!(stream, "{rest}").unwrap();
    let mut text = String::new();
    answer.read_to_string(&mut text).unwrap();
    assert!(text.contains("HTTP/1.1 200 "), "{text}");
    let (status, log) = server.end();
    assert_eq!(status.code(), Some(0), "{log}");
}

#[test]
fn a_live_feed_ends_when_the_server_stops() {
    let place = Place::new();
    let settings = "oauth = { plaintext_without_tls = true }\n\
        [[clients]]\nid = 'app'\nsecret = 'a'\n\
        [[users]]\nnickname = 'alice'\npassword = 'correct horse'\n\
        tokens = [{ client = 'app', token = 'token', secret = 'b' }]\n";
    fs::write(place.path().join("hydraulics.toml"), settings).unwrap();
    let mut server = place.serve();
    let send = |method: &str, more: &str| {
        let mut stream = TcpStream::connect(server.address()).unwrap();
        write!(
            stream,
            "{method} /api/user/alice/feed HTTP/1.1\r\nHost: {}\r\nAccept-Encoding: gzip\r\n\
             Authorization: OAuth oauth_consumer_key=\"app\", oauth_token=\"token\", \
             oauth_signature_method=\"PLAINTEXT\", oauth_signature=\"a%26b\"\r\n{more}",
            server.address()
        )
        .unwrap();
        BufReader::new(stream)
    };
    let read_to = |stream: &mut BufReader<TcpStream>, text: &str| {
        let mut line = String::new();
        while !line.contains(text) {
            line.clear();
            assert_ne!(stream.read_line(&mut line).unwrap(), 0, "no {text}");
        }
    };
    let mut feed = send("GET", "Accept: text/event-stream\r\n\r\n");
    read_to(&mut feed, "HTTP/1.1 200 ");
    read_to(&mut feed, "retry: ");
    let note = r#"{"object": {"objectType": "note", "content": "hello"}}"#;
    let posted = format!(
        "Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{note}",
        note.len()
    );
    let mut answer = send("POST", &posted);
    read_to(&mut answer, "HTTP/1.1 200 ");
    read_to(&mut feed, "event: activity");
    read_to(&mut feed, "\"content\":\"hello\"");
    server.signal("TERM");
    server.wait_for("stopping");
    let mut rest = String::new();
    feed.read_to_string(&mut rest).unwrap();
    assert!(rest.ends_with("0\r\n\r\n"), "it ends whole: {rest:?}");
    let (status, log) = server.end();
    assert_eq!(status.code(), Some(0), "{log}");
    assert!(!log.contains("took too long"), "{log}");
}

#[test]
fn a_second_signal_stops_it_at_once() {
    let place = Place::new();
    let mut server = place.serve();
    let mut stream = TcpStream::connect(server.address()).unwrap();
    write!(
        stream,
        "POST /api/client/register HTTP/1.1\r\nHost: {}\r\nContent-Type: application/x-www-form-urlencoded\r\n\
         Content-Length: 9\r\nExpect: 100-continue\r\n\r\n",
        server.address()
    )
    .unwrap();
    let mut line = String::new();
    BufReader::new(stream.try_clone().unwrap())
        .read_line(&mut line)
        .unwrap();
    assert!(line.starts_with("HTTP/1.1 100"), "{line}");
    server.signal("TERM");
    server.wait_for("stopping");
    server.signal("TERM");
    let (status, log) = server.end();
    assert_eq!(status.code(), Some(0), "{log}");
    assert!(log.contains("told to stop again"), "{log}");
}

#[test]
fn a_signal_stops_it_while_it_waits_for_its_database() {
    for signal in ["TERM", "INT"] {
        let place = Place::new();
        // A database that takes the connection and then says nothing.
        let database = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("postgres://u:p@{}/pump", database.local_addr().unwrap());
        let mut command = place.command(&["--listen", "127.0.0.1:0", "--database-url", &url]);
        let mut server = Server::spawn(&mut command);
        let connection = database.accept().unwrap();
        server.signal(signal);
        server.wait_for("stopped before it was started");
        let (status, log) = server.end();
        assert_eq!(status.code(), Some(0), "{log}");
        drop(connection);
    }
}

#[test]
fn a_second_start_finds_everything_again() {
    let place = Place::new();
    let url = ["--public-url", "http://pump.test"];
    let server = Server::start(place.command(&["--listen", "127.0.0.1:0", url[0], url[1]]));
    let made = place.tell(&["user", "add", "alice", url[0], url[1]], "correct horse");
    assert!(succeeded(&made).contains("acct:alice@pump.test"));
    server.signal("TERM");
    assert!(server.end().0.success());
    let mut kept: Vec<_> = fs::read_dir(place.path().join("data"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    kept.sort();
    let expected = ["hydraulics.sqlite", "hydraulics.sqlite-nonces", "uploads"];
    assert_eq!(kept, expected, "all is in its file");
    let server = Server::start(place.command(&["--listen", "127.0.0.1:0", url[0], url[1]]));
    assert!(
        succeeded(&place.run(&["user", "list", url[0], url[1]])).contains("acct:alice@pump.test")
    );
    assert!(server.get("/readyz").starts_with("HTTP/1.1 200 "));
}

#[test]
fn accounts_are_made_listed_changed_and_removed() {
    let place = Place::new();
    assert!(succeeded(&place.run(&["user", "list"])).starts_with("There are no accounts yet."));
    let add = ["user", "add", "alice", "--email", "alice@mail.test"];
    assert_eq!(
        succeeded(&place.tell(&add, "correct horse")),
        "Created account alice (http://127.0.0.1:8080/api/user/alice/profile).\n"
    );
    let list = succeeded(&place.run(&["user", "list"]));
    let lines: Vec<_> = list.lines().collect();
    assert_eq!(lines.len(), 2, "{list}");
    assert!(lines[0].starts_with("NICKNAME  SINCE"), "{list}");
    assert!(lines[1].starts_with("alice     20"), "{list}");
    assert!(lines[1].ends_with("alice@mail.test"), "{list}");
    assert_eq!(
        refusal(&place.tell(&add, "correct horse")),
        "there is an account 'alice' already"
    );
    let set = ["user", "set-password", "alice"];
    assert_eq!(
        succeeded(&place.tell(&set, "battery staple")),
        "alice has a new password.\n"
    );
    assert!(succeeded(&place.run(&["user", "remove", "alice"])).starts_with("Removed the account"));
    let sentence = refusal(&place.tell(&add, "correct horse"));
    assert!(
        sentence.starts_with("the name 'alice' was given before, and is not given again"),
        "{sentence}"
    );
    for gone in [
        ["user", "remove", "alice"],
        ["user", "set-password", "alice"],
    ] {
        assert_eq!(
            refusal(&place.tell(&gone, "battery staple")),
            "there is no account 'alice'; `hydraulics user list` shows them all"
        );
    }
}

#[test]
fn a_bad_nickname_and_a_missing_password_are_refused() {
    let place = Place::new();
    assert!(
        refusal(&place.tell(&["user", "add", "a b"], "x")).starts_with("'a b' can't be a nickname")
    );
    assert!(
        refusal(&place.run(&["user", "add", "alice"]))
            .starts_with("standard input has no password")
    );
    assert!(succeeded(&place.run(&["user", "list"])).starts_with("There are no accounts yet."));
}

#[test]
fn clients_and_users_of_the_configuration_are_made_once() {
    let place = Place::new();
    let file = "public_url = 'http://pump.test'\n\
        [[clients]]\nid = 'fixed'\nsecret = 'very secret'\nname = 'A client'\n\
        [[users]]\nnickname = 'alice'\npassword = 'very secret'\n\
        tokens = [{ client = 'fixed', token = 'a-token', secret = 'very secret' }]\n";
    fs::write(place.path().join("hydraulics.toml"), file).unwrap();
    for _ in 0..2 {
        let server = Server::start(place.command(&["--listen", "127.0.0.1:0"]));
        server.signal("TERM");
        let (status, log) = server.end();
        assert!(status.success());
        assert!(!log.contains("very secret"), "{log}");
    }
    assert_eq!(succeeded(&place.run(&["user", "list"])).lines().count(), 2);
    let clients = succeeded(&place.run(&["client", "list"]));
    assert_eq!(clients.lines().count(), 2, "{clients}");
    assert!(clients.contains("fixed  native  20"), "{clients}");
    assert_eq!(
        succeeded(&place.run(&["client", "remove", "fixed"])),
        "Removed the client fixed and the access it had.\n"
    );
    assert_eq!(
        refusal(&place.run(&["client", "remove", "fixed"])),
        "there is no client 'fixed'; `hydraulics client list` shows them all"
    );
    assert_eq!(
        succeeded(&place.run(&["client", "list"])),
        "No client has registered yet.\n"
    );
}

#[test]
fn applications_are_listed_and_revoked() {
    let place = Place::new();
    let client = |id: &str| {
        format!("[[clients]]\nid = '{id}'\nsecret = 'very secret'\nname = 'Client {id}'\n")
    };
    let token =
        |id: &str| format!("{{ client = '{id}', token = 'token-{id}', secret = 'very secret' }}");
    let file = format!(
        "public_url = 'http://pump.test'\n{}{}[[users]]\nnickname = 'alice'\n\
         password = 'very secret'\ntokens = [{}, {}]\n",
        client("one"),
        client("two"),
        token("one"),
        token("two")
    );
    let start = || {
        fs::write(place.path().join("hydraulics.toml"), &file).unwrap();
        let server = Server::start(place.command(&["--listen", "127.0.0.1:0"]));
        server.signal("TERM");
        assert!(server.end().0.success());
    };
    let list = || succeeded(&place.run(&["user", "applications", "alice"]));
    start();
    let listed = list();
    assert!(listed.starts_with("ID   SINCE"), "{listed}");
    assert_eq!(listed.lines().count(), 3, "{listed}");
    for line in [
        "oauth1  read writeown writeall  Client one",
        "oauth1  read writeown writeall  Client two",
    ] {
        assert!(listed.contains(line), "{listed}");
    }
    assert_eq!(
        succeeded(&place.run(&["user", "revoke", "alice", "one"])),
        "The application one may not act for alice any more.\n"
    );
    assert_eq!(
        refusal(&place.run(&["user", "revoke", "alice", "one"])),
        "no application 'one' may act for alice; `hydraulics user applications alice` shows those \
         that may"
    );
    assert_eq!(list().lines().count(), 2);
    let none = "No application may act for alice any more.\n";
    assert_eq!(
        succeeded(&place.run(&["user", "revoke", "alice"])),
        none,
        "of all that there are"
    );
    assert_eq!(list(), "No application may act for alice.\n");
    start();
    assert_eq!(list().lines().count(), 3, "the configuration has its way");
    let set = ["user", "set-password", "alice", "--revoke"];
    assert_eq!(
        succeeded(&place.tell(&set, "battery staple")),
        "alice has a new password, and no application may act for alice any more.\n"
    );
    assert_eq!(list(), "No application may act for alice.\n");
    for unknown in [["applications", "bob"], ["revoke", "bob"]] {
        assert_eq!(
            refusal(&place.run(&["user", unknown[0], unknown[1]])),
            "there is no account 'bob'; `hydraulics user list` shows them all"
        );
    }
}

#[test]
fn printed_configuration_has_comments_and_no_secrets() {
    let place = Place::new();
    let output = place
        .command(&["config", "--listen", "127.0.0.1:4000"])
        .env(
            "HYDRAULICS_DATABASE_URL",
            "postgres://u:hunter2@db.test/pump",
        )
        .output()
        .unwrap();
    let printed = succeeded(&output);
    assert!(
        printed.contains("# The address and port to listen on."),
        "{printed}"
    );
    assert!(
        printed.contains("\nlisten = \"127.0.0.1:4000\"\n"),
        "{printed}"
    );
    assert!(
        printed.contains("postgres://u:REDACTED@db.test/pump"),
        "{printed}"
    );
    assert!(!printed.contains("hunter2"), "{printed}");
    assert!(
        !place.path().join("data").exists(),
        "printing makes nothing"
    );
}

#[test]
fn invalid_configuration_is_reported_and_creates_nothing() {
    let place = Place::new();
    fs::write(place.path().join("hydraulics.toml"), "lissten = 'x'\n").unwrap();
    assert_eq!(
        refusal(&place.run(&["serve"])),
        "there is no setting `lissten` (in hydraulics.toml): is it `listen`?"
    );
    fs::remove_file(place.path().join("hydraulics.toml")).unwrap();
    let unknown = place.command(&[]).env("HYDRAULICS_LISSEN", "x").output();
    assert_eq!(
        refusal(&unknown.unwrap()),
        "there is no setting for the environment variable HYDRAULICS_LISSEN: is it \
         `HYDRAULICS_LISTEN`?"
    );
    assert!(
        refusal(&place.run(&["--public-url", "pump.test"])).contains("in the flag --public-url")
    );
    assert!(!place.path().join("data").exists());
}

#[test]
fn another_public_url_on_the_same_data_is_warned_of() {
    let place = Place::new();
    succeeded(&place.tell(&["user", "add", "alice"], "correct horse"));
    let list = place.run(&["user", "list", "--public-url", "https://pump.test"]);
    assert!(list.status.success());
    let warning = String::from_utf8(list.stderr).unwrap();
    assert!(
        warning.contains("begun under another public URL"),
        "{warning}"
    );
    assert!(
        warning.contains("http://127.0.0.1:8080/api/user/alice/profile"),
        "{warning}"
    );
}

#[test]
fn a_port_that_is_in_use_is_said() {
    let place = Place::new();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    assert_eq!(
        refusal(&place.run(&["--listen", &address])),
        format!(
            "can't listen on {address}: another program has this port; stop it or choose another \
             port with --listen"
        )
    );
    assert!(
        !place.path().join("data").exists(),
        "nothing was made for it"
    );
}

#[test]
fn a_data_folder_that_cannot_be_made_is_said() {
    let place = Place::new();
    fs::write(place.path().join("file"), "").unwrap();
    let sentence = refusal(&place.run(&["--listen", "127.0.0.1:0", "--data-dir", "file/data"]));
    assert!(
        sentence.starts_with("can't keep data in file/data: "),
        "{sentence}"
    );
}

#[test]
fn unreachable_database_error_hides_the_password() {
    let place = Place::new();
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = nobody.local_addr().unwrap().port();
    drop(nobody);
    let url = format!("postgres://u:hunter2@127.0.0.1:{port}/pump");
    let sentence = refusal(&place.run(&["migrate", "--database-url", &url]));
    assert!(
        sentence.starts_with(&format!(
            "The PostgreSQL database 'pump' at 127.0.0.1:{port} can't be opened: "
        )),
        "{sentence}"
    );
    assert!(!sentence.contains("hunter2"));
}

#[test]
fn health_asks_the_server_that_runs() {
    let place = Place::new();
    let server = place.serve();
    assert_eq!(
        succeeded(&place.run(&["health", "--listen", server.address()])),
        ""
    );
    let address = server.address().to_owned();
    server.signal("TERM");
    assert!(server.end().0.success());
    assert!(refusal(&place.run(&["health", "--listen", &address])).contains("can't be reached"));
}

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
    Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 21\r\n\r\ntype=client_associate";

#[test]
fn a_full_disk_under_the_log_costs_no_answer() {
    let place = Place::new();
    let address = free_address();
    let full = fs::File::options().write(true).open("/dev/full").unwrap();
    let mut command = place.command(&["--listen", &address]);
    let mut child = command.stderr(full).spawn().unwrap();
    let answer = ask(&address, REGISTER);
    let _ = child.kill();
    let _ = child.wait();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
}

#[test]
fn a_log_whose_reader_is_gone_costs_no_answer() {
    let place = Place::new();
    let mut server = place.serve();
    let address = server.address().to_owned();
    let nothing = place.command(&["--version"]).stderr(Stdio::piped()).spawn();
    server.log = BufReader::new(nothing.unwrap().stderr.take().unwrap());
    for _ in 0..3 {
        let answer = ask(&address, REGISTER);
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    }
}

#[test]
fn debug_log_names_each_step_of_a_request() {
    let place = Place::new();
    let mut command = place.command(&["--listen", "127.0.0.1:0"]);
    command.env("HYDRAULICS_LOG__FILTER", "info,hydraulics=debug");
    let mut server = Server::start(command);
    server.get("/.well-known/webfinger?resource=acct:nobody@h");
    let line = server.wait_for("/.well-known/webfinger");
    let step: Value = serde_json::from_str(&line).expect("a line of JSON");
    assert_eq!(step["span"]["name"], "resource_document", "{line}");
    assert_eq!(step["spans"][0]["name"], "request", "{line}");
    assert!(step["time.busy"].is_string(), "{line}");
}

#[test]
fn a_log_that_nobody_reads_holds_up_no_answer() {
    let place = Place::new();
    // All that follows is never read: some hundred lines fill a pipe.
    let server = place.serve();
    for _ in 0..600 {
        let answer = server.get("/nothing/here");
        assert!(answer.starts_with("HTTP/1.1 404"), "{answer}");
    }
}

#[test]
fn a_command_whose_reader_is_gone_ends_as_ever() {
    let place = Place::new();
    let run = |arguments: &[&str], stderr: Stdio| {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let mut command = place.command(arguments);
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
fn a_command_whose_output_is_lost_fails() {
    let place = Place::new();
    let full = fs::File::options().write(true).open("/dev/full").unwrap();
    let lost = place.command(&["config"]).stdout(full).output().unwrap();
    assert_eq!(lost.status.code(), Some(1));
    let said = String::from_utf8(lost.stderr).unwrap();
    assert!(
        said.starts_with("error: standard output can't be written: "),
        "{said}"
    );
}

#[test]
fn health_finds_a_server_below_a_path() {
    for strips in [false, true] {
        let place = Place::new();
        let settings =
            format!("public_url = 'http://h.example/pump'\nproxy_strips_path = {strips}\n");
        fs::write(place.path().join("hydraulics.toml"), settings).unwrap();
        let server = place.serve();
        succeeded(&place.run(&["health", "--listen", server.address()]));
        let path = if strips { "/livez" } else { "/pump/livez" };
        assert!(server.get(path).starts_with("HTTP/1.1 200"));
    }
}

#[test]
fn migrate_makes_the_database_and_says_so() {
    let place = Place::new();
    assert_eq!(
        succeeded(&place.run(&["migrate"])),
        "The database sqlite:data/hydraulics.sqlite is up to date.\n"
    );
    assert!(place.path().join("data/hydraulics.sqlite").exists());
}

#[test]
fn help_has_examples_and_bad_arguments_are_code_2() {
    let place = Place::new();
    assert!(succeeded(&place.run(&["--help"])).contains("hydraulics user add alice"));
    assert!(succeeded(&place.run(&["user", "add", "--help"])).contains("standard input"));
    assert_eq!(place.run(&["user", "ad"]).status.code(), Some(2));
}
