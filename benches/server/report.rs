//! The figures, as a table, as JSON and as Markdown.

use std::{fmt::Write as _, fs, thread};

use hydraulics::app::{Clock, SystemClock};
use serde::Serialize;

use super::load::Plan;

/// All that was measured in one run.
#[derive(Serialize)]
pub(crate) struct Report {
    date: String,
    version: &'static str,
    machine: String,
    connections: usize,
    seconds: f64,
    pub(crate) subjects: Vec<About>,
    /// Which of them the others are compared with.
    pub(crate) reference: Option<String>,
    pub(crate) rows: Vec<Row>,
}

/// A server that was measured.
#[derive(Clone, Serialize)]
pub(crate) struct About {
    pub(crate) name: String,
    /// Version of its database.
    pub(crate) database: String,
    /// From its start to its first answer, the median.
    pub(crate) start_ms: Option<f64>,
    /// Its memory before it had anything to do.
    pub(crate) idle_kib: Option<u64>,
}

/// One scenario on one server.
#[derive(Serialize)]
pub(crate) struct Row {
    pub(crate) scenario: String,
    pub(crate) subject: String,
    /// Unit of `rate`.
    pub(crate) unit: String,
    pub(crate) server: Figures,
    /// At the end of the scenario.
    pub(crate) resident_kib: Option<u64>,
    pub(crate) floor: Option<Figures>,
}

/// Figures of one load.
#[derive(Serialize)]
pub(crate) struct Figures {
    pub(crate) count: usize,
    /// In a second.
    pub(crate) rate: f64,
    pub(crate) p50_ms: f64,
    pub(crate) p99_ms: f64,
    /// Of the body of an answer.
    pub(crate) bytes: usize,
    /// Processor time of the server for a request.
    pub(crate) cpu_us: Option<f64>,
    /// Processor time of the load generator for a request.
    pub(crate) generator_us: Option<f64>,
}

impl Row {
    /// Which part of the floor the server comes to.
    fn of_floor(&self) -> Option<f64> {
        Some(self.server.rate / self.floor.as_ref()?.rate)
    }
}

const HEADINGS: [&str; 10] = [
    "scenario", "server", "per s", "p50 ms", "p99 ms", "bytes", "CPU µs", "MiB", "floor/s",
    "of floor",
];

impl Report {
    pub(crate) fn new(plan: Plan) -> Self {
        Self {
            date: SystemClock.now().format("%Y-%m-%d").to_string(),
            version: env!("CARGO_PKG_VERSION"),
            machine: machine(),
            connections: plan.connections,
            seconds: plan.measure.as_secs_f64(),
            subjects: Vec::new(),
            reference: None,
            rows: Vec::new(),
        }
    }

    /// For a terminal.
    pub(crate) fn table(&self) -> String {
        let mut text = format!("{}\n\n", self.heading());
        let cells = self.cells();
        let wide = |at: usize| {
            let column = cells.iter().map(|row| row[at].chars().count());
            column.max().unwrap_or_default()
        };
        let widths: Vec<usize> = (0..cells[0].len()).map(wide).collect();
        for row in &cells {
            for (at, (cell, width)) in row.iter().zip(&widths).enumerate() {
                _ = match at {
                    0 | 1 => write!(text, "{cell:<width$}  "),
                    _ => write!(text, "{cell:>width$}  "),
                };
            }
            text.truncate(text.trim_end().len());
            text.push('\n');
        }
        text.push('\n');
        for line in self.notes() {
            _ = writeln!(text, "{line}");
        }
        text
    }

    /// For a page.
    pub(crate) fn markdown(&self) -> String {
        let mut text = format!("{}\n\n", self.heading());
        for (number, row) in self.cells().iter().enumerate() {
            _ = writeln!(text, "| {} |", row.join(" | "));
            if number == 0 {
                _ = writeln!(text, "|---|---|{}", "---:|".repeat(row.len() - 2));
            }
        }
        text.push('\n');
        for line in self.notes() {
            _ = writeln!(text, "- {line}");
        }
        text
    }

