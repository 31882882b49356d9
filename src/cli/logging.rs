//! Where the log goes: to standard error, for people or as JSON.

use std::io::{IsTerminal, stderr};

use tracing_subscriber::{
    EnvFilter,
    filter::LevelFilter,
    fmt::format::{FmtSpan, JsonFields},
    util::SubscriberInitExt,
};

use super::{json_lines::JsonLines, stderr::LogWriter};
use crate::config::{LogFormat, LogSection};

/// Parts that log what people wrote. They do only if the filter names them.
const PRIVATE_TARGETS: &str = "html5ever=info,markup5ever=info";

/// Whether the log is for people.
pub(super) fn is_human(log: &LogSection) -> bool {
    match log.format {
        LogFormat::Human => true,
        LogFormat::Json => false,
        LogFormat::Auto => stderr().is_terminal(),
    }
}

/// Sets up the log of a server. At the level of debug each step of a request has a line at its end,
/// with the time that it took.
pub(super) fn install(log: &LogSection) -> anyhow::Result<()> {
    let filter = EnvFilter::try_new(format!("{PRIVATE_TARGETS},{}", log.filter))?;
    let has_steps = filter.max_level_hint() >= Some(LevelFilter::DEBUG);
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_span_events(if has_steps {
            FmtSpan::CLOSE
        } else {
            FmtSpan::NONE
        })
        .with_writer(LogWriter::default());
    if is_human(log) {
        let builder = builder.with_ansi(stderr().is_terminal());
        builder.finish().try_init()?;
    } else {
        let builder = builder.fmt_fields(JsonFields::new());
        let builder = builder.event_format(JsonLines::new(has_steps));
        builder.finish().try_init()?;
    }
    Ok(())
}

/// Sets up the log of a command that is done at once: only warnings and errors, for people. An
/// update of the tables is logged too, since it may take a while.
pub(super) fn install_for_command() -> anyhow::Result<()> {
    let builder = tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::try_new(
            "warn,hydraulics::storage::sql::migrate=info",
        )?)
        .with_writer(LogWriter::default())
        .with_ansi(stderr().is_terminal());
    builder.finish().try_init()?;
    Ok(())
}
