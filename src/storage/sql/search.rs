//! Index of full-text search, in either database.

use std::fmt::Write;

use async_trait::async_trait;
use serde_json::{Value, json};

use super::{
    dialect::Dialect,
    driver::{Column, SqlConnection, args},
    index_task::IndexTask,
    key::{self, Key},
    object_rows::decode_object,
    query::{OBJECT_COLUMNS, add_viewer, readable_condition},
    store::SqlStore,
    write::WriteResult,
};
use crate::{
    model::{Object, SearchRequest, Viewer, separate_words},
    storage::{
        Result, Search, SearchEntry,
        search::{SearchPart, search_parts, text_terms},
    },
};

/// Entry of an object as it is stored.
pub(crate) struct IndexRow {
    pub(crate) key: Key,
    pub(crate) text: String,
    /// Tokens, with spaces between them.
    pub(crate) marks: String,
}

impl IndexRow {
    /// Returns the row of an object, if it has an entry.
    pub(crate) fn of(object: &Object) -> Option<Self> {
        let SearchEntry { text, marks } = SearchEntry::of(object)?;
        let key = key::digest_key(&object.id);
        let mut tokens = String::with_capacity(marks.len() * 18);
        for mark in &marks {
            if !tokens.is_empty() {
                tokens.push(' ');
            }
            write_token(mark, &mut tokens);
        }
        Some(Self {
            key,
            text: separate_words(&text),
            marks: tokens,
        })
    }
}

/// Writes a mark as a word that every tokenizer leaves as it is, ends of words included.
fn write_token(mark: &str, tokens: &mut String) {
    tokens.push('x');
    for byte in &key::digest_key(mark)[..8] {
        // Writing to a String can't fail.
        let _ = write!(tokens, "{byte:02x}");
    }
    tokens.push('0');
}

/// Writes the entry of an object as it is now, or removes it.
pub(crate) async fn put_entry<C: SqlConnection>(
    connection: &mut C,
    pk: i64,
    object: &Object,
) -> WriteResult {
    if let Some(row) = IndexRow::of(object) {
        let sql = C::DIALECT.choose(
            "INSERT OR REPLACE INTO search_index (rowid, text, marks) VALUES ($1, $2, $3)",
            "SELECT put_documents(ARRAY[key], ARRAY[$2], ARRAY[$3]) FROM objects WHERE pk = $1",
        );
        connection.run(sql, &args![pk, row.text, row.marks]).await?;
    } else {
        let sql = C::DIALECT.choose(
            "DELETE FROM search_index WHERE rowid = $1",
            "DELETE FROM search_documents WHERE object = $1",
        );
        connection.run(sql, &args![pk]).await?;
    }
    Ok(())
}

/// Indexes the newest of the objects that are not indexed yet, among so many primary keys. Returns
/// whether there are more.
pub(crate) async fn index_older<C: SqlConnection>(
    connection: &mut C,
    count: u32,
) -> WriteResult<bool> {
    let (lock, share) = C::DIALECT.choose(("", ""), (" FOR UPDATE", " FOR SHARE"));
    let sql = format!("SELECT unindexed FROM search_state{lock}");
    let top: i64 = connection.scalar(&sql, &[]).await?.unwrap_or(0);
    if top == 0 {
        return Ok(false);
    }
    let bottom = (top - i64::from(count)).max(0);
    let types: Vec<String> = SearchEntry::types().map(|one| format!("'{one}'")).collect();
    let types = types.join(", ");
    let sql = format!(
        "SELECT {OBJECT_COLUMNS} FROM objects o WHERE o.pk > $1 AND o.pk <= $2 AND NOT o.deleted \
         AND o.object_type IN ({types}) ORDER BY o.pk DESC{share}"
    );
    for row in connection.all(&sql, &args![bottom, top]).await? {
        put_entry(connection, row.at(0)?, &decode_object(&row)?).await?;
    }
    let sql = "UPDATE search_state SET unindexed = $1";
    connection.run(sql, &args![bottom]).await?;
    Ok(bottom > 0)
}

