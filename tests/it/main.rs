//! The server driven in process: every test runs on memory, SQLite and Postgres.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "a test that fails says where"
)]

#[macro_use]
mod support;

mod anonymous;
mod as2;
mod bad_input;
mod clients;
mod defects;
mod discovery;
mod endpoints;
mod forgery;
mod http;
mod logs;
mod manners;
mod nosy;
mod oauth;
mod proxies;
mod reading;
mod registration;
mod signatures;
mod social;
mod uploads;
