//! Dialback: the `Authorization` header with which a server claims an identity, and its time window
//! (pump-api 12.3).

use std::fmt;

use chrono::{DateTime, TimeDelta, Utc};

/// How far the date of a claim may be from our clock, either way.
pub(crate) const DATE_WINDOW: TimeDelta = TimeDelta::minutes(5);

/// Maximum bytes of an identity, and of a token.
const MAX_FIELD_BYTES: usize = 512;

/// Identity that a server claims, as it stands in the header.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Claimed {
    /// The server itself, by its host.
    Host(String),
    /// A person, as `NICK@HOST`.
    Webfinger(String),
}

impl Claimed {
    /// The name of its field.
    pub(crate) fn field(&self) -> &'static str {
        match self {
            Self::Host(_) => "host",
            Self::Webfinger(_) => "webfinger",
        }
    }

    /// The value of its field.
    pub(crate) fn value(&self) -> &str {
        match self {
            Self::Host(value) | Self::Webfinger(value) => value,
        }
    }
}

/// Fields of the header. [`Display`](fmt::Display) writes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct DialbackHeader {
    /// The identity.
    pub(crate) identity: Claimed,
    /// The token that its server will know again.
    pub(crate) token: String,
}

/// Why a header is none of Dialback, in the sentences of the reference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum BadDialback {
    /// Another scheme.
    #[error("Authorization scheme is not 'Dialback'")]
    Scheme,
    /// No token.
    #[error("Authorization header has no 'token' field")]
    Token,
    /// No identity.
    #[error("Authorization header has neither 'host' nor 'webfinger' fields")]
    Identity,
    /// Two identities, or a field twice.
    #[error("Authorization header has more than one identity or token")]
    Ambiguous,
    /// A field of more bytes than any server sends.
    #[error("Authorization header has a field that is too long")]
    TooLong,
}

impl DialbackHeader {
    /// Reads a header. Fields are separated by commas, blanks, or both; values may stand without
    /// quotes; unknown fields are ignored.
    pub(crate) fn parse(value: &str) -> Result<Self, BadDialback> {
        let value = value.trim_start();
        let (scheme, mut rest) = value.split_once([' ', '\t']).unwrap_or((value, ""));
        if !scheme.eq_ignore_ascii_case("Dialback") {
            return Err(BadDialback::Scheme);
        }
        let (mut host, mut webfinger, mut token) = (None, None, None);
        while let Some((name, value, after)) = field(rest) {
            let place = match name {
                "host" => Some(&mut host),
                "webfinger" => Some(&mut webfinger),
                "token" => Some(&mut token),
                _ => None,
            };
            if value.len() > MAX_FIELD_BYTES {
                return Err(BadDialback::TooLong);
            }
            if place.is_some_and(|place| place.replace(value).is_some()) {
                return Err(BadDialback::Ambiguous);
            }
            rest = after;
        }
        let given = |field: Option<&str>| field.map(str::to_owned).filter(|it| !it.is_empty());
        let token = given(token).ok_or(BadDialback::Token)?;
        let identity = match (given(host), given(webfinger)) {
            (Some(host), None) => Claimed::Host(host),
            (None, Some(webfinger)) => Claimed::Webfinger(webfinger),
            (None, None) => return Err(BadDialback::Identity),
            (Some(_), Some(_)) => return Err(BadDialback::Ambiguous),
        };
        Ok(Self { identity, token })
    }
}

impl fmt::Display for DialbackHeader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, value) = (self.identity.field(), self.identity.value());
        write!(f, r#"Dialback {name}="{value}", token="{}""#, self.token)
    }
}

/// Reads the first field of a list: its name, its value, and the rest of the list.
fn field(list: &str) -> Option<(&str, &str, &str)> {
    let list = list.trim_start_matches([' ', '\t', ',']);
    let (name, rest) = list.split_once('=')?;
    let (value, rest) = match rest.strip_prefix('"') {
        Some(quoted) => quoted.split_once('"')?,
        None => rest.split_at(rest.find([',', ' ', '\t']).unwrap_or(rest.len())),
    };
    Some((name.trim(), value, rest))
}

/// Reads the value of a `Date` header.
pub(crate) fn parse_date(value: &str) -> Option<DateTime<Utc>> {
    let date = DateTime::parse_from_rfc2822(value.trim()).ok()?;
    Some(date.to_utc())
}

/// Returns the value of a `Date` header.
pub(crate) fn format_date(time: DateTime<Utc>) -> String {
    time.format("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

/// Whether a claim of that date is neither too old nor of the future.
pub(crate) fn is_current(date: DateTime<Utc>, now: DateTime<Utc>) -> bool {
    (now - date).abs() <= DATE_WINDOW
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claim(identity: Claimed) -> DialbackHeader {
        DialbackHeader {
            identity,
            token: "tok".into(),
        }
    }

    #[test]
    fn a_header_is_read_however_its_fields_are_separated() {
        let alice = claim(Claimed::Webfinger("alice@h.example".into()));
        assert_eq!(
            alice.to_string(),
            r#"Dialback webfinger="alice@h.example", token="tok""#
        );
        for text in [
            &*alice.to_string(),
            r#"Dialback webfinger="alice@h.example",token="tok""#,
            r#"dialback token="tok" webfinger="alice@h.example""#,
            r#"Dialback  , webfinger=alice@h.example, token=tok, realm="x, y""#,
        ] {
            assert_eq!(DialbackHeader::parse(text), Ok(alice.clone()), "{text}");
        }
        let host = claim(Claimed::Host("h.example".into()));
        assert_eq!(DialbackHeader::parse(&host.to_string()), Ok(host));
    }

    #[test]
    fn a_bad_header_is_refused_with_its_reason() {
        let long = format!(r#"Dialback host="h", token="{}""#, "x".repeat(600));
        for (text, reason) in [
            ("", BadDialback::Scheme),
            ("OAuth token=x", BadDialback::Scheme),
            ("Dialback", BadDialback::Token),
            (r#"Dialback host="h""#, BadDialback::Token),
            (r#"Dialback host="h", token="""#, BadDialback::Token),
            (r#"Dialback host="h", token="x"#, BadDialback::Token),
            ("Dialback token=x", BadDialback::Identity),
            (
                r#"Dialback host="h", webfinger="a@h", token="x""#,
                BadDialback::Ambiguous,
            ),
            ("Dialback host=a, host=b, token=x", BadDialback::Ambiguous),
            (&long, BadDialback::TooLong),
        ] {
            assert_eq!(DialbackHeader::parse(text), Err(reason), "{text}");
        }
    }

    #[test]
    fn a_date_is_good_for_five_minutes_either_way() {
        let now = DateTime::from_timestamp(1_795_306_075, 0).unwrap();
        assert_eq!(format_date(now), "Sun, 22 Nov 2026 00:07:55 GMT");
        assert_eq!(parse_date(&format_date(now)), Some(now));
        for (seconds, good) in [
            (0, true),
            (300, true),
            (-300, true),
            (301, false),
            (-301, false),
        ] {
            let date = now + TimeDelta::seconds(seconds);
            assert_eq!(is_current(date, now), good, "{seconds}");
        }
        for bad in ["", "yesterday", "2026-11-22T00:07:55Z"] {
            assert_eq!(parse_date(bad), None, "{bad}");
        }
    }
}
