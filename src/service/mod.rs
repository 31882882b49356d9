//! Use cases: who may do what, and what follows from it.

#![cfg_attr(
    not(feature = "web"),
    allow(dead_code, reason = "partly for the router only")
)]

mod access;
pub mod accounts;
pub mod activity;
#[cfg(feature = "web")]
pub(crate) mod activitypub;
#[cfg(feature = "web")]
pub(crate) mod addressing;
#[cfg(feature = "web")]
#[cfg_attr(
    not(feature = "cli"),
    allow(dead_code, reason = "partly for the command line only")
)]
pub(crate) mod aliases;
#[cfg(feature = "web")]
pub(crate) mod announcements;
pub mod applications;
pub mod audit;
pub(crate) mod authenticate;
pub mod background;
mod barriers;
mod batches;
pub(crate) mod cleanup;
pub(crate) mod clients;
#[cfg(feature = "web")]
pub(crate) mod collections;
pub(crate) mod delivery;
#[cfg(feature = "web")]
pub(crate) mod discovery;
mod error;
#[cfg(feature = "web")]
#[cfg_attr(
    not(feature = "cli"),
    allow(dead_code, reason = "partly for the command line only")
)]
pub(crate) mod export;
pub mod federation;
#[cfg(feature = "web")]
pub(crate) mod feeds;
#[cfg(feature = "web")]
pub(crate) mod follow;
pub(crate) mod follow_replies;
pub(crate) mod generators;
pub(crate) mod group_names;
#[cfg(feature = "web")]
pub(crate) mod groups;
#[cfg(feature = "web")]
pub(crate) mod import;
pub mod invitations;
#[cfg(feature = "web")]
pub(crate) mod live;
pub(crate) mod lookup;
pub(crate) mod mail;
pub mod media;
#[cfg(feature = "web")]
pub(crate) mod metrics;
pub mod moderation;
#[cfg(feature = "web")]
pub mod moving;
pub(crate) mod notices;
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
#[cfg(feature = "web")]
pub(crate) mod relations;
mod remote;
#[cfg(feature = "web")]
pub(crate) mod reports;
mod retry;
#[cfg(feature = "web")]
pub(crate) mod search;
#[cfg(feature = "web")]
pub(crate) mod second_factor;
#[cfg_attr(
    not(feature = "web"),
    allow(dead_code, reason = "partly for the pages only")
)]
mod server_activity;
pub(crate) mod sessions;
#[cfg(feature = "web")]
pub(crate) mod sign_in;
#[cfg(feature = "web")]
pub(crate) mod timelines;
mod tombstone;
#[cfg(feature = "web")]
mod wishes;

#[cfg(feature = "web")]
pub(crate) use error::DISK_FULL;
pub use error::{Error, ErrorKind, Result};
