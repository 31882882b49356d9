//! Inboxes, as other servers deliver to them (pump-api 12.6, 12.7).

use axum::{Extension, extract::Path};

use super::{
    answer::{ApiResult, JsonAnswer},
    limits::PeerDeliveries,
};
use crate::{
    http::extract::{PeerBody, PeerWrite},
    service::{
        federation::{InboxName, receive},
        objects::ObjectName,
    },
};

/// Receives an activity for a person; answers it as it is stored.
pub(super) async fn post_to_person(
    peer: PeerWrite,
    deliveries: Extension<PeerDeliveries>,
    Path(nickname): Path<String>,
    body: PeerBody,
) -> ApiResult {
    post(peer, &deliveries, InboxName::Person(nickname), body).await
}

/// Receives an activity for a group of this server.
pub(super) async fn post_to_group(
    peer: PeerWrite,
    deliveries: Extension<PeerDeliveries>,
    Path(uuid): Path<String>,
    body: PeerBody,
) -> ApiResult {
    let inbox = InboxName::Group(ObjectName::Uuid(uuid));
    post(peer, &deliveries, inbox, body).await
}

async fn post(
    PeerWrite(ctx): PeerWrite,
    deliveries: &PeerDeliveries,
    inbox: InboxName,
    PeerBody(body, turn): PeerBody,
) -> ApiResult {
    let client = ctx.client();
    if let Some(identity) = client.and_then(|client| client.identity.as_ref()) {
        deliveries.admit(identity)?;
    }
    let received = receive(&ctx, inbox, body, turn).await?;
    Ok(JsonAnswer::of(received))
}
