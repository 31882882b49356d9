//! Persons and things of other servers, as they are stored here.

mod activitypub;
mod actor_ids;
mod actors;
mod complete;
mod fetch;
mod objects;
mod refresh;
#[cfg(feature = "web")]
mod renew;

use super::Result;
use crate::Context;
pub(crate) use activitypub::{FetchedActor, fetch_actor};
#[cfg(feature = "web")]
pub(crate) use activitypub::{actor_of_key, ids_of_actors, is_key_old, store_actor};
pub(crate) use actors::store_person;
pub(crate) use complete::complete;
pub(crate) use fetch::Fetcher;
pub(crate) use objects::{
    account_of, complete_stub, is_bare, is_current, is_newer, is_stub, object_of, object_type_of,
    refresh, says_more, updated_of,
};
pub(crate) use refresh::{refresh_in_background, refresh_viewed};
#[cfg(feature = "web")]
pub(crate) use renew::renew;

/// Returns whether any actor of another server is known here.
pub(crate) async fn has_accounts(ctx: &Context) -> Result<bool> {
    Ok(!ctx.storage().list_remote_accounts(0, 1).await?.is_empty())
}
