//! Use cases: who may do what, and what follows from it.

mod access;
pub mod accounts;
pub mod activity;
pub mod applications;
pub mod authenticate;
pub mod background;
pub mod cleanup;
pub mod clients;
pub mod collections;
pub mod delivery;
pub mod discovery;
mod error;
pub(crate) mod generators;
pub mod groups;
pub mod live;
pub mod mail;
pub mod media;
pub mod oauth;
pub mod oauth2;
pub mod objects;
mod pace;
pub mod passwords;
pub mod people;
pub mod present;
pub mod provision;
pub mod proxy;
pub mod queue;
mod retry;
pub mod timelines;

#[cfg(feature = "web")]
pub(crate) use error::DISK_FULL;
pub use error::{Error, ErrorKind, Result};
