//! The text of the reads that both databases understand. Variants are chosen from constants; caller
//! input never becomes part of a query.

use std::sync::LazyLock;

use super::{
    classes::{
        EntryQuery, class_code, non_public_condition, non_public_conditions, union_by_class,
    },
    counters::COUNTER_COLUMNS,
    dialect::{Dialect, Direction},
    driver::{Argument, args},
    key,
};
use crate::model::{Filter, Viewer};

/// From how many entries on that not everyone may read a count is cached, by audience.
pub(crate) const GROUPING_THRESHOLD: i64 = 512;

/// A part of a stream, as someone sees it.
#[derive(Clone, Copy)]
pub(crate) struct View<'a> {
    /// Which classes are seen.
    pub(crate) filter: Filter,
    /// By whom.
    pub(crate) viewer: Viewer<'a>,
    /// The name that is searched for, folded.
    pub(crate) name_query: Option<&'a str>,
    /// Among how many of the newest entries.
    pub(crate) search_window: u32,
    /// How many bytes of JSON are seen at once.
    pub(crate) max_bytes: usize,
}

macro_rules! object_body_columns {
    () => {
        "o.id, o.uuid, o.object_type, o.author, o.audience, o.published_by, o.deleted, o.body"
    };
}

/// The columns of an object `o`, in the order a row is read.
pub(crate) const OBJECT_COLUMNS: &str =
    concat!("o.pk AS object, o.version, ", object_body_columns!());

/// Those after its primary key and version.
const OBJECT_BODY_COLUMNS: &str = object_body_columns!();

/// Index of the number of an entry in a row that begins with the [columns](OBJECT_COLUMNS) of its
/// object.
pub(crate) const SEQ_INDEX: usize = 10;

/// A stream by its key ($1), with its counters and the number of the entry of an object, by key
/// ($2).
pub(crate) static FIND_STREAM_SQL: LazyLock<String> = LazyLock::new(|| {
    let counters = COUNTER_COLUMNS
        .map(|column| format!("s.{column}"))
        .join(", ");
    format!(
        "SELECT s.pk, s.last_seq, {counters}, \
         (SELECT e.seq FROM entries e WHERE e.stream = s.pk \
         AND e.item = (SELECT c.pk FROM objects c WHERE c.key = $2)) AS at \
         FROM streams s WHERE s.key = $1"
    )
});

/// An object by its UUID ($1).
pub(crate) fn object_by_uuid() -> String {
    format!("SELECT {OBJECT_COLUMNS} FROM objects o WHERE o.uuid = $1")
}

/// So many ($2) objects of an author ($1) that are no tombstones, by the index of just those.
pub(crate) fn objects_by(dialect: Dialect) -> String {
    let objects = dialect.choose(
        "objects o INDEXED BY objects_author WHERE",
        "objects o WHERE md5(o.author) = md5($1) AND",
    );
    format!("SELECT {OBJECT_COLUMNS} FROM {objects} o.author = $1 AND NOT o.deleted LIMIT $2")
}

/// The ids of those objects, by keys ($1), that a viewer may read. A person's key and id are $2 and
/// $3.
pub(crate) fn readable_objects(dialect: Dialect, viewer: Viewer<'_>) -> String {
    let among = dialect.is_among_keys("o.key", "$1");
    let readable = readable_condition(viewer, 2);
    format!("SELECT o.id FROM objects o WHERE {among}{readable}")
}

