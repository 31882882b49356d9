//! What the SQL backends share: keys, JSON of audiences, and the text of queries. It knows no driver.

pub(super) mod audience;
pub(super) mod key;
pub(super) mod query;
