//! Bytes to model and back, pure.

pub mod as1;
pub mod html;
