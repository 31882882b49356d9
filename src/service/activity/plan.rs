//! What an activity comes to.

use crate::{
    Context,
    model::Object,
    service::{
        Error, Result,
        present::{Detail, Fresh, Shown},
    },
    storage::Changes,
};

/// What an activity comes to.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Plan {
    /// What to write; nothing, when it is written.
    pub changes: Changes,
    /// The activity, as it will be stored.
    pub activity: Object,
    /// Its object, as it will be stored.
    pub object: Option<Object>,
    /// What need not be read to show them, when they are stored.
    pub(super) fresh: Fresh,
}

impl Plan {
    /// The activity as whoever did it sees it once it is stored.
    pub async fn show(self, ctx: &Context) -> Result<Shown> {
        self.fresh.one(ctx, self.activity, Detail::FULL).await
    }

    /// Its object, in the same way. Errors: 400 if it has none.
    pub async fn show_object(self, ctx: &Context) -> Result<Shown> {
        let object = self.object;
        let object = object.ok_or_else(|| Error::bad_request("Activity has no object"))?;
        self.fresh.entry(ctx, object, Detail::BRIEF).await
    }
}
