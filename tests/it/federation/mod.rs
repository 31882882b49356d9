//! Activities from other servers: which are taken, from whom, and their effects.

mod attacks;
mod barriers;
mod blocked;
mod completion;
mod forgery;
mod groups;
pub(crate) mod joined;
mod limited;
mod media_cache;
mod oddities;
mod order;
mod peer;
mod persons;
mod proxies;
mod reach;
mod receiving;
mod slow;
mod threads;
mod trust;
mod verbs;
mod web;
