//! The server driven in process: every test runs on memory, SQLite and Postgres.

mod bad_input;
mod http;
mod oauth;
mod reading;
mod signatures;
mod social;
mod support;
