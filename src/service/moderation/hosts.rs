//! Blocks of hosts, and lists of them.

#[cfg(feature = "web")]
use crate::service::federation::block_list::{self, Imported};
use crate::{
    Context,
    model::Role,
    service::{
        Result,
        audit::{require_role, write},
        federation::blocks,
    },
};

/// Blocks a host, as [`blocks::block`] does.
pub async fn block_host(
    ctx: &Context,
    host: &str,
    subdomains: bool,
    reason: Option<String>,
) -> Result<()> {
    require_role(ctx, Role::Moderator)?;
    let why = reason.clone().unwrap_or_default();
    blocks::block(ctx, host, subdomains, reason).await?;
    write(ctx, "block host", host, &why).await
}

/// Ends the block of a host, as [`blocks::unblock`] does.
pub async fn unblock_host(ctx: &Context, host: &str, reason: &str) -> Result<()> {
    require_role(ctx, Role::Moderator)?;
    blocks::unblock(ctx, host).await?;
    write(ctx, "unblock host", host, reason).await
}

/// Removes what a blocked host brought, as [`blocks::purge`] does.
pub async fn purge_host(ctx: &Context, host: &str) -> Result<u64> {
    require_role(ctx, Role::Admin)?;
    let count = blocks::purge(ctx, host).await?;
    write(ctx, "purge host", host, "").await?;
    Ok(count)
}

/// Blocks the hosts of a list, as [`block_list::import`] does.
#[cfg(feature = "web")]
pub(crate) async fn import_hosts(ctx: &Context, list: &[u8]) -> Result<Imported> {
    require_role(ctx, Role::Moderator)?;
    let imported = block_list::import(ctx, list).await?;
    let hosts = imported.blocked.join(" ");
    let count = format!("{} hosts", imported.blocked.len());
    write(ctx, "block hosts of a list", &count, &hosts).await?;
    Ok(imported)
}

/// Returns all blocks as a list.
#[cfg(feature = "web")]
pub(crate) async fn export_hosts(ctx: &Context) -> Result<String> {
    require_role(ctx, Role::Moderator)?;
    block_list::export(ctx).await
}