#[async_trait]
impl<S: SqlStore> Search for S {
    async fn search(&self, request: &SearchRequest, viewer: Viewer<'_>) -> Result<Vec<String>> {
        let parts = search_parts(&request.query, viewer);
        let terms = text_terms(&request.query)
            .map(|terms| terms.into_iter().map(separate_words).collect::<Vec<_>>());
        let sql = search_sql(S::DIALECT, &parts, viewer);
        let before = request.before.as_deref().map(key::digest_key);
        let mut arguments = Vec::from(args![before, request.count]);
        arguments.extend(parts.iter().map(|part| match S::DIALECT {
            Dialect::Sqlite => match_text(part, &terms).into(),
            Dialect::Postgres => match_json(part, &terms).into(),
        }));
        add_viewer(&mut arguments, viewer);
        let found = self.pool().list(&sql, &arguments, |row| Ok(row.at(0)?));
        found.await
    }

    async fn set_search_language(&self, language: &str) -> Result<()> {
        let task = IndexTask::SetLanguage(language.to_owned());
        self.index(task).await.map(drop)
    }

    async fn index_older(&self, count: u32) -> Result<bool> {
        self.index(IndexTask::IndexOlder(count)).await
    }
}

/// The ids of the newest ($2) matches below an object, by key ($1), if it is given. The query of
/// each part is `$3` and so on; a person's key and id come after it.
pub(crate) fn search_sql(dialect: Dialect, parts: &[SearchPart], viewer: Viewer<'_>) -> String {
    let bound = "CASE WHEN $1 IS NULL THEN 9223372036854775807 \
                 ELSE (SELECT b.pk FROM objects b WHERE b.key = $1) END";
    let viewer_at = u8::try_from(parts.len()).unwrap_or_default() + 3;
    let readable = readable_condition(viewer, viewer_at);
    let part = |(number, part): (usize, &SearchPart)| {
        let query = format!("${}", number + 3);
        let most = part.reach.map_or("$2".into(), |reach| reach.to_string());
        let matches = match dialect {
            Dialect::Sqlite => format!(
                "(SELECT rowid AS pk FROM search_index WHERE search_index MATCH {query} \
                 AND rowid < {bound} ORDER BY rowid DESC LIMIT {most}) m CROSS JOIN"
            ),
            Dialect::Postgres => {
                format!("search_matches(search_query({query}), {bound}, {most}) AS m (pk) JOIN")
            }
        };
        format!("SELECT o.pk, o.id FROM {matches} objects o ON o.pk = m.pk WHERE true{readable}")
    };
    let parts: Vec<String> = parts.iter().enumerate().map(part).collect();
    let parts = parts.join(" UNION ");
    format!("SELECT t.id FROM ({parts}) t ORDER BY t.pk DESC LIMIT $2")
}

/// Returns the condition of a part in the words of FTS5.
fn match_text(part: &SearchPart, [terms, excluded]: &[Vec<String>; 2]) -> String {
    let text = |term: &String| format!("text : \"{term}\"");
    let marks = part.marks.iter();
    let marks = marks.map(|marks| format!("marks : ({})", alternatives(marks, "\"", " OR ")));
    let all: Vec<String> = marks.chain(terms.iter().map(text)).collect();
    let all = all.join(" AND ");
    if excluded.is_empty() {
        return all;
    }
    let excluded: Vec<String> = excluded.iter().map(text).collect();
    format!("({all}) NOT ({})", excluded.join(" OR "))
}

/// Returns the condition of a part as the function `search_query` takes it.
fn match_json(part: &SearchPart, [terms, excluded]: &[Vec<String>; 2]) -> Value {
    let marks = part.marks.iter();
    let marks = marks.map(|marks| format!("({})", alternatives(marks, "'", " | ")));
    let marks = marks.collect::<Vec<_>>().join(" & ");
    json!({ "marks": marks, "terms": terms, "excluded": excluded })
}

/// Returns the tokens of marks, each in quotes, with a word between them.
fn alternatives(marks: &[String], quote: &str, or: &str) -> String {
    let mut all = String::new();
    for mark in marks {
        if !all.is_empty() {
            all.push_str(or);
        }
        all.push_str(quote);
        write_token(mark, &mut all);
        all.push_str(quote);
    }
    all
}
