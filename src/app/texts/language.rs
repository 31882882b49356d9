//! One language.

use std::{borrow::Cow, sync::Arc};

use fluent_bundle::{FluentArgs, FluentResource, FluentValue, concurrent::FluentBundle};
use unic_langid::LanguageIdentifier;

use super::{Phrase, subject_of_mails};
use crate::{model::NotificationKind, protocol::html::escape};

/// First of the characters that stand for HTML while a message is formatted: a private use area,
/// which no message and no argument has.
const FIRST_PLACEHOLDER: u32 = 0xF_0000;

/// Texts of one language.
pub(crate) struct Language {
    tag: String,
    bundle: FluentBundle<FluentResource>,
    /// Language of the messages that this one does not have.
    fallback: Option<Arc<Self>>,
}

impl Language {
    /// Reads catalogues, whose messages take the place of earlier ones. A broken message is left
    /// out, and logged.
    pub(super) fn read<'a>(
        tag: &str,
        catalogues: impl Iterator<Item = &'a str>,
        fallback: Option<Arc<Self>>,
    ) -> Self {
        let identifier: LanguageIdentifier = tag.parse().unwrap_or_default();
        let mut bundle = FluentBundle::new_concurrent(vec![identifier]);
        // Pages isolate names by elements.
        bundle.set_use_isolating(false);
        for catalogue in catalogues {
            let catalogue = match FluentResource::try_new(catalogue.to_owned()) {
                Ok(catalogue) => catalogue,
                Err((catalogue, errors)) => {
                    tracing::error!(tag, ?errors, "a catalogue of texts is broken");
                    catalogue
                }
            };
            bundle.add_resource_overriding(catalogue);
        }
        Self {
            tag: tag.to_owned(),
            bundle,
            fallback,
        }
    }

    /// Returns the language tag (RFC 5646).
    pub(crate) fn tag(&self) -> &str {
        &self.tag
    }

    /// Returns whether there is a message, in this language or the one that stands in for it.
    pub(crate) fn has(&self, key: &str) -> bool {
        let fallback = self.fallback.as_ref();
        self.bundle.has_message(key) || fallback.is_some_and(|fallback| fallback.has(key))
    }

    /// Returns a message; its key if there is none, which a test rules out.
    pub(crate) fn say<'a>(&'a self, key: &'a str) -> Cow<'a, str> {
        self.format(key, None)
    }

    /// Returns a message with one argument.
    pub(crate) fn with<'a>(&'a self, key: &'a str, name: &str, value: &str) -> Cow<'a, str> {
        let args = FluentArgs::from_iter([(name, FluentValue::from(value))]);
        self.format(key, Some(&args))
    }

    /// Returns a message with a number as `$count`.
    pub(crate) fn count<'a>(&'a self, key: &'a str, count: u64) -> Cow<'a, str> {
        let args = FluentArgs::from_iter([("count", FluentValue::from(count))]);
        self.format(key, Some(&args))
    }

    /// Returns a message with arguments.
    pub(crate) fn fill(&self, key: &str, arguments: &[(&str, &str)]) -> String {
        let args = arguments.iter();
        let args = args.map(|(name, value)| (*name, FluentValue::from(*value)));
        self.format(key, Some(&args.collect())).into_owned()
    }

    /// Returns a phrase in this language; `None` if another version of the program wrote it.
    pub(crate) fn phrase(&self, phrase: &Phrase) -> Option<String> {
        let arguments = phrase.arguments.iter();
        let arguments: Vec<(&str, &str)> = arguments
            .map(|(name, value)| (&**name, value.as_str()))
            .collect();
        self.has(&phrase.key)
            .then(|| self.fill(&phrase.key, &arguments))
    }

    /// Returns the subject matter of mails of some kinds, for use in a sentence.
    pub(crate) fn list_of_mails(&self, kinds: &[NotificationKind]) -> String {
        let items = kinds.iter().map(|kind| self.say(subject_of_mails(*kind)));
        let items: Vec<Cow<'_, str>> = items.collect();
        match items.split_last() {
            Some((last, [])) => last.clone().into_owned(),
            Some((last, others)) => {
                let others = others.join(", ");
                self.fill("list-and-last", &[("others", &others), ("last", last)])
            }
            None => String::new(),
        }
    }

    /// Returns a message as HTML, with arguments that are HTML.
    pub(crate) fn html(&self, key: &str, arguments: &[(&str, &str)]) -> String {
        let placeholders = (FIRST_PLACEHOLDER..).filter_map(char::from_u32);
        let placeholders: Vec<String> = placeholders
            .take(arguments.len())
            .map(String::from)
            .collect();
        let named = arguments.iter().zip(&placeholders);
        let args: FluentArgs<'_> = named
            .map(|((name, _), placeholder)| (*name, FluentValue::from(placeholder.as_str())))
            .collect();
        let escaped = escape(&self.format(key, Some(&args)));
        let filled = arguments.iter().zip(&placeholders);
        filled.fold(escaped, |html, ((_, value), placeholder)| {
            html.replace(placeholder, value)
        })
    }

    fn format<'a>(&'a self, key: &'a str, args: Option<&FluentArgs<'_>>) -> Cow<'a, str> {
        let message = self.bundle.get_message(key);
        let Some(pattern) = message.and_then(|message| message.value()) else {
            return match &self.fallback {
                Some(fallback) => fallback.format(key, args),
                None => key.into(),
            };
        };
        self.bundle.format_pattern(pattern, args, &mut Vec::new())
    }
}
