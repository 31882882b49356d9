//! Who may read a thing.

use super::{Object, Stream, Viewer};

/// One entry of an audience. An object may be read by its author and by whoever matches one of the
/// addresses of its audience. The rules of addressing (whose collections count) are applied when an
/// audience is made; a store only compares.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Address {
    /// Everyone, even without an account.
    Public,
    /// The person with this id.
    Person(String),
    /// Whoever is in this stream when it is read: followers, members of a list or group.
    Members(Stream),
}

impl Address {
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

/// Whether someone may read a thing, as far as the thing itself can tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Access<'a> {
    /// They may.
    Open,
    /// They may not.
    Closed,
    /// They may if they are in one of these streams now.
    Within(Vec<&'a Stream>),
}

impl Object {
    /// Whether a viewer may read it: its author may, and whoever its audience says.
    pub fn access(&self, viewer: Viewer<'_>) -> Access<'_> {
        access(self.author.as_deref(), &self.audience, viewer)
    }
}

/// Whether a viewer may read what has this author and this audience.
pub fn access<'a>(author: Option<&str>, audience: &'a [Address], viewer: Viewer<'_>) -> Access<'a> {
    let person = match viewer {
        Viewer::Everything => return Access::Open,
        Viewer::Person(person) => Some(person),
        Viewer::Anyone => None,
    };
    let named = audience.iter().any(|address| match address {
        Address::Public => true,
        Address::Person(id) => person == Some(id),
        Address::Members(_) => false,
    });
    if named || person.is_some() && person == author {
        return Access::Open;
    }
    let streams = audience.iter().filter_map(|address| match address {
        Address::Members(stream) if person.is_some() => Some(stream),
        _ => None,
    });
    match streams.collect::<Vec<_>>() {
        none if none.is_empty() => Access::Closed,
        streams => Access::Within(streams),
    }
}
