//! The JSON of the services as templates show it.
//!
//! Others wrote much of it: a property of another type than is expected counts as absent, and never
//! breaks a page.

mod activity;
mod audience;
mod emoji;
mod notice;
mod pager;
mod poll;
mod preview;
mod thing;
mod time;

pub(super) use activity::{Activity, kind};
pub(super) use audience::audience;
pub(super) use notice::Notice;
pub(super) use pager::Pager;
pub(super) use thing::{MAX_WEB_ADDRESSES, Thing};
pub(super) use time::Moment;
