//! The server driven in process: every test runs on memory, SQLite and Postgres.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "a test that fails says where"
)]

#[macro_use]
mod support;

mod amending;
mod anonymous;
mod applications;
mod as2;
mod bad_input;
mod clients;
mod defects;
mod discovery;
mod forgery;
mod groups;
mod http;
mod live;
mod logs;
mod manners;
mod nosy;
mod oauth;
mod oauth2;
mod openapi;
mod proxies;
mod reading;
mod recipients;
mod registration;
mod shown;
mod signatures;
mod social;
mod uploads;
mod verbs;
