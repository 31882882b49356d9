//! Activities of actors who are known to have done them.

use std::sync::Arc;

use bytes::Bytes;
use serde_json::{Map, Value};

use super::{effects::FollowRequest, owner};
use crate::{
    Context,
    context::Caller,
    model::{Client, ClientIdentity, ClientKind, RemoteAccount, Secret},
    protocol::as2::incoming::{self as as2, Incoming, Persons},
    service::{
        ErrorKind, Result,
        federation::{self, InboxName},
        objects::ObjectName,
        remote,
    },
};

/// Inbox that an activity was delivered to.
#[derive(Clone, Debug)]
pub(crate) enum Inbox {
    /// That of a person, by nickname.
    Person(String),
    /// That of a group.
    Group(ObjectName),
    /// That of all who are here.
    Shared,
}

/// An activity whose actor is known to have done it, and is the caller.
pub(crate) struct Authenticated {
    pub(crate) ctx: Context,
    pub(super) activity: Map<String, Value>,
    /// The activity as it came, unless its own server showed another one.
    pub(super) original: Option<Bytes>,
}

/// Returns the meaning of an activity.
pub(super) async fn read(ctx: &Context, activity: &Map<String, Value>) -> Result<Incoming> {
    let named = as2::named_actors(activity);
    let known = remote::ids_of_actors(ctx, &named).await?;
    let lookup = |url: &str| known.get(url).cloned();
    Ok(as2::activity(&Persons::new(ctx.urls(), &lookup), activity))
}

/// The actor as a peer.
pub(super) fn caller(ctx: &Context, actor: &RemoteAccount) -> Caller {
    let client = Client {
        identity: Some(ClientIdentity::Person(actor.id.clone())),
        ..Client::new(&*actor.id, Secret::new(""), ClientKind::Web, ctx.now())
    };
    Caller::Client(Arc::new(client))
}

/// Has an activity received as that of a Pump server.
pub(super) async fn take(
    ctx: &Context,
    inbox: Inbox,
    actor: &str,
    activity: Map<String, Value>,
) -> Result<()> {
    let inbox = match inbox {
        Inbox::Person(nickname) => InboxName::Person(nickname),
        // A group gets what is for it by the same rules wherever that comes.
        Inbox::Group(_) | Inbox::Shared => match owner::find(ctx, actor, &activity).await? {
            Some(owner) => owner,
            // It concerns nobody here.
            None => return Ok(()),
        },
    };
    let request = FollowRequest::of(&activity);
    match federation::receive(ctx, inbox, activity, None).await {
        Ok(_) => {}
        // It says so of what concerns nobody, too.
        Err(error) if error.kind() == ErrorKind::BadRequest => {
            tracing::info!(%error, actor, "activity refused");
            return match request {
                Some(request) => request.reject(ctx, actor).await,
                None => Ok(()),
            };
        }
        Err(error) => return Err(error),
    }
    match request {
        Some(request) => request.accept(ctx, actor).await,
        None => Ok(()),
    }
}
