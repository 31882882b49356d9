//! Clients as ActivityStreams objects: what an activity was made with (pump-api 3.4).

use serde_json::{Map, Value};
use sha1::{Digest, Sha1};
use uuid::Uuid;

use crate::{
    model::{BROWSER_CLIENT_PREFIX, Client, ClientKind},
    protocol::{as1::MAX_NAME_BYTES, html::escape},
};

/// How much of what a client says of itself stands beside everything that is made with it.
const MAX_DESCRIPTION_BYTES: usize = 2048;

/// The object that stands for a client. Its id depends on the client's key only, so that it stays
/// the same for ever, and on whatever server takes over from another.
pub(crate) fn client_object(client: &Client) -> Map<String, Value> {
    if client.is_browser() {
        return pages_object();
    }
    let object_type = match client.kind {
        ClientKind::Web => "service",
        ClientKind::Native => "application",
    };
    let mut body = Map::new();
    if let Some(name) = &client.name {
        body.insert("displayName".into(), first(name, MAX_NAME_BYTES).into());
    }
    if let Some(description) = &client.description {
        body.insert(
            "content".into(),
            escape(first(description, MAX_DESCRIPTION_BYTES)).into(),
        );
    }
    body.insert("objectType".into(), object_type.into());
    body.insert("id".into(), client_object_id(&client.id).into());
    body
}

/// The object that stands for the pages of this server, in whatever browser.
fn pages_object() -> Map<String, Value> {
    Map::from_iter([
        ("displayName".into(), "Web".into()),
        ("objectType".into(), "service".into()),
        ("id".into(), client_object_id(BROWSER_CLIENT_PREFIX).into()),
    ])
}

/// The beginning of a text, of so many bytes at most.
fn first(text: &str, bytes: usize) -> &str {
    &text[..text.floor_char_boundary(bytes)]
}

/// Returns the id of the [client object](client_object) for a key: almost a version 5 UUID, but
/// without namespace and with the reference's variant.
pub(crate) fn client_object_id(key: &str) -> String {
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&Sha1::digest(key)[..16]);
    bytes[6] = bytes[6] & 0x0f | 0x50;
    bytes[8] = bytes[8] & 0x3f | 0xa0;
    Uuid::from_bytes(bytes).urn().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The expected values were computed with another implementation of SHA-1.
    #[test]
    fn the_id_of_a_client_is_the_one_that_the_reference_gives_it() {
        for (key, id) in [
            ("", "urn:uuid:da39a3ee-5e6b-5b0d-b255-bfef95601890"),
            ("my-client", "urn:uuid:f481d2dc-0721-5119-a0a9-58b6f083836e"),
            (
                "Yzg0NjQ3NDk3N2",
                "urn:uuid:30a1fda8-7997-5f69-a48c-cff0f0b391fd",
            ),
            (
                "CvcKd8g2c64n38UUvu3x2Q",
                "urn:uuid:0bdc6283-de20-5347-ab8e-35221101f5b8",
            ),
        ] {
            assert_eq!(client_object_id(key), id);
        }
    }
}
