//! People by their address, wherever they are.

use serde_json::json;

use super::{
    Error, ErrorKind, Result, activity,
    federation::remote_sign_in::{failure_of, is_own, parse_address},
    lookup, remote,
};
use crate::{
    Context,
    federation::{FetchBudget, discover},
    model::{Nickname, Stream},
};

/// Follows the person with an address, in the name of the caller, and returns their id. To follow
/// them again changes nothing.
///
/// Errors: as [`find_person`]; 400 for the caller's own address.
#[tracing::instrument(level = "debug", skip_all)]
pub(crate) async fn follow(ctx: &Context, address: &str) -> Result<String> {
    let own = ctx.person().ok_or_else(Error::not_logged_in)?;
    let id = find_person(ctx, address).await?;
    if id == own {
        return Err(Error::bad_request("That is you.").phrased("follow-self"));
    }
    if !is_followed(ctx, &id).await? {
        let person = json!({ "objectType": "person", "id": id });
        let follow = json!({ "verb": "follow", "object": person });
        activity::perform_json(ctx, follow).await?;
    }
    Ok(id)
}

/// Returns the address of a person, by which they are followed: the id without its scheme.
pub(super) fn address_of(id: &str) -> &str {
    id.strip_prefix("acct:").unwrap_or(id)
}

/// Whether the caller follows a person.
pub(crate) async fn is_followed(ctx: &Context, id: &str) -> Result<bool> {
    let Some(own) = ctx.person() else {
        return Ok(false);
    };
    let following = Stream::Following(own.to_owned());
    Ok(ctx.storage().contains(&[(following, id)]).await? == [true])
}

/// Returns the id of the person with an address: `nick@host`, or a nickname of this server. Another
/// server is asked for whom nobody here knows yet.
///
/// Errors: 400 for what is no address, 404 for nobody of this server, 403 for a refused host, 429,
/// and 502 with the step that failed at the host.
pub(crate) async fn find_person(ctx: &Context, address: &str) -> Result<String> {
    let (urls, address) = (ctx.urls(), address.trim());
    let id = match Nickname::parse(address) {
        Ok(nickname) => Some(urls.person_id(&nickname)),
        Err(_) => parse_address(urls, address),
    };
    let id = id.ok_or_else(|| {
        Error::bad_request("An address has the form nickname@host, as in an e-mail.")
            .phrased("follow-bad-address")
    })?;
    if is_own(urls, &id) {
        return of_this_server(ctx, &id).await;
    }
    let stored = ctx.storage().find_objects(&[&id]).await?.pop().flatten();
    if stored.is_none_or(|person| remote::is_stub(&person)) {
        let found = discover(ctx.app(), &id, &FetchBudget::default()).await;
        let sentence = "That server could not be asked.";
        found.map_err(|error| failure_of(sentence, &error))?;
    }
    Ok(id)
}

async fn of_this_server(ctx: &Context, id: &str) -> Result<String> {
    let nickname = match id.strip_prefix("acct:") {
        Some(address) => address.split('@').next(),
        None => id.trim_end_matches("/profile").rsplit('/').next(),
    };
    let account = lookup::account(ctx, nickname.unwrap_or_default()).await;
    account.map(|account| account.person).map_err(|error| {
        if error.kind() == ErrorKind::NotFound {
            Error::not_found("Nobody here has that address.").phrased("follow-nobody")
        } else {
            error
        }
    })
}
