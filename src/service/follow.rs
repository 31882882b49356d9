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
    model::{Nickname, Stream, host_of_id},
};

/// Relation of the inbox of a person of the Pump API.
const INBOX: &str = "activity-inbox";

/// First sentence of the error of a server that could not be asked.
const UNREACHED: &str = "That server could not be asked.";

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
/// server is asked for whom nobody here knows yet. One whose people have their actors on another
/// host says so; the id has that host.
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
    if stored.is_some_and(|person| !remote::is_stub(&person)) {
        return Ok(id);
    }
    let budget = FetchBudget::default();
    let found = discover(ctx.app(), &id, &budget).await;
    let found = found.map_err(|error| failure_of(UNREACHED, &error))?;
    // A group may be known by its name without a mark.
    let url = found.actor.iter().map(url::Url::as_str);
    let known = ctx.storage().find_actors(&url.collect::<Vec<_>>()).await?;
    if let Some(known) = known.into_iter().flatten().next() {
        return Ok(known.id);
    }
    let actor = found.actor.filter(|_| !found.links.contains_key(INBOX));
    match actor.filter(|actor| host_of_id(actor.as_str()) != host_of_id(&id)) {
        // Few addresses lead here, and the future is large.
        Some(actor) => Box::pin(person_of_actor(ctx, actor.as_str(), &budget)).await,
        None => Ok(id),
    }
}

/// Returns the id of the person who is an actor of `ActivityPub`, and stores them.
async fn person_of_actor(ctx: &Context, actor: &str, budget: &FetchBudget) -> Result<String> {
    if ctx.urls().is_own_address(actor) {
        return of_this_server(ctx, &ctx.urls().canonical_id(actor)).await;
    }
    let fetched = remote::fetch_actor(ctx, actor, budget).await;
    let fetched = fetched.map_err(|error| failure_of(UNREACHED, &error))?;
    let none = || Error::new(ErrorKind::BadGateway, format!("'{actor}' is no actor."));
    let account = remote::store_actor(ctx, fetched.ok_or_else(none)?).await?;
    Ok(account.id)
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
