//! The text of the reads that both databases understand. Variants are chosen from constants; caller
//! input never becomes part of a query.

use super::{
    audience_groups::GROUPING_THRESHOLD,
    classes::{
        EntryQuery, class_code, non_public_condition, non_public_conditions, union_by_class,
    },
    page::View,
};
use crate::{
    model::{Filter, Viewer},
    storage::HEAD_REACH,
};

macro_rules! object_body_columns {
    () => {
        "o.id, o.uuid, o.object_type, o.author, o.audience, o.post, o.deleted, o.body"
    };
}

/// The columns of an object `o`, in the order a row is read.
pub(crate) const OBJECT_COLUMNS: &str =
    concat!("o.pk AS object, o.version, ", object_body_columns!());

/// Those after its primary key and version.
pub(crate) const OBJECT_BODY_COLUMNS: &str = object_body_columns!();

/// A stream by its key ($1), with its counters and the number of the entry of an object, by key
/// ($2).
pub(crate) const FIND_STREAM_SQL: &str = "\
    SELECT s.pk, s.last, s.total, s.major, s.minor, s.major_direct, s.minor_direct, s.public, \
    s.public_major, s.public_minor, s.public_major_direct, s.public_minor_direct, \
    (SELECT e.seq FROM entries e WHERE e.stream = s.pk \
     AND e.item = (SELECT c.pk FROM objects c WHERE c.key = $2)) AS at \
    FROM streams s WHERE s.key = $1";

/// Whether an object, by key ($1), is in any stream but one, by key ($2).
pub(crate) const IS_IN_OTHER_STREAM_SQL: &str = "\
    SELECT EXISTS (SELECT 1 FROM entries e \
      WHERE e.item = (SELECT o.pk FROM objects o WHERE o.key = $1) \
      AND e.stream <> coalesce((SELECT s.pk FROM streams s WHERE s.key = $2), 0))";

/// Whether an item of a stream, by key ($1), has a name ($3); folded, it is $2.
pub(crate) const HAS_NAME: &str = "\
    SELECT count(*) > 0 FROM entries e JOIN objects o ON o.pk = e.item \
    WHERE e.stream = (SELECT s.pk FROM streams s WHERE s.key = $1) AND e.class >= 0 \
    AND o.name = $2 AND o.body ->> 'displayName' = $3";

/// Adds to the counters of a stream ($1), in the order of
/// [`StreamCounters::scaled`](super::counters::StreamCounters::scaled).
pub(crate) const ADD_TO_COUNTERS_SQL: &str = "\
    UPDATE streams SET total = total + $2, major = major + $3, minor = minor + $4, \
    major_direct = major_direct + $5, minor_direct = minor_direct + $6, public = public + $7, \
    public_major = public_major + $8, public_minor = public_minor + $9, \
    public_major_direct = public_major_direct + $10, \
    public_minor_direct = public_minor_direct + $11 WHERE pk = $1";

/// Above all numbers.
const MAX_SEQ: &str = "9223372036854775807";

/// Database that the text is for.
#[derive(Clone, Copy)]
#[cfg_attr(
    not(all(feature = "sqlite", feature = "postgres")),
    allow(dead_code, reason = "one backend writes in one of them")
)]
pub(crate) enum Dialect {
    /// SQLite, which has to be told to use a partial index: it knows too little of what is in a
    /// table.
    Sqlite,
    /// PostgreSQL, which knows best.
    Postgres,
}

/// Which way a page is read.
#[derive(Clone, Copy)]
pub(crate) enum Direction {
    /// Entries with lower numbers than the bound, highest first.
    Older,
    /// Entries with higher numbers than the bound, lowest first.
    Newer,
}

impl Direction {
    /// How a number is compared with the bound, and the order.
    pub(crate) fn comparison_and_order(self) -> (&'static str, &'static str) {
        match self {
            Self::Older => ("<", "DESC"),
            Self::Newer => (">", "ASC"),
        }
    }

    /// How a number is compared with the last that is wanted.
    pub(crate) fn inclusive_comparison(self) -> &'static str {
        match self {
            Self::Older => ">=",
            Self::Newer => "<=",
        }
    }
}

