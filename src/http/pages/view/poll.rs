//! Polls.

use serde_json::Value;

use super::{Moment, Thing};
use crate::{app::texts::Language, protocol::as1};

/// A choice of a poll.
pub(in crate::http::pages) struct PollChoice {
    pub(in crate::http::pages) name: String,
    /// How many voted for it, if that is known.
    pub(in crate::http::pages) votes: Option<u64>,
    /// How many that are of all who voted, in percent.
    pub(in crate::http::pages) percent: u64,
    /// Whether the reader voted for it.
    pub(in crate::http::pages) is_own: bool,
}

/// A poll as a reader sees it.
pub(in crate::http::pages) struct Poll {
    pub(in crate::http::pages) choices: Vec<PollChoice>,
    pub(in crate::http::pages) is_multiple: bool,
    pub(in crate::http::pages) is_over: bool,
    pub(in crate::http::pages) has_voted: bool,
    pub(in crate::http::pages) end: Option<Moment>,
    pub(in crate::http::pages) voters: Option<u64>,
}

impl Thing<'_> {
    /// Returns the poll that it is.
    pub(in crate::http::pages) fn poll(&self, t: &Language) -> Option<Poll> {
        let poll = as1::Poll::of(self.members()?)?;
        let shown = self.get("poll")?;
        let voted = shown.texts("voted");
        let total: u64 = poll.choices.iter().filter_map(|choice| choice.votes).sum();
        let all = poll.voters.unwrap_or(total).max(1);
        let choices = poll.choices.into_iter().map(|choice| PollChoice {
            percent: choice
                .votes
                .unwrap_or_default()
                .min(all)
                .saturating_mul(100)
                / all,
            is_own: voted.contains(&&*choice.name),
            votes: choice.votes,
            name: choice.name,
        });
        Some(Poll {
            choices: choices.collect(),
            is_multiple: poll.is_multiple,
            is_over: poll.is_closed,
            has_voted: !voted.is_empty(),
            end: poll.end.and_then(|end| Moment::parse(&end, t)),
            voters: poll.voters,
        })
    }

    fn texts(&self, name: &str) -> Vec<&str> {
        let texts = self
            .members()
            .and_then(|members| members.get(name)?.as_array());
        texts
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect()
    }
}
