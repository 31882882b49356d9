//! Code shared by the SQL backends: keys, audiences as JSON, queries, rows, and paging. It knows no
//! driver, but for what hosts with a database of their own are given.

pub(super) mod audience;
pub(super) mod audience_groups;
pub(super) mod batch;
pub(super) mod classes;
pub(super) mod counters;
pub(super) mod credentials;
pub(super) mod decoded_objects;
pub(super) mod files;
pub(super) mod grants;
pub(super) mod history;
mod host;
pub(super) mod jobs;
pub(super) mod key;
pub(super) mod migrate;
pub(super) mod nonces;
pub(super) mod objects;
pub(super) mod page;
pub(super) mod primary_keys;
pub(super) mod query;
pub(super) mod rows;
pub(super) mod visible_counts;
pub(super) mod write;

/// Takes a nickname ($2), by its text without case ($1), unless another spelling was taken; tells
/// which was.
pub(crate) const CLAIM_NICKNAME: &str = "\
    INSERT INTO nicknames (folded, nickname) VALUES ($1, $2) \
    ON CONFLICT (folded) DO UPDATE SET nickname = nicknames.nickname RETURNING nickname";
