//! Extractors: the caller, and the body of a request.

mod actor;
mod auth;
mod bearer;
mod client_address;
mod fields;
mod file;
mod json;
mod signed;
pub(super) mod turns;

pub(super) use actor::{SignedActivity, is_as2};
pub(super) use auth::{
    AccountWrite, AnyRead, ClientOnly, PeerWrite, ReadAccess, UnconfirmedWrite, UserRead,
    UserWrite, plain_text_error,
};
pub(super) use bearer::token as bearer_token;
pub(super) use client_address::ClientAddress;
pub(super) use fields::Fields;
pub(super) use file::{OpenFileRead, UserFileRead};
pub(super) use json::{JsonBody, PeerBody};
pub(super) use signed::SignedParts;
