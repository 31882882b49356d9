//! Federation: what comes in from other hosts, what leaves for them, and how the operator sees and
//! steers it.
//!
//! `receive` takes an activity. [`Sender`] delivers activities: it leases hosts, renders each
//! activity for its receiver, posts it, and settles the outcome.

pub(crate) mod actors;
mod as2;
mod attempt;
mod backoff;
#[cfg(feature = "web")]
pub(crate) mod block_list;
pub mod blocks;
pub(crate) mod forwarding;
mod group_shares;
pub(crate) mod held_tokens;
mod inbox;
mod lanes;
mod order;
mod passing;
mod peers;
pub mod queue_report;
mod reasons;
mod receive;
pub(crate) mod remote_sign_in;
mod render;
mod send;
mod sender;
pub mod server_key;
mod speaker;
#[cfg(test)]
mod tests;
mod translate;

pub(crate) use inbox::InboxName;
#[cfg(feature = "web")]
pub(crate) use receive::receive;
pub use sender::Sender;
