//! Servers in processes of their own, and databases for them.

use std::{
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
};

use sqlx::{Connection, Executor, PgConnection};

/// Starts a server, and waits until it listens. Errors that it logs later are shown.
pub(crate) fn start(command: &mut Command) -> Child {
    let mut process = command
        .stderr(Stdio::piped())
        .spawn()
        .expect("the server starts");
    let log = process.stderr.take().expect("its log is read");
    let mut lines = BufReader::new(log).lines().map_while(Result::ok);
    let said = lines.find(|line| line.contains("listening") || line.contains("error"));
    let listens = said.as_deref();
    assert!(
        listens.is_some_and(|line| line.contains("listening")),
        "the server does not listen: {said:?}"
    );
    // The log must be read to its end, or the server would wait.
    std::thread::spawn(move || {
        let errors = lines.filter(|line| line.contains("ERROR"));
        errors.for_each(|line| eprintln!("{line}"));
    });
    process
}

/// Creates an empty database in the throwaway Postgres; returns its URL.
pub(crate) async fn create_database(purpose: &str) -> String {
    const POSTGRES: &str = "HYDRAULICS_TEST_POSTGRES_URL";
    #[allow(
        clippy::disallowed_methods,
        reason = "tests are told where Postgres is by ./tests/run"
    )]
    let url = std::env::var(POSTGRES).unwrap_or_else(|_| {
        panic!("{POSTGRES} is not set: run the tests with ./tests/run, which starts a Postgres")
    });
    let name = format!("{purpose}_{}", std::process::id());
    let mut connection = PgConnection::connect(&url)
        .await
        .expect("the throwaway Postgres answers");
    connection
        .execute(format!("CREATE DATABASE {name}").as_str())
        .await
        .expect("a database can be made");
    let (server, _) = url.rsplit_once('/').expect("the URL names a database");
    format!("{server}/{name}")
}
