//! Activities that are sent to other hosts, as these see it.

mod outcomes;
mod peer;
