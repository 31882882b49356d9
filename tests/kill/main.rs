//! The server is killed while people post: what it acknowledged is there afterwards, and complete.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "a test that fails says where"
)]

#[path = "../it/support/hmac_sha256.rs"]
mod hmac_sha256;
mod person;
#[path = "../it/support/process.rs"]
mod process;
#[path = "../it/support/request.rs"]
#[allow(dead_code, reason = "these tests don't need all of it")]
mod request;
mod server;
mod survival;
