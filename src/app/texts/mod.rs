//! Texts that people read, in their language: Fluent catalogues in `templates/text/`, and those of
//! the operator over them.

mod activities;
#[cfg(feature = "web")]
mod check;
mod language;
mod phrase;

use std::sync::{Arc, LazyLock};

use super::PageSettings;
pub(crate) use activities::{key_of_activity, key_of_type, subject_of_mails};
#[cfg(feature = "web")]
pub(crate) use check::{check, is_language};
pub(crate) use language::Language;
pub(crate) use phrase::Phrase;

/// Returns the tag of a language, and the text of its catalogues.
macro_rules! catalogue {
    ($tag:literal) => {
        (
            $tag,
            concat!(
                include_str!(concat!("../../../templates/text/", $tag, "/reading.ftl")),
                include_str!(concat!("../../../templates/text/", $tag, "/account.ftl")),
                include_str!(concat!("../../../templates/text/", $tag, "/people.ftl")),
                include_str!(concat!("../../../templates/text/", $tag, "/site.ftl")),
                include_str!(concat!("../../../templates/text/", $tag, "/staff.ftl")),
                include_str!(concat!("../../../templates/text/", $tag, "/failures.ftl")),
                include_str!(concat!("../../../templates/text/", $tag, "/mail.ftl")),
            ),
        )
    };
}

/// Languages of the program: tag, and text. The first has every message.
const CATALOGUES: [(&str, &str); 2] = [catalogue!("en"), catalogue!("de")];

/// All languages of the program. They are read once, and never change.
static BUILT_IN: LazyLock<Vec<Arc<Language>>> = LazyLock::new(|| read(&[]));

/// Messages of the operator in one language: its tag, and a catalogue.
pub(crate) type Messages = (String, String);

/// Languages that an application offers, its default first. There is at least one.
pub(crate) struct Texts(Vec<Arc<Language>>);

impl Texts {
    /// Returns the languages that the settings offer, with messages of the operator in place of
    /// those of the program.
    pub(crate) fn new(settings: &PageSettings, messages: &[Messages]) -> Self {
        let all = match messages {
            [] => BUILT_IN.clone(),
            messages => read(messages),
        };
        let is_offered = |language: &&Arc<Language>| {
            let tag = language.tag();
            let offered = &settings.languages;
            offered.is_empty() || tag == settings.language || offered.iter().any(|one| one == tag)
        };
        let mut offered: Vec<_> = all.iter().filter(is_offered).cloned().collect();
        offered.sort_by_key(|language| language.tag() != settings.language);
        Self(if offered.is_empty() { all } else { offered })
    }

    /// Returns all of them.
    pub(crate) fn languages(&self) -> &[Arc<Language>] {
        &self.0
    }

    /// Returns the language of those who want none of the others.
    pub(crate) fn default_language(&self) -> &Arc<Language> {
        &self.0[0]
    }

    /// Returns the language of a tag.
    pub(crate) fn find(&self, tag: &str) -> Option<Arc<Language>> {
        let found = self.0.iter().find(|language| language.tag() == tag);
        found.map(Arc::clone)
    }

    /// Returns the language that an `Accept-Language` header wants most (RFC 9110, 12.5.4), by its
    /// first subtag; the default if there is none of them.
    pub(crate) fn preferred(&self, accepted: &str) -> Arc<Language> {
        let mut best: Option<(f32, &Arc<Language>)> = None;
        for range in accepted.split(',') {
            let (tag, quality) = range.split_once(";q=").unwrap_or((range, "1"));
            let quality: f32 = quality.trim().parse().unwrap_or_default();
            let wanted = tag.trim().split('-').next().unwrap_or_default();
            let known = self.0.iter();
            let known = known.filter(|language| language.tag().eq_ignore_ascii_case(wanted));
            for language in known {
                if quality > best.map_or(0.0, |(most, _)| most) {
                    best = Some((quality, language));
                }
            }
        }
        Arc::clone(best.map_or(self.default_language(), |(_, language)| language))
    }
}

