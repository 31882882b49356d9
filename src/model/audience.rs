//! Audience of an object, and the rule of who may read it.

use super::Stream;

/// One entry of an audience. An object may be read by its author and by whoever matches one of the
/// addresses of its audience. The rules of addressing (whose collections count) are applied when an
/// audience is made; a store only compares.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum AudienceMember {
    /// Everyone, even without an account.
    Public,
    /// The person with this id.
    Person(String),
    /// The members of this stream at the time of reading: followers, or members of a list or group.
    Members(Stream),
}

impl AudienceMember {
    /// About how many bytes it takes.
    pub(super) fn size(&self) -> usize {
        size_of::<Self>()
            + match self {
                Self::Person(id) => id.len(),
                // They are few, and mostly of ids that are made here.
                Self::Public | Self::Members(_) => 0,
            }
    }
}

/// For whose eyes a read is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Viewer<'a> {
    /// No filter: the owner of a stream, or the server itself.
    Unrestricted,
    /// Nobody in particular: public things only.
    Anonymous,
    /// The person with this id: public things, their own, and what is addressed to them.
    Person(&'a str),
}

/// Whether someone may read a thing, as far as the thing itself can tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Access<'a> {
    /// They may.
    Granted,
    /// They may not.
    Denied,
    /// They may if they are in one of these streams now.
    IfMemberOf(Vec<&'a Stream>),
}

/// Whether a viewer may read what has this author and this audience.
pub(crate) fn access<'a>(
    author: Option<&str>,
    audience: &'a [AudienceMember],
    viewer: Viewer<'_>,
) -> Access<'a> {
    let person = match viewer {
        Viewer::Unrestricted => return Access::Granted,
        Viewer::Person(person) => Some(person),
        Viewer::Anonymous => None,
    };
    let named = audience.iter().any(|address| match address {
        AudienceMember::Public => true,
        AudienceMember::Person(id) => person == Some(id),
        AudienceMember::Members(_) => false,
    });
    if named || person.is_some() && person == author {
        return Access::Granted;
    }
    let streams = audience.iter().filter_map(|address| match address {
        AudienceMember::Members(stream) if person.is_some() => Some(stream),
        _ => None,
    });
    match streams.collect::<Vec<_>>() {
        none if none.is_empty() => Access::Denied,
        streams => Access::IfMemberOf(streams),
    }
}
