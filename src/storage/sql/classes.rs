//! How entries are filed: what class one has, and whether everyone may read it, are parts of the
//! primary key, so that those of one kind lie side by side. Queries for several kinds merge them.

use super::dialect::{Dialect, Direction};
use crate::model::{Filter, Viewer};

/// Value of `entries.class`: 0 for no class, 1 for minor, 2 for major.
pub(crate) fn class_code(major: Option<bool>) -> i16 {
    match major {
        None => 0,
        Some(false) => 1,
        Some(true) => 2,
    }
}

/// The values of `entries.class` that pass a filter.
fn class_codes(filter: Filter) -> &'static [i16] {
    match filter.major {
        None => &[0, 1, 2],
        Some(false) => &[1],
        Some(true) => &[2],
    }
}

/// That the entry `e` is of a class that passes, and that not everyone may read it; to be added to
/// a condition.
pub(crate) fn non_public_condition(filter: Filter) -> String {
    let classes: Vec<String> = class_codes(filter).iter().map(i16::to_string).collect();
    let classes = classes.join(", ");
    format!(" AND e.class IN ({classes}) AND e.public = false")
}

/// The same for each of these classes by itself.
pub(crate) fn non_public_conditions(filter: Filter) -> impl Iterator<Item = String> {
    let classes = class_codes(filter).iter();
    classes.map(|class| format!(" AND e.class = {class} AND e.public = false"))
}

/// Which entries `e` of a stream are wanted, of more than one kind.
#[derive(Clone, Copy)]
pub(crate) struct EntryQuery<'a> {
    /// Which classes; of `direct` it knows nothing.
    pub(crate) filter: Filter,
    /// By whom.
    pub(crate) viewer: Viewer<'a>,
    /// The number of the stream.
    pub(crate) stream: &'a str,
    /// The entry from which on.
    pub(crate) bound: &'a str,
    /// Which way.
    pub(crate) direction: Direction,
    /// How many at most; for SQLite to know how far what is private is wanted.
    pub(crate) limit: &'a str,
    /// Among how many of those of a class that not everyone may read a person's are looked for, in
    /// the stream `s`, from its newest on. All of them, if this is not given.
    pub(crate) reach: Option<u32>,
}

/// The rows that are wanted, as far as the viewer may read some of their kind, in the order of
/// their `seq`; how many says whoever asks, after it. `rows` are those of something with the
/// columns of entries, under the name `e`, that meet a condition.
///
/// SQLite merges the rows of each kind. PostgreSQL merges the entries and joins only as many rows
/// as are wanted, since planning one join for each part would take longer than reading them.
pub(crate) fn union_by_class(
    dialect: Dialect,
    wanted: EntryQuery<'_>,
    rows: impl Fn(&str, &str) -> String,
) -> String {
    let (compare, order) = wanted.direction.comparison_and_order();
    let place = format!(
        "e.stream = {} AND e.seq {compare} {}",
        wanted.stream, wanted.bound
    );
    let kind =
        |class: i16, public: bool| format!("{place} AND e.class = {class} AND e.public = {public}");
    let kinds = wanted.class_visibility_pairs();
    let rows = match dialect {
        Dialect::Sqlite => {
            let (last, within) = (
                wanted.private_cutoff(),
                wanted.direction.inclusive_comparison(),
            );
            let rows = kinds.map(|(class, public)| match &last {
                Some(last) if !public => {
                    let kind = kind(class, public);
                    let last = wanted.within_reach(class, last);
                    rows("entries e", &format!("{kind} AND e.seq {within} {last}"))
                }
                _ => rows("entries e", &kind(class, public)),
            });
            rows.collect::<Vec<_>>().join(" UNION ALL ")
        }
        Dialect::Postgres => {
            // Each part is in order by itself: so nothing is left to sort.
            let parts = kinds.map(|(class, public)| {
                let (kind, most) = (kind(class, public), wanted.limit(public));
                format!("(SELECT * FROM entries e WHERE {kind} ORDER BY seq {order}{most})")
            });
            let entries = parts.collect::<Vec<_>>().join(" UNION ALL ");
            rows(&format!("({entries}) e"), "true")
        }
    };
    format!("{rows} ORDER BY seq {order}")
}

impl EntryQuery<'_> {
    /// The classes that are wanted, and whether everyone may read it, of each kind.
    fn class_visibility_pairs(&self) -> impl Iterator<Item = (i16, bool)> {
        let public: &[bool] = match self.viewer {
            Viewer::Anonymous => &[true],
            Viewer::Unrestricted | Viewer::Person(_) => &[true, false],
        };
        let classes = class_codes(self.filter).iter();
        classes.flat_map(|class| public.iter().map(|public| (*class, *public)))
    }

    /// How many of a kind are read at most, for PostgreSQL.
    fn limit(&self, public: bool) -> String {
        match (self.viewer, self.reach) {
            (Viewer::Person(_), Some(reach)) if !public => format!(" LIMIT {reach}"),
            _ => String::new(),
        }
    }

    /// For SQLite, the entry beyond which nothing of a class is wanted that not everyone may read:
    /// the last one, or the one at the end of the reach.
    fn within_reach(&self, class: i16, last: &str) -> String {
        let (Some(reach), stream) = (self.reach, self.stream) else {
            return last.into();
        };
        format!(
            "max({last}, CASE WHEN s.total - s.public > {reach} THEN coalesce((SELECT p.seq \
             FROM entries p WHERE p.stream = {stream} AND p.class = {class} \
             AND p.public = false ORDER BY p.seq DESC LIMIT 1 OFFSET {}), 0) ELSE 0 END)",
            reach - 1
        )
    }

    /// For SQLite, the entry beyond which enough public entries come first. It bounds the cost of a
    /// page with many entries that the viewer may not read. An unrestricted viewer needs no such
    /// bound.
    fn private_cutoff(&self) -> Option<String> {
        let Self {
            stream,
            bound,
            limit: most,
            ..
        } = self;
        let Viewer::Person(_) = self.viewer else {
            return None;
        };
        let (compare, order) = self.direction.comparison_and_order();
        let (nearest, end) = match self.direction {
            Direction::Older => ("max", 0),
            Direction::Newer => ("min", i64::MAX),
        };
        let of_class = |class: &i16| {
            format!(
                "coalesce((SELECT p.seq FROM entries p WHERE p.stream = {stream} \
                 AND p.class = {class} AND p.public = true AND p.seq {compare} {bound} \
                 ORDER BY p.seq {order} LIMIT 1 OFFSET max({most} - 1, 0)), {end})"
            )
        };
        let classes: Vec<String> = class_codes(self.filter).iter().map(of_class).collect();
        match &*classes {
            [class] => Some(class.clone()),
            classes => Some(format!("{nearest}({})", classes.join(", "))),
        }
    }
}