/// A stream as [`FIND_STREAM_SQL`] has it, and its objects from there, so many ($3) after so many
/// ($4), with the number of each as `seq`. A name that is searched for comes next, then a person's
/// key and id. In one go, as the database has it: SQLite answers two statements, the stream first;
/// PostgreSQL has the stream in each row, and a row without an object if there is none.
pub(crate) fn stream_and_page(dialect: Dialect, toward: Direction, view: View<'_>) -> String {
    match dialect {
        Dialect::Sqlite => {
            let place = format!("({FIND_STREAM_SQL}) AS top CROSS JOIN ");
            let page = page_from(
                dialect,
                toward,
                view,
                &place,
                ["top.pk", "coalesce(top.at, $5)"],
                6,
            );
            format!("{FIND_STREAM_SQL}; {page}")
        }
        Dialect::Postgres => {
            let page = page_from(
                dialect,
                toward,
                view,
                "",
                ["top.pk", "coalesce(top.at, $5)"],
                6,
            );
            format!(
                "SELECT page.*, top.* FROM ({FIND_STREAM_SQL} OFFSET 0) AS top LEFT JOIN LATERAL ({page}) AS page ON true"
            )
        }
    }
}

/// Objects of a stream ($1) from a bound ($2), and the rest as in [`stream_and_page`].
pub(crate) fn page(dialect: Dialect, toward: Direction, view: View<'_>) -> String {
    page_from(dialect, toward, view, "", ["$1", "$2"], 5)
}

fn page_from(
    dialect: Dialect,
    toward: Direction,
    view: View<'_>,
    place: &str,
    [stream, bound]: [&str; 2],
    first: u8,
) -> String {
    let seen = visible_in_view(dialect, view, first);
    let select = |entries: &str, kind: &str| {
        format!(
            "SELECT {OBJECT_COLUMNS}, e.seq FROM {place}{entries} JOIN objects o ON o.pk = e.item \
             WHERE {kind}{seen}"
        )
    };
    let rows = if view.name_query.is_some() || view.filter.direct {
        let (compare, order) = toward.comparison_and_order();
        let admitted = filter_condition(view.filter);
        let place = format!("e.stream = {stream} AND e.seq {compare} {bound}{admitted}");
        let rows = select(&entries_in_view(dialect, view, stream), &place);
        format!("{rows} ORDER BY seq {order}")
    } else {
        let wanted = EntryQuery {
            filter: view.filter,
            viewer: view.viewer,
            stream,
            bound,
            direction: toward,
            limit: "$3 + $4",
            reach: None,
        };
        union_by_class(dialect, wanted, select)
    };
    format!("{rows} LIMIT $3 OFFSET $4")
}

/// The numbers and ids of the items of a stream, by key ($1), that came after one of a number ($2),
/// so many ($3).
pub(crate) fn items(dialect: Dialect) -> String {
    let wanted = EntryQuery {
        bound: "$2",
        direction: Direction::Newer,
        ..newest_entries("(SELECT s.pk FROM streams s WHERE s.key = $1)", "$3")
    };
    let items = union_by_class(dialect, wanted, |entries, kind| {
        format!(
            "SELECT e.seq, (SELECT o.id FROM objects o WHERE o.pk = e.item) FROM {entries} \
             WHERE {kind}"
        )
    });
    format!("{items} LIMIT $3")
}

/// How many entries of a stream ($1) are seen in a view where a name ($2) is searched for. A
/// person's key and id are $3 and $4.
pub(crate) fn count_named(dialect: Dialect, view: View<'_>) -> String {
    format!(
        "SELECT count(*) FROM {} JOIN objects o ON o.pk = e.item WHERE e.stream = $1{}{}",
        entries_in_view(dialect, view, "$1"),
        filter_condition(view.filter),
        visible_in_view(dialect, view, 2),
    )
}

/// That the object `o` is seen in a view, to be added to a condition. A name that is searched for
/// is `$first`; a person's key and id come after it.
fn visible_in_view(dialect: Dialect, view: View<'_>, first: u8) -> String {
    let find = match dialect {
        Dialect::Sqlite => "instr",
        Dialect::Postgres => "strpos",
    };
    let (named, first) = match view.name_query {
        Some(_) => (format!(" AND {find}(o.name, ${first}) > 0"), first + 1),
        None => (String::new(), first),
    };
    format!("{named}{}", readable_condition(view.viewer, first))
}

/// How many entries of a stream ($1) after one ($2), up to another ($3), pass that not everyone may
/// read. A person's key and id are $4 and $5.
pub(crate) fn count_private(filter: Filter, viewer: Viewer<'_>) -> String {
    format!(
        "SELECT count(*) FROM entries e JOIN objects o ON o.pk = e.item \
         WHERE e.stream = $1{} AND e.seq > $2 AND e.seq <= $3{}{}",
        non_public_condition(filter),
        if filter.direct { " AND e.direct" } else { "" },
        readable_condition(viewer, 4),
    )
}

