//! The name of an account on this server.

use std::fmt;

use super::group_name::uuid_of_group;

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

/// Names of roles that people take for those who run a server (RFC 2142 and custom), in lower case.
const ROLES: &[&str] = &[
    "abuse",
    "admin",
    "administrator",
    "hostmaster",
    "moderator",
    "postmaster",
    "root",
    "security",
    "support",
    "sysadmin",
    "webmaster",
];

/// Words that were reserved when accounts could have them already: new accounts can't.
const RESERVED_FOR_NEW: &[&str] = &["tag"];

/// A nickname: 1 to 64 of `A-Z a-z 0-9 . _ -`, and not a reserved word. Case matters:
/// `alice` and `Alice` are two. New accounts are not given names that differ in case only, but old
/// ones may have them.
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

    /// Whether it differs from a reserved word in case only, or is one that was reserved later, or
    /// the name of a group. Accounts may have such a name from when that was allowed.
    pub(crate) fn is_reserved(&self) -> bool {
        let word = &&*self.0.to_ascii_lowercase();
        RESERVED.contains(word) || RESERVED_FOR_NEW.contains(word) || uuid_of_group(word).is_some()
    }

    /// Whether it is the name of a role, which the operator alone gives.
    pub(crate) fn is_role(&self) -> bool {
        ROLES.contains(&&*self.0.to_ascii_lowercase())
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
    fn reserved_words_and_roles_are_known_in_any_case() {
        let name = |text| Nickname::parse(text).unwrap();
        for reserved in [
            "API",
            "Main",
            "OAuth",
            "Readyz",
            "Favicon.ICO",
            "tag",
            "Tag",
            "Group_0192f48f7ca873d99172fff7f97ab50a",
        ] {
            assert!(name(reserved).is_reserved(), "{reserved}");
        }
        assert!(name("admin").is_role() && name("PostMaster").is_role());
        assert!(!name("Alice").is_reserved() && !name("administratrix").is_role());
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
