//! Shutdown by signal: code 0, and no request or live feed that is cut off.

use std::{
    fs,
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
};

use crate::program::{Sandbox, Server};

#[test]
fn sigterm_and_sigint_stop_the_server_with_code_0() {
    for signal in ["TERM", "INT"] {
        let sandbox = Sandbox::new();
        let server = sandbox.serve();
        server.signal(signal);
        let (status, log) = server.wait();
        assert_eq!(status.code(), Some(0), "{log}");
        assert!(log.contains("\"message\":\"stopped\""), "{log}");
    }
}

#[test]
fn request_in_flight_is_answered_before_shutdown() {
    let sandbox = Sandbox::new();
    let mut server = sandbox.serve();
    let mut stream = TcpStream::connect(server.address()).unwrap();
    let body = "type=client_associate";
    let (first, rest) = body.split_at(10);
    write!(
        stream,
        "POST /api/client/register HTTP/1.1\r\nHost: {}\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\
         Expect: 100-continue\r\n\r\n",
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
    let (status, log) = server.wait();
    assert_eq!(status.code(), Some(0), "{log}");
}

#[test]
fn live_feed_ends_when_the_server_stops() {
    let sandbox = Sandbox::new();
    let settings = "oauth = { plaintext_without_tls = true }\n\
        [[clients]]\nid = 'app'\nsecret = 'a'\n\
        [[users]]\nnickname = 'alice'\npassword = 'correct horse'\n\
        tokens = [{ client = 'app', token = 'token', secret = 'b' }]\n";
    fs::write(sandbox.path().join("hydraulics.toml"), settings).unwrap();
    let mut server = sandbox.serve();
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
    let (status, log) = server.wait();
    assert_eq!(status.code(), Some(0), "{log}");
    assert!(!log.contains("took too long"), "{log}");
}

#[test]
fn second_signal_stops_the_server_at_once() {
    let sandbox = Sandbox::new();
    let mut server = sandbox.serve();
    let mut stream = TcpStream::connect(server.address()).unwrap();
    write!(
        stream,
        "POST /api/client/register HTTP/1.1\r\nHost: {}\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 9\r\n\
         Expect: 100-continue\r\n\r\n",
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
    let (status, log) = server.wait();
    assert_eq!(status.code(), Some(0), "{log}");
    assert!(log.contains("told to stop again"), "{log}");
}

#[test]
fn signal_stops_the_server_while_the_database_hangs() {
    for signal in ["TERM", "INT"] {
        let sandbox = Sandbox::new();
        // A database that takes the connection and then says nothing.
        let database = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("postgres://u:p@{}/pump", database.local_addr().unwrap());
        let mut command = sandbox.command(&["--listen", "127.0.0.1:0", "--database-url", &url]);
        let mut server = Server::spawn(&mut command);
        let connection = database.accept().unwrap();
        server.signal(signal);
        server.wait_for("stopped before it was started");
        let (status, log) = server.wait();
        assert_eq!(status.code(), Some(0), "{log}");
        drop(connection);
    }
}
