//! People of other servers who sign in here, and people of this server who sign in elsewhere.

mod failures;
mod follow;
mod refusals;
mod session;
mod world;
