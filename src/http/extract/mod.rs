//! Extractors: the caller, and the body of a request.

mod auth;
mod bearer;
pub(super) mod body;
mod fields;
mod json;
mod origin;
mod signed;
pub(super) mod turns;

pub(super) use auth::{
    AccountWrite, AnyRead, ClientOnly, OpenRead, ReadAccess, UnconfirmedWrite, UserRead, UserWrite,
    plain_text_error,
};
pub(super) use fields::Fields;
pub(super) use json::JsonBody;
pub(super) use origin::{
    ClientAddress, Origin, came_through_trusted_proxy, client_address, is_public,
};
pub(super) use signed::SignedParts;
