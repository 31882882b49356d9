//! The commands `user` and `client`.

use std::fs;

use crate::program::{Sandbox, Server, refusal, succeeded};

#[test]
fn accounts_are_created_listed_changed_and_removed() {
    let sandbox = Sandbox::new();
    assert!(succeeded(&sandbox.run(&["user", "list"])).starts_with("There are no accounts yet."));
    let add = ["user", "add", "alice", "--email", "alice@mail.test"];
    assert_eq!(
        succeeded(&sandbox.run_with_input(&add, "correct horse")),
        "Created account alice (http://127.0.0.1:8080/api/user/alice/profile).\n"
    );
    let list = succeeded(&sandbox.run(&["user", "list"]));
    let lines: Vec<_> = list.lines().collect();
    assert_eq!(lines.len(), 2, "{list}");
    assert!(lines[0].starts_with("NICKNAME  SINCE"), "{list}");
    assert!(lines[1].starts_with("alice     20"), "{list}");
    assert!(lines[1].ends_with("alice@mail.test"), "{list}");
    assert_eq!(
        refusal(&sandbox.run_with_input(&add, "correct horse")),
        "there is an account 'alice' already"
    );
    let set = ["user", "set-password", "alice"];
    assert_eq!(
        succeeded(&sandbox.run_with_input(&set, "battery staple")),
        "alice has a new password.\n"
    );
    assert!(
        succeeded(&sandbox.run(&["user", "remove", "alice"])).starts_with("Removed the account")
    );
    let sentence = refusal(&sandbox.run_with_input(&add, "correct horse"));
    assert!(
        sentence.starts_with("the name 'alice' was given before, and is not given again"),
        "{sentence}"
    );
    for gone in [
        ["user", "remove", "alice"],
        ["user", "set-password", "alice"],
    ] {
        assert_eq!(
            refusal(&sandbox.run_with_input(&gone, "battery staple")),
            "there is no account 'alice'; `hydraulics user list` shows them all"
        );
    }
}

#[test]
fn bad_nickname_and_missing_password_are_refused() {
    let sandbox = Sandbox::new();
    assert!(
        refusal(&sandbox.run_with_input(&["user", "add", "a b"], "x"))
            .starts_with("'a b' can't be a nickname")
    );
    assert!(
        refusal(&sandbox.run(&["user", "add", "alice"]))
            .starts_with("standard input has no password")
    );
    assert!(succeeded(&sandbox.run(&["user", "list"])).starts_with("There are no accounts yet."));
}

#[test]
fn configured_clients_and_users_are_created_once() {
    let sandbox = Sandbox::new();
    let file = "public_url = 'http://pump.test'\n\
        [[clients]]\nid = 'fixed'\nsecret = 'very secret'\nname = 'A client'\n\
        [[users]]\nnickname = 'alice'\npassword = 'very secret'\n\
        tokens = [{ client = 'fixed', token = 'a-token', secret = 'very secret' }]\n";
    fs::write(sandbox.path().join("hydraulics.toml"), file).unwrap();
    for _ in 0..2 {
        let server = Server::start(sandbox.command(&["--listen", "127.0.0.1:0"]));
        server.signal("TERM");
        let (status, log) = server.wait();
        assert!(status.success());
        assert!(!log.contains("very secret"), "{log}");
    }
    assert_eq!(
        succeeded(&sandbox.run(&["user", "list"])).lines().count(),
        2
    );
    let clients = succeeded(&sandbox.run(&["client", "list"]));
    assert_eq!(clients.lines().count(), 2, "{clients}");
    assert!(clients.contains("fixed  native  20"), "{clients}");
    assert_eq!(
        succeeded(&sandbox.run(&["client", "remove", "fixed"])),
        "Removed the client fixed and the access it had.\n"
    );
    assert_eq!(
        refusal(&sandbox.run(&["client", "remove", "fixed"])),
        "there is no client 'fixed'; `hydraulics client list` shows them all"
    );
    assert_eq!(
        succeeded(&sandbox.run(&["client", "list"])),
        "No client has registered yet.\n"
    );
}

#[test]
fn applications_are_listed_and_revoked() {
    let sandbox = Sandbox::new();
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
        fs::write(sandbox.path().join("hydraulics.toml"), &file).unwrap();
        let server = Server::start(sandbox.command(&["--listen", "127.0.0.1:0"]));
        server.signal("TERM");
        assert!(server.wait().0.success());
    };
    let list = || succeeded(&sandbox.run(&["user", "applications", "alice"]));
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
        succeeded(&sandbox.run(&["user", "revoke", "alice", "one"])),
        "The application one may not act for alice any more.\n"
    );
    assert_eq!(
        refusal(&sandbox.run(&["user", "revoke", "alice", "one"])),
        "no application 'one' may act for alice; `hydraulics user applications alice` shows those \
         that may"
    );
    assert_eq!(list().lines().count(), 2);
    let none = "No application may act for alice any more.\n";
    assert_eq!(
        succeeded(&sandbox.run(&["user", "revoke", "alice"])),
        none,
        "of all that there are"
    );
    assert_eq!(list(), "No application may act for alice.\n");
    start();
    assert_eq!(list().lines().count(), 3, "the configuration has its way");
    let set = ["user", "set-password", "alice", "--revoke"];
    assert_eq!(
        succeeded(&sandbox.run_with_input(&set, "battery staple")),
        "alice has a new password, and no application may act for alice any more.\n"
    );
    assert_eq!(list(), "No application may act for alice.\n");
    for unknown in [["applications", "bob"], ["revoke", "bob"]] {
        assert_eq!(
            refusal(&sandbox.run(&["user", unknown[0], unknown[1]])),
            "there is no account 'bob'; `hydraulics user list` shows them all"
        );
    }
}
