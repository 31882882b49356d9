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

use super::{Sqlite, error::failed, hex, hexes};
use crate::{
    model::{Filter, Head, Object, Page, PageRequest, Stream, Viewer},
    storage::{
        Result, Streams,
        sql::{
            groups::{Group, groups},
            key,
            page::{self, Entries, Numbered, Preview, Top, View},
            query::{self, Dialect, Toward},
            totals::Totals,
        },
    },
};

/// The places, in an array ($1) of pairs of keys, of those where the object is in the stream.
const CONTAINS: &str = "\
    SELECT p.key FROM json_each($1) p \
    JOIN streams s ON s.key = unhex(p.value ->> 0) \
    JOIN objects o ON o.key = unhex(p.value ->> 1) \
    JOIN entries e ON e.item = o.pk AND e.stream = s.pk";

/// Streams by their keys ($1), and the likes, replies and shares of things by the ids of these ($3): by the index of just
/// those that there are (0015), which is small, for nobody likes most things.
const SHOWN: &str = "\
    SELECT k.pk FROM streams k WHERE k.key IN (SELECT unhex(value) FROM json_each($1)) \
    UNION ALL SELECT o.pk FROM json_each($3) i CROSS JOIN streams o INDEXED BY streams_thing \
    ON substr(o.name, instr(o.name, ' ') + 1) = i.value \
    WHERE (o.name GLOB 'likes *' OR o.name GLOB 'replies *' OR o.name GLOB 'shares *')";

/// The names of streams, their totals and their newest ($2) ids. A person's key and id are $4 and $5.
fn heads(viewer: Viewer<'_>) -> String {
    format!(
        "SELECT s.name, {}, (SELECT json_group_array(id ORDER BY seq DESC) FROM ({})) \
         FROM streams s WHERE s.pk IN ({SHOWN})",
        query::head_total(viewer, 4),
        query::head_items(Dialect::Sqlite, viewer, 4),
    )
}

/// Binds what the condition of [`query::visible`] asks for.
pub(super) fn with_viewer<'q>(
    query: Query<'q, Db, SqliteArguments<'q>>,
    viewer: Viewer<'q>,
) -> Query<'q, Db, SqliteArguments<'q>> {
    match viewer {
        Viewer::Person(id) => query.bind(key::of(id)).bind(id),
        Viewer::Everything | Viewer::Anyone => query,
    }
}

/// Binds what a view asks for besides.
fn with_view<'q>(
    query: Query<'q, Db, SqliteArguments<'q>>,
    view: View<'q>,
) -> Query<'q, Db, SqliteArguments<'q>> {
    let query = match view.named {
        Some(named) => query.bind(named),
        None => query,
    };
    with_viewer(query, view.viewer)
}

#[async_trait]
impl Streams for Sqlite {
    async fn list(
        &self,
        stream: &Stream,
        request: &PageRequest,
        viewer: Viewer<'_>,
    ) -> Result<Page> {
        page::page(self, stream, request, viewer).await
    }

    async fn heads(&self, streams: &[Stream], count: u32, viewer: Viewer<'_>) -> Result<Vec<Head>> {
        let of_things: BTreeSet<&str> = streams.iter().filter_map(Stream::thing).collect();
        let others = streams.iter().filter(|stream| stream.thing().is_none());
        let things = (!of_things.is_empty()).then(|| json!(of_things).to_string());
        let sql = heads(viewer);
        let query = sqlx::query(&sql)
            .bind(hexes(others.map(key::of_stream)))
            .bind(count)
            .bind(things);
        let rows = with_viewer(query, viewer)
            .fetch_all(&self.readers)
            .await
            .map_err(failed)?;
        let read = |row: &SqliteRow| -> sqlx::Result<(String, Preview)> {
            let Json(items) = row.try_get(2)?;
            let total: Option<i64> = row.try_get(1)?;
            let total = total.map(i64::unsigned_abs);
            Ok((row.try_get(0)?, Preview { total, items }))
        };
        let found: HashMap<String, Preview> = rows
            .iter()
            .map(|row| read(row).map_err(failed))
            .collect::<Result<_>>()?;
        let found = streams.iter().map(|stream| found.get(&stream.to_string()));
        page::heads(self, streams, found, viewer).await
    }

    async fn contains(&self, pairs: &[(Stream, &str)]) -> Result<Vec<bool>> {
        let keys: Value = pairs
            .iter()
            .map(|(stream, id)| [hex(&key::of_stream(stream)), hex(&key::of(id))])
            .map(|pair| Value::from(pair.to_vec()))
            .collect();
        let rows: Vec<i64> = sqlx::query_scalar(CONTAINS)
            .bind(keys.to_string())
            .fetch_all(&self.readers)
            .await
            .map_err(failed)?;
        let there: HashSet<usize> = rows.into_iter().flat_map(usize::try_from).collect();
        Ok((0..pairs.len())
            .map(|number| there.contains(&number))
            .collect())
    }

