//! Audiences as JSON: `"public"`, `["person", id]`, and `["members", kind, id]`, with a second id
//! for streams that need one.

use serde_json::{Value, json};

use crate::{
    model::{Address, Stream},
    storage::{Result, StorageError},
};

/// An audience in parts, as it is stored.
pub(in crate::storage) struct Parts<'a> {
    /// The whole of it.
    pub(in crate::storage) json: Value,
    /// Whether it has everyone.
    pub(in crate::storage) public: bool,
    /// The persons in it, each once.
    pub(in crate::storage) persons: Vec<&'a str>,
    /// The streams in it, each once.
    pub(in crate::storage) streams: Vec<&'a Stream>,
}

/// Takes an audience apart.
pub(in crate::storage) fn parts(audience: &[Address]) -> Parts<'_> {
    let mut parts = Parts {
        json: audience.iter().map(to_json).collect(),
        public: false,
        persons: Vec::new(),
        streams: Vec::new(),
    };
    for address in audience {
        match address {
            Address::Public => parts.public = true,
            Address::Person(id) => parts.persons.push(id),
            Address::Members(stream) => parts.streams.push(stream),
        }
    }
    parts.persons.sort_unstable();
    parts.persons.dedup();
    parts.streams.sort_unstable();
    parts.streams.dedup();
    parts
}

/// Reads an audience.
pub(in crate::storage) fn from_json(json: &Value) -> Result<Vec<Address>> {
    json.as_array()
        .and_then(|entries| entries.iter().map(address).collect())
        .ok_or_else(|| StorageError::Corrupt(format!("the audience {json}")))
}

fn to_json(address: &Address) -> Value {
    match address {
        Address::Public => json!("public"),
        Address::Person(id) => json!(["person", id]),
        Address::Members(stream) => match stream {
            Stream::Users => json!(["members", "users", ""]),
            Stream::Outbox(id) => json!(["members", "outbox", id]),
            Stream::Inbox(id) => json!(["members", "inbox", id]),
            Stream::Followers(id) => json!(["members", "followers", id]),
            Stream::Following(id) => json!(["members", "following", id]),
            Stream::Favorites(id) => json!(["members", "favorites", id]),
            Stream::Uploads(id) => json!(["members", "uploads", id]),
            Stream::Lists { owner, object_type } => json!(["members", "lists", owner, object_type]),
            Stream::Likes(id) => json!(["members", "likes", id]),
            Stream::Replies(id) => json!(["members", "replies", id]),
            Stream::Shares(id) => json!(["members", "shares", id]),
            Stream::Members(id) => json!(["members", "members", id]),
            Stream::Departed => json!(["members", "departed", ""]),
            Stream::Loose => json!(["members", "loose", ""]),
            Stream::Documents(id) => json!(["members", "documents", id]),
        },
    }
}

fn address(json: &Value) -> Option<Address> {
    if json == "public" {
        return Some(Address::Public);
    }
    let words: Vec<&str> = json.as_array()?.iter().map_while(Value::as_str).collect();
    let stream = match *words.as_slice() {
        ["person", id] => return Some(Address::Person(id.into())),
        ["members", "users", _] => Stream::Users,
        ["members", "outbox", id] => Stream::Outbox(id.into()),
        ["members", "inbox", id] => Stream::Inbox(id.into()),
        ["members", "followers", id] => Stream::Followers(id.into()),
        ["members", "following", id] => Stream::Following(id.into()),
        ["members", "favorites", id] => Stream::Favorites(id.into()),
        ["members", "uploads", id] => Stream::Uploads(id.into()),
        ["members", "lists", owner, object_type] => Stream::Lists {
            owner: owner.into(),
            object_type: object_type.into(),
        },
        ["members", "likes", id] => Stream::Likes(id.into()),
        ["members", "replies", id] => Stream::Replies(id.into()),
        ["members", "shares", id] => Stream::Shares(id.into()),
        ["members", "members", id] => Stream::Members(id.into()),
        ["members", "departed", _] => Stream::Departed,
        ["members", "loose", _] => Stream::Loose,
        ["members", "documents", id] => Stream::Documents(id.into()),
        _ => return None,
    };
    Some(Address::Members(stream))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_address_reads_back_from_its_json() {
        let id = || String::from("x");
        let streams = [
            Stream::Users,
            Stream::Outbox(id()),
            Stream::Inbox(id()),
            Stream::Followers(id()),
            Stream::Following(id()),
            Stream::Favorites(id()),
            Stream::Uploads(id()),
            Stream::Lists {
                owner: id(),
                object_type: "person".into(),
            },
            Stream::Likes(id()),
            Stream::Replies(id()),
            Stream::Shares(id()),
            Stream::Members(id()),
            Stream::Departed,
            Stream::Loose,
            Stream::Documents(id()),
        ];
        let mut audience: Vec<Address> = streams.map(Address::Members).into();
        audience.extend([Address::Public, Address::Person(id())]);
        assert_eq!(from_json(&parts(&audience).json).unwrap(), audience);
    }

    #[test]
    fn what_is_no_audience_is_corrupt() {
        for json in [
            json!(null),
            json!(["private"]),
            json!([["person"]]),
            json!([[1, 2]]),
        ] {
            assert!(
                matches!(from_json(&json), Err(StorageError::Corrupt(_))),
                "{json}"
            );
        }
    }
}
