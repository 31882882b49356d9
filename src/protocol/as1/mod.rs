//! ActivityStreams 1 as clients write it, made fit to store (pump-api 7 and 9.7).

mod blank;
mod bounds;
mod clean;
mod media;
mod sentence;

pub use bounds::{
    MAX_DEPTH, MAX_ID_BYTES, MAX_NAME_BYTES, MAX_PARTS, MAX_PROPERTIES, MAX_TYPE_BYTES,
    is_flat_enough,
};
pub use clean::{
    Malformed, clean_activity, clean_members, clean_object, disarm, merge, references,
};
pub use media::{Medium, media};
pub use sentence::{kind, plain_sentence, sentence};
