//! Polls.

use serde_json::{Map, Value};

use crate::protocol::{
    as1::{Choice, MAX_CHOICE_CHARS, MAX_CHOICES, Poll},
    as2::values::{entries, natural, type_of},
};

/// Reads the poll that a thing is; `None` without a choice. A vote repeats the name of a choice, so
/// it stays as it is: it is text.
pub(super) fn poll(question: &Map<String, Value>) -> Option<Poll> {
    if type_of(question) != "Question" {
        return None;
    }
    let is_multiple = entries(question, "oneOf").is_empty();
    let key = if is_multiple { "anyOf" } else { "oneOf" };
    let mut choices: Vec<Choice> = Vec::new();
    for choice in entries(question, key).iter().take(MAX_CHOICES) {
        let choice = choice.as_object();
        let name = choice.and_then(|choice| natural(choice, "name"));
        let name = name.filter(|name| name.chars().count() <= MAX_CHOICE_CHARS);
        let is_new = |name: &&str| choices.iter().all(|known| known.name != **name);
        if let Some(name) = name.filter(is_new) {
            let replies = choice.and_then(|choice| choice.get("replies"));
            let votes = replies.and_then(|replies| replies.get("totalItems"));
            choices.push(Choice {
                name: name.to_owned(),
                votes: votes.and_then(Value::as_u64),
            });
        }
    }
    let end = ["closed", "endTime"]
        .iter()
        .find_map(|key| question.get(*key).and_then(Value::as_str));
    (!choices.is_empty()).then(|| Poll {
        choices,
        is_multiple,
        end: end.map(str::to_owned),
        is_closed: question.get("closed") == Some(&Value::Bool(true)),
        voters: question.get("votersCount").and_then(Value::as_u64),
    })
}
