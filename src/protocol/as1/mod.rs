//! ActivityStreams 1 as clients write it, made fit to store (pump-api 7 and 9.7).

mod blank;
mod bounds;
mod media;
mod poll;
mod sanitize;
mod summary;
mod verbs;

pub(crate) use bounds::{
    MAX_DEPTH, MAX_ID_BYTES, MAX_NAME_BYTES, MAX_PARTS, MAX_PROPERTIES, MAX_TYPE_BYTES,
    is_flat_enough, not_in_the_future,
};
pub(crate) use media::{Medium, media};
pub(crate) use poll::{Choice, MAX_CHOICE_CHARS, MAX_CHOICES, Poll};
pub(crate) use sanitize::{
    disarm, drop_claims, merge, received_references, references, sanitize_activity,
    sanitize_members, sanitize_object, sanitize_received,
};
#[cfg(feature = "web")]
pub(crate) use summary::one_line;
pub(crate) use summary::{
    placeholder, plain_sentence, quoted_name, reaction_sentence, summary_sentence,
};

/// Error for client input of a shape that can't be stored. The text is for the client.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("{0}")]
pub(crate) struct Malformed(String);
