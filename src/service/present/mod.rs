//! Stored things as a viewer sees them: references expanded, feeds counted, flags set, and what the
//! viewer may not read left as a bare reference (pump-api 7.3, 9.1).
//!
//! A page of any length costs a fixed number of queries: what is to be shown is gathered layer
//! by layer, then put together in memory.

mod fresh;
mod gather;
mod render;
mod text;

use std::sync::Arc;

use self::gather::Gathered;
use super::Result;
use crate::{Context, model::Object};
pub(in crate::service) use fresh::Fresh;
pub use text::Shown;
pub(in crate::service) use text::{Members, Part};

/// How much is said of the things on a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Detail {
    /// How many likes, replies and shares; of a local person, how many followers and so on.
    pub counts: bool,
    /// The first of what is counted.
    pub items: bool,
    /// Whether the viewer liked it or follows it, and where the first of what is counted is shown, whether
    /// they shared it.
    pub flags: bool,
}

impl Detail {
    /// Nothing that changes with time or viewer.
    pub const PLAIN: Self = Self {
        counts: false,
        items: false,
        flags: false,
    };
    /// Counts only: plain and minor feeds.
    pub const BRIEF: Self = Self {
        counts: true,
        items: false,
        flags: false,
    };
    /// Whether they are followed only: lists of persons.
    pub const PERSONS: Self = Self {
        counts: false,
        items: false,
        flags: true,
    };
    /// Counts, and whether they are liked or followed: replies, and members of lists. Clients take
    /// `pump_io` in a reply for a sign that it is from elsewhere.
    pub const LISTED: Self = Self {
        counts: true,
        items: false,
        flags: true,
    };
    /// Everything: single things and major feeds.
    pub const FULL: Self = Self {
        counts: true,
        items: true,
        flags: true,
    };
}

/// What is told of an activity that may not be read any more, besides a sentence (pump-api 9.6).
pub(super) const LEFT_OF_ACTIVITY: &[&str] = &[
    "verb",
    "actor",
    "object",
    "id",
    "published",
    "updated",
    "deleted",
];

/// How many likers, replies, sharers or members stand in an embedded feed.
const EMBEDDED: u32 = 4;

/// Shows things, in order. The caller has made sure that the viewer may read them, or got the activities among
/// them; what they refer to is checked here.
pub async fn all(ctx: &Context, roots: &[Arc<Object>], detail: Detail) -> Result<Vec<Shown>> {
    let gathered = Gathered::gather(ctx, roots, detail, None, None).await?;
    Ok(roots
        .iter()
        .map(|root| gathered.root(root).into())
        .collect())
}

/// Shows things as [`all`] does, with a thing that was asked for besides, as it is stored.
pub(super) async fn all_and(
    ctx: &Context,
    roots: &[Arc<Object>],
    detail: Detail,
    also: &str,
) -> Result<(Vec<Shown>, Option<Arc<Object>>)> {
    let gathered = Gathered::gather(ctx, roots, detail, Some(also), None).await?;
    let shown = roots.iter().map(|root| gathered.root(root).into());
    Ok((shown.collect(), gathered.shared(also)))
}

/// Shows things as [`all`] does where any kind may stand: there an activity says that it is one, which it
/// need not among activities. If there is something that goes
/// without saying, it is left out.
pub async fn mixed(
    ctx: &Context,
    roots: &[Arc<Object>],
    detail: Detail,
    but: Option<&str>,
) -> Result<Vec<Shown>> {
    let gathered = Gathered::gather(ctx, roots, detail, None, None).await?;
    let show = |root: &Arc<Object>| {
        let mut shown = gathered.entry(root);
        if let Some(but) = but {
            shown.remove(but);
        }
        shown.into()
    };
    Ok(roots.iter().map(show).collect())
}

/// Shows one thing.
pub async fn one(ctx: &Context, root: impl Into<Arc<Object>>, detail: Detail) -> Result<Shown> {
    Fresh::default().one(ctx, root, detail).await
}

/// Shows one thing as [`mixed`] does.
pub async fn entry(ctx: &Context, root: impl Into<Arc<Object>>, detail: Detail) -> Result<Shown> {
    Fresh::default().entry(ctx, root, detail).await
}
