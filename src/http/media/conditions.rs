//! Which part of a file is wanted, and whether it is wanted at all (RFC 9110, 13 and 14).

use std::ops::Range;

use axum::http::{HeaderMap, HeaderName, header};
use chrono::{DateTime, Utc};

use crate::{http::conditional, service::media::File};

/// What part of a file is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// All of it.
    All,
    /// These bytes of it.
    Range(Range<u64>),
    /// Bytes that it does not have.
    Outside,
}

/// A time as HTTP writes it.
pub(super) fn http_date(time: DateTime<Utc>) -> String {
    time.format("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

/// Whether the asker has the file already.
pub(super) fn not_modified(asked: &HeaderMap, file: &File) -> bool {
    if let Some(has) = conditional::has(asked, &file.etag()) {
        return has;
    }
    text(asked, header::IF_MODIFIED_SINCE)
        .and_then(|since| DateTime::parse_from_rfc2822(since).ok())
        .is_some_and(|since| file.modified.timestamp() <= since.timestamp())
}

/// The part that is asked for. What asks for several, or in a way we don't know, gets all: it may
/// always.
pub(super) fn part(asked: &HeaderMap, file: &File) -> Part {
    let unchanged = text(asked, header::IF_RANGE)
        .is_none_or(|tag| tag == file.etag() || tag == http_date(file.modified));
    text(asked, header::RANGE)
        .filter(|_| unchanged)
        .and_then(|range| parse(range, file.media.size))
        .unwrap_or(Part::All)
}

fn parse(range: &str, size: u64) -> Option<Part> {
    let (first, last) = range
        .trim()
        .strip_prefix("bytes=")?
        .trim()
        .split_once('-')?;
    let number = |text: &str| -> Option<u64> {
        let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        digits.then(|| text.parse().unwrap_or(u64::MAX))
    };
    let range = match (number(first), number(last)) {
        (Some(first), Some(last)) if first > last => return None,
        (Some(first), Some(last)) => first..size.min(last.saturating_add(1)),
        (Some(first), None) if last.is_empty() => first..size,
        (None, Some(length)) if first.is_empty() => size.saturating_sub(length)..size,
        _ => return None,
    };
    Some(if range.is_empty() {
        Part::Outside
    } else {
        Part::Range(range)
    })
}

fn text(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    headers.get(name)?.to_str().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Media;

    fn file() -> File {
        File {
            media: Media {
                path: "a/2026/1/2/AAAAAA.png".into(),
                object: "o".into(),
                media_type: "image/png".into(),
                size: 10,
            },
            public: true,
            modified: DateTime::from_timestamp(784_111_777, 5).unwrap(),
        }
    }

    fn asked(name: HeaderName, value: &str) -> HeaderMap {
        HeaderMap::from_iter([(name, value.parse().unwrap())])
    }

    #[test]
    fn one_range_is_cut_to_the_file_and_anything_else_is_all_of_it() {
        for (range, expected) in [
            ("bytes=0-3", Part::Range(0..4)),
            ("bytes=8-99", Part::Range(8..10)),
            ("bytes=4-", Part::Range(4..10)),
            ("bytes=-3", Part::Range(7..10)),
            ("bytes=-99", Part::Range(0..10)),
            ("bytes=0-18446744073709551615", Part::Range(0..10)),
            ("bytes=10-", Part::Outside),
            ("bytes=99999999999999999999999-", Part::Outside),
            ("bytes=-0", Part::Outside),
            ("bytes=3-2", Part::All),
            ("bytes=0-1,3-4", Part::All),
            ("bytes=-", Part::All),
            ("bytes=a-b", Part::All),
            ("bytes=+1-2", Part::All),
            ("lines=1-2", Part::All),
            ("", Part::All),
        ] {
            assert_eq!(
                part(&asked(header::RANGE, range), &file()),
                expected,
                "{range}"
            );
        }
        let mut empty = file();
        empty.media.size = 0;
        assert_eq!(
            part(&asked(header::RANGE, "bytes=0-"), &empty),
            Part::Outside
        );
        let mut changed = asked(header::RANGE, "bytes=0-3");
        changed.insert(header::IF_RANGE, "\"other\"".parse().unwrap());
        assert_eq!(part(&changed, &file()), Part::All);
    }

    #[test]
    fn who_has_the_file_is_told_so() {
        let etag = file().etag();
        for (name, value, has) in [
            (header::IF_NONE_MATCH, etag.as_str(), true),
            (header::IF_NONE_MATCH, &format!("\"x\", W/{etag}"), true),
            (header::IF_NONE_MATCH, "*", true),
            (header::IF_NONE_MATCH, "\"x\"", false),
            (
                header::IF_MODIFIED_SINCE,
                "Sun, 06 Nov 1994 08:49:37 GMT",
                true,
            ),
            (
                header::IF_MODIFIED_SINCE,
                "Sun, 06 Nov 1994 08:49:36 GMT",
                false,
            ),
            (header::IF_MODIFIED_SINCE, "yesterday", false),
        ] {
            assert_eq!(not_modified(&asked(name, value), &file()), has, "{value}");
        }
        assert!(!not_modified(&HeaderMap::new(), &file()));
        assert_eq!(http_date(file().modified), "Sun, 06 Nov 1994 08:49:37 GMT");
    }
}
