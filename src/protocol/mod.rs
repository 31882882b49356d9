//! Bytes to model and back: pure, and tested against what stands on the wire.

pub mod as1;
pub mod as2;
pub mod discovery;
pub mod html;
pub mod oauth1;
pub mod oauth2;
mod pruned;
mod quoted;
pub mod syndication;

pub use quoted::{quoted, shortened};
