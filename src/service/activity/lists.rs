//! Lists: collections with a name, of members of one type (pump-api 8).

use std::sync::Arc;

use serde_json::{Map, Value};

use super::planner::Planner;
use crate::{
    app::texts::Phrase,
    model::{MAX_COUNT, Object, PageRequest, Stream, Viewer},
    service::{Error, Result},
    storage::{Change, Duplicate},
};

/// The type of what a list holds, if this is a list: a collection with a name and exactly one
/// entry in `objectTypes` (pump-api 8).
pub(super) fn list_item_type(object_type: &str, body: &Map<String, Value>) -> Option<String> {
    body.get("displayName")?.as_str()?;
    match body.get("objectTypes")?.as_array()?.as_slice() {
        [Value::String(kind)] if object_type == "collection" => Some(kind.clone()),
        _ => None,
    }
}

/// Plans that a new list is among those of the actor, under a name that no other has.
pub(super) async fn register_list(
    planner: &mut Planner<'_>,
    list: &Object,
    object_type: String,
) -> Result<()> {
    let (stream, name) = require_free_name(planner, list, object_type).await?;
    // Another list of that name may come meanwhile.
    planner.add_change(Change::CheckName {
        stream: stream.clone(),
        name,
    });
    planner.push(stream, &list.id, Duplicate::Reject);
    Ok(())
}

/// Refuses a list with the name of another one of the actor's. Returns their stream, and the name.
pub(super) async fn require_free_name(
    planner: &Planner<'_>,
    list: &Object,
    object_type: String,
) -> Result<(Stream, String)> {
    let stream = Stream::Lists {
        owner: planner.actor.id.clone(),
        object_type,
    };
    let name = list.text_property("displayName").unwrap_or_default();
    let name = name.to_owned();
    let request = PageRequest {
        count: MAX_COUNT,
        name_query: Some(name.clone()),
        ..Default::default()
    };
    let page = planner
        .ctx
        .storage()
        .list(&stream, &request, Viewer::Unrestricted)
        .await?;
    let has_name = |other: &Arc<Object>| other.text_property("displayName") == Some(&name);
    if page.items.iter().any(has_name) {
        return Err(
            Error::bad_request(format!("Already have a(n) 'collection' named '{name}'"))
                .phrased(Phrase::new("list-exists").with("name", name.as_str())),
        );
    }
    Ok((stream, name))
}
