//! Bytes to model and back: pure, and tested against what stands on the wire.

#![cfg_attr(
    not(feature = "web"),
    allow(dead_code, reason = "partly for the router only")
)]

pub(crate) mod as1;
pub(crate) mod as2;
pub(crate) mod dialback;
pub(crate) mod discovery;
pub(crate) mod ed25519;
pub(crate) mod hashtags;
pub(crate) mod html;
pub(crate) mod http_signature;
pub(crate) mod integrity;
pub(crate) mod json;
pub(crate) mod oauth1;
pub(crate) mod oauth2;
mod pruned;
mod quoted;
pub(crate) mod search;
#[cfg(feature = "web")]
pub(crate) mod syndication;

pub(crate) use quoted::{quoted, shortened};
