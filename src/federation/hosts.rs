//! The hosts that this server has to do with: all others, but for those that the operator refuses.

use std::sync::Arc;

use crate::{
    App,
    app::{Blocks, Dated, PeerFailure},
    model::HostBlock,
    storage::{Change, StorageError},
};

/// Refuses a host, by [name](crate::model::host_name), that nothing may be asked of or taken from:
/// this server, a blocked host, or one that is not on the allow-list.
pub async fn check_host(app: &App, host: &str) -> Result<(), PeerFailure> {
    let settings = &app.settings().federation;
    if !settings.enabled {
        return Err(PeerFailure::Disabled);
    }
    if app.urls().is_own_host(host) {
        return Err(PeerFailure::Own);
    }
    if !settings.allow_list.is_empty() && !settings.allow_list.iter().any(|name| name == host) {
        return Err(PeerFailure::NotAllowed);
    }
    if is_blocked(&*blocks(app).await?, host) {
        return Err(PeerFailure::Blocked);
    }
    Ok(())
}

/// Blocks a host, from now on in this process, and within seconds in all others.
pub async fn block_host(app: &App, block: HostBlock) -> Result<(), StorageError> {
    change_blocks(app, Change::PutHostBlock(block)).await
}

/// Ends the block of a host; [`StorageError::Missing`] if there is none.
pub async fn unblock_host(app: &App, host: &str) -> Result<(), StorageError> {
    change_blocks(app, Change::RemoveHostBlock(host.to_owned())).await
}

async fn change_blocks(app: &App, change: Change) -> Result<(), StorageError> {
    app.storage().commit(vec![change]).await?;
    app.peers().set_blocks(None);
    Ok(())
}

async fn blocks(app: &App) -> Result<Arc<Blocks>, StorageError> {
    let at = app.clock().now();
    if let Some(blocks) = app.peers().blocks(at) {
        return Ok(blocks);
    }
    let stored = app.storage().list_host_blocks().await?;
    let blocks = stored
        .into_iter()
        .map(|block| (block.host, block.subdomains));
    let blocks: Arc<Blocks> = Arc::new(blocks.collect());
    let value = Arc::clone(&blocks);
    app.peers().set_blocks(Some(Dated { at, value }));
    Ok(blocks)
}

/// Whether a block is of a host: of its name, at any port, or of a name above it.
pub fn covers(block: &HostBlock, host: &str) -> bool {
    is_blocked(
        &Blocks::from([(block.host.clone(), block.subdomains)]),
        host,
    )
}

/// Whether a host is blocked, at any of its ports, or below one that is with its subdomains.
fn is_blocked(blocks: &Blocks, host: &str) -> bool {
    let without_port = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    };
    let mut parents = without_port
        .match_indices('.')
        .map(|(at, _)| &without_port[at + 1..]);
    blocks.contains_key(host)
        || blocks.contains_key(without_port)
        || parents.any(|parent| blocks.get(parent) == Some(&true))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::AppParts;

    fn block(host: &str, subdomains: bool) -> HostBlock {
        HostBlock {
            host: host.into(),
            subdomains,
            reason: None,
            created: chrono::DateTime::UNIX_EPOCH,
        }
    }

    /// The reason for which a host is refused, empty if it isn't.
    async fn refusal(app: &App, host: &str) -> String {
        let refused = check_host(app, host).await.err();
        refused
            .map(|refused| refused.to_string())
            .unwrap_or_default()
    }

    #[tokio::test]
    async fn blocked_host_is_refused_until_it_is_unblocked() {
        let app = App::new(AppParts::of_a_test("https://pump.test"));
        assert_eq!(refusal(&app, "evil.test").await, "");
        block_host(&app, block("evil.test", true)).await.unwrap();
        block_host(&app, block("odd.test", false)).await.unwrap();
        for (host, refused) in [
            ("evil.test", true),
            ("evil.test:8080", true),
            ("a.b.evil.test", true),
            ("notevil.test", false),
            ("odd.test", true),
            ("a.odd.test", false),
            ("test", false),
        ] {
            assert_eq!(
                refusal(&app, host).await == "the host is blocked",
                refused,
                "{host}"
            );
        }
        unblock_host(&app, "evil.test").await.unwrap();
        assert_eq!(refusal(&app, "a.b.evil.test").await, "");
    }

    #[tokio::test]
    async fn own_host_and_hosts_off_the_allow_list_are_refused() {
        let mut parts = AppParts::of_a_test("https://pump.test");
        parts.settings.federation.allow_list = vec!["friend.test".into(), "pump.test".into()];
        let app = App::new(parts);
        for (host, reason) in [
            ("friend.test", ""),
            ("a.friend.test", "the host is not on the allow-list"),
            ("pump.test", "it is this server"),
            ("localhost", "it is this server"),
        ] {
            assert_eq!(refusal(&app, host).await, reason, "{host}");
        }
    }

    #[tokio::test]
    async fn every_host_is_refused_while_federation_is_off() {
        let mut parts = AppParts::of_a_test("https://pump.test");
        parts.settings.federation.enabled = false;
        assert_eq!(
            refusal(&App::new(parts), "friend.test").await,
            "federation is switched off"
        );
    }
}
