//! The server driven in process: most tests run on memory, SQLite and Postgres.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "a test that fails says where"
)]

#[macro_use]
mod support;

mod access_control;
mod account_deletion;
mod accounts;
mod activitypub;
mod anonymous;
mod applications;
mod as2;
mod bad_input;
mod below_path;
mod blank_names;
mod bounds;
mod claims;
mod clients;
mod collections;
mod connections;
mod cursors;
mod delivery;
mod discovery;
mod editing;
mod endpoints;
mod federation;
mod files;
mod forgery;
mod groups;
mod hashtags;
mod hosting;
mod http;
mod http_matrix;
mod http_semantics;
mod identity;
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
mod metrics;
mod moderation;
mod nicknames;
mod oauth;
mod oauth2;
mod oauth_failures;
mod openapi;
mod outgoing;
mod pages;
mod peering;
mod proxies;
mod pump_io_bugs;
mod reading;
mod recipients;
mod registration;
mod registration_defaults;
mod remote_sign_in;
mod rendering;
mod response_cache;
mod revoked;
mod search;
mod sending;
mod signatures;
mod social;
mod syndication;
mod taken_away;
mod untrusted_content;
mod uploads;
mod verbs;
mod write_responses;
mod writing;