/// Of the newest ($4) of these entries, of each class, whoever sees them: how many there are of
/// each author and audience, for so many ($5) of such groups.
pub(crate) fn count_groups(filter: Filter) -> String {
    let direct = if filter.direct { " AND e.direct" } else { "" };
    let newest = non_public_conditions(filter).map(|kind| {
        format!(
            "SELECT * FROM (SELECT o.author, o.audience FROM entries e JOIN objects o ON o.pk = e.item \
             WHERE e.stream = $1{kind} AND e.seq > $2 AND e.seq <= $3{direct} \
             ORDER BY e.seq DESC LIMIT $4) c"
        )
    });
    format!(
        "SELECT t.author, t.audience, count(*) FROM ({}) t GROUP BY t.author, t.audience LIMIT $5",
        newest.collect::<Vec<_>>().join(" UNION ALL "),
    )
}

/// How many entries of the stream `s` a viewer may read. A person's key is `$first`, its id the
/// next. NULL where so many have to be looked at that they are counted apart, by
/// [`heads`](super::page::heads).
pub(crate) fn preview_total(viewer: Viewer<'_>, first: u8) -> String {
    match viewer {
        Viewer::Unrestricted => "s.total".into(),
        Viewer::Anonymous => "s.public".into(),
        Viewer::Person(_) => format!(
            "CASE WHEN s.total - s.public < {GROUPING_THRESHOLD} THEN \
             s.public + (SELECT count(*) FROM entries e JOIN objects o ON o.pk = e.item \
             WHERE e.stream = s.pk{}{}) END",
            non_public_condition(Filter::default()),
            readable_condition(viewer, first)
        ),
    }
}

/// The ids and numbers of the newest ($2) entries of the stream `s`. A person's key is `$first`,
/// its id the next.
pub(crate) fn preview_items(dialect: Dialect, viewer: Viewer<'_>, first: u8) -> String {
    let visible = readable_condition(viewer, first);
    let wanted = EntryQuery {
        viewer,
        reach: Some(HEAD_REACH),
        ..newest_entries("s.pk", "$2")
    };
    let items = union_by_class(dialect, wanted, |entries, kind| {
        format!(
            "SELECT o.id, e.seq FROM {entries} JOIN objects o ON o.pk = e.item \
             WHERE {kind}{visible}"
        )
    });
    format!("{items} LIMIT $2")
}

/// That a viewer may read the object `o`, to be added to a condition. A person's key is `$first`,
/// its id the next.
///
/// Not `EXISTS`: PostgreSQL could make a hash of that, and read whole tables to fill it.
pub(crate) fn readable_condition(viewer: Viewer<'_>, first: u8) -> String {
    match viewer {
        Viewer::Unrestricted => String::new(),
        Viewer::Anonymous => " AND o.public".into(),
        Viewer::Person(_) => format!(
            " AND (o.public OR o.author = ${id} \
             OR (SELECT 1 FROM audience_persons a WHERE a.object = o.pk \
               AND a.person = (SELECT v.pk FROM objects v WHERE v.key = ${first}) LIMIT 1) IS NOT NULL \
             OR (SELECT 1 FROM audience_streams a JOIN entries m ON m.stream = a.stream \
               WHERE a.object = o.pk \
               AND m.item = (SELECT v.pk FROM objects v WHERE v.key = ${first}) LIMIT 1) IS NOT NULL)",
            id = first + 1
        ),
    }
}

/// The newest entries of a stream of all classes, so many.
fn newest_entries<'a>(stream: &'a str, most: &'a str) -> EntryQuery<'a> {
    EntryQuery {
        filter: Filter::default(),
        viewer: Viewer::Unrestricted,
        stream,
        bound: MAX_SEQ,
        direction: Direction::Older,
        limit: most,
        reach: None,
    }
}

/// The entries `e` of a stream; where a name is searched for, only so many, and of all classes.
/// SQLite has to be told of the few that are direct.
fn entries_in_view(dialect: Dialect, view: View<'_>, stream: &str) -> String {
    if view.name_query.is_some() {
        let stream = match stream {
            "$1" => stream,
            _ => "(SELECT pk FROM streams WHERE key = $1)",
        };
        let most = view.search_window.to_string();
        let newest = union_by_class(dialect, newest_entries(stream, &most), |entries, kind| {
            format!("SELECT e.* FROM {entries} WHERE {kind}")
        });
        return format!("({newest} LIMIT {most}) e");
    }
    match (dialect, view.filter.direct) {
        (Dialect::Sqlite, true) => "entries e INDEXED BY entries_direct",
        (Dialect::Sqlite, false) | (Dialect::Postgres, _) => "entries e",
    }
    .into()
}

/// That the entry `e` passes a filter, in the words of the partial index of those that are direct.
fn filter_condition(filter: Filter) -> String {
    let direct = if filter.direct { " AND e.direct" } else { "" };
    match filter.major {
        None => direct.into(),
        major => format!("{direct} AND e.class = {}", class_code(major)),
    }
}
