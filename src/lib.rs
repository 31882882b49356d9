//! Hydraulics: a Pump API server, and the library to put the Pump API over storage you already
//! have.
//!
//! [`embedding`] is a tutorial for an application with people, tables and pages of its own. It ends
//! with a server that passes the conformance suites. Its extension points are
//! [`storage::hosted::Host`], [`app::SignIn`], [`app::Hook`], [`app::PageLayout`], and the
//! [`app::AppParts`] of the [`App`].
//!
//! The rooms, lower ones first; a room never imports a higher one:
//!
//! | room | what lives there |
//! |---|---|
//! | [`model`] | pure types that parse and validate |
//! | [`protocol`] | bytes to model and back: OAuth 1.0a, ActivityStreams 1, discovery documents |
//! | [`storage`] | the storage contract and the built-in backends |
//! | [`app`] | the long-lived [`App`], and the [`Context`] of one request or task |
//! | [`federation`] | everything that talks to other hosts |
//! | [`service`] | the rules: who may do what, and what follows from it |
//! | [`http`] | the router, and everything that knows axum |
//! | [`config`], [`server`], [`cli`] | what the binary is made of |

#[doc = include_str!("../docs/EMBEDDING.md")]
pub mod embedding {}

pub mod app;
#[cfg(feature = "cli")]
pub mod cli;
#[cfg(feature = "cli")]
pub mod config;
pub mod federation;
#[cfg(feature = "web")]
pub mod http;
pub mod model;
pub mod protocol;
#[cfg(feature = "cli")]
pub mod server;
pub mod service;
pub mod storage;

pub use app::{App, context};
pub use context::Context;
