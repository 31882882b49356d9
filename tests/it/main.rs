//! The server driven in process: every test runs on memory, SQLite and Postgres.

mod bad_input;
mod reading;
mod social;
mod support;
