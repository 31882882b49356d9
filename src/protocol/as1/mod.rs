//! ActivityStreams 1 as clients write it, made fit to store (pump-api 7 and 9.7).

mod clean;
mod media;
mod sentence;

pub use clean::{
    Malformed, clean_activity, clean_members, clean_object, disarm, merge, references,
};
pub use media::{Medium, media};
pub use sentence::{kind, sentence};
