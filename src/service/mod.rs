//! Use cases: who may do what, and what follows from it.

mod access;
#[cfg_attr(
    not(feature = "web"),
    allow(dead_code, reason = "partly for the router only")
)]
pub mod accounts;
#[cfg_attr(
    not(feature = "web"),
    allow(dead_code, reason = "partly for the router only")
)]
pub mod activity;
#[cfg_attr(
    not(feature = "web"),
    allow(dead_code, reason = "partly for the router only")
)]
pub mod applications;
#[cfg_attr(
    not(feature = "web"),
    allow(dead_code, reason = "partly for the router only")
)]
pub(crate) mod authenticate;
pub mod background;
mod batches;
pub(crate) mod cleanup;
#[cfg_attr(
    not(feature = "web"),
    allow(dead_code, reason = "partly for the router only")
)]
pub(crate) mod clients;
#[cfg(feature = "web")]
pub(crate) mod collections;
pub(crate) mod delivery;
#[cfg(feature = "web")]
pub(crate) mod discovery;
mod error;
#[cfg(feature = "web")]
pub(crate) mod feeds;
pub(crate) mod generators;
#[cfg(feature = "web")]
pub(crate) mod groups;
#[cfg(feature = "web")]
pub(crate) mod live;
#[cfg_attr(
    not(feature = "web"),
    allow(dead_code, reason = "partly for the router only")
)]
pub(crate) mod lookup;
#[cfg_attr(
    not(feature = "web"),
    allow(dead_code, reason = "partly for the router only")
)]
pub(crate) mod mail;
#[cfg_attr(
    not(feature = "web"),
    allow(dead_code, reason = "partly for the router only")
)]
pub mod media;
#[cfg(feature = "web")]
pub(crate) mod notifications;
#[cfg_attr(
    not(feature = "web"),
    allow(dead_code, reason = "partly for the router only")
)]
pub(crate) mod oauth;
#[cfg(feature = "web")]
pub(crate) mod oauth2;
#[cfg_attr(
    not(feature = "web"),
    allow(dead_code, reason = "partly for the router only")
)]
pub(crate) mod objects;
#[cfg_attr(
    not(feature = "web"),
    allow(dead_code, reason = "partly for the router only")
)]
mod pace;
#[cfg_attr(
    not(feature = "web"),
    allow(dead_code, reason = "partly for the router only")
)]
pub(crate) mod passwords;
#[cfg(feature = "web")]
pub(crate) mod people;
#[cfg_attr(
    not(feature = "web"),
    allow(dead_code, reason = "partly for the router only")
)]
pub(crate) mod present;
pub mod provision;
#[cfg_attr(
    not(feature = "web"),
    allow(dead_code, reason = "partly for the router only")
)]
pub(crate) mod proxy;
pub mod queue;
mod retry;
#[cfg(feature = "web")]
pub(crate) mod timelines;
mod tombstone;

#[cfg(feature = "web")]
pub(crate) use error::DISK_FULL;
pub use error::{Error, ErrorKind, Result};
