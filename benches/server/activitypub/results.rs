//! The figures, and their table.

use serde::Serialize;

use crate::columns;

/// Measurements of one server.
#[derive(Serialize)]
pub(super) struct Results {
    name: String,
    idle_kib: Option<u64>,
    pub(super) deliveries: Option<Deliveries>,
    pub(super) incoming: Option<Incoming>,
    /// Signed reads of the actor, and of a page of their followers.
    pub(super) actors_per_second: Option<f64>,
    pub(super) followers_per_second: Option<f64>,
    /// How many were accepted in the end, of whom nothing was known before, and how fast.
    pub(super) followers: Option<usize>,
    pub(super) follows_per_second: Option<f64>,
    /// Memory with all followers.
    pub(super) followed_kib: Option<u64>,
}

/// Rate of deliveries.
#[derive(Serialize)]
pub(super) struct Deliveries {
    pub(super) count: usize,
    /// In a second.
    pub(super) rate: f64,
    /// Processor time of the server for each.
    pub(super) server_us: f64,
    pub(super) lost: usize,
    pub(super) doubled: usize,
    pub(super) refused: usize,
}

/// Rate of notes that come in.
#[derive(Serialize)]
pub(super) struct Incoming {
    pub(super) count: usize,
    /// In a second, until they were answered.
    pub(super) answered_rate: f64,
    /// In a second, until the server was at rest.
    pub(super) rate: f64,
    /// Processor time of the server for each.
    pub(super) server_us: f64,
}

impl Results {
    pub(super) fn new(name: &str, idle_kib: Option<u64>) -> Self {
        Self {
            name: name.into(),
            idle_kib,
            deliveries: None,
            incoming: None,
            actors_per_second: None,
            followers_per_second: None,
            followers: None,
            follows_per_second: None,
            followed_kib: None,
        }
    }

    /// Figures with their names, in the order of the table.
    fn figures(&self) -> Vec<(String, f64)> {
        let mut figures = Vec::new();
        let mut add = |name: &str, figure: Option<f64>| {
            figures.extend(figure.map(|figure| (name.to_owned(), figure)));
        };
        let mebibytes = |kib: Option<u64>| Some(kib? as f64 / 1024.0);
        add("memory when it has begun, MiB", mebibytes(self.idle_kib));
        if let Some(deliveries) = &self.deliveries {
            add("deliveries per s", Some(deliveries.rate));
            add(
                "deliveries: CPU of the server, µs",
                Some(deliveries.server_us),
            );
            add("deliveries lost", Some(deliveries.lost as f64));
            add("deliveries doubled", Some(deliveries.doubled as f64));
            add(
                "deliveries refused by the sink",
                Some(deliveries.refused as f64),
            );
        }
        if let Some(incoming) = &self.incoming {
            add(
                "notes that come in, answered per s",
                Some(incoming.answered_rate),
            );
            add(
                "the same until the server rests, per s",
                Some(incoming.rate),
            );
            add("the same: CPU of the server, µs", Some(incoming.server_us));
        }
        add("reads of the actor per s", self.actors_per_second);
        add(
            "reads of a page of followers per s",
            self.followers_per_second,
        );
        add("more followers", self.followers.map(|count| count as f64));
        add("follows per s, until accepted", self.follows_per_second);
        add(
            "memory with all followers, MiB",
            mebibytes(self.followed_kib),
        );
        figures
    }
}

/// A column for each server.
pub(super) fn table(all: &[Results]) -> String {
    let columns = all
        .iter()
        .map(|results| (&*results.name, results.figures()));
    columns::table(&columns.collect::<Vec<_>>())
}
