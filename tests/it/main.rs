//! The server driven in process: every test runs on memory, SQLite and Postgres.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "all of this is tests, and a test that fails panics"
)]

#[macro_use]
mod support;

mod bad_input;
mod http;
mod logs;
mod oauth;
mod reading;
mod registration;
mod signatures;
mod social;
