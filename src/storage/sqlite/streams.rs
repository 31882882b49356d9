//! Pages and heads of streams.

use std::{
    collections::{BTreeSet, HashMap, HashSet},
    sync::Arc,
};

use async_trait::async_trait;
use serde_json::{Value, json};
use sqlx::{
    FromRow, Row, Sqlite as Db,
    query::Query,
    sqlite::{SqliteArguments, SqliteRow},
    types::Json,
};

use super::{Sqlite, error::map_error, hex, hex_json_array};
use crate::{
    model::{Filter, Object, Page, PageRequest, Stream, StreamPreview, Viewer},
    storage::{
        Result, Streams,
        sql::{
            audience_groups::{AudienceGroup, decode_groups},
            key,
            page::{self, Preview, SeqItems, StreamBackend, StreamState, View},
            query::{self, Dialect, Direction},
            visible_counts::VisibleCountCache,
        },
    },
};

/// The places, in an array ($1) of pairs of keys, of those where the object is in the stream.
const CONTAINS_SQL: &str = "\
    SELECT p.key FROM json_each($1) p \
    JOIN streams s ON s.key = unhex(p.value ->> 0) \
    JOIN objects o ON o.key = unhex(p.value ->> 1) \
    JOIN entries e ON e.item = o.pk AND e.stream = s.pk";

/// Finds streams by their keys ($1), and likes, replies and shares by object ids ($3) in the
/// partial index of 0015, which is small.
const PREVIEWED_STREAMS_SQL: &str = "\
    SELECT k.pk FROM streams k WHERE k.key IN (SELECT unhex(value) FROM json_each($1)) \
    UNION ALL SELECT o.pk FROM json_each($3) i CROSS JOIN streams o INDEXED BY streams_thing \
    ON substr(o.name, instr(o.name, ' ') + 1) = i.value \
    WHERE (o.name GLOB 'likes *' OR o.name GLOB 'replies *' OR o.name GLOB 'shares *')";

/// The names of streams, their totals and their newest ($2) ids. A person's key and id are $4 and
/// $5.
fn previews_sql(viewer: Viewer<'_>) -> String {
    format!(
        "SELECT s.name, {}, (SELECT json_group_array(id ORDER BY seq DESC) FROM ({})) \
         FROM streams s WHERE s.pk IN ({PREVIEWED_STREAMS_SQL})",
        query::preview_total(viewer, 4),
        query::preview_items(Dialect::Sqlite, viewer, 4),
    )
}

/// Binds what the condition of [`query::readable_condition`] asks for.
pub(super) fn bind_viewer<'q>(
    query: Query<'q, Db, SqliteArguments<'q>>,
    viewer: Viewer<'q>,
) -> Query<'q, Db, SqliteArguments<'q>> {
    match viewer {
        Viewer::Person(id) => query.bind(key::digest_key(id)).bind(id),
        Viewer::Unrestricted | Viewer::Anonymous => query,
    }
}

/// Binds what a view asks for besides.
fn bind_view<'q>(
    query: Query<'q, Db, SqliteArguments<'q>>,
    view: View<'q>,
) -> Query<'q, Db, SqliteArguments<'q>> {
    let query = match view.name_query {
        Some(named) => query.bind(named),
        None => query,
    };
    bind_viewer(query, view.viewer)
}

#[async_trait]
impl Streams for Sqlite {
    async fn list(
        &self,
        stream: &Stream,
        request: &PageRequest,
        viewer: Viewer<'_>,
    ) -> Result<Page> {
        page::read_page(self, stream, request, viewer).await
    }

