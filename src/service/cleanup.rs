//! Cleanup after the response: remains of deleted accounts, unreferenced files, and cached ones.
//!
//! Pending work is stored in streams, so it survives the process, and any node can do it. Each step
//! is a small commit. A cleanup can stop and restart anywhere, and two at once only repeat some
//! steps.

use super::{Result, accounts, media, proxy};
use crate::Context;

/// Runs all cleanups. Failures are left for the next run.
#[tracing::instrument(level = "debug", skip_all)]
pub async fn run_cleanup(ctx: &Context) -> Result<()> {
    let left = accounts::deletion::clean_up(ctx).await;
    let left = media::orphans::clean_up(ctx).await.and(left);
    proxy::clean_up_cache(ctx).await.and(left)
}
