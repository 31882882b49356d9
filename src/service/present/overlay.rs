//! Objects known from a commit, which need not be read again to be rendered.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use crate::{
    model::{Object, Stream},
    storage::{Change, Changes, Expect},
};

/// The objects that a commit wrote or used, as stored by it.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct WriteOverlay {
    objects: HashMap<String, Arc<Object>>,
    /// The things that were not there before.
    new: HashSet<String>,
    /// The streams that got something in the same commit.
    filled: HashSet<Stream>,
}

impl WriteOverlay {
    /// Creates the overlay of these changes. `things` are the objects as they are after them.
    pub(crate) fn new(things: HashMap<String, Arc<Object>>, changes: &Changes) -> Self {
        let mut fresh = Self {
            objects: things,
            ..Self::default()
        };
        for change in changes {
            match change {
                Change::PutObject {
                    object,
                    expect: Expect::Absent,
                } => drop(fresh.new.insert(object.id.clone())),
                Change::Push { stream, .. } => drop(fresh.filled.insert(stream.clone())),
                _ => {}
            }
        }
        fresh
    }

    /// A thing that is known.
    pub(super) fn find(&self, id: &str) -> Option<&Arc<Object>> {
        self.objects.get(id)
    }

    /// Whether nothing can be in a stream: what it belongs to was not there before.
    pub(super) fn is_empty(&self, stream: &Stream) -> bool {
        let (Stream::Likes(of)
        | Stream::Replies(of)
        | Stream::Shares(of)
        | Stream::Members(of)
        | Stream::Documents(of)) = stream
        else {
            return false;
        };
        self.new.contains(of) && !self.filled.contains(stream)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Map;

    use super::*;
    use crate::storage::Duplicate;

    fn put(id: &str, expect: Expect) -> Change {
        let object = Object::new("note", id, id, Map::new());
        Change::PutObject { object, expect }
    }

    #[test]
    fn stream_is_known_empty_only_if_new_and_untouched() {
        let members = Stream::Members("new".into());
        let changes = vec![
            put("new", Expect::Absent),
            put("old", Expect::Version(1)),
            Change::Push {
                stream: members.clone(),
                item: "alice".into(),
                class: None,
                duplicate: Duplicate::Ignore,
            },
        ];
        let fresh = WriteOverlay::new(HashMap::new(), &changes);
        assert!(fresh.is_empty(&Stream::Likes("new".into())));
        assert!(fresh.is_empty(&Stream::Documents("new".into())));
        assert!(!fresh.is_empty(&members));
        assert!(!fresh.is_empty(&Stream::Likes("old".into())));
        assert!(!fresh.is_empty(&Stream::Followers("new".into())));
    }
}