    async fn previews(
        &self,
        streams: &[Stream],
        count: u32,
        viewer: Viewer<'_>,
    ) -> Result<Vec<StreamPreview>> {
        let of_things: BTreeSet<&str> =
            streams.iter().filter_map(Stream::reaction_target).collect();
        let others = streams
            .iter()
            .filter(|stream| stream.reaction_target().is_none());
        let things = (!of_things.is_empty()).then(|| json!(of_things).to_string());
        let sql = previews_sql(viewer);
        let query = sqlx::query(&sql)
            .bind(hex_json_array(others.map(key::stream_key)))
            .bind(count)
            .bind(things);
        let rows = bind_viewer(query, viewer)
            .fetch_all(&self.readers)
            .await
            .map_err(map_error)?;
        let read = |row: &SqliteRow| -> sqlx::Result<(String, Preview)> {
            let Json(items) = row.try_get(2)?;
            let total: Option<i64> = row.try_get(1)?;
            let total = total.map(i64::unsigned_abs);
            Ok((row.try_get(0)?, Preview { total, items }))
        };
        let found: HashMap<String, Preview> = rows
            .iter()
            .map(|row| read(row).map_err(map_error))
            .collect::<Result<_>>()?;
        let found = streams.iter().map(|stream| found.get(&stream.to_string()));
        page::heads(self, streams, found, viewer).await
    }

    async fn contains(&self, pairs: &[(Stream, &str)]) -> Result<Vec<bool>> {
        let keys: Value = pairs
            .iter()
            .map(|(stream, id)| [hex(&key::stream_key(stream)), hex(&key::digest_key(id))])
            .map(|pair| Value::from(pair.to_vec()))
            .collect();
        let rows: Vec<i64> = sqlx::query_scalar(CONTAINS_SQL)
            .bind(keys.to_string())
            .fetch_all(&self.readers)
            .await
            .map_err(map_error)?;
        let there: HashSet<usize> = rows.into_iter().flat_map(usize::try_from).collect();
        Ok((0..pairs.len())
            .map(|number| there.contains(&number))
            .collect())
    }

    async fn items_after(
        &self,
        stream: &Stream,
        after: u64,
        count: u32,
    ) -> Result<Vec<(u64, String)>> {
        let rows: Vec<(i64, String)> = sqlx::query_as(&query::items(Dialect::Sqlite))
            .bind(key::stream_key(stream))
            .bind(i64::try_from(after).unwrap_or(i64::MAX))
            .bind(count)
            .fetch_all(&self.readers)
            .await
            .map_err(map_error)?;
        let items = rows.into_iter();
        Ok(items.map(|(seq, id)| (seq.unsigned_abs(), id)).collect())
    }

    async fn is_in_other_stream(&self, item: &str, except: &Stream) -> Result<bool> {
        sqlx::query_scalar(query::IS_IN_OTHER_STREAM_SQL)
            .bind(key::digest_key(item))
            .bind(key::stream_key(except))
            .fetch_one(&self.readers)
            .await
            .map_err(map_error)
    }
}

#[async_trait]
impl StreamBackend for Sqlite {
    async fn open_page(
        &self,
        stream: &Stream,
        item: Option<&str>,
        view: View<'_>,
        toward: Direction,
        (count, offset): (u32, i64),
    ) -> Result<Option<(StreamState, SeqItems)>> {
        let sql = query::stream_and_page(Dialect::Sqlite, toward, view);
        let query = sqlx::query(&sql)
            .bind(key::stream_key(stream))
            .bind(item.map(key::digest_key))
            .bind(i64::from(count))
            .bind(offset)
            .bind(i64::MAX);
        let (mut top, mut items) = (None, SeqItems::of(view));
        let each = self.readers.each(bind_view(query, view), |row| {
            match &top {
                None => top = Some(StreamState::from_row(row).map_err(map_error)?),
                Some(_) => items.push(self.decode_seq_item(row)?),
            }
            Ok(())
        });
        each.await?;
        Ok(top.map(|top| (top, items)))
    }

    async fn fetch_page(
        &self,
        stream: i64,
        view: View<'_>,
        toward: Direction,
        bound: i64,
        count: u32,
    ) -> Result<SeqItems> {
        let sql = query::page(Dialect::Sqlite, toward, view);
        let query = sqlx::query(&sql)
            .bind(stream)
            .bind(bound)
            .bind(i64::from(count))
            .bind(0_i64);
        let mut items = SeqItems::of(view);
        let each = self.readers.each(bind_view(query, view), |row| {
            items.push(self.decode_seq_item(row)?);
            Ok(())
        });
        each.await?;
        Ok(items)
    }

