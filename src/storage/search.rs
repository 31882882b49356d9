//! Full-text search: entries of objects, and the parts of a query.

use async_trait::async_trait;
use chrono::{Datelike, Months, NaiveDate};

use super::{Result, StorageError};
use crate::{
    model::{
        AudienceMember, Object, SearchQuery, SearchRequest, SearchScope, Viewer, search_words,
    },
    protocol::search::{day_of, hashtags_of, names_of, text_of},
};

/// Among how many of the newest matches that not everyone may read, and that are not the viewer's
/// own, a search looks for results at least.
pub const SEARCH_REACH: u32 = 1000;

/// Types of posts that are searched.
const POST_TYPES: &[&str] = &[
    "article", "audio", "comment", "event", "file", "image", "note", "question", "video",
];

/// Types of actors that are searched.
const ACTOR_TYPES: &[&str] = &["group", "organization", "person", "service"];

/// The most hashtags by which an object is found, and the most words of an actor's names.
const MAX_TAGS: usize = 100;
const MAX_NAME_WORDS: usize = 32;

/// The most characters of the beginning of a name by which an actor is found. Of a longer word the
/// first ones count.
const MAX_PREFIX_CHARS: usize = 12;

/// The first and the last year that can be asked for.
const YEARS: (i32, i32) = (1970, 2099);

/// Full-text search over stored objects.
///
/// An object is found by its [entry](SearchEntry), which is written by the commit that
/// [stores](super::Change::PutObject) it, and is that of its current state. A store that has no
/// such index answers [`StorageError::Unsupported`].
#[async_trait]
pub trait Search: Send + Sync {
    /// Returns the ids of objects that match a query and that `viewer` may
    /// [read](super::Objects::readable), newest first by when they were first stored. No tombstone
    /// is among them. A backend may leave out objects that come after [`SEARCH_REACH`] matches
    /// which not everyone may read, unless the viewer is their author. Nothing comes before an id
    /// that is not stored.
    async fn search(&self, request: &SearchRequest, viewer: Viewer<'_>) -> Result<Vec<String>> {
        let _ = (request, viewer);
        Err(StorageError::Unsupported("search"))
    }

    /// Sets the language by which words are reduced to stems; `simple` for none. If it is another
    /// one than before, all objects have to be indexed [anew](Self::index_older).
    /// [`StorageError::Missing`] if the store does not know it.
    async fn set_search_language(&self, language: &str) -> Result<()> {
        let _ = language;
        Ok(())
    }

    /// Indexes up to `count` of the objects that were stored before there was an index, or before
    /// the language changed, the newest of them first. Returns whether there are more.
    async fn index_older(&self, count: u32) -> Result<bool> {
        let _ = count;
        Ok(false)
    }
}

/// Text and marks by which an object is found.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct SearchEntry {
    /// Text whose words are searched.
    pub text: String,
    /// Marks, such as `type note` or `author acct:alice@h`, each of which is there or not.
    pub marks: Vec<String>,
}

impl SearchEntry {
    /// Returns the entry of an object, unless it is of a kind that is not searched.
    pub fn of(object: &Object) -> Option<Self> {
        let object_type = object.object_type.as_str();
        let is_public = object.audience.contains(&AudienceMember::Public);
        if object.deleted {
            None
        } else if POST_TYPES.contains(&object_type) {
            // Without an author it is only named.
            let author = object.author.as_deref()?;
            let mut marks = vec![
                visibility_mark(SearchScope::Posts, is_public).to_owned(),
                format!("type {object_type}"),
                author_mark(author),
            ];
            if let Some(day) = day_of(object) {
                marks.extend([year_mark(day), month_mark(day), day_mark(day)]);
            }
            let tags = hashtags_of(object).take(MAX_TAGS);
            marks.extend(tags.map(|tag| tag_mark(&tag)));
            let text = text_of(object);
            Some(Self { text, marks })
        } else if ACTOR_TYPES.contains(&object_type) {
            let mut marks = vec![visibility_mark(SearchScope::Actors, is_public).to_owned()];
            let words = names_of(object).flat_map(search_words).take(MAX_NAME_WORDS);
            for word in words {
                let ends = word.char_indices().map(|(at, c)| at + c.len_utf8());
                let prefixes = ends.take(MAX_PREFIX_CHARS).map(|end| &word[..end]);
                marks.extend(prefixes.map(prefix_mark));
            }
            marks.sort_unstable();
            marks.dedup();
            let text = String::new();
            Some(Self { text, marks })
        } else {
            None
        }
    }

