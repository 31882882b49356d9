//! `hydraulics serve`

use std::fmt::Write as _;

use anyhow::Context;
use tokio::select;

use super::{Setup, logging, output::print};
use crate::{
    config::Flags,
    model::{Stream, Viewer},
    server::{Server, ShutdownSignal, raise_file_limit},
};

pub(super) async fn run(setup: &Setup) -> anyhow::Result<()> {
    let config = &setup.config;
    logging::install(&config.log).context("the log can't be set up")?;
    raise_file_limit();
    // From here on a signal is heard, and ends a start that takes long, too.
    let mut stop = ShutdownSignal::new().context("the system's signals can't be heard")?;
    let server = select! {
        server = Server::bind(config) => server?,
        () = stop.recv() => {
            tracing::info!("stopped before it was started");
            return Ok(());
        }
    };
    if config.public_url.is_none() && !config.listen.ip().is_loopback() {
        tracing::warn!(
            public_url = server.app().urls().base(),
            "the server listens to the network but `public_url` is not set: links and ids are made \
             from the address it listens on, and stay so"
        );
    }
    if logging::is_human(&config.log) {
        // A server runs as well without a word.
        let _ = print(&greeting(setup, &server).await?);
    } else {
        tracing::info!(
            address = %server.address(),
            public_url = server.app().urls().base(),
            data = %config.data_dir.display(),
            database = %config.database(),
            metrics = server.metrics_address().map(tracing::field::display),
            "listening"
        );
    }
    server.run(stop).await.context("the server failed")
}

/// Returns the greeting for a newly started server.
async fn greeting(setup: &Setup, server: &Server) -> anyhow::Result<String> {
    let config = &setup.config;
    let urls = server.app().urls();
    let heads = server
        .app()
        .storage()
        .previews(&[Stream::Users], 0, Viewer::Unrestricted)
        .await?;
    let accounts = heads.first().map_or(0, |head| head.total);
    let mut text = format!(
        "\n  \x1b[1mHydraulics {}\x1b[0m\n
  Listening on  \x1b[1mhttp://{}\x1b[0m
  Public URL    {}
  Data folder   {}
  Database      {}\n",
        env!("CARGO_PKG_VERSION"),
        server.address(),
        urls.base(),
        config.data_dir.display(),
        config.database(),
    );
    if accounts > 0 {
        _ = writeln!(text, "  Accounts      {accounts}");
    }
    let command = format!("{}{}", setup.environment.command(), repeat(&setup.flags));
    let name = if accounts > 0 { "NAME" } else { "alice" };
    _ = write!(
        text,
        "
  Open \x1b[1m{}/\x1b[0m in a browser to register or sign in.
  Accounts can also be made in another terminal:
      \x1b[1m{command} user add {name}\x1b[0m

  A Pump client takes the address \x1b[1m{name}@{}\x1b[0m.
  It opens a page of this server where you sign in and let it act for you.\n",
        urls.base(),
        urls.authority(),
    );
    if urls.scheme() == "http" {
        text.push_str("  This server has no TLS: tell the client not to use it (\"no HTTPS\").\n");
    }
    if urls.authority() != urls.host() {
        text.push_str("  Many clients know no ports: the README says how to listen on port 80.\n");
    }
    text.push_str("\n  Ctrl-C stops the server.\n");
    Ok(text)
}

/// The flags that were given, for a command that is to work on the same data.
fn repeat(flags: &Flags) -> String {
    let config = flags.config.as_ref().map(|path| path.display().to_string());
    // The database may have a password in its URL.
    let database = flags.database_url.as_ref().map(|_| "...".to_owned());
    let mut text = String::new();
    for (flag, value) in [
        ("--config", &config),
        ("--listen", &flags.listen),
        ("--public-url", &flags.public_url),
        ("--data-dir", &flags.data_dir),
        ("--database-url", &database),
    ] {
        if let Some(value) = value {
            _ = write!(text, " {flag} {}", quoted(value));
        }
    }
    text
}

/// A word as a shell takes it.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "-_./:@%+=,[]".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.into()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_are_quoted_for_the_shell_without_password() {
        let flags = Flags {
            data_dir: Some("my data".into()),
            database_url: Some("postgres://u:hunter2@h/d".into()),
            ..Flags::default()
        };
        assert_eq!(repeat(&flags), " --data-dir 'my data' --database-url ...");
    }
}
