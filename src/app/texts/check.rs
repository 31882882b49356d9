//! Checks of catalogues that the operator wrote.

use std::collections::BTreeSet;

use fluent_bundle::FluentResource;
use unic_langid::LanguageIdentifier;

use super::{CATALOGUES, built_in_catalogue};

/// Message that each language of its own must have: its name.
const NAME: &str = "language-name";

/// A message of a catalogue.
pub(super) struct Entry<'a> {
    line: usize,
    pub(super) key: &'a str,
    variables: BTreeSet<&'a str>,
}

/// Returns whether a text is a language tag (RFC 5646).
pub(crate) fn is_language(tag: &str) -> bool {
    tag.parse::<LanguageIdentifier>().is_ok()
}

/// Checks messages in a language. The error is a line, and a sentence about it.
pub(crate) fn check(tag: &str, catalogue: &str) -> Result<(), (usize, String)> {
    if let Err((_, errors)) = FluentResource::try_new(catalogue.to_owned())
        && let Some(error) = errors.first()
    {
        let before = catalogue.get(..error.pos.start).unwrap_or_default();
        return Err((before.matches('\n').count() + 1, error.to_string()));
    }
    let (_, english) = CATALOGUES[0];
    let known = entries(english);
    let own = entries(catalogue);
    for entry in &own {
        let Some(known) = known.iter().find(|known| known.key == entry.key) else {
            let sentence = format!("there is no message \"{}\"", entry.key);
            return Err((entry.line, sentence));
        };
        if let Some(unknown) = entry.variables.difference(&known.variables).next() {
            let sentence = format!("\"{}\" is not given ${unknown}", entry.key);
            return Err((entry.line, sentence));
        }
    }
    let is_named = built_in_catalogue(tag).is_some() || own.iter().any(|entry| entry.key == NAME);
    if !is_named {
        return Err((1, format!("a new language needs its name, as \"{NAME}\"")));
    }
    Ok(())
}

/// Returns the messages of a catalogue.
pub(super) fn entries(catalogue: &str) -> Vec<Entry<'_>> {
    let mut entries: Vec<Entry<'_>> = Vec::new();
    for (number, line) in catalogue.lines().enumerate() {
        if line.starts_with(|c: char| c.is_ascii_alphabetic())
            && let Some((key, _)) = line.split_once('=')
        {
            entries.push(Entry {
                line: number + 1,
                key: key.trim(),
                variables: BTreeSet::new(),
            });
        }
        if let Some(entry) = entries.last_mut().filter(|_| !line.starts_with('#')) {
            entry.variables.extend(variables(line));
        }
    }
    entries
}

/// Returns the names after `$` in the placeables of a line.
fn variables(line: &str) -> impl Iterator<Item = &str> {
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    let placeables = line.split('{').skip(1);
    placeables.filter_map(move |text| {
        let text = text.trim_start().strip_prefix('$')?;
        Some(text.split(|c| !is_name(c)).next().unwrap_or_default())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mistakes_are_found_with_their_line() {
        for (tag, catalogue, found) in [
            ("de", "", None),
            ("de", "# Ours\n\nfollow = Abonnieren\n", None),
            ("en", "n-likes = { $count } hearts", None),
            ("fr", "language-name = Français", None),
            ("fr", "follow = Suivre", Some((1, "language-name"))),
            ("de", "follow = a\n\nfolow = b", Some((3, "\"folow\""))),
            ("de", "n-likes = { $cuont }", Some((1, "$cuont"))),
            ("de", "follow = a\nbroken {\n", Some((2, ""))),
            ("de", "follow = { $count", Some((1, ""))),
        ] {
            let error = check(tag, catalogue).err();
            let line = error.as_ref().map(|(line, _)| *line);
            assert_eq!(line, found.map(|(line, _)| line), "{catalogue}: {error:?}");
            if let (Some((_, sentence)), Some((_, part))) = (error, found) {
                assert!(sentence.contains(part), "{sentence}");
            }
        }
    }
}
