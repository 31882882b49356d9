//! Use cases: who may do what, and what follows from it.

pub mod accounts;
pub mod activity;
pub mod authenticate;
pub mod clients;
pub mod collections;
pub mod discovery;
mod error;
pub(crate) mod generators;
pub mod mail;
pub mod media;
pub mod oauth;
pub mod objects;
pub mod passwords;
pub mod people;
pub mod present;
pub mod provision;
pub mod queue;
pub mod timelines;

pub use error::{Error, ErrorKind, Result};
