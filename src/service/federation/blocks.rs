//! Blocks of hosts, as the operator makes and ends them, and the removal of what a blocked host
//! brought. Each is a step of its own: follows survive a block that is ended again.

use crate::{
    Context,
    federation::{block_host, covers, unblock_host},
    model::HostBlock,
    service::{Error, Result, accounts::deletion::remove_traces},
    storage::{Change, StorageError},
};

/// Remote accounts that are read at a time.
const PAGE_SIZE: u32 = 500;

/// All blocks, by host.
pub async fn list(ctx: &Context) -> Result<Vec<HostBlock>> {
    Ok(ctx.storage().list_host_blocks().await?)
}

/// Blocks a host, by [name](crate::model::host_name), and drops the deliveries that wait for it.
///
/// Errors: 400 for this server itself.
pub async fn block(
    ctx: &Context,
    host: &str,
    subdomains: bool,
    reason: Option<String>,
) -> Result<()> {
    let block = HostBlock {
        host: host.to_owned(),
        subdomains,
        reason,
        created: ctx.now(),
    };
    if covers(&block, &ctx.urls().host_name()) {
        return Err(
            Error::bad_request(format!("{host} is this server.")).phrased("failure-no-host")
        );
    }
    block_host(ctx.app(), block).await?;
    let dropped = Change::DropOutgoing(Some(host.to_owned()));
    Ok(ctx.storage().commit(vec![dropped]).await?)
}

/// Ends the block of a host. Errors: 404 if there is none.
pub async fn unblock(ctx: &Context, host: &str) -> Result<()> {
    match unblock_host(ctx.app(), host).await {
        Err(StorageError::Missing(_)) => Err(not_blocked(host)),
        done => Ok(done?),
    }
}

/// Removes what a blocked host brought: the objects of its actors become tombstones, and its actors
/// leave all streams, such as followers and likes. Returns the number of actors. It may end
/// anywhere, and begin anew.
///
/// Errors: 404 if the host is not blocked, as it would bring it all again.
pub async fn purge(ctx: &Context, host: &str) -> Result<u64> {
    let blocks = list(ctx).await?;
    let block = blocks.into_iter().find(|block| block.host == host);
    let block = block.ok_or_else(|| not_blocked(host))?;
    let (mut after, mut count) = (0, 0);
    loop {
        let page = ctx.storage().list_remote_accounts(after, PAGE_SIZE).await?;
        let Some((last, _)) = page.last() else {
            return Ok(count);
        };
        after = *last;
        for (_, account) in page.iter().filter(|(_, one)| covers(&block, &one.host)) {
            remove_traces(ctx, &account.id).await?;
            count += 1;
        }
    }
}

fn not_blocked(host: &str) -> Error {
    Error::not_found(format!("{host} is not blocked.")).phrased("failure-not-blocked")
}
