//! Who may read a thing.

use super::Stream;

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
