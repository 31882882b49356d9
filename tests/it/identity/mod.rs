//! Ownership of ids: one id for each local object, and no remote id for an object made here.

mod ownership;
mod spellings;
