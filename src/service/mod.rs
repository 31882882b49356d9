//! Use cases: who may do what, and what follows from it.

#![cfg_attr(
    not(feature = "web"),
    allow(dead_code, reason = "partly for the router only")
)]

mod access;
pub mod accounts;
pub mod activity;
pub mod applications;
pub(crate) mod authenticate;
pub mod background;
mod batches;
pub(crate) mod cleanup;
pub(crate) mod clients;
#[cfg(feature = "web")]
pub(crate) mod collections;
pub(crate) mod delivery;
#[cfg(feature = "web")]
pub(crate) mod discovery;
mod error;
pub mod federation;
#[cfg(feature = "web")]
pub(crate) mod feeds;
pub(crate) mod generators;
#[cfg(feature = "web")]
pub(crate) mod groups;
#[cfg(feature = "web")]
pub(crate) mod live;
pub(crate) mod lookup;
pub(crate) mod mail;
pub mod media;
#[cfg(feature = "web")]
pub(crate) mod metrics;
#[cfg(feature = "web")]
pub(crate) mod notifications;
pub(crate) mod oauth;
#[cfg(feature = "web")]
pub(crate) mod oauth2;
pub(crate) mod objects;
mod pace;
pub(crate) mod passwords;
#[cfg(feature = "web")]
pub(crate) mod people;
pub(crate) mod present;
pub mod provision;
pub(crate) mod proxy;
mod proxy_urls;
pub mod queue;
mod remote;
mod retry;
#[cfg(feature = "web")]
pub(crate) mod timelines;
mod tombstone;

#[cfg(feature = "web")]
pub(crate) use error::DISK_FULL;
pub use error::{Error, ErrorKind, Result};
