//! Collections (pump-api 10): envelopes, pages, counts, links, search and unknown properties.

mod kinds;
mod paging;
mod properties;
mod search;

use serde_json::Value;

/// Returns the identity of an item of a page.
fn item_ids(page: &Value) -> Vec<String> {
    let name = |item: &Value| {
        item.get("id")
            .or_else(|| item.get("nickname"))
            .and_then(Value::as_str)
            .unwrap()
            .to_owned()
    };
    page["items"].as_array().unwrap().iter().map(name).collect()
}

fn link(page: &Value, rel: &str) -> Option<String> {
    page["links"][rel]["href"].as_str().map(str::to_owned)
}

fn assert_no_internal_keys(value: &Value) {
    match value {
        Value::Object(properties) => {
            for (key, value) in properties {
                assert!(!key.starts_with('_'), "{key}");
                assert_no_internal_keys(value);
            }
        }
        Value::Array(list) => list.iter().for_each(assert_no_internal_keys),
        _ => {}
    }
}
