//! Use cases: who may do what, and what follows from it.

pub mod authenticate;
mod error;
pub mod passwords;

pub use error::{Error, ErrorKind, Result};
