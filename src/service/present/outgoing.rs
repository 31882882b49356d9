//! Activities as they leave for other hosts (pump-api 12.5).

use std::sync::Arc;

use serde_json::Value;
use tracing::{Instrument, debug_span};

use super::{Detail, Listing, PageData};
use crate::{
    Context,
    model::Object,
    service::{Error, Result},
};

/// Properties that never leave: secret recipients, and everything that is about one viewer.
const INTERNAL_PROPERTIES: &[&str] = &["bto", "bcc", "liked", "pump_io", "proxyURL", "received"];

/// Renders an activity for the [receiver](crate::context::Caller::Receiver) of a context. Returns
/// the JSON, and all other objects of which parts are in it if the receiver may read them.
pub(crate) async fn render_outgoing(
    ctx: &Context,
    activity: &Arc<Object>,
) -> Result<(String, Vec<Arc<Object>>)> {
    let root = [Arc::clone(activity)];
    let page = PageData::load(ctx, &root, Detail::OUTGOING, None, None, usize::MAX);
    let page = page.instrument(debug_span!("present")).await?;
    let rendered = Listing::of(Detail::OUTGOING).show(&page, activity);
    let mut tree: Value = serde_json::from_str(rendered.as_str()).map_err(Error::internal)?;
    remove_internal(&mut tree);
    Ok((tree.to_string(), page.objects().cloned().collect()))
}

/// Removes properties that never leave, at any depth. The depth is that of stored objects.
fn remove_internal(tree: &mut Value) {
    match tree {
        Value::Object(members) => {
            members.retain(|name, _| {
                !name.starts_with('_') && !INTERNAL_PROPERTIES.contains(&&**name)
            });
            members.values_mut().for_each(remove_internal);
        }
        Value::Array(items) => items.iter_mut().for_each(remove_internal),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn internal_properties_are_removed_at_any_depth() {
        let mut tree = json!({
            "id": "a",
            "_uuid": "x",
            "bto": [],
            "received": "now",
            "object": { "liked": true, "attachments": [{ "pump_io": {}, "url": "u", "_x": 1 }] },
        });
        remove_internal(&mut tree);
        let expected = json!({ "id": "a", "object": { "attachments": [{ "url": "u" }] } });
        assert_eq!(tree, expected);
    }
}
