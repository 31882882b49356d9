//! Servers in processes of their own, which federate with each other on the default port: each has
//! an address of the machine itself for its name.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "a test that fails says where"
)]

mod agreement;
mod conversation;
mod endurance;
mod failing_peer;
mod faults;
mod front;
#[path = "../it/support/hmac_sha256.rs"]
mod hmac_sha256;
mod kill;
mod person;
#[path = "../it/support/process.rs"]
mod process;
#[path = "../it/support/request.rs"]
#[allow(dead_code, reason = "these tests don't need all of it")]
mod request;
mod server;
mod talk;
