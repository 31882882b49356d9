//! The arguments of collections (pump-api 10.1).

use std::convert::Infallible;

use axum::{extract::FromRequestParts, http::request::Parts};

use crate::{
    model::{Cursor, Filter, MAX_COUNT, PageRequest},
    service::{Error, Result},
};

/// The most characters of a `q`: what it costs is its length times that of the names.
const MAX_QUERY_CHARS: usize = 100;

/// `count`, `before`, `since`, `offset`, checked in this order.
pub(in crate::http) struct PageQuery(pub(super) PageRequest);

/// The arguments of a collection of persons, which can be searched: `q` is part of a name.
pub(in crate::http) struct PersonPageQuery(pub(in crate::http) PageRequest);

/// `?id=` of things whose id is not their URL; empty if it isn't given.
pub(in crate::http) struct IdQuery(pub(in crate::http) String);

impl PageQuery {
    /// The same page of a part of the stream.
    pub(in crate::http) fn of(self, filter: Filter) -> PageRequest {
        PageRequest { filter, ..self.0 }
    }
}

impl<S: Sync> FromRequestParts<S> for PageQuery {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self> {
        parse(parts.uri.query().unwrap_or_default()).map(Self)
    }
}

impl<S: Sync> FromRequestParts<S> for PersonPageQuery {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self> {
        let query = parts.uri.query().unwrap_or_default();
        let page = parse(query)?;
        let named = value(query, "q").filter(|name| !name.is_empty());
        if named.as_ref().is_some_and(|name| name.contains('\0')) {
            // Not every store can be asked for it, and no name has it.
            return Err(Error::bad_request("'q' must be text"));
        }
        if named
            .as_ref()
            .is_some_and(|name| name.chars().count() > MAX_QUERY_CHARS)
        {
            return Err(Error::bad_request(format!(
                "'q' can't be longer than {MAX_QUERY_CHARS} characters"
            )));
        }
        Ok(Self(PageRequest {
            name_query: named,
            ..page
        }))
    }
}

impl<S: Sync> FromRequestParts<S> for IdQuery {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let id = value(parts.uri.query().unwrap_or_default(), "id");
        Ok(Self(id.unwrap_or_default()))
    }
}

/// The first value of an argument.
pub(super) fn value(query: &str, name: &str) -> Option<String> {
    form_urlencoded::parse(query.as_bytes())
        .find(|(key, _)| key == name)
        .map(|(_, value)| value.into_owned())
}

fn parse(query: &str) -> Result<PageRequest> {
    let refuse = |message: &str| Err(Error::bad_request(message));
    let count = match value(query, "count").map(|count| count.parse()) {
        None => 20,
        Some(Ok(count)) if count <= MAX_COUNT => count,
        Some(_) => return refuse("Count must be between 0 and 200"),
    };
    let id = |name| match value(query, name).map(|id| id.trim().to_owned()) {
        Some(id) if id.is_empty() => Err(Error::bad_request(" is null")),
        id => Ok(id),
    };
    let (before, since) = (id("before")?, id("since")?);
    let offset = match value(query, "offset").map(|offset| offset.parse()) {
        None => None,
        // The widest database column holds no more.
        Some(Ok(offset)) if i64::try_from(offset).is_ok() => Some(offset),
        Some(_) => return refuse("Offset must be an integer greater than or equal to zero"),
    };
    let cursor = match (before, since, offset) {
        (Some(_), Some(_), _) => return refuse("Can't have both 'before' and 'since' parameters"),
        (Some(_), _, Some(_)) => return refuse("Can't have both 'before' and 'offset' parameters"),
        (_, Some(_), Some(_)) => return refuse("Can't have both 'since' and 'offset' parameters"),
        (Some(id), ..) => Cursor::Before(id),
        (_, Some(id), _) => Cursor::Since(id),
        (.., Some(offset)) => Cursor::Offset(offset),
        _ => Cursor::Newest,
    };
    Ok(PageRequest {
        count,
        cursor,
        ..PageRequest::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_said_is_the_newest_twenty() {
        assert_eq!(parse("").unwrap(), PageRequest::default());
    }

    #[test]
    fn ids_are_decoded_and_trimmed() {
        let page = parse("count=200&before=%20acct%3Aa%40b%20").unwrap();
        assert_eq!(
            (page.count, page.cursor),
            (200, Cursor::Before("acct:a@b".into()))
        );
        assert_eq!(
            parse("since=http://h/api/activity/x").unwrap().cursor,
            Cursor::Since("http://h/api/activity/x".into())
        );
    }

    #[test]
    fn wrong_arguments_get_the_words_that_clients_know() {
        for (query, message) in [
            ("count=201", "Count must be between 0 and 200"),
            ("count=-1", "Count must be between 0 and 200"),
            ("count=1.5", "Count must be between 0 and 200"),
            ("count=foo", "Count must be between 0 and 200"),
            (
                "count=99999999999999999999",
                "Count must be between 0 and 200",
            ),
            ("before=", " is null"),
            (
                "offset=-1",
                "Offset must be an integer greater than or equal to zero",
            ),
            (
                "offset=bar",
                "Offset must be an integer greater than or equal to zero",
            ),
            (
                "offset=18446744073709551615",
                "Offset must be an integer greater than or equal to zero",
            ),
            (
                "before=a&since=b",
                "Can't have both 'before' and 'since' parameters",
            ),
            (
                "before=a&offset=1",
                "Can't have both 'before' and 'offset' parameters",
            ),
            (
                "since=a&offset=1",
                "Can't have both 'since' and 'offset' parameters",
            ),
        ] {
            assert_eq!(parse(query).unwrap_err().message(), message, "{query}");
        }
    }
}
