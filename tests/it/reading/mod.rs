//! Reads: visibility of objects and items, and paging.

mod paging;
mod visibility;