    fn heading(&self) -> String {
        format!(
            "Hydraulics {}, {}, {}; {} connections, {} s for each scenario.",
            self.version, self.date, self.machine, self.connections, self.seconds
        )
    }

    /// The headings, and the rows by scenario.
    fn cells(&self) -> Vec<Vec<String>> {
        let mut headings = HEADINGS.map(str::to_owned).to_vec();
        headings.extend(self.reference.as_ref().map(|name| format!("× {name}")));
        let mut rows: Vec<&Row> = Vec::new();
        for row in &self.rows {
            if !rows.iter().any(|other| other.scenario == row.scenario) {
                rows.extend(self.alike(row));
            }
        }
        let rows = rows.into_iter().map(|row| self.row(row));
        [headings].into_iter().chain(rows).collect()
    }

    /// The rows of the same scenario.
    fn alike<'a>(&'a self, row: &'a Row) -> impl Iterator<Item = &'a Row> {
        let rows = self.rows.iter();
        rows.filter(|other| other.scenario == row.scenario)
    }

    fn row(&self, row: &Row) -> Vec<String> {
        let server = &row.server;
        let maybe = |text: Option<String>| text.unwrap_or_default();
        let mut cells = vec![
            row.scenario.clone(),
            row.subject.clone(),
            round(server.rate),
            format!("{:.2}", server.p50_ms),
            format!("{:.2}", server.p99_ms),
            server.bytes.to_string(),
            maybe(server.cpu_us.map(round)),
            maybe(row.resident_kib.map(mebibytes)),
            maybe(row.floor.as_ref().map(|floor| round(floor.rate))),
            maybe(row.of_floor().map(|part| format!("{:.0} %", part * 100.0))),
        ];
        if let Some(name) = &self.reference {
            let reference = self.alike(row).find(|other| other.subject == *name);
            cells.push(maybe(
                reference.map(|other| round(server.rate / other.server.rate)),
            ));
        }
        cells
    }

    fn notes(&self) -> Vec<String> {
        let mut notes = Vec::new();
        for about in &self.subjects {
            let mut parts = Vec::new();
            if let Some(start) = about.start_ms {
                parts.push(format!("first answer {start:.0} ms after the start"));
            }
            if let Some(idle) = about.idle_kib {
                parts.push(format!("{} MiB resident before the load", mebibytes(idle)));
            }
            let database = match about.database.as_str() {
                "" => String::new(),
                version => format!(" ({version})"),
            };
            if !parts.is_empty() {
                notes.push(format!("{}{database}: {}.", about.name, parts.join(", ")));
            }
        }
        notes.push(
            "fan-out: entries of inboxes a second, until the last is there; CPU is of a post. \
             register: a client, an account and a first post; most of it is hashing the password, \
             which is slow on purpose."
                .into(),
        );
        notes
    }
}

fn round(number: f64) -> String {
    let digits = usize::from(number < 100.0);
    format!("{number:.digits$}")
}

fn mebibytes(kib: u64) -> String {
    format!("{:.1}", kib as f64 / 1024.0)
}

/// Description of the machine, as far as it is known.
pub(crate) fn machine() -> String {
    let said = |file: &str, name: &str| {
        let text = fs::read_to_string(file).unwrap_or_default();
        let line = text.lines().find(|line| line.starts_with(name));
        let value = line.and_then(|line| line.split_once(':'));
        value.map(|(_, value)| value.trim().to_owned())
    };
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let processor = said("/proc/cpuinfo", "model name").unwrap_or_else(|| "unknown CPU".into());
    let memory = said("/proc/meminfo", "MemTotal");
    let memory = memory.and_then(|memory| memory.split(' ').next()?.parse::<u64>().ok());
    let memory = memory.map_or_else(String::new, |kib| format!(", {} GiB", kib >> 20));
    format!("{cores} cores of {processor}{memory}")
}
