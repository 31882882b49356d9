//! Polls, as far as a page shows more of them than is stored.

use crate::{
    model::{Object, Stream},
    protocol::as1::Poll,
};

/// The poll of a thing; others need not be taken apart.
pub(super) fn poll_of(object: &Object) -> Option<Poll> {
    let has_poll = object.body.raw_member("poll").is_some();
    has_poll.then(|| Poll::of(&object.body)).flatten()
}

/// The choices of a poll, each with those who voted for it.
pub(super) fn choosers(object: &Object) -> Vec<(String, Stream)> {
    let choices = poll_of(object).into_iter().flat_map(|poll| poll.choices);
    let choosers = choices.map(|choice| {
        let stream = Stream::VotersFor {
            poll: object.id.clone(),
            choice: choice.name.clone(),
        };
        (choice.name, stream)
    });
    choosers.collect()
}
