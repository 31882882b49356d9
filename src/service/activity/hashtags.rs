//! Hashtags of what is posted here: links in its content, and among its tags.

use serde_json::{Map, Value, json};

use crate::{
    model::{ACTOR_TYPES, Urls, fold_tag},
    protocol::{
        as1::MAX_PARTS,
        hashtags::{LinkedHtml, link_hashtags, tag_url},
        search::tag_name,
    },
};

/// Makes the hashtags in the content of an object links, and puts them among its `tags`, beside
/// those of the client. Those that an earlier content had and this one has not are taken out.
pub(super) fn link_content(urls: &Urls, body: &mut Map<String, Value>) {
    let object_type = body.get("objectType").and_then(Value::as_str);
    if object_type.is_some_and(|object_type| ACTOR_TYPES.contains(&object_type)) {
        return;
    }
    let base = urls.tag("");
    let content = body.get("content").and_then(Value::as_str);
    let linked = content
        .filter(|content| content.contains('#'))
        .map(|content| link_hashtags(content, &base));
    let LinkedHtml { html, names } = match linked {
        Some(linked) => linked,
        // Without tags there is nothing to take out either.
        None if !body.contains_key("tags") => return,
        None => LinkedHtml {
            html: String::new(),
            names: Vec::new(),
        },
    };
    let mut tags = match body.get_mut("tags") {
        Some(Value::Array(tags)) => std::mem::take(tags),
        _ => Vec::new(),
    };
    let had_tags = !tags.is_empty();
    if content_is_known(body) {
        tags.retain(|tag| !is_own(tag, &base));
    }
    for name in &names {
        let folded = fold_tag(name);
        let is_known = |tag: &Value| tag_name(tag).and_then(fold_tag) == folded;
        if tags.len() < MAX_PARTS && !tags.iter().any(is_known) {
            let url = tag_url(&base, folded.as_deref().unwrap_or_default());
            tags.push(json!({ "objectType": "hashtag", "displayName": name, "url": url }));
        }
    }
    if had_tags || !tags.is_empty() {
        body.insert("tags".into(), tags.into());
    }
    if !html.is_empty() {
        body.insert("content".into(), html.into());
    }
}

/// Without content, tags are all that is said.
fn content_is_known(body: &Map<String, Value>) -> bool {
    body.get("content").is_some_and(Value::is_string)
}

/// Whether a tag is a hashtag of this server.
fn is_own(tag: &Value, base: &str) -> bool {
    let text = |name| tag.get(name).and_then(Value::as_str);
    text("objectType") == Some("hashtag") && text("url").is_some_and(|url| url.starts_with(base))
}

#[cfg(test)]
mod tests {
    use url::Url;

    use super::*;

    fn linked(body: Value) -> Value {
        let urls = Urls::new(&Url::parse("https://h").unwrap()).unwrap();
        let Value::Object(mut body) = body else {
            panic!("{body}")
        };
        link_content(&urls, &mut body);
        body.into()
    }

    fn tag(name: &str) -> Value {
        let url = format!("https://h/tag/{}", name.to_lowercase());
        json!({ "objectType": "hashtag", "displayName": name, "url": url })
    }

    #[test]
    fn hashtags_stand_beside_the_tags_of_the_client() {
        let note = linked(json!({ "content": "#Tea #Milk", "tags": ["milk", { "id": "urn:x" }] }));
        assert_eq!(note["tags"], json!(["milk", { "id": "urn:x" }, tag("Tea")]));
        let link = "<a href=\"https://h/tag/tea\" rel=\"tag\">#Tea</a>";
        assert!(
            note["content"].as_str().unwrap().starts_with(link),
            "{note}"
        );
    }

    #[test]
    fn a_hashtag_goes_with_the_words_that_it_stood_in() {
        let note = linked(json!({ "content": "#Tea", "tags": [tag("Tea"), tag("Milk"), "x"] }));
        assert_eq!(note["tags"], json!(["x", tag("Tea")]));
        let note = linked(json!({ "content": "none", "tags": [tag("Tea")] }));
        assert_eq!(note, json!({ "content": "none", "tags": [] }));
    }

    #[test]
    fn content_without_hashtags_stays_as_it_is() {
        for body in [
            json!({ "content": "#1 and more" }),
            json!({ "content": "none", "tags": ["x"] }),
            json!({ "tags": [tag("Tea")] }),
            json!({ "objectType": "person", "content": "#Tea" }),
            json!({}),
        ] {
            assert_eq!(linked(body.clone()), body);
        }
    }

    #[test]
    fn no_more_tags_are_added_than_there_may_be() {
        let content: Vec<String> = (0..300).map(|number| format!("#t{number}")).collect();
        let note = linked(json!({ "content": content.join(" ") }));
        assert_eq!(note["tags"].as_array().unwrap().len(), MAX_PARTS);
    }
}
