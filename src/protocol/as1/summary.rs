//! The English sentence that says what an activity was (pump-api 7.6).

use std::borrow::Cow;

use serde_json::{Map, Value};

use super::verbs::is_known_verb;
use crate::{
    model::{is_blank, is_invisible},
    protocol::{html::escape, quoted},
};

/// Past tenses that don't follow the rule.
const IRREGULAR_PAST_TENSES: &[(&str, &str)] = &[
    ("at", "was at"),
    ("build", "built"),
    ("checkin", "checked into"),
    ("find", "found"),
    ("give", "gave"),
    ("leave", "left"),
    ("lose", "lost"),
    ("make-friend", "made a friend of"),
    ("play", "played"),
    ("read", "read"),
    ("remove-friend", "removed as a friend"),
    ("rsvp-maybe", "may attend"),
    ("rsvp-no", "will not attend"),
    ("rsvp-yes", "will attend"),
    ("sell", "sold"),
    ("send", "sent"),
    ("stop-following", "stopped following"),
    ("submit", "submitted"),
    ("tag", "tagged"),
    ("vote", "voted in"),
    ("win", "won"),
];

/// The most characters of a name in a sentence, and the most bytes of an address: what is told of a
/// thing stands in everything that is done to it.
const MAX_NAME_CHARS: usize = 100;
const MAX_URL_BYTES: usize = 500;

/// The most characters of a verb or a type in a sentence.
const MAX_WORD_CHARS: usize = 30;

/// The most hyphens of a word, of which `flag-as-inappropriate` has two. More make a sentence.
const MAX_HYPHENS: usize = 2;

/// `ACTOR VERBED OBJECT[ in reply to PARENT]`, as HTML with links. Verbs and types that are no
/// plain words are left out: the sentence is the server's.
pub(crate) fn summary_sentence(
    actor: &Map<String, Value>,
    verb: &str,
    object: Option<&Map<String, Value>>,
    parent: Option<&Map<String, Value>>,
) -> String {
    put_together(name, actor, verb, object, parent)
}

/// The sentence, in HTML, of a like that is an emoji.
pub(crate) fn reaction_sentence(
    actor: &Map<String, Value>,
    reaction: &str,
    object: Option<&Map<String, Value>>,
) -> String {
    let object = object.map_or_else(|| "something".into(), name);
    format!(
        "{} reacted with {} to {object}",
        name(actor),
        escape(reaction)
    )
}

/// The same as text in the voice of the server: names stand in [quotation marks](quoted); unknown
/// verbs, and types that are no plain words, are left out.
pub(crate) fn plain_sentence(
    actor: &Map<String, Value>,
    verb: &str,
    object: Option<&Map<String, Value>>,
    parent: Option<&Map<String, Value>>,
) -> String {
    let verb = if is_known_verb(verb) { verb } else { "" };
    put_together(plain_name, actor, verb, object, parent)
}

fn put_together(
    name: impl Fn(&Map<String, Value>) -> String,
    actor: &Map<String, Value>,
    verb: &str,
    object: Option<&Map<String, Value>>,
    parent: Option<&Map<String, Value>>,
) -> String {
    let did = match object {
        _ if is_word(verb) => past_tense_of(verb),
        Some(_) => "did something to".into(),
        None => "did something".into(),
    };
    let mut sentence = format!("{} {did}", name(actor));
    if let Some(object) = object {
        sentence.push(' ');
        sentence.push_str(&name(object));
    }
    if let Some(parent) = parent {
        sentence.push_str(" in reply to ");
        sentence.push_str(&name(parent));
    }
    sentence
}

/// Returns the placeholder for an unreadable object in a sentence: its type only.
pub(crate) fn placeholder(object_type: &str) -> Map<String, Value> {
    Map::from_iter([("objectType".to_owned(), object_type.into())])
}

fn text<'a>(thing: &'a Map<String, Value>, key: &str) -> Option<&'a str> {
    let text = thing.get(key).and_then(Value::as_str);
    text.filter(|text| !text.is_empty())
}

fn plain_name(thing: &Map<String, Value>) -> String {
    quoted_name(thing).unwrap_or_else(|| one_of(thing))
}

/// Returns the name of a thing in [quotation marks](quoted), if it has one.
pub(crate) fn quoted_name(thing: &Map<String, Value>) -> Option<String> {
    ["displayName", "preferredUsername"]
        .into_iter()
        .find_map(|key| text(thing, key).and_then(quoted))
}

/// A thing by its type, if that is a plain word.
fn one_of(thing: &Map<String, Value>) -> String {
    match text(thing, "objectType").filter(|kind| is_word(kind)) {
        Some(kind) if kind.starts_with(['a', 'e', 'i', 'o', 'u']) => format!("an {kind}"),
        Some(kind) => format!("a {kind}"),
        None => "an object".into(),
    }
}

fn is_word(text: &str) -> bool {
    let letters = text.bytes().all(|b| b.is_ascii_alphabetic() || b == b'-');
    let hyphens = text.bytes().filter(|b| *b == b'-').count();
    letters && hyphens <= MAX_HYPHENS && (1..=MAX_WORD_CHARS).contains(&text.len())
}

