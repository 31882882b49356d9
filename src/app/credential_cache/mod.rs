//! Cache of clients and tokens, valid for one credential version.
//!
//! Local changes are seen at once, remote ones within [`MAX_STALENESS`]: see
//! [`CredentialVersioning`](crate::storage::CredentialVersioning).

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use quick_cache::sync::Cache;

use super::{Clock, single_flight::SingleFlight};
use crate::{
    model::{Account, Client, Scope, Secret},
    storage::{Result, Storage},
};

/// Maximum delay until remote changes are seen.
const MAX_STALENESS: TimeDelta = TimeDelta::milliseconds(100);

/// Maximum number of entries of each kind.
const MAX_ENTRIES: usize = 10_000;

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
    clients: VersionedCache<Client>,
    access_tokens: VersionedCache<CachedAccessToken>,
    bearer_tokens: VersionedCache<CachedBearerToken>,
}

/// Entries by name, each valid for the credential version under which it was read.
struct VersionedCache<T>(Cache<Box<str>, (i64, Arc<T>)>);

impl<T> VersionedCache<T> {
    fn new() -> Self {
        Self(Cache::new(MAX_ENTRIES))
    }

    fn get(&self, name: &str, version: i64) -> Option<Arc<T>> {
        let (read_under, entry) = self.0.get(name)?;
        (read_under == version).then_some(entry)
    }

    /// Inserts an entry that was read after the version was taken.
    fn insert(&self, name: &str, version: i64, entry: &Arc<T>) {
        self.0.insert(name.into(), (version, Arc::clone(entry)));
    }
}

impl CredentialCache {
    /// Creates an empty cache.
    pub(super) fn new(storage: Arc<dyn Storage>, clock: Arc<dyn Clock>) -> Self {
        Self {
            storage,
            single_flight: SingleFlight::new(clock),
            clients: VersionedCache::new(),
            access_tokens: VersionedCache::new(),
            bearer_tokens: VersionedCache::new(),
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
        if let Some(found) = version.and_then(|version| self.access_tokens.get(token, version)) {
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
        if let Some(version) = version {
            self.access_tokens.insert(token, version, &signing);
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
        if let Some(found) = version.and_then(|version| self.bearer_tokens.get(digest, version)) {
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
        if let Some(version) = version {
            self.bearer_tokens.insert(digest, version, &bearing);
        }
        Ok(Some(bearing))
    }

    async fn load_client(&self, key: &str, version: Option<i64>) -> Result<Option<Arc<Client>>> {
        if let Some(found) = version.and_then(|version| self.clients.get(key, version)) {
            return Ok(Some(found));
        }
        let found = self.storage.find_client(key).await?.map(Arc::new);
        if let (Some(version), Some(client)) = (version, &found) {
            self.clients.insert(key, version, client);
        }
        Ok(found)
    }

    /// Returns the credential version, at most [`MAX_STALENESS`] old, to be taken before anything
    /// is read. `None`: do not cache.
    async fn version(&self) -> Result<Option<i64>> {
        if self.storage.credential_version().is_none() {
            return Ok(None);
        }
        let poll = async { self.storage.refresh_credential_version().await };
        self.single_flight
            .run_if_older_than(MAX_STALENESS, poll)
            .await?;
        Ok(self.storage.credential_version())
    }
}

#[cfg(test)]
mod tests;
