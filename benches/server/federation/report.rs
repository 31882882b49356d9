//! The figures, as a table and as JSON.

use anyhow::Result;
use hydraulics::app::{Clock, SystemClock};
use serde::Serialize;

use super::{
    Arguments,
    hosts::Hosts,
    incoming::Incoming,
    measured::Measured,
    outgoing::{Deliveries, RemotePost},
    waiting::Waiting,
};
use crate::{columns, report::machine};

/// All that was measured in one run.
#[derive(Serialize)]
pub(super) struct Report {
    date: String,
    version: &'static str,
    machine: String,
    hosts: Hosts,
    followers: usize,
    pub(super) results: Vec<Results>,
}

/// Measurements of one server.
#[derive(Serialize)]
pub(super) struct Results {
    name: String,
    /// Version of its database.
    database: Option<String>,
    pub(super) deliveries: Option<Deliveries>,
    pub(super) incoming: Option<Incoming>,
    /// Requests to follow by people of other servers, of whom nothing was known before.
    pub(super) follows_per_second: Option<f64>,
    pub(super) posts: Vec<(&'static str, RemotePost)>,
    pub(super) waiting: Option<Waiting>,
}

impl Results {
    pub(super) async fn of(measured: &Measured) -> Result<Self> {
        let database = match measured.database() {
            Some(database) => Some(database.version().await?),
            None => None,
        };
        Ok(Self {
            name: measured.name.clone(),
            database,
            deliveries: None,
            incoming: None,
            follows_per_second: None,
            posts: Vec::new(),
            waiting: None,
        })
    }

    /// Figures with their names, in the order of the table.
    fn figures(&self) -> Vec<(String, f64)> {
        let mut figures = Vec::new();
        let mut add = |name: &str, figure: Option<f64>| {
            figures.extend(figure.map(|figure| (name.to_owned(), figure)));
        };
        if let Some(deliveries) = &self.deliveries {
            add("deliveries: per s", Some(deliveries.rate));
            add("deliveries: CPU of the server, µs", deliveries.server_us);
            add("deliveries: CPU of the sink, µs", deliveries.sink_us);
            add(
                "deliveries: lost, doubled, unsigned",
                Some(deliveries.wrong as f64),
            );
        }
        if let Some(incoming) = &self.incoming {
            add("incoming: per s", Some(incoming.rate));
            add("incoming: p50, ms", Some(incoming.p50_ms));
            add("incoming: p99, ms", Some(incoming.p99_ms));
            add("incoming: CPU of the server, µs", incoming.server_us);
        }
        add("incoming: follows per s", self.follows_per_second);
        for (name, post) in &self.posts {
            add(&format!("{name}: answered, ms"), Some(post.answered_ms));
            add(&format!("{name}: everywhere, ms"), Some(post.everywhere_ms));
            add(&format!("{name}: others p99, ms"), Some(post.others_p99_ms));
            let before = Some(post.others_before_p99_ms);
            add(&format!("{name}: others p99 before, ms"), before);
        }
        if let Some(waiting) = &self.waiting {
            let mebibytes = |kib: Option<u64>| Some(kib? as f64 / 1024.0);
            add("waiting: deliveries", Some(waiting.count as f64));
            add("waiting: until all wait, ms", Some(waiting.enqueued_ms));
            add("waiting: MiB until then", mebibytes(waiting.enqueuing_kib));
            add(
                "waiting: MiB of a new server",
                mebibytes(waiting.trying_kib),
            );
        }
        figures
    }
}

impl Report {
    pub(super) fn new(arguments: &Arguments) -> Self {
        Self {
            date: SystemClock.now().format("%Y-%m-%d").to_string(),
            version: env!("CARGO_PKG_VERSION"),
            machine: machine(),
            hosts: arguments.hosts,
            followers: arguments.followers,
            results: Vec::new(),
        }
    }

    /// A table that can be read in a terminal, too: a column for each server.
    pub(super) fn markdown(&self) -> String {
        let Hosts { hosts, dead } = self.hosts;
        let mut text = format!(
            "Hydraulics {}, {}, {}; {} followers on {hosts} servers, of which {dead} die.\n\n",
            self.version, self.date, self.machine, self.followers
        );
        let columns = self.results.iter();
        let columns = columns.map(|results| (&*results.name, results.figures()));
        text += &columns::table(&columns.collect::<Vec<_>>());
        text
    }
}