fn name(thing: &Map<String, Value>) -> String {
    let text = |key| text(thing, key);
    let name = match text("displayName").filter(|name| !is_blank(name)) {
        Some(name) => escape(&shortened(&one_line(name))),
        None => one_of(thing),
    };
    // Only a link that can't run or break out of its attribute.
    let safe = |url: &&str| url.starts_with("http") && !url.contains(['\'', '<', '>', '&']);
    match text("url").filter(|url| url.len() <= MAX_URL_BYTES && safe(url)) {
        Some(url) => format!("<a href='{url}'>{name}</a>"),
        None => name,
    }
}

/// A name as one line, without what turns the direction of the rest. Joiners stay, by which letters
/// and pictures are put together.
pub(crate) fn one_line(name: &str) -> String {
    let is_joiner = |c| matches!(c, '\u{200c}' | '\u{200d}' | '\u{fe0f}');
    let visible = name.chars().filter(|&c| !is_invisible(c) || is_joiner(c));
    let visible = visible.map(|c| if c.is_control() { ' ' } else { c });
    let visible: String = visible.collect();
    visible.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn shortened(name: &str) -> Cow<'_, str> {
    match name.char_indices().nth(MAX_NAME_CHARS) {
        Some((end, _)) => format!("{}…", &name[..end]).into(),
        None => name.into(),
    }
}

fn past_tense_of(verb: &str) -> String {
    if let Some((_, past)) = IRREGULAR_PAST_TENSES
        .iter()
        .find(|(known, _)| *known == verb)
    {
        return (*past).into();
    }
    match verb.strip_suffix('y') {
        Some(stem) => format!("{stem}ied"),
        None if verb.ends_with('e') => format!("{verb}d"),
        None => format!("{verb}ed"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn object(value: &Value) -> Map<String, Value> {
        value.as_object().cloned().unwrap()
    }

    #[test]
    fn a_posted_note_reads_as_on_the_reference_server() {
        let actor = object(
            &json!({"objectType": "person", "displayName": "alice", "url": "http://h/alice"}),
        );
        let note = object(&json!({"objectType": "note", "url": "http://h/alice/note/x"}));
        assert_eq!(
            summary_sentence(&actor, "post", Some(&note), None),
            "<a href='http://h/alice'>alice</a> posted <a href='http://h/alice/note/x'>a note</a>"
        );
        assert_eq!(
            summary_sentence(
                &actor,
                "post",
                Some(&object(&json!({"objectType": "comment"}))),
                Some(&note)
            ),
            "<a href='http://h/alice'>alice</a> posted a comment in reply to \
             <a href='http://h/alice/note/x'>a note</a>"
        );
    }

    #[test]
    fn verbs_take_their_past_tense() {
        for (verb, past_tense) in [
            ("share", "shared"),
            ("stop-following", "stopped following"),
            ("add", "added"),
            ("deny", "denied"),
            ("unfavorite", "unfavorited"),
            ("follow", "followed"),
        ] {
            assert_eq!(past_tense_of(verb), past_tense);
        }
    }

    #[test]
    fn a_plain_sentence_has_strangers_words_in_quotation_marks_only() {
        let actor =
            object(&json!({"objectType": "person", "displayName": "Al\r\nhttp://x.example"}));
        let note = object(&json!({"objectType": "note", "url": "http://h/alice/note/x"}));
        let odd =
            object(&json!({"objectType": "your bill at x.example", "displayName": "\u{200b}"}));
        let nameless = object(&json!({"objectType": "person", "preferredUsername": "bob"}));
        for (told, wanted) in [
            (
                plain_sentence(&actor, "post", Some(&note), Some(&odd)),
                "“Al http x. example” posted a note in reply to an object",
            ),
            (
                plain_sentence(&nameless, "visit http://x.example", Some(&note), None),
                "“bob” did something to a note",
            ),
            (
                plain_sentence(&nameless, "hack-your-account-password", Some(&note), None),
                "“bob” did something to a note",
            ),
        ] {
            assert_eq!(told, wanted);
        }
    }

    #[test]
    fn only_words_of_strangers_stand_in_a_sentence() {
        let actor =
            object(&json!({"objectType": "person", "displayName": "Al\r\n\u{202e}\u{2028} Lee"}));
        let odd = object(&json!({"objectType": "bill to pay at http://evil.example"}));
        let blank = object(&json!({"objectType": "note", "displayName": "\u{200b}"}));
        for (verb, thing, told) in [
            (
                "sign in at http://evil.example",
                Some(&odd),
                "Al Lee did something to an object",
            ),
            ("http://evil.example/verb", None, "Al Lee did something"),
            (
                "make-friend",
                Some(&blank),
                "Al Lee made a friend of a note",
            ),
        ] {
            assert_eq!(summary_sentence(&actor, verb, thing, None), told);
        }
    }

    #[test]
    fn names_and_links_can_not_bring_markup() {
        let evil = object(
            &json!({"objectType": "person", "displayName": "<i>/x", "url": "http://h/'onclick='x"}),
        );
        assert_eq!(
            summary_sentence(&evil, "<b", None, None),
            "&lt;i&gt;&#x2F;x did something"
        );
    }
}
