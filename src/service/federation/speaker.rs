//! Authority of a peer: for whom it speaks.

use crate::{
    Context,
    federation::check_host,
    model::{Client, ClientIdentity, host_of_id, is_plain, names_host},
    service::{Error, Result},
};

/// Relation of the peer that sent an activity to the activity's actor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Speaker {
    /// It is the actor, or the actor's server.
    Actor,
    /// Another server, by the name of its host: it passes on what its own people are to know, which
    /// is no proof of it.
    Passing(String),
}

/// Returns the relation of the caller to an actor of that id, on that host.
///
/// Errors: 401 for a caller who is no peer, 400 for an actor other than the person whom the caller
/// is.
pub(super) fn of(ctx: &Context, actor: &str, host: &str) -> Result<Speaker> {
    let identity = ctx.client().and_then(|client| client.identity.as_ref());
    match identity {
        None => Err(Error::unauthorized("Authentication required")),
        Some(ClientIdentity::Person(person)) if person == actor => Ok(Speaker::Actor),
        Some(ClientIdentity::Person(person)) => Err(invalid_actor(actor, person)),
        Some(ClientIdentity::Host(own)) if own == host => Ok(Speaker::Actor),
        Some(ClientIdentity::Host(own)) => Ok(Speaker::Passing(own.clone())),
    }
}

/// Returns the name of the host of an actor. Errors: 400 for one of this server, or of none, and
/// for an id that looks like another.
pub(super) fn host_of_actor(ctx: &Context, actor: &str) -> Result<String> {
    let host = host_of_id(actor).filter(|host| !ctx.urls().is_own_host(host));
    let is_fit = names_host(actor) && is_plain(actor) && !ctx.urls().is_local(actor);
    let host = host.filter(|_| is_fit);
    host.ok_or_else(|| Error::bad_request(format!("'{actor}' is no actor of another server")))
}

/// The error of an actor for whom the peer does not speak.
pub(super) fn invalid_actor(actor: &str, speaker: &str) -> Error {
    Error::bad_request(format!("Actor is invalid since {actor} is not {speaker}"))
}

/// Refuses a peer of a host that this server has nothing to do with: 403.
pub(super) async fn require_peer(ctx: &Context, client: &Client) -> Result<()> {
    let host = match &client.identity {
        Some(ClientIdentity::Person(person)) => host_of_id(person),
        Some(ClientIdentity::Host(host)) => Some(host.clone()),
        None => None,
    };
    require_host(ctx, &host.unwrap_or_default()).await
}

/// Refuses what comes from a host that this server has nothing to do with: 403.
pub(super) async fn require_host(ctx: &Context, host: &str) -> Result<()> {
    Ok(check_host(ctx.app(), host).await?)
}