    /// Returns the types of objects that have entries.
    #[cfg(any(feature = "sqlite", feature = "postgres"))]
    pub(super) fn types() -> impl Iterator<Item = &'static str> {
        POST_TYPES.iter().chain(ACTOR_TYPES).copied()
    }
}

/// Part of the matches of a query, by who may read them.
pub(super) struct SearchPart {
    /// Marks of which an entry has at least one of each list.
    pub(super) marks: Vec<Vec<String>>,
    /// How many matches are looked at, if the viewer may not read all of them.
    #[cfg_attr(
        not(any(feature = "sqlite", feature = "postgres")),
        allow(dead_code, reason = "the store in memory looks at all")
    )]
    pub(super) reach: Option<u32>,
}

/// Returns the parts of the matches of a query that a viewer may read some of. Public matches and
/// the viewer's own are all readable; of the rest, so many are looked at.
pub(super) fn search_parts(query: &SearchQuery, viewer: Viewer<'_>) -> Vec<SearchPart> {
    let part = |is_public: bool, author: Option<&str>, reach| {
        let mut marks = vec![vec![visibility_mark(query.scope, is_public).to_owned()]];
        marks.extend(author.map(|author| vec![author_mark(author)]));
        marks.extend(query_marks(query));
        SearchPart { marks, reach }
    };
    match viewer {
        Viewer::Anonymous => vec![part(true, None, None)],
        Viewer::Unrestricted => vec![part(true, None, None), part(false, None, None)],
        Viewer::Person(id) => vec![
            part(true, None, None),
            part(false, Some(id), None),
            part(false, None, Some(SEARCH_REACH)),
        ],
    }
}

/// Returns the words and phrases of a query that the text of an entry has, and has not.
pub(super) fn text_terms(query: &SearchQuery) -> [Vec<&str>; 2] {
    [&query.terms, &query.excluded].map(|terms| {
        let terms = terms.iter().filter(|_| query.scope == SearchScope::Posts);
        let terms = terms.map(String::as_str);
        terms
            .filter(|term| term.contains(char::is_alphanumeric))
            .collect()
    })
}

/// Returns marks of which an entry has at least one of each list, for all that is no text.
fn query_marks(query: &SearchQuery) -> Vec<Vec<String>> {
    if query.scope == SearchScope::Actors {
        let words = query.terms.iter().flat_map(|term| search_words(term));
        return words
            .map(|word| {
                vec![prefix_mark(
                    &word.chars().take(MAX_PREFIX_CHARS).collect::<String>(),
                )]
            })
            .collect();
    }
    let author = query.author.as_deref().map(author_mark);
    let object_type = query.object_type.as_ref();
    let object_type = object_type.map(|object_type| format!("type {object_type}"));
    let tags = query.tags.iter().map(|tag| tag_mark(tag));
    let single = author.into_iter().chain(object_type).chain(tags);
    let mut marks: Vec<Vec<String>> = single.map(|mark| vec![mark]).collect();
    if query.since.is_some() || query.until.is_some() {
        marks.push(date_marks(query.since, query.until));
    }
    marks
}

/// Returns the marks of the years, months and days from one day to another, as few as there can be.
fn date_marks(since: Option<NaiveDate>, until: Option<NaiveDate>) -> Vec<String> {
    let first = NaiveDate::from_yo_opt(YEARS.0, 1);
    let last = NaiveDate::from_ymd_opt(YEARS.1, 12, 31);
    let mut next = since.max(first);
    let last = until.into_iter().chain(last).min();
    let mut marks = Vec::new();
    while let (Some(day), Some(last)) = (next, last)
        && day <= last
    {
        let after = |months| day.checked_add_months(Months::new(months));
        let is_whole = |end: &NaiveDate| end.pred_opt().is_some_and(|end| end <= last);
        let year = after(12).filter(|end| day.ordinal() == 1 && is_whole(end));
        let month = after(1).filter(|end| day.day() == 1 && is_whole(end));
        (next, marks) = match (year, month) {
            (Some(end), _) => (Some(end), push(marks, year_mark(day))),
            (None, Some(end)) => (Some(end), push(marks, month_mark(day))),
            (None, None) => (day.succ_opt(), push(marks, day_mark(day))),
        };
    }
    if marks.is_empty() {
        // No day is in the range, and no entry has this.
        marks.push("day never".into());
    }
    marks
}

