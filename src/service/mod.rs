//! Use cases: who may do what, and what follows from it.

mod access;
pub mod accounts;
pub mod activity;
pub mod applications;
pub mod authenticate;
pub mod background;
mod batches;
pub mod cleanup;
pub mod clients;
pub mod collections;
pub mod delivery;
pub mod discovery;
mod error;
pub mod feeds;
pub(crate) mod generators;
pub mod groups;
pub mod live;
pub(crate) mod lookup;
pub mod mail;
pub mod media;
pub mod notifications;
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
mod tombstone;

#[cfg(feature = "web")]
pub(crate) use error::DISK_FULL;
pub use error::{Error, ErrorKind, Result};
