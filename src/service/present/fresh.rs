//! What was just written, and need not be read again to be shown.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use super::{Detail, Shown, gather::Gathered};
use crate::{
    Context,
    model::{Object, Stream},
    service::Result,
    storage::{Change, Changes, Expect},
};

/// What a commit wrote, and what that was made of, as it was stored then.
#[derive(Clone, Debug, Default, PartialEq)]
pub(in crate::service) struct Fresh {
    things: HashMap<String, Arc<Object>>,
    /// The things that were not there before.
    new: HashSet<String>,
    /// The streams that got something in the same commit.
    filled: HashSet<Stream>,
}

impl Fresh {
    /// What these changes wrote. The things are all that is known, as it was after them.
    pub(in crate::service) fn of(things: HashMap<String, Arc<Object>>, changes: &Changes) -> Self {
        let mut fresh = Self {
            things,
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

    /// Shows a thing, as [`one`](super::one) does.
    pub(in crate::service) async fn one(
        &self,
        ctx: &Context,
        root: impl Into<Arc<Object>>,
        detail: Detail,
    ) -> Result<Shown> {
        let root = [root.into()];
        let gathered = self.gather(ctx, &root, detail).await?;
        Ok(gathered.root(&root[0]).into())
    }

    /// Shows a thing, as [`entry`](super::entry) does.
    pub(in crate::service) async fn entry(
        &self,
        ctx: &Context,
        root: impl Into<Arc<Object>>,
        detail: Detail,
    ) -> Result<Shown> {
        let root = [root.into()];
        let gathered = self.gather(ctx, &root, detail).await?;
        Ok(gathered.entry(&root[0]).into())
    }

    /// A single thing is shown whatever it takes.
    async fn gather<'a>(
        &'a self,
        ctx: &'a Context,
        root: &[Arc<Object>],
        detail: Detail,
    ) -> Result<Gathered<'a>> {
        Ok(Gathered::gather(ctx, root, detail, None, Some(self), usize::MAX).await?)
    }

    /// A thing that is known.
    pub(super) fn find(&self, id: &str) -> Option<&Arc<Object>> {
        self.things.get(id)
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
    fn nothing_is_known_to_be_in_what_was_there_before_or_was_filled_at_once() {
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
        let fresh = Fresh::of(HashMap::new(), &changes);
        assert!(fresh.is_empty(&Stream::Likes("new".into())));
        assert!(fresh.is_empty(&Stream::Documents("new".into())));
        assert!(!fresh.is_empty(&members));
        assert!(!fresh.is_empty(&Stream::Likes("old".into())));
        assert!(!fresh.is_empty(&Stream::Followers("new".into())));
    }
}