    async fn list_items(
        &self,
        stream: &Stream,
        after: u64,
        count: u32,
    ) -> Result<Vec<(u64, String)>> {
        let rows: Vec<(i64, String)> = sqlx::query_as(&query::items(Dialect::Sqlite))
            .bind(key::of_stream(stream))
            .bind(i64::try_from(after).unwrap_or(i64::MAX))
            .bind(count)
            .fetch_all(&self.readers)
            .await
            .map_err(failed)?;
        let items = rows.into_iter();
        Ok(items
            .map(|(place, id)| (place.unsigned_abs(), id))
            .collect())
    }

    async fn is_held(&self, item: &str, but: &Stream) -> Result<bool> {
        sqlx::query_scalar(query::HELD)
            .bind(key::of(item))
            .bind(key::of_stream(but))
            .fetch_one(&self.readers)
            .await
            .map_err(failed)
    }
}

#[async_trait]
impl Entries for Sqlite {
    async fn open(
        &self,
        stream: &Stream,
        item: Option<&str>,
        view: View<'_>,
        toward: Toward,
        (count, offset): (u32, i64),
    ) -> Result<Option<(Top, Numbered)>> {
        let sql = query::top_page(Dialect::Sqlite, toward, view);
        let query = sqlx::query(&sql)
            .bind(key::of_stream(stream))
            .bind(item.map(key::of))
            .bind(i64::from(count))
            .bind(offset)
            .bind(i64::MAX);
        let (mut top, mut items) = (None, Numbered::of(view));
        let each = self.readers.each(with_view(query, view), |row| {
            match &top {
                None => top = Some(Top::from_row(row).map_err(failed)?),
                Some(_) => items.push(self.numbered(row)?),
            }
            Ok(())
        });
        each.await?;
        Ok(top.map(|top| (top, items)))
    }

    async fn read(
        &self,
        stream: i64,
        view: View<'_>,
        toward: Toward,
        bound: i64,
        count: u32,
    ) -> Result<Numbered> {
        let sql = query::page(Dialect::Sqlite, toward, view);
        let query = sqlx::query(&sql)
            .bind(stream)
            .bind(bound)
            .bind(i64::from(count))
            .bind(0_i64);
        let mut items = Numbered::of(view);
        let each = self.readers.each(with_view(query, view), |row| {
            items.push(self.numbered(row)?);
            Ok(())
        });
        each.await?;
        Ok(items)
    }

    fn totals(&self) -> &Totals {
        &self.totals
    }

    /// Others are processes that write now and then.
    async fn look(&self) -> Result<()> {
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
        let row = with_viewer(query, view.viewer)
            .fetch_one(&self.readers)
            .await
            .map_err(failed)?;
        row.try_get(0).map_err(failed)
    }

    async fn count_groups(
        &self,
        stream: i64,
        filter: Filter,
        (after, upto): (i64, i64),
        newest: i64,
        most: i64,
    ) -> Result<Vec<Group>> {
        let sql = query::count_groups(filter);
        let rows = sqlx::query_as(&sql)
            .bind(stream)
            .bind(after)
            .bind(upto)
            .bind(newest)
            .bind(most)
            .fetch_all(&self.readers)
            .await
            .map_err(failed)?;
        groups(rows)
    }

    async fn count_named(&self, stream: i64, view: View<'_>) -> Result<i64> {
        let sql = query::count_named(Dialect::Sqlite, view);
        let row = with_view(sqlx::query(&sql).bind(stream), view)
            .fetch_one(&self.readers)
            .await
            .map_err(failed)?;
        row.try_get(0).map_err(failed)
    }
}

