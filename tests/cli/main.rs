//! The program, run as a person runs it: arguments, environment, signals, output, exit codes.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that can't go on has failed"
)]

mod accounts;
mod configuration;
mod federation;
mod output;
mod program;
mod shutdown;
mod startup;
