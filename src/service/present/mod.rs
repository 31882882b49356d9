//! Stored things as a viewer sees them: references expanded, feeds counted, flags set, and what the
//! viewer may not read left as a bare reference (pump-api 7.3, 9.1).
//!
//! A page of any length costs a fixed number of queries: what is to be shown is gathered layer by
//! layer, then put together in memory. Only where that is more than a page may have, it is gathered
//! anew for fewer items.

mod json;
mod outgoing;
mod overlay;
mod page_data;
mod polls;
mod render;
mod unfinished;

use std::sync::Arc;

use tracing::{Instrument, debug_span};

use self::{page_data::PageData, unfinished::Unfinished};
use super::Result;
use crate::{
    Context,
    model::{ByteBudget, Cursor, MAX_PAGE_BYTES, Object, Page},
};
pub(crate) use json::RenderedJson;
pub(crate) use json::{JsonNode, JsonObject};
pub(crate) use outgoing::render_outgoing;
pub(crate) use overlay::WriteOverlay;

/// How much is said of the things on a page.
#[allow(clippy::struct_excessive_bools, reason = "each is a choice of its own")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Detail {
    /// How many likes, replies and shares; of a local person, how many followers and so on.
    pub counts: bool,
    /// The first of what is counted.
    pub items: bool,
    /// Whether the viewer liked it or follows it, and where the first of what is counted is shown,
    /// whether they shared it.
    pub flags: bool,
    /// Whether the followers and so on of the actor of an activity are counted, too.
    pub actor_counts: bool,
}

impl Detail {
    /// Nothing that changes with time or viewer.
    pub(crate) const PLAIN: Self = Self {
        counts: false,
        items: false,
        flags: false,
        actor_counts: false,
    };
    /// Counts only: plain and minor feeds.
    pub(crate) const BRIEF: Self = Self {
        counts: true,
        items: false,
        flags: false,
        actor_counts: false,
    };
    /// Whether they are followed only: lists of persons.
    pub(crate) const PERSONS: Self = Self {
        counts: false,
        items: false,
        flags: true,
        actor_counts: false,
    };
    /// Counts, and whether they are liked or followed: replies, and members of lists. Clients take
    /// `pump_io` in a reply for a sign that it is from elsewhere.
    pub(crate) const LISTED: Self = Self {
        counts: true,
        items: false,
        flags: true,
        actor_counts: false,
    };
    /// Counts, those of the actor among them: activities that leave for other hosts.
    pub(crate) const OUTGOING: Self = Self {
        actor_counts: true,
        ..Self::BRIEF
    };
    /// Everything: single things and major feeds.
    pub(crate) const FULL: Self = Self {
        counts: true,
        items: true,
        flags: true,
        actor_counts: false,
    };
}

/// Properties shown of an unreadable activity, besides a sentence (pump-api 9.6).
pub(super) const REDACTED_ACTIVITY_PROPERTIES: &[&str] = &[
    "verb",
    "actor",
    "object",
    "id",
    "published",
    "updated",
    "deleted",
];

/// How many likers, replies, sharers or members stand in an embedded feed.
const EMBEDDED_ITEM_COUNT: u32 = 4;

/// How the items of a page are shown.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Listing<'a> {
    detail: Detail,
    /// Whether any kind may stand there: there an activity says that it is one, which it need not
    /// among activities.
    is_mixed: bool,
    /// Property that follows from the context, and is left out.
    without: Option<&'a str>,
    /// A thing that is asked for besides.
    also: Option<&'a str>,
    max_bytes: usize,
}

impl<'a> Listing<'a> {
    /// Items of one kind.
    pub(crate) fn of(detail: Detail) -> Self {
        Self {
            detail,
            is_mixed: false,
            without: None,
            also: None,
            max_bytes: MAX_PAGE_BYTES,
        }
    }

    /// Items of any kind.
    pub(crate) fn render_mixed(detail: Detail) -> Self {
        Self {
            is_mixed: true,
            ..Self::of(detail)
        }
    }

