//! The server driven in process: every test runs on memory, SQLite and Postgres.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "a test that fails says where"
)]

#[macro_use]
mod support;

mod bad_input;
mod clients;
mod discovery;
mod forgery;
mod http;
mod logs;
mod mail_confirm;
mod mail_notices;
mod mail_queue;
mod mail_recover;
mod manners;
mod nosy;
mod oauth;
mod reading;
mod registration;
mod signatures;
mod social;
mod uploads;
