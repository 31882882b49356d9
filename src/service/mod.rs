//! Use cases: who may do what, and what follows from it.

mod error;
pub mod media;

pub use error::{Error, ErrorKind, Result};