/// Objects by their primary keys, each with a version, and by keys: of those that have that version
/// no more than that is read.
pub(crate) fn objects_by_pk_or_key(dialect: Dialect) -> String {
    match dialect {
        Dialect::Sqlite => format!(
            "SELECT v.pk, v.version, {OBJECT_BODY_COLUMNS} FROM json_each($1) k \
             CROSS JOIN objects v ON v.pk = CAST(k.key AS INTEGER) \
             LEFT JOIN objects o ON o.pk = v.pk AND v.version <> k.value \
             UNION ALL SELECT {OBJECT_COLUMNS} FROM objects o \
             WHERE o.key IN (SELECT unhex(value) FROM json_each($2))"
        ),
        Dialect::Postgres => format!(
            "SELECT v.pk, v.version, {OBJECT_BODY_COLUMNS} \
             FROM unnest($1::bigint[], $2::bigint[]) AS k (pk, version) \
             JOIN objects v ON v.pk = k.pk \
             LEFT JOIN LATERAL (SELECT v.* WHERE v.version <> k.version) o ON true \
             UNION ALL SELECT {OBJECT_COLUMNS} FROM objects o WHERE o.key = ANY($3)"
        ),
    }
}

/// The places, in pairs of keys, of those where the object is in the stream.
pub(crate) fn contained_pairs(dialect: Dialect) -> &'static str {
    dialect.choose(
        "SELECT p.key FROM json_each($1) p \
         JOIN streams s ON s.key = unhex(p.value ->> 0) \
         JOIN objects o ON o.key = unhex(p.value ->> 1) \
         JOIN entries e ON e.item = o.pk AND e.stream = s.pk",
        // Not joins: of the entries of a stream, or of an object, there may be very many.
        "SELECT p.number - 1 FROM unnest($1::bytea[], $2::bytea[]) \
         WITH ORDINALITY AS p (stream, item, number) \
         WHERE (SELECT 1 FROM entries e \
           WHERE e.item = (SELECT o.pk FROM objects o WHERE o.key = p.item) \
           AND e.stream = (SELECT s.pk FROM streams s WHERE s.key = p.stream)) IS NOT NULL",
    )
}

/// Adds the arguments of [`readable_condition`].
pub(crate) fn add_viewer<'a>(arguments: &mut Vec<Argument<'a>>, viewer: Viewer<'a>) {
    if let Viewer::Person(id) = viewer {
        arguments.extend(args![key::digest_key(id), id]);
    }
}

/// Adds the arguments of a view: the name that is searched for, and the viewer.
pub(crate) fn add_view<'a>(arguments: &mut Vec<Argument<'a>>, view: View<'a>) {
    arguments.extend(view.name_query.map(Argument::from));
    add_viewer(arguments, view.viewer);
}

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

/// Above all numbers.
const MAX_SEQ: &str = "9223372036854775807";

/// A stream as [`FIND_STREAM_SQL`] has it, and its objects from there: so many ($3) after so many
/// ($4), with the number of each as `seq`. A name that is searched for comes next, then a person's
/// key and id. In one go, as the database has it: SQLite answers two statements, the stream first;
/// PostgreSQL has the stream in each row, and a row without an object if there is none.
pub(crate) fn stream_and_page(dialect: Dialect, toward: Direction, view: View<'_>) -> String {
    let stream = &*FIND_STREAM_SQL;
    let place = dialect.choose(format!("({stream}) AS top CROSS JOIN "), String::new());
    let from = ["top.pk", "coalesce(top.at, $5)"];
    let page = page_from(dialect, toward, view, &place, from, 6);
    match dialect {
        Dialect::Sqlite => format!("{stream}; {page}"),
        Dialect::Postgres => format!(
            "SELECT page.*, top.* FROM ({stream} OFFSET 0) AS top \
             LEFT JOIN LATERAL ({page}) AS page ON true"
        ),
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
               AND a.person = (SELECT v.pk FROM objects v WHERE v.key = ${first}) LIMIT 1) \
               IS NOT NULL \
             OR (SELECT 1 FROM audience_streams a JOIN entries m ON m.stream = a.stream \
               WHERE a.object = o.pk \
               AND m.item = (SELECT v.pk FROM objects v WHERE v.key = ${first}) LIMIT 1) \
               IS NOT NULL)",
            id = first + 1
        ),
    }
}

/// The newest entries of a stream of all classes, so many.
pub(super) fn newest_entries<'a>(stream: &'a str, most: &'a str) -> EntryQuery<'a> {
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
