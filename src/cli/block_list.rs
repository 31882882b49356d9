//! `hydraulics host import` and `export`: lists of blocked hosts.

use std::{
    fs,
    io::{Read, stdin},
    path::Path,
};

use anyhow::Context as _;

use super::output::print;
use crate::{Context, service::moderation};

/// Blocks the hosts of a list.
pub(super) async fn import(ctx: &Context, file: &Path) -> anyhow::Result<()> {
    let list = if file == Path::new("-") {
        let mut list = Vec::new();
        stdin().read_to_end(&mut list)?;
        list
    } else {
        fs::read(file).with_context(|| format!("{} can't be read", file.display()))?
    };
    let imported = moderation::import_hosts(ctx, &list).await?;
    let skipped = imported.skipped.iter();
    let mut lines: Vec<String> = skipped
        .map(|(domain, reason)| format!("Skipped '{domain}': {reason}."))
        .collect();
    lines.push(format!(
        "Hosts blocked: {}, blocked before: {}, skipped: {}.",
        imported.blocked.len(),
        imported.unchanged,
        imported.skipped.len()
    ));
    print(&lines.join("\n"))
}

/// Prints all blocks.
pub(super) async fn export(ctx: &Context) -> anyhow::Result<()> {
    print(moderation::export_hosts(ctx).await?.trim_end())
}
