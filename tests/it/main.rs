//! The server driven in process: every test runs on memory, SQLite and Postgres.

#[macro_use]
mod support;

mod bad_input;
mod http;
mod oauth;
mod reading;
mod signatures;
mod social;
