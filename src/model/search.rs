//! Queries of a full-text search, as people write them.

use chrono::NaiveDate;

use super::{case_fold, page::MAX_COUNT};

/// The most characters of a query.
pub const MAX_SEARCH_QUERY_CHARS: usize = 500;

/// The most words, phrases, tags and filters of a query.
pub const MAX_SEARCH_TERMS: usize = 16;

/// The most characters of a hashtag.
pub const MAX_TAG_CHARS: usize = 100;

/// Kind of objects that are searched for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub enum SearchScope {
    /// Notes, articles, images and other things that persons post.
    #[default]
    Posts,
    /// Persons, groups and other actors, by the beginnings of the words of their names. Of a query
    /// the [terms](SearchQuery::terms) alone count.
    Actors,
}

/// Query of a search. An object is found if it meets all conditions.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct SearchQuery {
    /// Kind of objects that are searched for.
    pub scope: SearchScope,
    /// Words that an object has; several in one term are a phrase.
    pub terms: Vec<String>,
    /// Words and phrases that it does not have.
    pub excluded: Vec<String>,
    /// The id of its author.
    pub author: Option<String>,
    /// Hashtags that it has, [folded](fold_tag).
    pub tags: Vec<String>,
    /// Its type.
    pub object_type: Option<String>,
    /// The first day on which it may have been published, in UTC.
    pub since: Option<NaiveDate>,
    /// The last day on which it may have been published, in UTC.
    pub until: Option<NaiveDate>,
}

/// Part of the results that is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SearchRequest {
    /// The query.
    pub query: SearchQuery,
    /// The id of an object: only objects that were stored before it.
    pub before: Option<String>,
    /// The most results, 0 to [`MAX_COUNT`].
    pub count: u32,
}

impl SearchRequest {
    /// The newest results of a query.
    pub fn newest(query: SearchQuery) -> Self {
        Self {
            query,
            before: None,
            count: 20.min(MAX_COUNT),
        }
    }
}

/// Why a text is no query. The sentence is for the person who wrote it.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("{0}")]
pub struct BadSearchQuery(String);

impl SearchQuery {
    /// Reads a query: words, `"phrases"`, `-excluded` ones, `from:AUTHOR`, `#tag`, `type:TYPE`,
    /// `since:DATE` and `until:DATE`. The author stands as it was written. Terms without a letter
    /// or digit are passed over.
    pub fn parse(text: &str) -> Result<Self, BadSearchQuery> {
        if text.chars().count() > MAX_SEARCH_QUERY_CHARS {
            return refuse(format!(
                "'q' can't be longer than {MAX_SEARCH_QUERY_CHARS} characters"
            ));
        }
        if text.contains('\0') {
            return refuse("'q' must be text".into());
        }
        let mut query = Self::default();
        let mut rest = text.trim_start();
        let mut terms = 0;
        while !rest.is_empty() {
            let (term, after) = next_term(rest);
            query.add(&term)?;
            rest = after.trim_start();
            terms += 1;
        }
        if terms > MAX_SEARCH_TERMS {
            return refuse(format!("'q' can't have more than {MAX_SEARCH_TERMS} words"));
        }
        if query == Self::default() {
            return refuse("'q' must say what to search for".into());
        }
        Ok(query)
    }

    /// The same among actors.
    #[must_use]
    pub fn of_actors(self) -> Self {
        Self {
            scope: SearchScope::Actors,
            ..self
        }
    }

    /// Everything with a hashtag; `None` if the name can't be one.
    pub fn of_tag(name: &str) -> Option<Self> {
        Some(Self {
            tags: vec![fold_tag(name)?],
            ..Self::default()
        })
    }

    fn add(&mut self, term: &Term<'_>) -> Result<(), BadSearchQuery> {
        let text = term.text.to_owned();
        if term.is_quoted {
            self.add_words(text, term.is_excluded);
            return Ok(());
        }
        if let (Some(tag), false) = (text.strip_prefix('#').and_then(fold_tag), term.is_excluded) {
            self.tags.push(tag);
            return Ok(());
        }
        match text.split_once(':').filter(|_| !term.is_excluded) {
            Some(("from", author)) if !author.is_empty() => self.author = Some(author.into()),
            Some(("type", kind)) if !kind.is_empty() => self.object_type = Some(kind.into()),
            Some(("since", date)) => self.since = Some(parse_date("since", date)?),
            Some(("until", date)) => self.until = Some(parse_date("until", date)?),
            _ => self.add_words(text, term.is_excluded),
        }
        Ok(())
    }

    fn add_words(&mut self, text: String, is_excluded: bool) {
        if !text.contains(char::is_alphanumeric) {
            return;
        }
        if is_excluded {
            self.excluded.push(text);
        } else {
            self.terms.push(text);
        }
    }
}

/// Part of a query between two spaces, or in quotes.
struct Term<'a> {
    text: &'a str,
    is_quoted: bool,
    is_excluded: bool,
}

