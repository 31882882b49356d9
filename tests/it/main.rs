//! The server driven in process: every test runs on memory, SQLite and Postgres.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "a test that fails says where"
)]

#[macro_use]
mod support;

mod accounts;
mod anonymous;
mod as2;
mod bad_input;
mod clients;
mod defects;
mod departure;
mod discovery;
mod exact;
mod files;
mod forgery;
mod http;
mod logs;
mod manners;
mod newcomers;
mod nosy;
mod oauth;
mod proxies;
mod reading;
mod registration;
mod s3;
mod signatures;
mod social;
mod uploads;
