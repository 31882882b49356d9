//! The ordered collections of the server.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::Standing;

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
    /// The persons whose accounts wait for a moderator.
    Applicants,
    /// The persons, of this server and of others, whom a moderator silenced.
    Silenced,
    /// The persons, of this server and of others, whom a moderator suspended.
    Suspended,
    /// The persons and hosts that a person blocks.
    Blocked(String),
    /// The persons who block a person or host.
    BlockedBy(String),
    /// The persons and hosts that a person muted.
    Muted(String),
    /// The persons who muted a person or host.
    MutedBy(String),
    /// The persons who decide themselves about each of their followers.
    FollowApprovers,
    /// The persons who asked to follow a person.
    Requests(String),
    /// The activities that a person is told of.
    Notices(String),
    /// Those among them that the person has not seen.
    Unseen(String),
    /// The newest activity of the home timeline that a person has seen.
    Read(String),
    /// The persons who voted in a poll.
    Voters(String),
    /// The persons who voted for one choice of a poll.
    VotersFor {
        /// The thing with the poll.
        poll: String,
        /// The choice.
        choice: String,
    },
}

impl Stream {
    /// The persons of a standing that is a limit.
    pub fn of_standing(standing: Standing) -> Option<Self> {
        match standing {
            Standing::Good => None,
            Standing::Pending => Some(Self::Applicants),
            Standing::Silenced => Some(Self::Silenced),
            Standing::Suspended => Some(Self::Suspended),
        }
    }

    /// Whether it has the persons of a standing.
    pub(crate) fn is_of_standing(&self) -> bool {
        matches!(self, Self::Applicants | Self::Silenced | Self::Suspended)
    }

    /// The thing whose likes, replies or shares these are. There may be such streams of everything
    /// that there is, and of most there are none.
    pub fn reaction_target(&self) -> Option<&str> {
        match self {
            Self::Likes(id) | Self::Replies(id) | Self::Shares(id) => Some(id),
            _ => None,
        }
    }

    /// Whether entries of it change nothing but what is shown of the stream itself: nobody may read
    /// anything for being in it.
    pub(crate) fn is_apart(&self) -> bool {
        matches!(self, Self::Unseen(_))
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
            Self::Applicants => f.write_str("applicants"),
            Self::Silenced => f.write_str("silenced"),
            Self::Suspended => f.write_str("suspended"),
            Self::Blocked(id) => write!(f, "blocked {id}"),
            Self::BlockedBy(id) => write!(f, "blockedby {id}"),
            Self::Muted(id) => write!(f, "muted {id}"),
            Self::MutedBy(id) => write!(f, "mutedby {id}"),
            Self::FollowApprovers => f.write_str("followapprovers"),
            Self::Requests(id) => write!(f, "requests {id}"),
            Self::Notices(id) => write!(f, "notices {id}"),
            Self::Unseen(id) => write!(f, "unseen {id}"),
            Self::Read(id) => write!(f, "read {id}"),
            Self::Voters(id) => write!(f, "voters {id}"),
            // The length keeps its parts apart.
            Self::VotersFor { poll, choice } => {
                write!(f, "voters:{} {choice} {poll}", choice.len())
            }
        }
    }
}
