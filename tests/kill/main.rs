//! The server is killed while people post: what it acknowledged is there afterwards, and complete.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "a test that fails says where"
)]

mod person;
#[path = "../it/support/request.rs"]
#[allow(dead_code, reason = "these tests don't need all of it")]
mod request;
mod server;
mod survival;
