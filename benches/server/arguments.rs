//! Command to the writer.

use std::{path::PathBuf, time::Duration};

use clap::{Parser, ValueEnum};
use url::Url;

use super::{activitypub, federation, growth, instructions, load::Plan, scenario::Scenario};

/// Measures the server over real sockets.
#[derive(Parser)]
#[command(name = "cargo bench --bench server --", disable_version_flag = true)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
    /// Only on this database; can be given more than once [default: all, or none with --target]
    #[arg(long, value_enum)]
    pub(crate) backend: Vec<Backend>,
    /// Only this scenario; can be given more than once
    #[arg(long, value_enum)]
    pub(crate) only: Vec<Scenario>,
    /// How long each scenario is measured
    #[arg(long, default_value_t = 5.0)]
    seconds: f64,
    /// How long it is warmed up before
    #[arg(long, default_value_t = 3.0)]
    warm_up: f64,
    /// How many connections there are
    #[arg(long, default_value_t = 16)]
    connections: usize,
    /// Leave the floor out
    #[arg(long)]
    pub(crate) no_floor: bool,
    /// Another Pump server that runs, on this machine; accounts are made on it
    #[arg(long)]
    pub(crate) target: Option<Url>,
    /// Its name
    #[arg(long, default_value = "other", requires = "target")]
    pub(crate) label: String,
    /// Its process, if its processor time and its memory are to be seen
    #[arg(long, requires = "target")]
    pub(crate) pid: Option<u32>,
    /// Where the figures go as JSON [default: server.json in target/bench]
    #[arg(long)]
    pub(crate) json: Option<PathBuf>,
    /// Where the table goes as Markdown
    #[arg(long)]
    pub(crate) markdown: Option<PathBuf>,
    /// Argument that cargo passes to every benchmark
    #[arg(long, hide = true, global = true)]
    bench: bool,
}

#[derive(clap::Subcommand)]
pub(crate) enum Command {
    /// Measure how pages and deliveries cost more on a large database
    Growth(growth::Arguments),
    /// Measure what goes to other servers and comes from them
    Federation(federation::Arguments),
    /// Measure the same with servers that speak ActivityPub
    #[command(name = "activitypub")]
    ActivityPub(activitypub::Arguments),
    /// Count the instructions of the server for each request, by valgrind
    Instructions(instructions::Arguments),
    /// Serve the bare answers that the server is compared with
    #[command(hide = true)]
    Floor {
        database: String,
        documents: PathBuf,
        port: u16,
    },
    /// Be the other servers
    #[command(hide = true)]
    Sink {
        #[command(flatten)]
        hosts: federation::Hosts,
        /// File with the public key of everyone, if they speak ActivityPub
        #[arg(long)]
        activitypub: Option<PathBuf>,
        port: u16,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Backend {
    Sqlite,
    Postgres,
}

impl Backend {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "SQLite",
            Self::Postgres => "Postgres",
        }
    }
}

impl Arguments {
    pub(crate) fn plan(&self) -> Plan {
        Plan {
            connections: self.connections.max(1),
            warm_up: seconds(self.warm_up),
            measure: seconds(self.seconds),
        }
    }

    pub(crate) fn backends(&self) -> &[Backend] {
        match (&self.backend[..], &self.target) {
            ([], None) => &[Backend::Sqlite, Backend::Postgres],
            (asked, _) => asked,
        }
    }

    pub(crate) fn scenarios(&self) -> Vec<Scenario> {
        let all = Scenario::value_variants().iter().copied();
        all.filter(|scenario| self.only.is_empty() || self.only.contains(scenario))
            .collect()
    }
}

fn seconds(number: f64) -> Duration {
    Duration::try_from_secs_f64(number).unwrap_or_default()
}