    fn visible_counts(&self) -> &VisibleCountCache {
        &self.visible_counts
    }

    /// Others are processes that write now and then.
    async fn sync_counts(&self) -> Result<()> {
        Ok(())
    }

    async fn count_private(
        &self,
        stream: i64,
        view: View<'_>,
        (after, upto): (i64, i64),
    ) -> Result<i64> {
        let sql = query::count_private(view.filter, view.viewer);
        let query = sqlx::query(&sql).bind(stream).bind(after).bind(upto);
        let row = bind_viewer(query, view.viewer)
            .fetch_one(&self.readers)
            .await
            .map_err(map_error)?;
        row.try_get(0).map_err(map_error)
    }

    async fn count_groups(
        &self,
        stream: i64,
        filter: Filter,
        (after, upto): (i64, i64),
        newest: i64,
        most: i64,
    ) -> Result<Vec<AudienceGroup>> {
        let sql = query::count_groups(filter);
        let rows = sqlx::query_as(&sql)
            .bind(stream)
            .bind(after)
            .bind(upto)
            .bind(newest)
            .bind(most)
            .fetch_all(&self.readers)
            .await
            .map_err(map_error)?;
        decode_groups(rows)
    }

    async fn count_named(&self, stream: i64, view: View<'_>) -> Result<i64> {
        let sql = query::count_named(Dialect::Sqlite, view);
        let row = bind_view(sqlx::query(&sql).bind(stream), view)
            .fetch_one(&self.readers)
            .await
            .map_err(map_error)?;
        row.try_get(0).map_err(map_error)
    }
}

