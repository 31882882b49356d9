//! Drives the whole router in process, on every backend.

#[macro_use]
mod support;

mod http;
mod oauth;
mod signatures;