/// Reads the languages of the program, and those of the operator.
fn read(messages: &[Messages]) -> Vec<Arc<Language>> {
    let mut languages: Vec<Arc<Language>> = Vec::new();
    let built_in = CATALOGUES.iter().copied();
    let is_new = |tag: &str| built_in_catalogue(tag).is_none();
    let new = messages.iter().filter(|(tag, _)| is_new(tag));
    for (tag, catalogue) in built_in.chain(new.map(|(tag, _)| (tag.as_str(), ""))) {
        let own = messages.iter().filter(|(of, _)| of == tag);
        let catalogues = own.map(|(_, catalogue)| catalogue.as_str());
        let catalogues = [catalogue].into_iter().chain(catalogues);
        let language = Language::read(tag, catalogues, languages.first().cloned());
        languages.push(Arc::new(language));
    }
    languages
}

/// Returns the catalogue of a language of the program.
fn built_in_catalogue(tag: &str) -> Option<&'static str> {
    let found = CATALOGUES.iter().find(|(known, _)| *known == tag);
    found.map(|(_, catalogue)| *catalogue)
}

/// Returns English, as the program has it.
pub(crate) fn english() -> &'static Language {
    &BUILT_IN[0]
}

#[cfg(all(test, feature = "web"))]
mod tests {
    use std::collections::BTreeSet;

    use super::{check::entries, *};
    use crate::app::AppParts;

    fn texts(default: &str, offered: &[&str], messages: &[(&str, &str)]) -> Texts {
        let mut settings = AppParts::of_a_test("http://h.example").settings.pages;
        settings.language = default.into();
        settings.languages = offered.iter().map(ToString::to_string).collect();
        let messages = messages.iter();
        let messages = messages.map(|(tag, text)| ((*tag).to_owned(), (*text).to_owned()));
        Texts::new(&settings, &messages.collect::<Vec<_>>())
    }

    #[test]
    fn the_language_wanted_most_is_chosen() {
        for (accepted, chosen) in [
            ("", "en"),
            ("de", "de"),
            ("de-AT,de;q=0.9,en;q=0.5", "de"),
            ("en-GB, de;q=0.9", "en"),
            ("fr, DE;q=0.3", "de"),
            ("fr", "en"),
            ("de;q=0", "en"),
            ("de;q=x, en;q=0.1", "en"),
        ] {
            let texts = texts("en", &[], &[]);
            assert_eq!(texts.preferred(accepted).tag(), chosen, "{accepted}");
        }
        assert_eq!(texts("de", &[], &[]).preferred("fr").tag(), "de");
        assert_eq!(texts("de", &["de"], &[]).preferred("en").tag(), "de");
        assert_eq!(texts("en", &["xx"], &[]).languages().len(), 1);
    }

    #[test]
    fn messages_of_the_operator_come_first() {
        let texts = texts(
            "en",
            &[],
            &[
                ("de", "follow = Abonnieren"),
                ("fr", "language-name = Français\nfollow = Suivre"),
            ],
        );
        let say = |tag: &str, key| texts.find(tag).unwrap().say(key).into_owned();
        assert_eq!(say("de", "follow"), "Abonnieren");
        assert_eq!(say("de", "unfollow"), "Nicht mehr folgen");
        assert_eq!(say("en", "follow"), "Follow");
        assert_eq!(say("fr", "follow"), "Suivre");
        assert_eq!(say("fr", "unfollow"), "Unfollow");
    }

    #[test]
    fn every_language_has_the_same_messages() {
        let keys = |catalogue| {
            let keys = entries(catalogue).into_iter().map(|entry| entry.key);
            keys.collect::<BTreeSet<&str>>()
        };
        let [(_, english), others @ ..] = &CATALOGUES;
        for (tag, catalogue) in others {
            assert_eq!(keys(catalogue), keys(english), "{tag}");
        }
    }
}
