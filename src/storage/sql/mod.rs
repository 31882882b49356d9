//! What the SQL backends share: keys, JSON of audiences, the text of queries, rows, and how
//! pages are cut. It knows no driver, but for what hosts with a database of their own are given.

pub(super) mod audience;
pub(super) mod classes;
pub(super) mod counts;
pub(super) mod grants;
pub(super) mod groups;
pub(super) mod history;
mod host;
pub(super) mod jobs;
pub(super) mod key;
pub(super) mod migrate;
pub(super) mod nonces;
pub(super) mod numbers;
pub(super) mod page;
pub(super) mod query;
pub(super) mod rows;
pub(super) mod shelf;
pub(super) mod steps;
pub(super) mod totals;

/// Takes a nickname ($2), by its text without case ($1), unless another spelling was taken; tells which was.
pub(in crate::storage) const CLAIM_NICKNAME: &str = "\
    INSERT INTO nicknames (folded, nickname) VALUES ($1, $2) \
    ON CONFLICT (folded) DO UPDATE SET nickname = nicknames.nickname RETURNING nickname";
