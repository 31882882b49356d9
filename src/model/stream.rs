//! The ordered collections of the server.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A stream: an ordered set of stored objects, newest last in, first out. An object is in a stream
/// at most once. The owner is named by its object id.
///
/// `Display` writes a text that is unique to the stream, for backends that key streams by text.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Stream {
    /// The persons who have an account here.
    Users,
    /// The activities a person did.
    Outbox(String),
    /// The activities that reached a person, their own among them; or that went to a group.
    Inbox(String),
    /// The persons who follow a person.
    Followers(String),
    /// The persons (and others) a person follows.
    Following(String),
    /// The objects a person favorited.
    Favorites(String),
    /// The objects a person uploaded.
    Uploads(String),
    /// The lists of a person for objects of one type.
    Lists {
        /// Owner of the lists.
        owner: String,
        /// The type of what the lists hold, usually `person`.
        object_type: String,
    },
    /// The persons who like an object.
    Likes(String),
    /// The replies to an object.
    Replies(String),
    /// The persons who shared an object.
    Shares(String),
    /// Members of a list or group.
    Members(String),
    /// The persons who removed their account, as long as something of theirs may be left.
    #[serde(rename = "departed")]
    DeletedAccounts,
    /// The uploads with files that nothing may name: those that are not finished, and those that
    /// were deleted.
    #[serde(rename = "loose")]
    OrphanedUploads,
    /// Documents that members added to a group.
    Documents(String),
}

impl Stream {
    /// The thing whose likes, replies or shares these are. There may be such streams of everything
    /// that there is, and of most there are none.
    pub fn reaction_target(&self) -> Option<&str> {
        match self {
            Self::Likes(id) | Self::Replies(id) | Self::Shares(id) => Some(id),
            _ => None,
        }
    }
}

impl fmt::Display for Stream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Users => f.write_str("users"),
            Self::Outbox(id) => write!(f, "outbox {id}"),
            Self::Inbox(id) => write!(f, "inbox {id}"),
            Self::Followers(id) => write!(f, "followers {id}"),
            Self::Following(id) => write!(f, "following {id}"),
            Self::Favorites(id) => write!(f, "favorites {id}"),
            Self::Uploads(id) => write!(f, "uploads {id}"),
            Self::Lists { owner, object_type } => write!(f, "lists:{object_type} {owner}"),
            Self::Likes(id) => write!(f, "likes {id}"),
            Self::Replies(id) => write!(f, "replies {id}"),
            Self::Shares(id) => write!(f, "shares {id}"),
            Self::Members(id) => write!(f, "members {id}"),
            Self::DeletedAccounts => f.write_str("departed"),
            Self::OrphanedUploads => f.write_str("loose"),
            Self::Documents(id) => write!(f, "documents {id}"),
        }
    }
}
