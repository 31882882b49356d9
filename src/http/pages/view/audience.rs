//! For whom a post is.

use super::Thing;
use crate::{app::texts::Language, model::PUBLIC};

/// Most names of a label.
const MAX_NAMES: usize = 3;

/// Returns for whom a post is, as its JSON says it to the reader; `None` if it says nothing.
pub(in crate::http::pages) fn audience(post: Thing<'_>, t: &Language) -> Option<String> {
    let mut addressed = post.list("to");
    addressed.extend(post.list("cc"));
    if addressed.iter().any(|one| one.id() == PUBLIC) {
        return Some(t.say("audience-public").into_owned());
    }
    let mut names: Vec<String> = Vec::new();
    for one in addressed {
        let name = name(one, t);
        if !names.contains(&name) {
            names.push(name);
        }
    }
    let more = names.len().saturating_sub(MAX_NAMES);
    names.truncate(MAX_NAMES);
    let mut label = names.join(", ");
    if more > 0 {
        label = format!("{label} +{more}");
    }
    Some(label).filter(|label| !label.is_empty())
}

fn name(addressee: Thing<'_>, t: &Language) -> String {
    let is_followers = addressee.id().ends_with("/followers");
    match addressee.kind() {
        "collection" if is_followers => t.say("audience-followers").into_owned(),
        "person" => addressee.name(),
        kind => {
            let unnamed = match kind {
                "collection" => "a-list",
                "group" => "a-group",
                _ => "something",
            };
            let title = Some(addressee.title()).filter(|title| !title.is_empty());
            title.unwrap_or_else(|| t.say(unnamed).into_owned())
        }
    }
}
