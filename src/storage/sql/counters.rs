//! The counters of a stream.

use std::iter::zip;

use super::{classes::class_code, dialect::Dialect};
use crate::model::{Filter, Viewer};

/// Columns of the counters of a stream: of all entries, and then of those whose object everyone may
/// read.
pub(crate) const COUNTER_COLUMNS: [&str; 10] = [
    "total",
    "major",
    "minor",
    "major_direct",
    "minor_direct",
    "public",
    "public_major",
    "public_minor",
    "public_major_direct",
    "public_minor_direct",
];

/// Entries that a counter counts, by what is required of their class: major or minor, and direct.
const COUNTED: [(Option<bool>, bool); 5] = [
    (None, false),
    (Some(true), false),
    (Some(false), false),
    (Some(true), true),
    (Some(false), true),
];

/// Values for the [columns](COUNTER_COLUMNS) of a stream.
#[derive(Clone, Copy, Debug)]
pub(crate) struct StreamCounters(pub(crate) [i64; 10]);

impl StreamCounters {
    /// How many entries a viewer sees through a filter for sure, and among how many others, that
    /// not everyone may read, there may be more.
    pub(crate) fn visible_and_uncertain(self, filter: Filter, viewer: Viewer<'_>) -> (i64, i64) {
        let (all, public) = self.0.split_at(5);
        let (all, public) = (matching(all, filter), matching(public, filter));
        match viewer {
            Viewer::Unrestricted => (all, 0),
            Viewer::Anonymous => (public, 0),
            Viewer::Person(_) => (public, all - public),
        }
    }
}

/// Sum of the counters of the entries that pass a filter.
fn matching(counts: &[i64], filter: Filter) -> i64 {
    let is_wanted = |(major, direct): (Option<bool>, bool)| match filter.major {
        None if filter.direct => direct,
        None => major.is_none(),
        wanted => major == wanted && direct == filter.direct,
    };
    let wanted = zip(counts, COUNTED).filter(|(_, counted)| is_wanted(*counted));
    wanted.map(|(count, _)| count).sum()
}

/// Assignments that add the sums of an aggregate to the counters of the stream `s`.
#[cfg(feature = "sqlite")]
pub(crate) fn add_sums(sums: &str) -> String {
    let added = COUNTER_COLUMNS.map(|column| format!("{column} = s.{column} + {sums}.{column}"));
    added.join(", ")
}

/// Assignments that set the counters to zero.
pub(crate) fn reset_counters() -> String {
    COUNTER_COLUMNS
        .map(|column| format!("{column} = 0"))
        .join(", ")
}

/// Columns of the counters, each counted over rows with the columns of entries.
#[cfg(feature = "sqlite")]
pub(crate) fn count_entries() -> String {
    let counted = zip(COUNTER_COLUMNS, conditions(""))
        .map(|(column, condition)| format!("count(*) FILTER (WHERE {condition}) AS {column}"));
    counted.collect::<Vec<_>>().join(", ")
}

/// Assignments that add a number to those counters of the stream `s` that count the entry `e`. Only
/// the public ones, if the entry becomes public or ceases to be.
pub(crate) fn add_if_counted(dialect: Dialect, number: &str, only_public: bool) -> String {
    let first = if only_public { 5 } else { 0 };
    let columns = zip(COUNTER_COLUMNS, conditions("e.")).skip(first);
    let added = columns.map(|(column, condition)| {
        let condition = if only_public {
            condition.replace("e.public", "true")
        } else {
            condition
        };
        let counted = dialect.choose(format!("({condition})"), format!("({condition})::int"));
        format!("{column} = s.{column} + {number} * {counted}")
    });
    added.collect::<Vec<_>>().join(", ")
}

/// Conditions under which an entry is counted in each of the [columns](COUNTER_COLUMNS).
fn conditions(entry: &str) -> [String; 10] {
    std::array::from_fn(|at| {
        let (major, direct) = COUNTED[at % 5];
        let public = (at >= 5).then(|| format!("{entry}public"));
        let direct = direct.then(|| format!("{entry}direct"));
        let class = major.map(|_| format!("{entry}class = {}", class_code(major)));
        let all = [public, direct, class]
            .into_iter()
            .flatten()
            .collect::<Vec<_>>();
        if all.is_empty() {
            "true".into()
        } else {
            all.join(" AND ")
        }
    })
}
