//! Inboxes, as other servers deliver to them: Pump servers (pump-api 12.6, 12.7), and those of
//! `ActivityPub` (section 7).

use axum::{
    Extension,
    extract::{FromRequest, FromRequestParts, Path, Request, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};

use super::{answer::JsonAnswer, limits::PeerDeliveries};
use crate::{
    App, Context,
    http::extract::{PeerBody, PeerWrite, SignedActivity, is_as2},
    service::{
        Result,
        activitypub::{self, Inbox},
        federation::{InboxName, receive},
        objects::ObjectName,
    },
};

/// Receives an activity for a person. One of a Pump server is answered as it is stored.
pub(super) async fn post_to_person(
    State(app): State<App>,
    deliveries: Extension<PeerDeliveries>,
    Path(nickname): Path<String>,
    request: Request,
) -> Response {
    if is_as2(request.headers()) {
        return match SignedActivity::from_request(request, &app).await {
            Ok(signed) => take(&deliveries, Inbox::Person(nickname), signed)
                .await
                .into_response(),
            Err(refused) => refused.into_response(),
        };
    }
    post(&app, &deliveries, InboxName::Person(nickname), request).await
}

/// Receives an activity for a group of this server.
pub(super) async fn post_to_group(
    State(app): State<App>,
    deliveries: Extension<PeerDeliveries>,
    Path(uuid): Path<String>,
    request: Request,
) -> Response {
    let group = ObjectName::Uuid(uuid);
    if is_as2(request.headers()) {
        return match SignedActivity::from_request(request, &app).await {
            Ok(signed) => take(&deliveries, Inbox::Group(group), signed)
                .await
                .into_response(),
            Err(refused) => refused.into_response(),
        };
    }
    post(&app, &deliveries, InboxName::Group(group), request).await
}

/// Receives an activity for all who are here.
pub(super) async fn post_to_all(
    deliveries: Extension<PeerDeliveries>,
    signed: SignedActivity,
) -> Result<StatusCode> {
    take(&deliveries, Inbox::Shared, signed).await
}

async fn post(
    app: &App,
    deliveries: &PeerDeliveries,
    inbox: InboxName,
    request: Request,
) -> Response {
    let (mut parts, body) = request.into_parts();
    let PeerWrite(ctx) = match PeerWrite::from_request_parts(&mut parts, app).await {
        Ok(peer) => peer,
        Err(refused) => return refused.into_response(),
    };
    let body = PeerBody::from_request(Request::from_parts(parts, body), app).await;
    let received = async move {
        let PeerBody(body, turn) = body?;
        admit(deliveries, &ctx)?;
        receive(&ctx, inbox, body, turn).await.map(JsonAnswer::of)
    };
    received.await.into_response()
}

fn admit(deliveries: &PeerDeliveries, ctx: &Context) -> Result<()> {
    let client = ctx.client();
    let identity = client.and_then(|client| client.identity.as_ref());
    identity.map_or(Ok(()), |identity| deliveries.admit(identity))
}

async fn take(
    deliveries: &PeerDeliveries,
    inbox: Inbox,
    signed: SignedActivity,
) -> Result<StatusCode> {
    let SignedActivity {
        ctx,
        claim,
        activity,
        body,
        turn,
    } = signed;
    let authenticated = activitypub::authenticate(&ctx, claim, activity, body).await?;
    if let Some(authenticated) = authenticated {
        admit(deliveries, &authenticated.ctx)?;
        activitypub::receive(inbox, authenticated).await?;
    }
    drop(turn);
    Ok(StatusCode::ACCEPTED)
}
