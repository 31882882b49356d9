//! Polls, which AS1 does not know: the property `poll` of a thing, and text for other clients.

use chrono::{DateTime, Utc};
use serde_json::{Map, Value, json};

use crate::protocol::html::escape;

/// Name of the property.
const POLL: &str = "poll";

/// Maximum choices that are read of one poll, and characters of each.
pub(crate) const MAX_CHOICES: usize = 50;
pub(crate) const MAX_CHOICE_CHARS: usize = 250;

/// A choice of a poll.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Choice {
    /// The choice, as text.
    pub(crate) name: String,
    /// How many voted for it, if that is known.
    pub(crate) votes: Option<u64>,
}

/// A poll.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Poll {
    pub(crate) choices: Vec<Choice>,
    /// Whether a person may vote for several choices.
    pub(crate) is_multiple: bool,
    /// When it ends, as its server says that.
    pub(crate) end: Option<String>,
    /// Whether its server says that it is over.
    pub(crate) is_closed: bool,
    /// How many persons voted, if that is known.
    pub(crate) voters: Option<u64>,
}

impl Poll {
    /// Reads the poll of a thing.
    pub(crate) fn of(thing: &Map<String, Value>) -> Option<Self> {
        let poll = thing.get(POLL)?.as_object()?;
        let choices = poll.get("options")?.as_array()?.iter();
        let choices = choices.filter_map(|choice| {
            Some(Choice {
                name: choice.get("displayName")?.as_str()?.to_owned(),
                votes: choice.get("votes").and_then(Value::as_u64),
            })
        });
        let choices: Vec<Choice> = choices.take(MAX_CHOICES).collect();
        let is = |key: &str| poll.get(key) == Some(&Value::Bool(true));
        let end = poll.get("endTime").and_then(Value::as_str);
        (!choices.is_empty()).then(|| Self {
            choices,
            is_multiple: is("multiple"),
            end: end.map(str::to_owned),
            is_closed: is("closed"),
            voters: poll.get("voters").and_then(Value::as_u64),
        })
    }

    /// Writes it into a thing.
    pub(crate) fn write(&self, thing: &mut Map<String, Value>) {
        let choices = self.choices.iter().map(|choice| {
            let mut option = json!({ "displayName": choice.name });
            if let Some(votes) = choice.votes {
                option["votes"] = votes.into();
            }
            option
        });
        let choices: Value = choices.collect();
        let mut poll = json!({ "options": choices, "multiple": self.is_multiple });
        if let Some(end) = &self.end {
            poll["endTime"] = end.clone().into();
        }
        if self.is_closed {
            poll["closed"] = true.into();
        }
        if let Some(voters) = self.voters {
            poll["voters"] = voters.into();
        }
        thing.insert(POLL.into(), poll);
    }

    /// Returns whether nobody may vote any more.
    pub(crate) fn is_over(&self, now: DateTime<Utc>) -> bool {
        let end = self.end.as_deref().map(DateTime::parse_from_rfc3339);
        self.is_closed || end.is_some_and(|end| end.is_ok_and(|end| end <= now))
    }

    /// Returns whether it asks the same as another one.
    pub(crate) fn asks_same(&self, other: &Self) -> bool {
        let names = |poll: &Self| {
            let names = poll.choices.iter().map(|choice| choice.name.clone());
            names.collect::<Vec<_>>()
        };
        self.is_multiple == other.is_multiple && names(self) == names(other)
    }

    /// Counts a vote where votes are known, and the voter if they are new.
    pub(crate) fn count(&mut self, choice: &str, is_new_voter: bool) {
        let mut choices = self.choices.iter_mut();
        let chosen = choices.find(|known| known.name == choice);
        let of_choice = chosen.and_then(|chosen| chosen.votes.as_mut());
        let of_all = self.voters.as_mut().filter(|_| is_new_voter);
        for count in of_choice.into_iter().chain(of_all) {
            *count = count.saturating_add(1);
        }
    }

    /// Returns it as HTML, for clients that know no polls.
    pub(crate) fn to_html(&self) -> String {
        let mut html = String::from("<ul>");
        for choice in &self.choices {
            html.extend(["<li>", &escape(&choice.name)]);
            if let Some(votes) = choice.votes {
                html.extend([" (", &votes.to_string(), ")"]);
            }
            html.push_str("</li>");
        }
        html.push_str("</ul>");
        match &self.end {
            Some(end) => html.extend(["<p>Poll ends: ", &escape(end), "</p>"]),
            None if self.is_closed => html.push_str("<p>The poll is over.</p>"),
            None => {}
        }
        html
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn poll(more: &Value) -> Poll {
        let mut poll = json!({ "options": [
            { "displayName": "Tea & <milk>", "votes": 2 }, { "displayName": "None" },
            { "votes": 1 },
        ], "voters": 2 });
        let more = more.as_object().cloned().unwrap();
        poll.as_object_mut().unwrap().extend(more);
        let thing = json!({ "poll": poll });
        Poll::of(thing.as_object().unwrap()).unwrap()
    }

    #[test]
    fn poll_is_read_as_it_was_written() {
        let read =
            poll(&json!({ "multiple": true, "closed": true, "endTime": "2027-01-15T08:00:00Z" }));
        let mut thing = Map::new();
        read.write(&mut thing);
        assert_eq!(Poll::of(&thing), Some(read));
        for odd in [
            json!({}),
            json!({ "poll": 5 }),
            json!({ "poll": { "options": [5] } }),
        ] {
            assert_eq!(Poll::of(odd.as_object().unwrap()), None, "{odd}");
        }
    }

    #[test]
    fn poll_is_over_at_its_end() {
        let now = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        for (more, is_over) in [
            (json!({}), false),
            (json!({ "closed": true }), true),
            (json!({ "endTime": "2027-01-15T08:00:00Z" }), true),
            (json!({ "endTime": "2027-01-15T08:00:01Z" }), false),
            (json!({ "endTime": "soon" }), false),
        ] {
            assert_eq!(poll(&more).is_over(now), is_over, "{more}");
        }
    }

    #[test]
    fn only_known_votes_are_counted() {
        let mut poll = poll(&json!({}));
        poll.count("Tea & <milk>", true);
        poll.count("None", false);
        poll.count("unknown", false);
        let votes: Vec<_> = poll.choices.iter().map(|choice| choice.votes).collect();
        assert_eq!((votes, poll.voters), (vec![Some(3), None], Some(3)));
        assert_eq!(
            poll.to_html(),
            "<ul><li>Tea &amp; &lt;milk&gt; (3)</li><li>None</li></ul>"
        );
    }
}