impl Sqlite {
    /// An item with its number.
    fn decode_seq_item(&self, row: &SqliteRow) -> Result<(i64, Arc<Object>)> {
        Ok((
            row.try_get("seq").map_err(map_error)?,
            self.cached_object(row)?,
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        model::{AudienceMember, DEFAULT_SEARCH_WINDOW, MAX_PAGE_BYTES},
        storage::{
            Change, Commit, Duplicate, Expect,
            sql::{audience_groups, files::LIST_MEDIA_SQL},
            sqlite::open::connect_writer,
        },
    };
    use sqlx::sqlite::SqliteSynchronous;

    /// The query plan of SQLite, one step a line.
    async fn plan(store: &Sqlite, sql: &str) -> String {
        let sql = format!("EXPLAIN QUERY PLAN {sql}");
        let rows = sqlx::query(&sql).fetch_all(&store.readers).await.unwrap();
        let steps: Vec<String> = rows.iter().map(|row| row.get("detail")).collect();
        steps.join("\n")
    }

    fn view<'a>(filter: Filter, viewer: Viewer<'a>, named: Option<&'a str>) -> View<'a> {
        View {
            filter,
            viewer,
            name_query: named,
            search_window: DEFAULT_SEARCH_WINDOW,
            max_bytes: MAX_PAGE_BYTES,
        }
    }

    /// Of one kind.
    const KIND: &str = "PRIMARY KEY (stream=? AND class=? AND public=?";
    const DIRECT: &str = "INDEX entries_direct (stream=?";

    /// Every filter, and what its entries are to be read by, for how many classes.
    const INDEXES: [(Option<bool>, bool, &str, usize); 6] = [
        (None, false, KIND, 3),
        (None, true, DIRECT, 1),
        (Some(true), false, KIND, 1),
        (Some(false), false, KIND, 1),
        (Some(true), true, DIRECT, 1),
        (Some(false), true, DIRECT, 1),
    ];

    const VIEWERS: [Viewer<'_>; 3] = [Viewer::Unrestricted, Viewer::Anonymous, Viewer::Person("x")];

    #[tokio::test]
    async fn a_page_of_any_class_for_anyone_is_read_by_index() {
        let store = Sqlite::temporary().await.unwrap();
        for (major, direct, index, classes) in INDEXES {
            let filter = Filter { major, direct };
            for viewer in VIEWERS {
                for (toward, compare) in [(Direction::Older, "<"), (Direction::Newer, ">")] {
                    let sql = query::page(Dialect::Sqlite, toward, view(filter, viewer, None));
                    let plan = plan(&store, &sql).await;
                    let count = |range: &str| {
                        let step = format!("SEARCH e USING {index} AND {range})");
                        plan.lines().filter(|line| **line == *step).count()
                    };
                    let (open, closed) = match viewer {
                        _ if direct => (1, 0),
                        Viewer::Anonymous => (classes, 0),
                        Viewer::Unrestricted => (2 * classes, 0),
                        // What not everyone may read, as far as there is room for it.
                        Viewer::Person(_) => (classes, classes),
                    };
                    let found = (count(&format!("seq{compare}?")), count("seq>? AND seq<?"));
                    assert_eq!(found, (open, closed), "{filter:?} {viewer:?}\n{plan}");
                    assert!(
                        !plan.contains("SCAN"),
                        "a table read from end to end\n{plan}"
                    );
                    assert!(!plan.contains("B-TREE"), "a page that is sorted\n{plan}");
                }
            }
        }
    }

    #[tokio::test]
    async fn name_search_reads_only_the_newest_entries() {
        let store = Sqlite::temporary().await.unwrap();
        for viewer in VIEWERS {
            let view = view(Filter::default(), viewer, Some("a"));
            for sql in [
                query::page(Dialect::Sqlite, Direction::Older, view),
                query::page(Dialect::Sqlite, Direction::Newer, view),
                query::count_named(Dialect::Sqlite, view),
            ] {
                let plan = plan(&store, &sql).await;
                assert!(
                    sql.contains(&format!("LIMIT {DEFAULT_SEARCH_WINDOW}) e")),
                    "{sql}"
                );
                for table in ["SCAN o", "SCAN entries", "SCAN objects"] {
                    assert!(
                        !plan.contains(table),
                        "a table read from end to end\n{plan}"
                    );
                }
                assert!(
                    plan.contains(&format!("SEARCH e USING {KIND} AND seq<?)")),
                    "{plan}"
                );
            }
        }
    }

    #[tokio::test]
    async fn a_total_counts_what_not_everyone_may_read_and_nothing_else() {
        let store = Sqlite::temporary().await.unwrap();
        let viewer = Viewer::Person("x");
        let mut counts = vec![format!(
            "SELECT {} FROM streams s WHERE s.key = $1",
            query::preview_total(viewer, 2)
        )];
        for (major, direct, ..) in INDEXES {
            let filter = Filter { major, direct };
            counts.push(query::count_private(filter, viewer));
            counts.push(query::count_groups(filter));
        }
        for sql in counts {
            let plan = plan(&store, &sql).await;
            let entries = plan.lines().find(|line| line.contains(" e USING"));
            assert!(
                entries.is_some_and(|step| step.contains(KIND)),
                "{sql}\n{plan}"
            );
        }
    }

    #[tokio::test]
    async fn likes_are_looked_for_among_those_that_there_are() {
        let store = Sqlite::temporary().await.unwrap();
        for viewer in VIEWERS {
            let plan = plan(&store, &previews_sql(viewer)).await;
            for wanted in [
                "SEARCH s USING INTEGER PRIMARY KEY",
                "SEARCH o USING INDEX streams_thing (<expr>=?)",
                "SEARCH k USING COVERING INDEX sqlite_autoindex_streams_1 (key=?)",
            ] {
                assert!(plan.contains(wanted), "{plan}");
            }
            assert!(!plan.contains("SCAN s"), "{plan}");
        }
    }

    /// For each class that a person may read some of: of what is private, no more than is within
    /// reach.
    #[tokio::test]
    async fn a_head_looks_at_so_much_of_what_is_private() {
        let store = Sqlite::temporary().await.unwrap();
        let plan = plan(&store, &previews_sql(Viewer::Person("x"))).await;
        let steps = |step: &str| plan.lines().filter(|line| *line == step).count();
        let range = |table: &str, seq: &str| steps(&format!("SEARCH {table} USING {KIND}{seq})"));
        assert_eq!(range("e", " AND seq>? AND seq<?"), 3, "{plan}");
        assert_eq!(range("p", ""), 3, "{plan}");
    }

    #[tokio::test]
    async fn private_count_is_shared_between_viewers() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("store.sqlite");
        let store = Sqlite::open(&file).await.unwrap();
        let outbox = Stream::Outbox("alice".into());
        let followers = Stream::Followers("alice".into());
        let put = |id: &str, audience| Change::PutObject {
            object: Object {
                audience,
                ..Object::new("note", id, id, serde_json::Map::new())
            },
            expect: Expect::Absent,
        };
        let push = |stream: &Stream, item: &str| Change::Push {
            stream: stream.clone(),
            item: item.into(),
            class: None,
            duplicate: Duplicate::Reject,
        };
        let mut changes = Vec::new();
        for id in ["bob", "carol"] {
            changes.extend([put(id, vec![]), push(&followers, id)]);
        }
        for number in 0..audience_groups::GROUPING_THRESHOLD {
            let (id, audience) = (
                number.to_string(),
                AudienceMember::Members(followers.clone()),
            );
            changes.extend([put(&id, vec![audience]), push(&outbox, &id)]);
        }
        store.commit(changes).await.unwrap();
        let total = async |person| {
            let viewer = Viewer::Person(person);
            let request = PageRequest::default();
            store.list(&outbox, &request, viewer).await.unwrap().total
        };
        let all = audience_groups::GROUPING_THRESHOLD.unsigned_abs();
        assert_eq!(total("bob").await, all);
        // Behind the store's back: whoever counts now finds none.
        let mut by_hand = connect_writer(&file, SqliteSynchronous::Off).await.unwrap();
        sqlx::query("UPDATE entries SET public = 1")
            .execute(&mut by_hand)
            .await
            .unwrap();
        let head = async |person| {
            let previews = store.previews(std::slice::from_ref(&outbox), 4, Viewer::Person(person));
            previews.await.unwrap().remove(0).total
        };
        for (person, sees) in [("carol", all), ("dan", 0)] {
            assert_eq!(total(person).await, sees, "{person}");
            assert_eq!(
                head(person).await,
                sees,
                "{person}, not counted anew for a head"
            );
        }
        let more = vec![
            put("more", vec![AudienceMember::Members(followers.clone())]),
            push(&outbox, "more"),
        ];
        store.commit(more).await.unwrap();
        assert_eq!(total("bob").await, all + 1, "what came since is counted");
        let lost = Change::RemoveItem {
            stream: outbox.clone(),
            item: "more".into(),
        };
        store.commit(vec![lost]).await.unwrap();
        assert_eq!(total("carol").await, 0, "counted anew");
    }

    #[tokio::test]
    async fn things_are_found_by_index() {
        let store = Sqlite::temporary().await.unwrap();
        let objects = format!(
            "SELECT o.id FROM objects o WHERE {}",
            super::super::objects::KEY_IN_LIST_SQL
        );
        let viewer = Viewer::Person("x");
        let readable = format!("{objects}{}", query::readable_condition(viewer, 2));
        let previews = format!(
            "SELECT (SELECT json_group_array(id) FROM ({})) FROM streams s WHERE s.key = $1",
            query::preview_items(Dialect::Sqlite, viewer, 3)
        );
        let find = super::super::primary_keys::select_by_pk_or_key();
        let items = query::items(Dialect::Sqlite);
        let made = format!("SELECT o.id {}", super::super::objects::BY_AUTHOR_SQL);
        for sql in [
            query::FIND_STREAM_SQL,
            CONTAINS_SQL,
            query::IS_IN_OTHER_STREAM_SQL,
            &items,
            &find,
            &readable,
            &previews,
            &made,
        ] {
            let plan = plan(&store, sql).await;
            assert!(!plan.contains("B-TREE"), "a stream that is sorted\n{plan}");
            for line in plan.lines() {
                assert!(
                    !line.contains("SCAN")
                        || line.contains("VIRTUAL TABLE")
                        || line.contains("subquery")
                        || line.contains("CONSTANT ROW"),
                    "a table read from end to end\n{plan}"
                );
            }
        }
        let plan = plan(&store, LIST_MEDIA_SQL).await;
        assert!(plan.contains("INDEX media_object"), "{plan}");
    }
}
