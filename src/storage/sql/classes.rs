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
    /// How many at most.
    pub(in crate::storage) most: &'a str,
}

/// The rows that are wanted, as far as the viewer may read some of their kind, in the order of their `seq`. `rows` are
/// those of one kind, by a condition on the entry `e` to be added, which has the stream and the bound in it.
///
/// SQLite merges them. PostgreSQL would take longer to get ready for as many parts than to read them: it goes through the
/// kinds, and reads no more of each than is wanted in all.
pub(in crate::storage) fn merged(
    dialect: Dialect,
    wanted: Wanted<'_>,
    rows: impl Fn(&str) -> String,
) -> String {
    let public: &[bool] = match wanted.viewer {
        Viewer::Anyone => &[true],
        Viewer::Everything | Viewer::Person(_) => &[true, false],
    };
    let kinds = classes(wanted.filter)
        .iter()
        .flat_map(|class| public.iter().map(move |public| (class, *public)));
    let (compare, order) = wanted.toward.words();
    let place = format!(
        "e.stream = {} AND e.seq {compare} {}",
        wanted.stream, wanted.bound
    );
    let (last, within) = (wanted.last(dialect), wanted.toward.within());
    let rows = match dialect {
        Dialect::Sqlite => {
            let kind = |(class, public): (&i16, bool)| {
                let kind = format!("{place} AND e.class = {class} AND e.public = {public}");
                match &last {
                    Some(last) if !public => rows(&format!("{kind} AND e.seq {within} {last}")),
                    _ => rows(&kind),
                }
            };
            kinds.map(kind).collect::<Vec<_>>().join(" UNION ALL ")
        }
        Dialect::Postgres => {
            let kinds: Vec<String> = kinds
                .map(|(class, public)| format!("({class}::smallint, {public})"))
                .collect();
            let kind = format!("{place} AND e.class = k.class AND e.public = k.public");
            let each = format!("(VALUES {}) AS k (class, public)", kinds.join(", "));
            let (kind, from) = match last {
                Some(last) => {
                    let end = wanted.toward.end();
                    (
                        format!(
                            "{kind} AND e.seq {within} CASE WHEN k.public THEN {end} ELSE l.last END"
                        ),
                        format!("(SELECT {last} AS last OFFSET 0) l CROSS JOIN {each}"),
                    )
                }
                None => (kind, each),
            };
            format!(
                "SELECT r.* FROM {from} CROSS JOIN LATERAL ({} ORDER BY seq {order} LIMIT {}) r",
                rows(&kind),
                wanted.most
            )
        }
    };
    format!("{rows} ORDER BY seq {order}")
}

impl Wanted<'_> {
    /// The entry beyond which nothing is wanted, since as many that everyone may read come before it: so a page does not
    /// cost more where there is much that its viewer may not read. Whoever may read everything needs no such thing.
    fn last(&self, dialect: Dialect) -> Option<String> {
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
        let (nearest, not_below) = match (dialect, self.toward) {
            (Dialect::Sqlite, Toward::Older) => ("max", "max"),
            (Dialect::Sqlite, Toward::Newer) => ("min", "max"),
            (Dialect::Postgres, Toward::Older) => ("greatest", "greatest"),
            (Dialect::Postgres, Toward::Newer) => ("least", "greatest"),
        };
        let end = self.toward.end();
        let of_class = |class: &i16| {
            format!(
                "coalesce((SELECT p.seq FROM entries p WHERE p.stream = {stream} \
                 AND p.class = {class} AND p.public = true AND p.seq {compare} {bound} \
                 ORDER BY p.seq {order} LIMIT 1 OFFSET {not_below}({most} - 1, 0)), {end})"
            )
        };
        let classes: Vec<String> = classes(self.filter).iter().map(of_class).collect();
        match &*classes {
            [class] => Some(class.clone()),
            classes => Some(format!("{nearest}({})", classes.join(", "))),
        }
    }
}
