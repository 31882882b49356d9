//! Cache of clients and tokens, valid for one credential version.
//!
//! Local changes are seen at once, remote ones within
//! [`MAX_STALENESS`]: see [`CredentialVersioning`](crate::storage::CredentialVersioning).

mod generational_cache;

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};

use super::{Clock, single_flight::SingleFlight};
use crate::{
    model::{Account, Client, Scope, Secret},
    storage::{Result, Storage},
};
use generational_cache::GenerationalCache;

/// Maximum delay until remote changes are seen.
const MAX_STALENESS: TimeDelta = TimeDelta::milliseconds(100);

/// An access token with its client and account.
pub(crate) struct CachedAccessToken {
    /// Its name.
    pub(crate) token: Arc<str>,
    /// Its secret.
    pub(crate) secret: Secret,
    /// The client that has it.
    pub(crate) client: Arc<Client>,
    /// For whom.
    pub(crate) account: Arc<Account>,
}

/// A bearer token with its client and account.
pub(crate) struct CachedBearerToken {
    /// Its digest.
    pub(crate) digest: Arc<str>,
    /// How much it allows.
    pub(crate) scope: Scope,
    /// Until when it is good.
    pub(crate) expires: Option<DateTime<Utc>>,
    /// The client that has it.
    pub(crate) client: Arc<Client>,
    /// For whom; `None` for the client itself.
    pub(crate) account: Option<Arc<Account>>,
}

/// Cached clients and tokens.
pub(crate) struct CredentialCache {
    storage: Arc<dyn Storage>,
    single_flight: SingleFlight,
    clients: GenerationalCache<Client>,
    access_tokens: GenerationalCache<CachedAccessToken>,
    bearer_tokens: GenerationalCache<CachedBearerToken>,
}

impl CredentialCache {
    /// Creates an empty cache.
    pub(super) fn new(storage: Arc<dyn Storage>, clock: Arc<dyn Clock>) -> Self {
        Self {
            storage,
            single_flight: SingleFlight::new(clock),
            clients: GenerationalCache::default(),
            access_tokens: GenerationalCache::default(),
            bearer_tokens: GenerationalCache::default(),
        }
    }

    /// The client with a key.
    pub(crate) async fn client(&self, key: &str) -> Result<Option<Arc<Client>>> {
        let version = self.version().await?;
        self.load_client(key, version).await
    }

    /// Returns an access token with its client and account; `None` if any of them is missing.
    pub(crate) async fn access_token(&self, token: &str) -> Result<Option<Arc<CachedAccessToken>>> {
        let version = self.version().await?;
        if let Some(found) = version.and_then(|epoch| self.access_tokens.get(token, epoch)) {
            return Ok(Some(found));
        }
        let Some(found) = self.storage.find_access_token(token).await? else {
            return Ok(None);
        };
        let (Some(client), Some(account)) = (
            self.load_client(&found.client, version).await?,
            self.storage.find_account(&found.user).await?,
        ) else {
            return Ok(None);
        };
        let signing = Arc::new(CachedAccessToken {
            token: found.token.into(),
            secret: found.secret,
            client,
            account: Arc::new(account),
        });
        if let Some(epoch) = version {
            self.access_tokens.insert(token, epoch, &signing);
        }
        Ok(Some(signing))
    }

    /// Returns a bearer token by digest, expired or not; `None` if it, its client or its account is
    /// missing.
    pub(crate) async fn bearer_token(
        &self,
        digest: &str,
    ) -> Result<Option<Arc<CachedBearerToken>>> {
        let version = self.version().await?;
        if let Some(found) = version.and_then(|epoch| self.bearer_tokens.get(digest, epoch)) {
            return Ok(Some(found));
        }
        let Some(found) = self.storage.find_bearer_token(digest).await? else {
            return Ok(None);
        };
        let Some(client) = self.load_client(&found.client, version).await? else {
            return Ok(None);
        };
        let account = match &found.user {
            None => None,
            Some(user) => match self.storage.find_account(user).await? {
                None => return Ok(None),
                Some(account) => Some(Arc::new(account)),
            },
        };
        let bearing = Arc::new(CachedBearerToken {
            digest: found.digest.into(),
            scope: found.scope,
            expires: found.expires,
            client,
            account,
        });
        if let Some(epoch) = version {
            self.bearer_tokens.insert(digest, epoch, &bearing);
        }
        Ok(Some(bearing))
    }

    async fn load_client(&self, key: &str, version: Option<i64>) -> Result<Option<Arc<Client>>> {
        if let Some(found) = version.and_then(|epoch| self.clients.get(key, epoch)) {
            return Ok(Some(found));
        }
        let found = self.storage.find_client(key).await?.map(Arc::new);
        if let (Some(epoch), Some(client)) = (version, &found) {
            self.clients.insert(key, epoch, client);
        }
        Ok(found)
    }

    /// Returns the credential version, at most
    /// [`MAX_STALENESS`] old, to be taken before anything is read. `None`: do not cache.
    async fn version(&self) -> Result<Option<i64>> {
        if self.storage.credential_version().is_none() {
            return Ok(None);
        }
        let look = self.storage.refresh_credential_version();
        self.single_flight
            .run_if_older_than(MAX_STALENESS, look)
            .await?;
        Ok(self.storage.credential_version())
    }
}

#[cfg(test)]
mod tests;
