//! The effects of an activity.

use crate::{
    Context,
    model::Object,
    service::{
        Error, Result,
        present::{Detail, RenderedJson, WriteOverlay},
    },
    storage::Changes,
};

/// The effects of an activity.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Plan {
    /// The changes to write; empty once they are written.
    pub(crate) changes: Changes,
    /// The activity, as it will be stored.
    pub activity: Object,
    /// Its object, as it will be stored.
    pub object: Option<Object>,
    /// The objects known from the commit, for rendering.
    pub(super) overlay: WriteOverlay,
}

impl Plan {
    /// The activity as whoever did it sees it once it is stored.
    pub(crate) async fn render(self, ctx: &Context) -> Result<RenderedJson> {
        self.overlay.render(ctx, self.activity, Detail::FULL).await
    }

    /// Its object, in the same way. Errors: 400 if it has none.
    pub(crate) async fn render_object(self, ctx: &Context) -> Result<RenderedJson> {
        let object = self.object;
        let object = object.ok_or_else(|| Error::bad_request("Activity has no object"))?;
        self.overlay
            .render_mixed_one(ctx, object, Detail::BRIEF)
            .await
    }
}
