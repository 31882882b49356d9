//! Clients as ActivityStreams objects: what an activity was made with (pump-api 3.4).

use serde_json::{Map, Value};
use uuid::Uuid;

use crate::model::{Client, ClientKind};

/// The object that stands for a client. Its id depends on the client's key only, so that it stays
/// the same for ever.
pub(crate) fn describe(client: &Client) -> Map<String, Value> {
    let object_type = match client.kind {
        ClientKind::Web => "service",
        ClientKind::Native => "application",
    };
    let id = Uuid::new_v5(&Uuid::NAMESPACE_OID, client.id.as_bytes())
        .urn()
        .to_string();
    let mut body = Map::new();
    if let Some(name) = &client.name {
        body.insert("displayName".into(), name.clone().into());
    }
    if let Some(description) = &client.description {
        body.insert(
            "content".into(),
            crate::protocol::html::escape(description).into(),
        );
    }
    body.insert("objectType".into(), object_type.into());
    body.insert("id".into(), id.into());
    body
}
