//! Things as other servers send them: what can't be used of them is left out, since there are many
//! kinds of server, and old profiles with odd properties.

use serde_json::{Map, Value, json};

use super::{COMPUTED_PROPERTIES, check_reference, sanitize_members, shape::check_id};
use crate::{
    model::Reference,
    protocol::{
        as1::{MAX_ID_BYTES, MAX_PROPERTIES, MAX_TYPE_BYTES, Malformed},
        html::is_link,
    },
};

/// Properties that are feeds of a thing, of which the URL is kept.
const FEEDS: &[&str] = &[
    "likes",
    "replies",
    "shares",
    "members",
    "documents",
    "followers",
    "following",
    "favorites",
    "lists",
];

/// Maximum links that are kept of a thing.
const MAX_LINKS: usize = 32;

/// Cleans a thing of another server as [`sanitize_object`](super::sanitize_object) does one from a
/// client, but leaves malformed properties out. Its own links and the URLs of its feeds stay. An
/// unfit id is refused.
pub(crate) fn sanitize_received(
    mut thing: Map<String, Value>,
) -> Result<Map<String, Value>, Malformed> {
    if thing.len() > MAX_PROPERTIES {
        return Err(Malformed(format!(
            "A thing may have {MAX_PROPERTIES} properties and no more"
        )));
    }
    let links = thing.shift_remove("links").and_then(links_of);
    let feeds: Vec<_> = FEEDS
        .iter()
        .filter_map(|feed| {
            let url = feed_of(&thing.shift_remove(*feed)?)?.to_owned();
            Some((*feed, url))
        })
        .collect();
    let parent = thing.shift_remove("inReplyTo");
    let parent = parent.as_ref().and_then(reference_of);
    thing.retain(|key, value| {
        !value.is_null() && key != "pump_io" && !COMPUTED_PROPERTIES.contains(&key.as_str())
    });
    if let Some(id) = thing.get("id") {
        let id = id.as_str().filter(|id| id.len() <= MAX_ID_BYTES);
        check_id(id.unwrap_or_default())?;
    }
    let fits = |kind: &str| !kind.is_empty() && kind.len() <= MAX_TYPE_BYTES;
    if !thing
        .get("objectType")
        .and_then(Value::as_str)
        .is_some_and(fits)
    {
        thing.shift_remove("objectType");
    }
    let mut thing = sanitize_members(thing, |_, _| ());
    thing.extend(links.map(|links| ("links".to_owned(), links.into())));
    for (feed, url) in feeds {
        thing.insert(feed.into(), json!({ "url": url }));
    }
    thing.extend(parent.map(|parent| ("inReplyTo".to_owned(), parent.to_value())));
    Ok(thing)
}

/// Reads the addressees of an activity of another server: those that are no references are left
/// out.
pub(crate) fn received_references(list: &Value) -> Vec<Reference> {
    let mut references: Vec<Reference> = Vec::new();
    let entries = list
        .as_array()
        .map_or(std::slice::from_ref(list), |list| list);
    for reference in entries.iter().filter_map(reference_of) {
        if !references.contains(&reference) {
            references.push(reference);
        }
    }
    references
}

/// Reads a reference, also in its short form.
fn reference_of(value: &Value) -> Option<Reference> {
    let reference = match value {
        Value::String(id) => Reference::from_value(&json!({ "id": id })),
        other => Reference::from_value(other),
    };
    reference.filter(|reference| check_reference(reference).is_ok())
}

/// Returns the links of a thing, by relation, as `{"href"}`.
fn links_of(links: Value) -> Option<Map<String, Value>> {
    let Value::Object(links) = links else {
        return None;
    };
    let links = links.into_iter().filter_map(|(relation, link)| {
        let href = web_address(link.get("href")?)?;
        let fits = relation.len() <= MAX_TYPE_BYTES && !relation.contains('<');
        fits.then(|| (relation.clone(), json!({ "href": href })))
    });
    let links: Map<String, Value> = links.take(MAX_LINKS).collect();
    (!links.is_empty()).then_some(links)
}

/// Returns the URL of a feed.
fn feed_of(feed: &Value) -> Option<&str> {
    web_address(feed.get("url")?)
}

fn web_address(url: &Value) -> Option<&str> {
    let url = url.as_str().filter(|url| url.len() <= MAX_ID_BYTES)?;
    let is_web = url.starts_with("http://") || url.starts_with("https://");
    (is_web && is_link(url)).then_some(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn received(thing: &Value) -> Result<Value, Malformed> {
        sanitize_received(thing.as_object().cloned().unwrap()).map(Value::Object)
    }

    #[test]
    fn odd_properties_of_a_received_thing_are_left_out() {
        let odd = json!({
            "id": "acct:zed@h.example", "objectType": "person", "displayName": "Zed",
            "upstreamDuplicates": { "0": "http://h.example/zed" }, "image": [], "location": "",
            "links": {}, "url": 5, "updated": "yesterday", "liked": true, "_uuid": "x",
            "pump_io": { "followed": true }, "attachments": "none", "summary": null,
        });
        let left = json!({
            "id": "acct:zed@h.example", "objectType": "person", "displayName": "Zed",
            "upstreamDuplicates": ["http://h.example/zed"],
        });
        assert_eq!(received(&odd).unwrap(), left);
        for (odd, left) in [
            (json!({ "id": "x", "objectType": 5 }), json!({ "id": "x" })),
            (json!({ "id": "x", "objectType": "" }), json!({ "id": "x" })),
        ] {
            assert_eq!(received(&odd).unwrap(), left);
        }
    }

    #[test]
    fn received_thing_keeps_where_its_server_has_it() {
        let note = json!({
            "id": "https://h.example/n/1", "content": "<b>x</b><script>y</script>",
            "links": {
                "self": { "href": "https://h.example/n/1", "type": "x" },
                "evil": { "href": "javascript:x" }, "odd": 5,
            },
            "likes": { "url": "https://h.example/n/1/likes", "totalItems": 7, "items": [1] },
            "replies": { "totalItems": 2 }, "author": { "id": "acct:zed@h.example" },
            "inReplyTo": { "id": "https://other.example/1", "objectType": "note", "content": "z" },
        });
        let kept = json!({
            "id": "https://h.example/n/1", "content": "<b>x</b>",
            "links": { "self": { "href": "https://h.example/n/1" } },
            "likes": { "url": "https://h.example/n/1/likes" },
            "inReplyTo": { "id": "https://other.example/1", "objectType": "note" },
        });
        assert_eq!(received(&note).unwrap(), kept);
    }

    #[test]
    fn received_thing_needs_a_fit_id() {
        let long = "x".repeat(MAX_ID_BYTES + 1);
        for id in [
            json!(5),
            json!(""),
            json!("a\nb"),
            json!("javascript:x"),
            long.into(),
        ] {
            assert!(received(&json!({ "id": id })).is_err(), "{id}");
        }
    }

    #[test]
    fn addressees_are_read_in_every_form() {
        let one = Reference::new("person", "acct:zed@h.example");
        let named = one.to_value();
        for list in [json!([named, named, 5, { "id": "" }]), named.clone()] {
            assert_eq!(received_references(&list), std::slice::from_ref(&one));
        }
        assert_eq!(
            received_references(&json!("x")),
            [Reference::new("other", "x")]
        );
        assert_eq!(received_references(&Value::Null), []);
    }
}
