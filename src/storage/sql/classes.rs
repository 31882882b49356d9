//! How entries are filed: what class one has, and whether everyone may read it, are parts of the primary key, so that
//! those of one kind lie side by side. Whoever wants more than one kind merges them.

use super::query::{Dialect, Toward};
use crate::model::{Class, Filter, Viewer};

/// What `entries.class` is: 0 for no class, 1 for minor, 2 for major.
pub(in crate::storage) fn filed(major: Option<bool>) -> i16 {
    match major {
        None => 0,
        Some(false) => 1,
        Some(true) => 2,
    }
}

/// The class of an entry.
pub(in crate::storage) fn class(filed: i16, direct: bool) -> Option<Class> {
    let major = match filed {
        0 => return None,
        class => class == 2,
    };
    Some(Class { major, direct })
}

/// The values of `entries.class` that pass a filter.
fn classes(filter: Filter) -> &'static [i16] {
    match filter.major {
        None => &[0, 1, 2],
        Some(false) => &[1],
        Some(true) => &[2],
    }
}

/// That the entry `e` is of a class that passes, and that not everyone may read it; to be added to a condition.
pub(in crate::storage) fn private(filter: Filter) -> String {
    let classes: Vec<String> = classes(filter).iter().map(i16::to_string).collect();
    let classes = classes.join(", ");
    format!(" AND e.class IN ({classes}) AND e.public = false")
}

/// The same for each of these classes by itself.
pub(in crate::storage) fn private_of_each(filter: Filter) -> impl Iterator<Item = String> {
    let classes = classes(filter).iter();
    classes.map(|class| format!(" AND e.class = {class} AND e.public = false"))
}

/// Which entries `e` of a stream are wanted, of more than one kind.
#[derive(Clone, Copy)]
pub(in crate::storage) struct Wanted<'a> {
    /// Which classes; of `direct` it knows nothing.
    pub(in crate::storage) filter: Filter,
    /// By whom.
    pub(in crate::storage) viewer: Viewer<'a>,
    /// The number of the stream.
    pub(in crate::storage) stream: &'a str,
    /// The entry from which on.
    pub(in crate::storage) bound: &'a str,
    /// Which way.
    pub(in crate::storage) toward: Toward,
    /// How many at most; for SQLite to know how far what is private is wanted.
    pub(in crate::storage) most: &'a str,
    /// Among how many of those of a class that not everyone may read a person's are looked for, in the stream `s`,
    /// from its newest on. All of them, if this is not given.
    pub(in crate::storage) reach: Option<u32>,
}

/// The rows that are wanted, as far as the viewer may read some of their kind, in the order of their `seq`; how many says
/// whoever asks, after it. `rows` are those of something with the columns of entries, under the name `e`, that meet a
/// condition.
///
/// SQLite merges the rows of each kind. PostgreSQL would take longer to get ready for as many parts than to read them: it
/// merges the entries, and makes rows of them for as long as any are wanted.
pub(in crate::storage) fn merged(
    dialect: Dialect,
    wanted: Wanted<'_>,
    rows: impl Fn(&str, &str) -> String,
) -> String {
    let (compare, order) = wanted.toward.words();
    let place = format!(
        "e.stream = {} AND e.seq {compare} {}",
        wanted.stream, wanted.bound
    );
    let kind =
        |class: i16, public: bool| format!("{place} AND e.class = {class} AND e.public = {public}");
    let kinds = wanted.kinds();
    let rows = match dialect {
        Dialect::Sqlite => {
            let (last, within) = (wanted.last(), wanted.toward.within());
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

impl Wanted<'_> {
    /// The classes that are wanted, and whether everyone may read it, of each kind.
    fn kinds(&self) -> impl Iterator<Item = (i16, bool)> {
        let public: &[bool] = match self.viewer {
            Viewer::Anyone => &[true],
            Viewer::Everything | Viewer::Person(_) => &[true, false],
        };
        let classes = classes(self.filter).iter();
        classes.flat_map(|class| public.iter().map(|public| (*class, *public)))
    }

    /// How many of a kind are read at most, for PostgreSQL.
    fn limit(&self, public: bool) -> String {
        match (self.viewer, self.reach) {
            (Viewer::Person(_), Some(reach)) if !public => format!(" LIMIT {reach}"),
            _ => String::new(),
        }
    }

    /// For SQLite, the entry beyond which nothing of a class is wanted that not everyone may read: the last one, or the
    /// one at the end of the reach.
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

    /// For SQLite, the entry beyond which nothing is wanted, since as many that everyone may read come before it: so a page
    /// does not cost more where there is much that its viewer may not read. Whoever may read everything needs no such
    /// thing.
    fn last(&self) -> Option<String> {
        let Self {
            stream,
            bound,
            most,
            ..
        } = self;
        let Viewer::Person(_) = self.viewer else {
            return None;
        };
        let (compare, order) = self.toward.words();
        let (nearest, end) = match self.toward {
            Toward::Older => ("max", 0),
            Toward::Newer => ("min", i64::MAX),
        };
        let of_class = |class: &i16| {
            format!(
                "coalesce((SELECT p.seq FROM entries p WHERE p.stream = {stream} \
                 AND p.class = {class} AND p.public = true AND p.seq {compare} {bound} \
                 ORDER BY p.seq {order} LIMIT 1 OFFSET max({most} - 1, 0)), {end})"
            )
        };
        let classes: Vec<String> = classes(self.filter).iter().map(of_class).collect();
        match &*classes {
            [class] => Some(class.clone()),
            classes => Some(format!("{nearest}({})", classes.join(", "))),
        }
    }
}
