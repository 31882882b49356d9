//! Addresses that others wrote.

/// Schemes of links that run nothing where they are followed, and of names.
const SCHEMES: &[&str] = &[
    "http", "https", "acct", "bitcoin", "ftp", "gemini", "geo", "irc", "ircs", "magnet", "mailto",
    "sip", "tag", "tel", "urn", "xmpp",
];

/// Schemes of programs.
const SCRIPTS: &[&str] = &["javascript:", "vbscript:", "livescript:"];

/// Returns whether a text is an absolute address that does no harm where it is followed, or a name
/// (`acct:`, `urn:`, `tag:`). Such a text stays one attribute where a client writes it into HTML.
pub(crate) fn is_link(text: &str) -> bool {
    let is_odd = |c: char| c.is_control() || matches!(c, '<' | '>' | '"');
    let is_known = |scheme: &str| {
        let mut known = SCHEMES.iter();
        known.any(|known| known.eq_ignore_ascii_case(scheme))
    };
    text.split_once(':')
        .is_some_and(|(scheme, _)| is_known(scheme))
        && !text.contains(is_odd)
}

/// Returns whether a browser would take a text for a program, or for a document of its own.
pub(crate) fn is_script(text: &str) -> bool {
    // Browsers pass over what can't be seen.
    let seen = text
        .chars()
        .filter(|c| !c.is_control() && !c.is_whitespace())
        .map(|c| c.to_ascii_lowercase());
    let begins = |scheme: &str| seen.clone().take(scheme.len()).eq(scheme.chars());
    SCRIPTS.iter().any(|scheme| begins(scheme)) || begins("data:") && text.contains(',')
}
