//! Bytes to model and back. Pure.

pub mod oauth1;
