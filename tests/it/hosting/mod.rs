//! Extension points of host applications: hooks, sign-in, page layout, and types of their own.

mod activities;
mod hooks;
mod reliability;
mod rules;
mod sign_in;
