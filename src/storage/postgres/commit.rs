//! Commits: one transaction for each, or for several.

use std::sync::Arc;

use async_trait::async_trait;
use scopeguard::{ScopeGuard, guard};
use tracing::Instrument as _;

use super::{
    Postgres,
    group_commit::{is_batchable, is_settlement},
    transaction::write_changes,
};
use crate::storage::{
    ChangeNotification, Changes, Commit, CredentialVersion, CredentialVersioning, Result,
    StorageError, Subscription,
};

#[async_trait]
impl Commit for Postgres {
    async fn commit(&self, changes: Changes) -> Result<()> {
        let under_way = Arc::clone(&self.in_flight).read_owned().await;
        // A commit that is cancelled or disconnected may have succeeded.
        let _notifying = guard(ChangeNotification::from_changes(&changes), |notification| {
            self.notify_bridge.notify(notification);
        });
        let bumping = guard(CredentialVersion::is_affected_by(&changes), |is_affected| {
            if is_affected {
                self.credential_version.bump();
            }
        });
        let done = if is_batchable(&changes) {
            self.commit_batcher.submit(changes).await
        } else if is_settlement(&changes) {
            self.settlement_batcher.submit(changes).await
        } else {
            let (pool, log) = (self.pool.clone(), Arc::clone(&self.invalidation_log));
            // A task of its own: whoever waits for it may go, but not before it is known what was
            // written.
            let written = async move {
                let _under_way = under_way;
                write_changes(&pool, &log, &changes.iter().collect::<Vec<_>>()).await
            };
            tokio::spawn(written.in_current_span())
                .await
                .unwrap_or_else(|error| Err(StorageError::Backend(error.into())))
        };
        // Unless it can't be seen how many changes there were now, it need not be guessed.
        let known = match &done {
            Ok(()) if *bumping => self.refresh_credential_version().await.is_ok(),
            Ok(()) => true,
            Err(error) => !matches!(
                error,
                StorageError::Unavailable(_) | StorageError::Backend(_)
            ),
        };
        if known {
            ScopeGuard::into_inner(bumping);
        }
        done
    }

    fn subscribe(&self) -> Subscription {
        self.notify_bridge.subscribe(&self.pool.connector().0)
    }
}
