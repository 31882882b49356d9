//! Use cases: who may do what, and what follows from it.

pub mod authenticate;
pub mod clients;
mod error;
pub mod oauth;
pub mod passwords;

pub use error::{Error, ErrorKind, Result};
