//! Common fragments of requests.

use std::io::Cursor;

use hydraulics::model::PUBLIC;
use image::{DynamicImage, ImageFormat, RgbImage};
use serde_json::{Value, json};

use super::BASE;

/// Everyone, as someone who is addressed.
pub(crate) fn public() -> Value {
    json!({ "objectType": "collection", "id": PUBLIC })
}

/// Recipients of a public activity.
pub(crate) fn everyone() -> Value {
    json!({ "to": [public()] })
}

/// An activity with these recipients.
pub(crate) fn addressed(mut activity: Value, recipients: &Value) -> Value {
    let lists = recipients.as_object().expect("lists of recipients");
    let properties = activity.as_object_mut().expect("an activity is an object");
    properties.extend(lists.clone());
    activity
}

/// A thing by its name only.
pub(crate) fn named(thing: &Value) -> Value {
    json!({ "objectType": thing["objectType"], "id": thing["id"] })
}

/// An activity about a thing that is there.
pub(crate) fn about(verb: &str, object: &Value) -> Value {
    json!({ "verb": verb, "object": named(object) })
}

/// An activity that comments on a thing.
pub(crate) fn comment_on(thing: &Value, content: &str) -> Value {
    json!({
        "object": { "objectType": "comment", "content": content, "inReplyTo": named(thing) },
    })
}

/// An activity that creates a list of persons.
pub(crate) fn person_list(name: &str) -> Value {
    json!({
        "verb": "create",
        "object": { "objectType": "collection", "objectTypes": ["person"], "displayName": name },
    })
}

/// The id of a thing.
#[track_caller]
pub(crate) fn id(thing: &Value) -> &str {
    thing["id"].as_str().expect("a thing has an id")
}

/// The path of a URL of the server.
#[track_caller]
pub(crate) fn path(url: &Value) -> &str {
    let url = url.as_str().expect("a URL");
    url.strip_prefix(BASE).expect("it is of this server")
}

/// A black picture.
pub(crate) fn picture(width: u32, height: u32, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    DynamicImage::from(RgbImage::new(width, height))
        .write_to(&mut bytes, format)
        .expect("a picture is encoded");
    bytes.into_inner()
}
