//! The configuration, and the commands `config`, `migrate`, `health` and `help`.

use std::fs;

use crate::program::{Sandbox, refusal, succeeded};

#[test]
fn printed_configuration_has_comments_and_no_secrets() {
    let sandbox = Sandbox::new();
    let output = sandbox
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
        !sandbox.path().join("data").exists(),
        "printing makes nothing"
    );
}

#[test]
fn invalid_configuration_is_reported_and_creates_nothing() {
    let sandbox = Sandbox::new();
    fs::write(sandbox.path().join("hydraulics.toml"), "lissten = 'x'\n").unwrap();
    assert_eq!(
        refusal(&sandbox.run(&["serve"])),
        "there is no setting `lissten` (in hydraulics.toml): is it `listen`?"
    );
    fs::remove_file(sandbox.path().join("hydraulics.toml")).unwrap();
    let unknown = sandbox.command(&[]).env("HYDRAULICS_LISSEN", "x").output();
    assert_eq!(
        refusal(&unknown.unwrap()),
        "there is no setting for the environment variable HYDRAULICS_LISSEN: is it \
         `HYDRAULICS_LISTEN`?"
    );
    assert!(
        refusal(&sandbox.run(&["--public-url", "pump.test"])).contains("in the flag --public-url")
    );
    assert!(!sandbox.path().join("data").exists());
}

#[test]
fn changed_public_url_is_refused_if_others_know_it() {
    let sandbox = Sandbox::new();
    succeeded(&sandbox.run_with_input(&["user", "add", "alice"], "correct horse"));
    let list = ["user", "list", "--public-url", "https://pump.test"];
    assert_eq!(
        refusal(&sandbox.run(&list)),
        "this database was made under another public URL than https://pump.test: it has the \
         account http://127.0.0.1:8080/api/user/alice/profile. Other servers know it by that name, \
         so set `public_url` to the old one, begin with a new database, or set \
         `federation.enabled` to false"
    );
    let alone = ("HYDRAULICS_FEDERATION__ENABLED", "false");
    let list = sandbox
        .command(&list)
        .env(alone.0, alone.1)
        .output()
        .unwrap();
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
fn health_checks_the_running_server() {
    let sandbox = Sandbox::new();
    let server = sandbox.serve();
    assert_eq!(
        succeeded(&sandbox.run(&["health", "--listen", server.address()])),
        ""
    );
    let address = server.address().to_owned();
    server.signal("TERM");
    assert!(server.wait().0.success());
    assert!(refusal(&sandbox.run(&["health", "--listen", &address])).contains("can't be reached"));
}

#[test]
fn health_finds_a_server_below_a_path() {
    for strips in [false, true] {
        let sandbox = Sandbox::new();
        let settings =
            format!("public_url = 'http://h.example/pump'\nproxy_strips_path = {strips}\n");
        fs::write(sandbox.path().join("hydraulics.toml"), settings).unwrap();
        let server = sandbox.serve();
        succeeded(&sandbox.run(&["health", "--listen", server.address()]));
        let path = if strips { "/livez" } else { "/pump/livez" };
        assert!(server.get(path).starts_with("HTTP/1.1 200"));
    }
}

#[test]
fn migrate_creates_the_database_and_reports_it() {
    let sandbox = Sandbox::new();
    assert_eq!(
        succeeded(&sandbox.run(&["migrate"])),
        "The database sqlite:data/hydraulics.sqlite is up to date.\n"
    );
    assert!(sandbox.path().join("data/hydraulics.sqlite").exists());
}

#[test]
fn help_has_examples_and_bad_arguments_exit_with_2() {
    let sandbox = Sandbox::new();
    assert!(succeeded(&sandbox.run(&["--help"])).contains("hydraulics user add alice"));
    assert!(succeeded(&sandbox.run(&["user", "add", "--help"])).contains("standard input"));
    assert_eq!(sandbox.run(&["user", "ad"]).status.code(), Some(2));
}