/// Splits off the first term of a query that does not begin with a space.
fn next_term(query: &str) -> (Term<'_>, &str) {
    let (is_excluded, query) = match query.strip_prefix('-') {
        Some(rest) if !rest.starts_with(char::is_whitespace) => (true, rest),
        _ => (false, query),
    };
    let (text, rest, is_quoted) = if let Some(quoted) = query.strip_prefix('"') {
        // A quote that nobody closed goes to the end.
        let (text, rest) = quoted.split_once('"').unwrap_or((quoted, ""));
        (text, rest, true)
    } else {
        let parts = query.split_once(char::is_whitespace);
        let (text, rest) = parts.unwrap_or((query, ""));
        (text, rest, false)
    };
    let term = Term {
        text,
        is_quoted,
        is_excluded,
    };
    (term, rest)
}

fn parse_date(name: &str, text: &str) -> Result<NaiveDate, BadSearchQuery> {
    NaiveDate::parse_from_str(text, "%Y-%m-%d")
        .or_else(|_| refuse(format!("'{name}:' needs a date like 2026-01-31")))
}

fn refuse<T>(sentence: String) -> Result<T, BadSearchQuery> {
    Err(BadSearchQuery(sentence))
}

/// Whether a character can stand in a hashtag.
pub(crate) fn is_tag_char(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// A hashtag without its `#` and without regard to case; `None` if the name can't be one. It has
/// letters, digits and `_`, at least one letter among them, and [`MAX_TAG_CHARS`] characters at
/// most.
pub fn fold_tag(name: &str) -> Option<String> {
    let name = name.strip_prefix('#').unwrap_or(name);
    let is_tag = name.chars().all(is_tag_char)
        && name.contains(char::is_alphabetic)
        && name.chars().count() <= MAX_TAG_CHARS;
    is_tag.then(|| case_fold(name))
}

/// A text with its words alone, and spaces between them. Databases differ in what they take for
/// addresses, numbers and compounds, and none does in these.
#[cfg(any(feature = "sqlite", feature = "postgres"))]
pub(crate) fn separate_words(text: &str) -> String {
    // Combining accents belong to the letter before them.
    let is_of_word = |c: char| c.is_alphanumeric() || ('\u{300}'..='\u{36f}').contains(&c);
    let letters = text.chars().map(|c| if is_of_word(c) { c } else { ' ' });
    letters.collect()
}

/// The words of a text as they are compared: letters and digits without regard to case.
pub(crate) fn search_words(text: &str) -> impl Iterator<Item = String> {
    text.split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(case_fold)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> SearchQuery {
        SearchQuery::parse(text).unwrap()
    }

    #[test]
    fn words_phrases_and_filters_are_told_apart() {
        let query = parse(
            r#"tea "hot water" -milk -"a b" from:alice@h.example #Thé type:note
            since:2026-01-31 until:2026-02-01 12:30 -"#,
        );
        let date = |day| NaiveDate::from_ymd_opt(2026, 1, 31).unwrap() + chrono::Days::new(day);
        assert_eq!(
            query,
            SearchQuery {
                scope: SearchScope::Posts,
                terms: vec!["tea".into(), "hot water".into(), "12:30".into()],
                excluded: vec!["milk".into(), "a b".into()],
                author: Some("alice@h.example".into()),
                tags: vec!["thé".into()],
                object_type: Some("note".into()),
                since: Some(date(0)),
                until: Some(date(1)),
            }
        );
        assert_eq!(parse("\"open end").terms, ["open end"]);
        assert_eq!(parse("#12").terms, ["#12"]);
        assert_eq!(parse("a\"b\"c").terms, ["a\"b\"c"]);
        assert_eq!(parse("-#tea").excluded, ["#tea"]);
    }

    #[test]
    fn a_query_has_bounds_and_says_what_is_wrong() {
        let many = "a ".repeat(MAX_SEARCH_TERMS + 1);
        let long = "a".repeat(MAX_SEARCH_QUERY_CHARS + 1);
        for (text, sentence) in [
            ("", "'q' must say what to search for"),
            (" -- \"!\" ", "'q' must say what to search for"),
            ("a\0", "'q' must be text"),
            ("since:yesterday", "'since:' needs a date like 2026-01-31"),
            ("until:2026-02-30", "'until:' needs a date like 2026-01-31"),
            (&many, "'q' can't have more than 16 words"),
            (&long, "'q' can't be longer than 500 characters"),
        ] {
            let refused = SearchQuery::parse(text).unwrap_err();
            assert_eq!(refused.to_string(), sentence, "{text}");
        }
    }

    #[test]
    fn a_tag_has_a_letter_and_no_case() {
        for (name, folded) in [
            ("Tea", Some("tea")),
            ("#CAFÉ_2", Some("café_2")),
            ("日本", Some("日本")),
            ("2026", None),
            ("1_2", None),
            ("a-b", None),
            ("a b", None),
            ("", None),
        ] {
            assert_eq!(fold_tag(name).as_deref(), folded, "{name}");
        }
        assert!(fold_tag(&"é".repeat(MAX_TAG_CHARS)).is_some());
        assert!(fold_tag(&"é".repeat(MAX_TAG_CHARS + 1)).is_none());
    }
}
