//! The name of an account on this server.

use std::fmt;

/// Names that would shadow a route of the server or a well-known file.
const RESERVED: &[&str] = &[
    ".",
    "..",
    ".well-known",
    "api",
    "contribute.json",
    "favicon.ico",
    "fonts",
    "humans.txt",
    "images",
    "javascript",
    "livez",
    "main",
    "oauth",
    "oauth2",
    "public",
    "readyz",
    "robots.txt",
    "shared",
    "sitemap.xml",
    "static",
    "stylesheet",
    "stylesheets",
    "template",
    "uploads",
];

/// A nickname: 1 to 64 of `A-Z a-z 0-9 . _ -`, and not a reserved word. Case matters
/// (pump-api: `alice` and `Alice` are two accounts).
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Nickname(String);

/// Why a string is no nickname.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("Bad nickname: '{0}'")]
pub struct BadNickname(pub String);

impl Nickname {
    /// Parses a nickname, refusing what [`Nickname`] says it can't be.
    pub fn parse(text: &str) -> Result<Self, BadNickname> {
        let fits = (1..=64).contains(&text.len())
            && text
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b))
            && !RESERVED.contains(&text);
        if fits {
            Ok(Self(text.into()))
        } else {
            Err(BadNickname(text.into()))
        }
    }

    /// The nickname as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Nickname {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_digits_dot_dash_and_underscore_make_a_nickname() {
        for good in ["a", "Alice", "a.b_c-9", &"x".repeat(64)] {
            assert_eq!(Nickname::parse(good).unwrap().as_str(), good);
        }
    }

    #[test]
    fn reserved_long_empty_and_odd_names_are_refused() {
        for bad in [
            "",
            "api",
            "oauth",
            "main",
            "..",
            "a b",
            "é",
            "a/b",
            &"x".repeat(65),
        ] {
            assert_eq!(Nickname::parse(bad), Err(BadNickname(bad.into())));
        }
    }
}