impl Sqlite {
    /// An item with its number.
    fn numbered(&self, row: &SqliteRow) -> Result<(i64, Arc<Object>)> {
        Ok((row.try_get("seq").map_err(failed)?, self.object(row)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        model::{Address, MAX_PAGE_BYTES, SEARCHED},
        storage::{Change, Commit, Duplicate, Expect, sql::groups, sqlite::open::connect},
    };
    use sqlx::sqlite::SqliteSynchronous;

    /// What SQLite would do, a step a line.
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
            named,
            searched: SEARCHED,
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

    const VIEWERS: [Viewer<'_>; 3] = [Viewer::Everything, Viewer::Anyone, Viewer::Person("x")];

    #[tokio::test]
    async fn a_page_of_any_class_for_anyone_is_read_by_index() {
        let store = Sqlite::temporary().await.unwrap();
        for (major, direct, index, classes) in INDEXES {
            let filter = Filter { major, direct };
            for viewer in VIEWERS {
                for (toward, compare) in [(Toward::Older, "<"), (Toward::Newer, ">")] {
                    let sql = query::page(Dialect::Sqlite, toward, view(filter, viewer, None));
                    let plan = plan(&store, &sql).await;
                    let count = |range: &str| {
                        let step = format!("SEARCH e USING {index} AND {range})");
                        plan.lines().filter(|line| **line == *step).count()
                    };
                    let (open, closed) = match viewer {
                        _ if direct => (1, 0),
                        Viewer::Anyone => (classes, 0),
                        Viewer::Everything => (2 * classes, 0),
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
    async fn a_name_is_searched_for_in_the_newest_entries_of_a_stream_alone() {
        let store = Sqlite::temporary().await.unwrap();
        for viewer in VIEWERS {
            let view = view(Filter::default(), viewer, Some("a"));
            for sql in [
                query::page(Dialect::Sqlite, Toward::Older, view),
                query::page(Dialect::Sqlite, Toward::Newer, view),
                query::count_named(Dialect::Sqlite, view),
            ] {
                let plan = plan(&store, &sql).await;
                assert!(sql.contains(&format!("LIMIT {SEARCHED}) e")), "{sql}");
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
            query::head_total(viewer, 2)
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
            let plan = plan(&store, &heads(viewer)).await;
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

    /// For each class that a person may read some of: of what is private, no more than is within reach.
    #[tokio::test]
    async fn a_head_looks_at_so_much_of_what_is_private() {
        let store = Sqlite::temporary().await.unwrap();
        let plan = plan(&store, &heads(Viewer::Person("x"))).await;
        let steps = |step: &str| plan.lines().filter(|line| *line == step).count();
        let range = |table: &str, seq: &str| steps(&format!("SEARCH {table} USING {KIND}{seq})"));
        assert_eq!(range("e", " AND seq>? AND seq<?"), 3, "{plan}");
        assert_eq!(range("p", ""), 3, "{plan}");
    }

    #[tokio::test]
    async fn what_is_private_is_counted_for_one_viewer_and_known_to_the_next() {
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
            duplicate: Duplicate::Refuse,
        };
        let mut changes = Vec::new();
        for id in ["bob", "carol"] {
            changes.extend([put(id, vec![]), push(&followers, id)]);
        }
        for number in 0..groups::WORTH {
            let (id, audience) = (number.to_string(), Address::Members(followers.clone()));
            changes.extend([put(&id, vec![audience]), push(&outbox, &id)]);
        }
        store.commit(changes).await.unwrap();
        let total = async |person| {
            let viewer = Viewer::Person(person);
            let request = PageRequest::default();
            store.list(&outbox, &request, viewer).await.unwrap().total
        };
        let all = groups::WORTH.unsigned_abs();
        assert_eq!(total("bob").await, all);
        // Behind the store's back: whoever counts now finds none.
        let mut by_hand = connect(&file, SqliteSynchronous::Off).await.unwrap();
        sqlx::query("UPDATE entries SET public = 1")
            .execute(&mut by_hand)
            .await
            .unwrap();
        let head = async |person| {
            let heads = store.heads(std::slice::from_ref(&outbox), 4, Viewer::Person(person));
            heads.await.unwrap().remove(0).total
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
            put("more", vec![Address::Members(followers.clone())]),
            push(&outbox, "more"),
        ];
        store.commit(more).await.unwrap();
        assert_eq!(total("bob").await, all + 1, "what came since is counted");
        let lost = Change::Pull {
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
            super::super::objects::AMONG
        );
        let viewer = Viewer::Person("x");
        let readable = format!("{objects}{}", query::visible(viewer, 2));
        let heads = format!(
            "SELECT (SELECT json_group_array(id) FROM ({})) FROM streams s WHERE s.key = $1",
            query::head_items(Dialect::Sqlite, viewer, 3)
        );
        let find = super::super::numbers::by_number_or_key();
        let items = query::items(Dialect::Sqlite);
        let made = format!("SELECT o.id {}", super::super::objects::BY);
        let files = format!("{} WHERE o.key = $1 ORDER BY m.path", query::MEDIA);
        for sql in [
            query::STREAM,
            CONTAINS,
            query::HELD,
            &items,
            &find,
            &readable,
            &heads,
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
        let plan = plan(&store, &files).await;
        assert!(plan.contains("INDEX media_object"), "{plan}");
    }
}
