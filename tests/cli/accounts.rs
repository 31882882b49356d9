//! The commands `user` and `client`.

use std::fs;

use crate::program::{Sandbox, Server, out, refusal, succeeded};

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
fn data_of_an_account_is_exported_and_follows_are_imported() {
    let sandbox = Sandbox::new();
    for nickname in ["alice", "bob"] {
        let add = ["user", "add", nickname];
        succeeded(&sandbox.run_with_input(&add, "correct horse"));
    }
    let list = sandbox.path().join("list.csv");
    fs::write(&list, "Account address\nbob\nnobody\n").unwrap();
    let import = ["user", "import-follows", "alice", list.to_str().unwrap()];
    let said = succeeded(&sandbox.run(&import));
    assert!(said.contains("nobody: "), "{said}");
    let counted = "alice follows 1 people of the list; 1 could not be followed.\n";
    assert!(said.ends_with(counted), "{said}");

    let archive = sandbox.path().join("alice.tar.gz");
    let export = ["user", "export", "alice", archive.to_str().unwrap()];
    assert!(succeeded(&sandbox.run(&export)).starts_with("Wrote what alice has here to"));
    assert!(fs::read(&archive).unwrap().starts_with(&[0x1f, 0x8b]));
    assert!(refusal(&sandbox.run(&export)).contains("alice.tar.gz can't be written"));
    let reset = ["user", "reset-two-factor", "alice"];
    assert_eq!(
        succeeded(&sandbox.run(&reset)),
        "alice signs in with the password alone from now on.\n"
    );
}

#[test]
fn aliases_of_an_account_are_added_and_removed() {
    let sandbox = Sandbox::new();
    succeeded(&sandbox.run_with_input(&["user", "add", "alice"], "correct horse"));
    let [one, two] = ["https://a.example/users/al", "https://b.example/al"];
    let change = |action, url| succeeded(&sandbox.run(&["user", "alias", "alice", action, url]));
    assert_eq!(change("add", one), format!("{one}\n"));
    assert_eq!(change("add", two), format!("{one}\n{two}\n"));
    assert_eq!(change("add", two), format!("{one}\n{two}\n"));
    assert_eq!(change("remove", one), format!("{two}\n"));
    assert_eq!(change("remove", two), "alice has no other accounts.\n");
    let bad = ["user", "alias", "alice", "add", "alice"];
    assert!(refusal(&sandbox.run(&bad)).contains("is no address"));
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

#[test]
fn roles_and_limits_are_given_listed_and_logged() {
    let sandbox = Sandbox::new();
    let public = ["--public-url", "http://pump.test"];
    let run = |command: &[&str]| sandbox.run(&[command, &public].concat());
    for name in ["alice", "bob"] {
        let add = ["user", "add", name, public[0], public[1]];
        succeeded(&sandbox.run_with_input(&add, "correct horse"));
    }
    assert_eq!(
        succeeded(&run(&["user", "role", "alice", "admin"])),
        "alice has the role admin now.\n"
    );
    let taken = run(&["user", "role", "alice", "none"]);
    assert_eq!(out(&taken), "alice has no role any more.\n");
    let warning = String::from_utf8_lossy(&taken.stderr);
    assert!(warning.contains("no other admin can sign in"), "{warning}");
    succeeded(&run(&["user", "role", "alice", "admin"]));
    assert_eq!(
        refusal(&run(&["user", "role", "bob", "king"])),
        "there is no role 'king': there are admin, moderator and none"
    );
    succeeded(&run(&["user", "silence", "bob", "--reason", "too loud"]));
    assert_eq!(
        refusal(&run(&["user", "approve", "bob"])),
        "the account 'bob' does not wait for approval"
    );
    succeeded(&run(&["user", "suspend", "bob"]));
    let list = succeeded(&run(&["user", "list"]));
    assert!(list.contains("none   suspended"), "{list}");
    assert!(list.contains("admin  good"), "{list}");
    succeeded(&run(&["user", "restore", "bob"]));
    assert_eq!(
        refusal(&run(&["user", "suspend", "carol"])),
        "nobody with the name 'carol' is known; `hydraulics user list` shows who is"
    );
    let log = succeeded(&run(&["audit"]));
    assert_eq!(log.lines().count(), 7, "{log}");
    assert!(
        log.contains("(command line)  silence     bob    too loud"),
        "{log}"
    );
}

#[test]
fn invitations_and_announcements_are_made_listed_and_removed() {
    let sandbox = Sandbox::new();
    let public = ["--public-url", "http://pump.test"];
    let run = |command: &[&str]| sandbox.run(&[command, &public].concat());
    let link = succeeded(&run(&[
        "invitation",
        "create",
        "--uses",
        "3",
        "--note",
        "friends",
    ]));
    assert!(
        link.starts_with("http://pump.test/main/register?invitation="),
        "{link}"
    );
    let list = succeeded(&run(&["invitation", "list"]));
    assert!(
        list.contains("3 of 3") && list.ends_with("friends\n"),
        "{list}"
    );
    let name = list.lines().nth(1).unwrap().split(' ').next().unwrap();
    assert_eq!(
        succeeded(&run(&["invitation", "revoke", name])),
        format!("Revoked the invitation {name}.\n")
    );
    assert!(refusal(&run(&["invitation", "revoke", name])).starts_with("there is no invitation"));

    let add = [
        "announcement",
        "add",
        "We **move**.",
        "--until",
        "2999-01-31",
    ];
    let made = succeeded(&run(&add));
    let name = made
        .trim()
        .trim_start_matches("Announced: ")
        .trim_end_matches('.');
    let list = succeeded(&run(&["announcement", "list"]));
    assert!(list.contains(name) && list.contains("2999-01-31"), "{list}");
    assert_eq!(
        refusal(&run(&["announcement", "add", "x", "--until", "soon"])),
        "'soon' is no day: give one such as 2027-01-31"
    );
    succeeded(&run(&["announcement", "remove", name]));
    assert_eq!(
        succeeded(&run(&["announcement", "list"])),
        "Nothing is announced.\n"
    );
}
