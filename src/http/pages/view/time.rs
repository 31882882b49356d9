//! Times.

use chrono::{DateTime, Datelike, Timelike, Utc};

use crate::app::texts::Language;

/// A time as a page shows it; scripts make it relative.
pub(in crate::http::pages) struct Moment {
    /// As in `<time datetime>`.
    pub(in crate::http::pages) machine: String,
    /// For people, in UTC.
    pub(in crate::http::pages) text: String,
}

impl Moment {
    /// Reads a time of the wire; `None` if it is none.
    pub(super) fn parse(text: &str, t: &Language) -> Option<Self> {
        let time = DateTime::parse_from_rfc3339(text).ok()?;
        Some(Self::of(time.to_utc(), t))
    }

    /// Returns a time in a language.
    pub(in crate::http::pages) fn of(time: DateTime<Utc>, t: &Language) -> Self {
        let month = t.say(MONTHS[time.month0() as usize % MONTHS.len()]);
        let clock = format!("{:02}:{:02}", time.hour(), time.minute());
        let (day, year) = (time.day().to_string(), time.year().to_string());
        let parts = [
            ("day", day.as_str()),
            ("month", &month),
            ("year", &year),
            ("time", &clock),
        ];
        Self {
            machine: time.format("%Y-%m-%dT%H:%M:%SZ").to_string(),
            text: t.fill("date", &parts),
        }
    }
}

/// Keys of the names of the months.
const MONTHS: [&str; 12] = [
    "month-january",
    "month-february",
    "month-march",
    "month-april",
    "month-may",
    "month-june",
    "month-july",
    "month-august",
    "month-september",
    "month-october",
    "month-november",
    "month-december",
];
