//! How entries are filed: what class one has, and whether everyone may read it, are parts of the primary key, so that
//! those of one kind lie side by side. Whoever wants more than one kind merges them.

use super::query::Dialect;
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

/// Rows of all kinds that pass, but for `direct`, and that the viewer may read some of, in the order of their `seq`, so
/// many at most. `rows` are those of one kind, by a condition on the entry `e` to be added.
///
/// SQLite merges them, and reads none further than it must. PostgreSQL would take longer to get ready for as many parts
/// than to read them: it goes through the kinds, and reads no more of each than is wanted in all.
pub(in crate::storage) fn merged(
    dialect: Dialect,
    (filter, viewer): (Filter, Viewer<'_>),
    order: &str,
    most: &str,
    rows: impl Fn(&str) -> String,
) -> String {
    let public: &[bool] = match viewer {
        Viewer::Anyone => &[true],
        Viewer::Everything | Viewer::Person(_) => &[true, false],
    };
    let kinds = classes(filter)
        .iter()
        .flat_map(|class| public.iter().map(move |public| (class, public)));
    let rows = match dialect {
        Dialect::Sqlite => kinds
            .map(|(class, public)| rows(&format!(" AND e.class = {class} AND e.public = {public}")))
            .collect::<Vec<_>>()
            .join(" UNION ALL "),
        Dialect::Postgres => {
            let kinds: Vec<String> = kinds
                .map(|(class, public)| format!("({class}::smallint, {public})"))
                .collect();
            let rows = rows(" AND e.class = k.class AND e.public = k.public");
            format!(
                "SELECT r.* FROM (VALUES {}) AS k (class, public) \
                 CROSS JOIN LATERAL ({rows} ORDER BY seq {order} LIMIT {most}) r",
                kinds.join(", ")
            )
        }
    };
    format!("{rows} ORDER BY seq {order}")
}
