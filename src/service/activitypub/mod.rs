//! Activities that servers of `ActivityPub` deliver, and reads by their actors. Activities are
//! translated into ActivityStreams 1, and received as those of Pump servers.

mod effects;
mod forwarded;
mod groups;
mod incoming;
mod keys;
mod moves;
mod owner;
mod polls;
mod reader;
mod take;

pub(crate) use incoming::{authenticate, receive};
pub use moves::MoveWorker;
pub(crate) use moves::{changes_of, is_recent};
pub(crate) use reader::{addressees, reader};
pub(crate) use take::Inbox;