    /// The same without a property of each.
    pub(crate) fn without(self, property: &'a str) -> Self {
        Self {
            without: Some(property),
            ..self
        }
    }

    /// The same with a thing besides, that is returned as it is stored.
    pub(crate) fn and(self, id: &'a str) -> Self {
        Self {
            also: Some(id),
            ..self
        }
    }

    /// The same within so many bytes of JSON.
    pub(crate) fn within(self, max_bytes: usize) -> Self {
        Self { max_bytes, ..self }
    }

    fn show(self, page: &PageData<'_>, root: &Object) -> RenderedJson {
        let mut rendered = if self.is_mixed {
            page.render_mixed_root(root)
        } else {
            page.render_root(root)
        };
        if let Some(without) = self.without {
            rendered.remove(without);
        }
        rendered.into()
    }
}

/// Shows the items of a page, in order, and what was asked for besides. The caller has made sure
/// that the viewer may read the items, or got the activities among them; what they refer to is
/// checked here.
///
/// The page is shortened to what there is room for, with the items that are nearest to the cursor.
pub(crate) async fn page(
    ctx: &Context,
    page: &mut Page,
    cursor: &Cursor,
    listing: Listing<'_>,
) -> Result<(Vec<RenderedJson>, Option<Arc<Object>>)> {
    let (detail, also) = (listing.detail, listing.also);
    let gathered = loop {
        // All objects read are shown on the page, so no more than a page is needed. A single item
        // is shown whatever it takes.
        let max_bytes = match page.items.len() {
            0 | 1 => usize::MAX,
            _ => MAX_PAGE_BYTES,
        };
        let data = PageData::load(ctx, &page.items, detail, also, None, max_bytes);
        match data.instrument(debug_span!("present")).await {
            Err(Unfinished::TooMuch) if page.items.len() > 1 => {
                page.shorten(page.items.len() / 2, cursor);
            }
            gathered => break gathered?,
        }
    };
    let max_bytes = ctx.app().unread().max_page_bytes();
    let mut budget = ByteBudget::new(listing.max_bytes.min(max_bytes));
    let mut show = |root: &Arc<Object>| {
        let rendered = listing.show(&gathered, root);
        budget.take(rendered.as_str().len()).then_some(rendered)
    };
    let shown = if cursor.is_since() {
        let mut shown: Vec<RenderedJson> = page.items.iter().rev().map_while(&mut show).collect();
        shown.reverse();
        shown
    } else {
        page.items.iter().map_while(&mut show).collect()
    };
    page.shorten(shown.len(), cursor);
    let also = also.and_then(|id| gathered.shared(id));
    Ok((shown, also))
}

/// Shows one thing.
pub(crate) async fn render(
    ctx: &Context,
    root: impl Into<Arc<Object>>,
    detail: Detail,
) -> Result<RenderedJson> {
    WriteOverlay::default().render(ctx, root, detail).await
}

impl WriteOverlay {
    /// Shows a thing, as [`render`] does.
    pub(crate) async fn render(
        &self,
        ctx: &Context,
        root: impl Into<Arc<Object>>,
        detail: Detail,
    ) -> Result<RenderedJson> {
        let shown = self.show(ctx, root.into(), Listing::of(detail));
        shown.instrument(debug_span!("present")).await
    }

    /// Shows one thing where any kind may stand.
    pub(crate) async fn render_mixed_one(
        &self,
        ctx: &Context,
        root: impl Into<Arc<Object>>,
        detail: Detail,
    ) -> Result<RenderedJson> {
        let shown = self.show(ctx, root.into(), Listing::render_mixed(detail));
        shown.instrument(debug_span!("present")).await
    }

    /// A single thing is shown whatever it takes.
    async fn show(
        &self,
        ctx: &Context,
        root: Arc<Object>,
        listing: Listing<'_>,
    ) -> Result<RenderedJson> {
        let root = [root];
        let page = PageData::load(ctx, &root, listing.detail, None, Some(self), usize::MAX).await?;
        Ok(listing.show(&page, &root[0]))
    }
}