fn push(mut marks: Vec<String>, mark: String) -> Vec<String> {
    marks.push(mark);
    marks
}

fn visibility_mark(scope: SearchScope, is_public: bool) -> &'static str {
    match (scope, is_public) {
        (SearchScope::Posts, true) => "public post",
        (SearchScope::Posts, false) => "private post",
        (SearchScope::Actors, true) => "public actor",
        (SearchScope::Actors, false) => "private actor",
    }
}

fn author_mark(author: &str) -> String {
    format!("author {author}")
}

fn tag_mark(tag: &str) -> String {
    format!("tag {tag}")
}

fn prefix_mark(prefix: &str) -> String {
    format!("name {prefix}")
}

fn year_mark(day: NaiveDate) -> String {
    day.format("year %Y").to_string()
}

fn month_mark(day: NaiveDate) -> String {
    day.format("month %Y-%m").to_string()
}

fn day_mark(day: NaiveDate) -> String {
    day.format("day %Y-%m-%d").to_string()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn date(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn between(first: &str, last: &str) -> Vec<String> {
        date_marks(Some(date(first)), Some(date(last)))
    }

    #[test]
    fn a_range_of_days_is_few_marks() {
        let marks = between("2023-11-30", "2026-02-02");
        let wanted = [
            "day 2023-11-30",
            "month 2023-12",
            "year 2024",
            "year 2025",
            "month 2026-01",
            "day 2026-02-01",
            "day 2026-02-02",
        ];
        assert_eq!(marks, wanted);
        assert_eq!(between("2026-01-01", "2026-12-31"), ["year 2026"]);
        assert_eq!(between("2026-01-02", "2026-01-01"), ["day never"]);
        let first_day = date_marks(None, Some(date("1970-01-01")));
        assert_eq!(first_day, ["day 1970-01-01"]);
        let worst = between("0001-02-02", "9999-12-30");
        assert!(worst.len() <= 130, "{}", worst.len());
    }

    #[test]
    fn an_entry_has_a_mark_for_each_filter() {
        let mut note = Object::new("note", "n", "n", serde_json::Map::new());
        note.body.insert("content".into(), "Tea".into());
        note.body
            .insert("published".into(), "2026-01-31T00:00:00Z".into());
        note.body.insert("tags".into(), json!(["Green"]));
        assert_eq!(SearchEntry::of(&note), None, "a stub");
        note.author = Some("alice".into());
        let entry = SearchEntry::of(&note).unwrap();
        assert_eq!(entry.text, "Tea\nGreen\n");
        let marks = [
            "private post",
            "type note",
            "author alice",
            "year 2026",
            "month 2026-01",
            "day 2026-01-31",
            "tag green",
        ];
        assert_eq!(entry.marks, marks);
        note.deleted = true;
        assert_eq!(SearchEntry::of(&note), None, "a tombstone");
        let activity = Object::new("activity", "a", "a", serde_json::Map::new());
        assert_eq!(SearchEntry::of(&activity), None);
    }

    #[test]
    fn an_actor_is_found_by_the_beginnings_of_its_names() {
        let mut person = Object::new("person", "acct:al@h.org", "p", serde_json::Map::new());
        person.body.insert("displayName".into(), "Éve".into());
        person.audience = vec![AudienceMember::Public];
        let marks = SearchEntry::of(&person).unwrap().marks;
        let wanted = [
            "name a",
            "name al",
            "name h",
            "name o",
            "name or",
            "name org",
            "name é",
            "name év",
            "name éve",
            "public actor",
        ];
        assert_eq!(marks, wanted);
    }
}
