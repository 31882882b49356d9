//! Polls, which AS1 does not know: their choices become text.

use serde_json::{Map, Value};

use crate::protocol::{
    as2::values::{entries, natural},
    html::{escape, plain},
};

/// Maximum choices that are shown.
const MAX_CHOICES: usize = 50;

/// Returns the choices of a poll as HTML, with their votes as far as they are known.
pub(super) fn choices(question: &Map<String, Value>) -> String {
    let choices = entries(question, "oneOf").iter();
    let choices = choices.chain(entries(question, "anyOf")).take(MAX_CHOICES);
    let mut html = String::new();
    for choice in choices.filter_map(Value::as_object) {
        let name = escape(&plain(natural(choice, "name").unwrap_or_default()));
        let votes = choice
            .get("replies")
            .and_then(|replies| replies.get("totalItems"));
        html.push_str("<li>");
        html.push_str(&name);
        if let Some(votes) = votes.and_then(Value::as_u64) {
            html.extend([" (", &votes.to_string(), ")"]);
        }
        html.push_str("</li>");
    }
    if html.is_empty() {
        return html;
    }
    let end = ["closed", "endTime"]
        .iter()
        .find_map(|key| question.get(*key).and_then(Value::as_str));
    let end = end.map(|end| format!("<p>Poll ends: {}</p>", escape(end)));
    format!("<ul>{html}</ul>{}", end.unwrap_or_default())
}
