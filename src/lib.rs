//! Hydraulics: a Pump API server, and the library to put the Pump API over storage you already
//! have.
//!
//! [`embedding`] is a tutorial for an application with people, tables and pages of its own. It ends
//! with a server that passes the conformance suites. Its extension points are [`Host`], [`SignIn`],
//! [`Hook`], [`PageLayout`], and the [`AppParts`] of the [`App`].
//!
//! The public modules:
//!
//! | module | contents |
//! |---|---|
//! | [`app`] | the [`App`]: its parts, settings and extension points |
//! | [`model`] | pure types that parse and validate |
//! | [`storage`] | the storage contract and the built-in backends |
//! | [`service`] | operations on accounts, activities and uploads, and the background work |
//! | [`http`] | the router, and a server with limits of connections |
//! | [`federation`] | the HTTP client for other hosts |

#[doc = include_str!("../docs/EMBEDDING.md")]
pub mod embedding {}

pub mod app;
#[cfg(feature = "cli")]
pub mod cli;
#[cfg(feature = "cli")]
mod config;
pub mod federation;
#[cfg(feature = "web")]
pub mod http;
pub mod model;
mod protocol;
#[cfg(feature = "cli")]
mod server;
pub mod service;
pub mod storage;

use app::context;
pub use app::{
    App, AppParts, Caller, Context, Event, FramedPage, Hook, HookError, PageLayout, Settings,
    SignIn, SignInError,
};
#[cfg(feature = "web")]
pub use http::{router, serve, serve_router};
pub use protocol::html::escape as escape_html;
pub use storage::{
    Hosted, Storage,
    hosted::{Host, HostTransaction},
};
