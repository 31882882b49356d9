//! Activities that other servers deliver: authenticated, authorised, translated, and planned as
//! those of people here.

use std::{sync::Arc, time::Duration};

use serde_json::{Map, Value, json};
use tracing::Instrument;

use super::{
    InboxName, passing, reasons,
    speaker::{self, Speaker},
    translate::translate,
};
use crate::{
    Context,
    app::Pass,
    context::Caller,
    model::{ACTIVITY, Account, Client, ClientIdentity, Reference},
    service::{
        Error, ErrorKind, Result, access,
        activity::{self, ReceivedActivity, ReceivingInbox},
        barriers,
        present::RenderedJson,
        remote::{self, Fetcher},
    },
};

/// Longest time that an activity waits for what other servers show. A peer gives up after several
/// times as long.
const FETCH_TIMEOUT: Duration = Duration::from_secs(3);

/// Takes an activity that a peer delivers to an inbox, and returns it as it is stored. One that is
/// stored already is brought to the inbox, if it is not there. Unknown persons and things that it
/// names are fetched from their own servers. All that is done even if the peer does not wait for
/// the answer. The admission of a large body ends then.
///
/// Errors: a caller who is no peer is 401, and one of a refused host 403. An inbox that is not
/// there is 404 or 410. Any other refusal is about the activity, and 400; if it may be taken later,
/// 503.
#[tracing::instrument(level = "debug", skip_all)]
pub(crate) async fn receive(
    ctx: &Context,
    inbox: InboxName,
    body: Map<String, Value>,
    admission: Option<Pass>,
) -> Result<RenderedJson> {
    let ctx = ctx.clone();
    let received = async move {
        let _admission = admission;
        receive_inner(&ctx, inbox, body).await
    };
    let received = tokio::spawn(received.in_current_span()).await;
    received.unwrap_or_else(|broken| Err(Error::internal(broken)))
}

async fn receive_inner(
    ctx: &Context,
    inbox: InboxName,
    body: Map<String, Value>,
) -> Result<RenderedJson> {
    let client = ctx.client().filter(|client| client.identity.is_some());
    let client = client.ok_or_else(|| Error::unauthorized("Authentication required"))?;
    let (inbox, account) = inbox.find(ctx).await?;
    speaker::require_peer(ctx, client).await?;
    let taken = take(ctx, client, inbox, account.as_ref(), body).await;
    taken.map_err(error_of_activity)
}

/// Makes an error of an activity of one that could be taken for an error of the inbox or the peer.
fn error_of_activity(error: Error) -> Error {
    match error.kind() {
        ErrorKind::Forbidden | ErrorKind::NotFound | ErrorKind::Gone => {
            Error::bad_request(error.message())
        }
        ErrorKind::Conflict => Error::new(ErrorKind::Unavailable, error.message()),
        _ => error,
    }
}

async fn take(
    ctx: &Context,
    client: &Client,
    inbox: ReceivingInbox,
    account: Option<&Account>,
    body: Map<String, Value>,
) -> Result<RenderedJson> {
    if let Some(own) = passing::returning(ctx, &body, &inbox).await? {
        return own.render(ctx).await;
    }
    let mut received = translate(ctx, body, inbox).await?;
    speaker::require_host(ctx, &received.host).await?;
    access::require_heard(ctx.app(), received.actor_id()).await?;
    let fetcher = Fetcher::new(ctx, account, FETCH_TIMEOUT);
    let speaker = speaker::of(ctx, received.actor_id(), &received.host)?;
    if is_refused(ctx, &received).await? {
        return Ok(unstored(&received));
    }
    match &speaker {
        Speaker::Actor => reasons::require(ctx, &received).await?,
        Speaker::Passing(host) => {
            if let Some(known) = passing::bring_known(ctx, &received, host).await? {
                return known.render(ctx).await;
            }
            received = passing::verify(ctx, &fetcher, received, host).await?;
        }
    }
    remote::complete(&fetcher, ctx, named(&received)).await?;
    let actor = received.actor_id().to_owned();
    let stored = activity::receive(ctx, received).await?;
    remote::refresh_in_background(ctx, &actor);
    if speaker != Speaker::Actor {
        return stored.render(ctx).await;
    }
    // A server sees what its person sees.
    let client = Client {
        identity: Some(ClientIdentity::Person(actor)),
        ..client.clone()
    };
    let viewer = ctx.with_caller(Caller::Client(Arc::new(client)));
    stored.render(&viewer).await
}

/// Whether an activity meets somebody here who blocks its actor.
async fn is_refused(ctx: &Context, received: &ReceivedActivity) -> Result<bool> {
    let owner = match &received.inbox {
        ReceivingInbox::Person(person) => vec![person.clone()],
        ReceivingInbox::Group(_) => Vec::new(),
    };
    barriers::is_refused(ctx, received.actor_id(), &received.draft, owner).await
}

/// The answer to an activity that is dropped. It does not tell so, for nobody is to learn who
/// blocks them.
fn unstored(received: &ReceivedActivity) -> RenderedJson {
    let draft = &received.draft;
    let mut answer = received.envelope.clone();
    answer.extend(draft.other_properties.clone());
    answer.extend([
        ("id".into(), json!(received.id)),
        ("objectType".into(), ACTIVITY.into()),
        ("verb".into(), draft.verb.clone().into()),
        ("actor".into(), Value::Object(received.actor.clone())),
        ("object".into(), json!(draft.object)),
        ("published".into(), received.published.clone().into()),
    ]);
    Value::Object(answer).into()
}

/// Ids of the actor if it is only named, of the object if its own server did not send it, and of
/// the things that it answers and quotes. They are fetched if they are not known.
fn named(received: &ReceivedActivity) -> Vec<String> {
    let draft = &received.draft;
    let actor = Some(&received.actor).filter(|actor| remote::is_bare(actor));
    let actor = actor.map(|_| received.actor_id());
    let object = draft.object.as_ref().filter(|object| {
        let id = draft.object_id().unwrap_or_default();
        let is_told = received.may_own(id) && !remote::is_bare(object);
        !is_told && draft.verb != "delete"
    });
    let object = object.and_then(|_| draft.object_id());
    let group = match &received.inbox {
        ReceivingInbox::Person(_) => draft.target_id(),
        ReceivingInbox::Group(_) => None,
    };
    let named = [actor, object, group].into_iter().flatten();
    let parent = draft.parent().map(|parent| parent.id);
    let quote = draft.object.as_ref().and_then(|object| object.get("quote"));
    let quote = quote.filter(|_| draft.verb != "delete");
    let quote = quote.and_then(Reference::from_value).map(|quote| quote.id);
    named
        .map(str::to_owned)
        .chain(parent)
        .chain(quote)
        .collect()
}
