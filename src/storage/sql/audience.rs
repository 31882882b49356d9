//! Audiences as JSON: `"public"`, `["person", id]`, and `["members", kind, id]`, with a second id
//! for streams that need one.

use serde_json::{Value, json};

use crate::{
    model::{AudienceMember, Stream},
    storage::{Result, StorageError},
};

/// An audience in parts, as it is stored.
pub(crate) struct AudienceParts<'a> {
    /// The whole of it.
    pub(crate) json: Value,
    /// Whether it has everyone.
    pub(crate) public: bool,
    /// The persons in it, each once.
    pub(crate) persons: Vec<&'a str>,
    /// The streams in it, each once.
    pub(crate) streams: Vec<&'a Stream>,
}

/// Takes an audience apart.
pub(crate) fn split(audience: &[AudienceMember]) -> AudienceParts<'_> {
    let mut parts = AudienceParts {
        json: audience.iter().map(to_json).collect(),
        public: false,
        persons: Vec::new(),
        streams: Vec::new(),
    };
    for address in audience {
        match address {
            AudienceMember::Public => parts.public = true,
            AudienceMember::Person(id) => parts.persons.push(id),
            AudienceMember::Members(stream) => parts.streams.push(stream),
        }
    }
    parts.persons.sort_unstable();
    parts.persons.dedup();
    parts.streams.sort_unstable();
    parts.streams.dedup();
    parts
}

/// Reads an audience.
pub(crate) fn from_json(json: &Value) -> Result<Vec<AudienceMember>> {
    json.as_array()
        .and_then(|entries| entries.iter().map(parse_address).collect())
        .ok_or_else(|| StorageError::Corrupt(format!("the audience {json}")))
}

fn to_json(address: &AudienceMember) -> Value {
    match address {
        AudienceMember::Public => json!("public"),
        AudienceMember::Person(id) => json!(["person", id]),
        AudienceMember::Members(Stream::Lists { owner, object_type }) => {
            json!(["members", "lists", owner, object_type])
        }
        AudienceMember::Members(stream) => {
            let text = stream.to_string();
            let (kind, id) = text.split_once(' ').unwrap_or((&text, ""));
            json!(["members", kind, id])
        }
    }
}

fn parse_address(json: &Value) -> Option<AudienceMember> {
    if json == "public" {
        return Some(AudienceMember::Public);
    }
    let words: Vec<&str> = json.as_array()?.iter().map_while(Value::as_str).collect();
    let stream = match *words.as_slice() {
        ["person", id] => return Some(AudienceMember::Person(id.into())),
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
        ["members", "departed", _] => Stream::DeletedAccounts,
        ["members", "loose", _] => Stream::OrphanedUploads,
        ["members", "documents", id] => Stream::Documents(id.into()),
        ["members", "applicants", _] => Stream::Applicants,
        ["members", "silenced", _] => Stream::Silenced,
        ["members", "suspended", _] => Stream::Suspended,
        _ => return None,
    };
    Some(AudienceMember::Members(stream))
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
            Stream::DeletedAccounts,
            Stream::OrphanedUploads,
            Stream::Documents(id()),
            Stream::Applicants,
            Stream::Silenced,
            Stream::Suspended,
        ];
        let mut audience: Vec<AudienceMember> = streams.map(AudienceMember::Members).into();
        audience.extend([AudienceMember::Public, AudienceMember::Person(id())]);
        assert_eq!(from_json(&split(&audience).json).unwrap(), audience);
    }

    #[test]
    fn malformed_audience_is_corrupt() {
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
