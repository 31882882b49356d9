//! The English sentence that says what an activity was (pump-api 7.6).

use std::borrow::Cow;

use serde_json::{Map, Value};

use crate::protocol::html::escape;

/// Past tenses that don't follow the rule.
const IRREGULAR: &[(&str, &str)] = &[
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
    ("win", "won"),
];

/// The most characters of a name in a sentence, and the most bytes of an address: what is told of a thing
/// stands in everything that is done to it.
const LONGEST_NAME: usize = 100;
const LONGEST_URL: usize = 500;

/// `ACTOR VERBED OBJECT[ in reply to PARENT]`, as HTML with links.
pub fn sentence(
    actor: &Map<String, Value>,
    verb: &str,
    object: Option<&Map<String, Value>>,
    parent: Option<&Map<String, Value>>,
) -> String {
    let mut sentence = format!("{} {}", name(actor), escape(&past(verb)));
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

/// What of a thing stands in a sentence for those who may not read it: what kind of thing it is.
pub fn kind(object_type: &str) -> Map<String, Value> {
    Map::from_iter([("objectType".to_owned(), object_type.into())])
}

fn name(thing: &Map<String, Value>) -> String {
    let text = |key| {
        thing
            .get(key)
            .and_then(Value::as_str)
            .filter(|text| !text.is_empty())
    };
    let name = match (text("displayName"), text("objectType")) {
        (Some(name), _) => escape(&shortened(name)),
        (None, Some(kind)) if kind.starts_with(['a', 'e', 'i', 'o', 'u']) => {
            format!("an {}", escape(&shortened(kind)))
        }
        (None, Some(kind)) => format!("a {}", escape(&shortened(kind))),
        (None, None) => "an object".into(),
    };
    // Only a link that can't run or break out of its attribute.
    let safe = |url: &&str| url.starts_with("http") && !url.contains(['\'', '<', '>', '&']);
    match text("url").filter(|url| url.len() <= LONGEST_URL && safe(url)) {
        Some(url) => format!("<a href='{url}'>{name}</a>"),
        None => name,
    }
}

fn shortened(name: &str) -> Cow<'_, str> {
    match name.char_indices().nth(LONGEST_NAME) {
        Some((end, _)) => format!("{}…", &name[..end]).into(),
        None => name.into(),
    }
}

fn past(verb: &str) -> String {
    if let Some((_, past)) = IRREGULAR.iter().find(|(known, _)| *known == verb) {
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
            sentence(&actor, "post", Some(&note), None),
            "<a href='http://h/alice'>alice</a> posted <a href='http://h/alice/note/x'>a note</a>"
        );
        assert_eq!(
            sentence(
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
            assert_eq!(past(verb), past_tense);
        }
    }

    #[test]
    fn names_and_links_can_not_bring_markup() {
        let evil = object(
            &json!({"objectType": "person", "displayName": "<i>/x", "url": "http://h/'onclick='x"}),
        );
        assert_eq!(
            sentence(&evil, "<b", None, None),
            "&lt;i&gt;&#x2F;x &lt;bed"
        );
    }
}
