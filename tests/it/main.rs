//! The server driven in process: every test runs on memory, SQLite and Postgres.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "a test that fails says where"
)]

#[macro_use]
mod support;

mod accounts;
mod amending;
mod anonymous;
mod answered;
mod applications;
mod as2;
mod bad_input;
mod below_path;
mod blank_names;
mod bounds;
mod clients;
mod collections;
mod connections;
mod cursors;
mod defects;
mod delivery;
mod departure;
mod discovery;
mod endpoints;
mod exact;
mod files;
mod forgery;
mod groups;
mod hosting;
mod http;
mod identity;
mod kept;
mod limits;
mod lists;
mod live;
mod logs;
mod mail_addresses;
mod mail_confirm;
mod mail_limits;
mod mail_notices;
mod mail_queue;
mod mail_recover;
mod mail_voice;
mod manners;
mod newcomers;
mod nicknames;
mod nosy;
mod oauth;
mod oauth2;
mod oauth_failures;
mod openapi;
mod pages;
mod proxies;
mod reading;
mod recipients;
mod registration;
mod revoked;
mod s3;
mod shown;
mod signatures;
mod social;
mod syndication;
mod taken_away;
mod uploads;
mod verbs;
