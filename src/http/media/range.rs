//! Which part of a file is wanted, and whether it is wanted at all (RFC 9110, 13 and 14).

use std::ops::Range;

use axum::http::{HeaderMap, HeaderName, header};
use chrono::{DateTime, Utc};

use crate::{http::conditional, service::media::MediaFile};

/// Requested part of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum RequestedRange {
    /// All of it.
    Whole,
    /// These bytes of it.
    Range(Range<u64>),
    /// Bytes that it does not have.
    Unsatisfiable,
}

/// A time as HTTP writes it.
pub(super) fn http_date(time: DateTime<Utc>) -> String {
    time.format("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

/// Whether the asker has the file already.
pub(super) fn not_modified(asked: &HeaderMap, file: &MediaFile) -> bool {
    if let Some(has) = conditional::matches_known(asked, &file.etag()) {
        return has;
    }
    text(asked, header::IF_MODIFIED_SINCE)
        .and_then(|since| DateTime::parse_from_rfc2822(since).ok())
        .is_some_and(|since| file.modified.timestamp() <= since.timestamp())
}

/// The part that is asked for. Multiple or unknown ranges get the whole file, which is always
/// allowed.
pub(super) fn requested_range(asked: &HeaderMap, file: &MediaFile) -> RequestedRange {
    let unchanged = text(asked, header::IF_RANGE)
        .is_none_or(|tag| tag == file.etag() || tag == http_date(file.modified));
    text(asked, header::RANGE)
        .filter(|_| unchanged)
        .and_then(|range| parse_range(range, file.media.size))
        .unwrap_or(RequestedRange::Whole)
}

fn parse_range(range: &str, size: u64) -> Option<RequestedRange> {
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
        RequestedRange::Unsatisfiable
    } else {
        RequestedRange::Range(range)
    })
}

fn text(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    headers.get(name)?.to_str().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Media;

    fn file() -> MediaFile {
        MediaFile {
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
            ("bytes=0-3", RequestedRange::Range(0..4)),
            ("bytes=8-99", RequestedRange::Range(8..10)),
            ("bytes=4-", RequestedRange::Range(4..10)),
            ("bytes=-3", RequestedRange::Range(7..10)),
            ("bytes=-99", RequestedRange::Range(0..10)),
            ("bytes=0-18446744073709551615", RequestedRange::Range(0..10)),
            ("bytes=10-", RequestedRange::Unsatisfiable),
            (
                "bytes=99999999999999999999999-",
                RequestedRange::Unsatisfiable,
            ),
            ("bytes=-0", RequestedRange::Unsatisfiable),
            ("bytes=3-2", RequestedRange::Whole),
            ("bytes=0-1,3-4", RequestedRange::Whole),
            ("bytes=-", RequestedRange::Whole),
            ("bytes=a-b", RequestedRange::Whole),
            ("bytes=+1-2", RequestedRange::Whole),
            ("lines=1-2", RequestedRange::Whole),
            ("", RequestedRange::Whole),
        ] {
            assert_eq!(
                requested_range(&asked(header::RANGE, range), &file()),
                expected,
                "{range}"
            );
        }
        let mut empty = file();
        empty.media.size = 0;
        assert_eq!(
            requested_range(&asked(header::RANGE, "bytes=0-"), &empty),
            RequestedRange::Unsatisfiable
        );
        let mut changed = asked(header::RANGE, "bytes=0-3");
        changed.insert(header::IF_RANGE, "\"other\"".parse().unwrap());
        assert_eq!(requested_range(&changed, &file()), RequestedRange::Whole);
    }

    #[test]
    fn matching_etag_is_not_modified() {
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
