//! Code shared by the SQL backends: statements, rows, queries, paging and the application of
//! changes. It knows the drivers by the traits of [`driver`] only.

mod accounts;
pub(super) mod apply;
pub(super) mod audience;
mod audience_groups;
pub(super) mod batch;
pub(super) mod classes;
mod codes;
mod count_caches;
pub(super) mod counters;
pub(super) mod credentials;
mod decode;
pub(super) mod decoded_objects;
pub(super) mod dialect;
pub(super) mod driver;
pub(super) mod entries;
pub(super) mod error;
pub(super) mod files;
mod grants;
pub(super) mod history;
mod jobs;
pub(super) mod key;
pub(super) mod migrate;
pub(super) mod nonces;
mod object_lookup;
pub(super) mod object_rows;
pub(super) mod objects;
mod page;
pub(super) mod pool;
mod primary_keys;
pub(super) mod query;
pub(super) mod request;
pub(super) mod store;
mod stream_queries;
mod streams;
mod totals;
pub(super) mod write;
