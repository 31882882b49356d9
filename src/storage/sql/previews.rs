//! Previews of streams, in either database.

use std::collections::{BTreeSet, HashMap};

use serde_json::json;
use sqlx::types::Json;

use super::{
    classes::{EntryQuery, non_public_condition, union_by_class},
    dialect::{Dialect, Direction},
    driver::{Argument, SqlRow, args},
    key::{self, Key},
    query::{GROUPING_THRESHOLD, View, add_viewer, newest_entries, readable_condition},
    statements::{Statements, kind_of},
    store::SqlStore,
    stream_queries::open_page,
    totals::count_total,
};
use crate::{
    model::{Filter, Stream, StreamPreview, Viewer},
    storage::{HEAD_REACH, Result},
};

/// Streams by their keys ($1), and likes, replies and shares by object ids ($3) in the partial
/// index of 0015, which is small, for nobody likes most things.
const STREAMS_SQLITE: &str = "\
    SELECT k.pk FROM streams k WHERE k.key IN (SELECT unhex(value) FROM json_each($1)) \
    UNION ALL SELECT o.pk FROM json_each($3) i CROSS JOIN streams o INDEXED BY streams_thing \
    ON substr(o.name, instr(o.name, ' ') + 1) = i.value \
    WHERE (o.name GLOB 'likes *' OR o.name GLOB 'replies *' OR o.name GLOB 'shares *')";

/// The same, but that likes, replies and shares are found by their keys ($3) in that index.
const STREAMS_POSTGRES: &str = "\
    SELECT * FROM streams WHERE key = ANY($1) UNION ALL SELECT * FROM streams \
    WHERE key = ANY($3) AND split_part(name, ' ', 1) IN ('likes', 'replies', 'shares')";

static PREVIEWS: Statements<(Dialect, Viewer<'static>)> = Statements::new();

/// Preview of a stream, as far as one statement finds it.
struct FoundPreview {
    /// How many items the viewer sees, if they are few enough to be counted each time.
    total: Option<i64>,
    /// The ids of the newest ones.
    items: Vec<String>,
}

/// Previews of streams, with totals that are cached where much is to be counted.
pub(super) async fn list_previews(
    store: &impl SqlStore,
    streams: &[Stream],
    count: u32,
    viewer: Viewer<'_>,
) -> Result<Vec<StreamPreview>> {
    let found = find_previews(store, streams, count, viewer).await?;
    let mut previews = Vec::with_capacity(streams.len());
    for stream in streams {
        previews.push(match found.get(&stream.to_string()) {
            None => StreamPreview::default(),
            Some(FoundPreview { total, items }) => StreamPreview {
                total: match total {
                    Some(total) => total.unsigned_abs(),
                    None => count_for_preview(store, stream, viewer).await?,
                },
                items: items.clone(),
            },
        });
    }
    Ok(previews)
}

/// Reads the previews of the streams that there are, by their names.
async fn find_previews<S: SqlStore>(
    store: &S,
    streams: &[Stream],
    count: u32,
    viewer: Viewer<'_>,
) -> Result<HashMap<String, FoundPreview>> {
    let (reactions, others): (Vec<&Stream>, Vec<&Stream>) = streams
        .iter()
        .partition(|stream| stream.reaction_target().is_some());
    let keys =
        |streams: Vec<&Stream>| -> Vec<Key> { streams.into_iter().map(key::stream_key).collect() };
    let reactions = match S::DIALECT {
        Dialect::Sqlite => {
            let targets = reactions.into_iter().filter_map(Stream::reaction_target);
            let targets: BTreeSet<&str> = targets.collect();
            Argument::from((!targets.is_empty()).then(|| json!(targets).to_string()))
        }
        Dialect::Postgres => Argument::from(keys(reactions)),
    };
    let mut arguments = Vec::from(args![keys(others), count, reactions]);
    add_viewer(&mut arguments, viewer);
    let key = (S::DIALECT, kind_of(viewer));
    let sql = PREVIEWS.get(key, || previews_sql(S::DIALECT, viewer));
    let previews = store.pool().list(&sql, &arguments, decode_preview);
    Ok(previews.await?.into_iter().collect())
}

fn decode_preview(row: &impl SqlRow) -> Result<(String, FoundPreview)> {
    let Json(items) = row.at(2)?;
    let total = row.at(1)?;
    Ok((row.at(0)?, FoundPreview { total, items }))
}

/// How many items of a stream a viewer sees.
async fn count_for_preview(
    store: &impl SqlStore,
    stream: &Stream,
    viewer: Viewer<'_>,
) -> Result<u64> {
    let since = store.caches().visible_counts.now().time();
    let view = View {
        filter: Filter::default(),
        viewer,
        name_query: None,
        search_window: 0,
        max_bytes: 0,
    };
    let found = open_page(store, stream, None, view, Direction::Older, (0, 0)).await?;
    match found {
        Some((top, _)) => Ok(count_total(store, stream, view, &top, since)
            .await?
            .unsigned_abs()),
        None => Ok(0),
    }
}

/// The names of streams, their totals and their newest ($2) ids. A person's key and id are $4 and
/// $5.
pub(crate) fn previews_sql(dialect: Dialect, viewer: Viewer<'_>) -> String {
    let (total, items) = (preview_total(viewer, 4), preview_items(dialect, viewer, 4));
    match dialect {
        Dialect::Sqlite => format!(
            "SELECT s.name, {total}, (SELECT json_group_array(id ORDER BY seq DESC) FROM ({items})) \
             FROM streams s WHERE s.pk IN ({STREAMS_SQLITE})"
        ),
        Dialect::Postgres => format!(
            "SELECT s.name, {total}, to_json(ARRAY(SELECT id FROM ({items}) t ORDER BY seq DESC)) \
             FROM ({STREAMS_POSTGRES}) s"
        ),
    }
}

/// How many entries of the stream `s` a viewer may read. A person's key is `$first`, its id the
/// next. NULL where so many have to be looked at that they are counted apart, by
/// [`list_previews`].
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
