//! Who may ask: clients, and those who hold tokens, kept in memory for as long as they are as they were read.
//!
//! What this store handle changes is seen at once, what others change within [`SOON`]: see
//! [`Epochs`](crate::storage::Epochs).

mod shelf;

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};

use super::{Clock, looks::Looks};
use crate::{
    model::{Account, Client, Scope, Secret},
    storage::{Result, Storage},
};
use shelf::Shelf;

/// How long what others changed may go unseen.
const SOON: TimeDelta = TimeDelta::milliseconds(100);

/// An access token, and whose it is.
pub(crate) struct Signing {
    /// Its name.
    pub(crate) token: Arc<str>,
    /// Its secret.
    pub(crate) secret: Secret,
    /// The client that has it.
    pub(crate) client: Arc<Client>,
    /// For whom.
    pub(crate) account: Arc<Account>,
}

/// A bearer token, and whose it is.
pub(crate) struct Bearing {
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

/// Who may ask.
pub(crate) struct Known {
    storage: Arc<dyn Storage>,
    looks: Looks,
    clients: Shelf<Client>,
    signing: Shelf<Signing>,
    bearing: Shelf<Bearing>,
}

impl Known {
    /// Nobody, as yet.
    pub(super) fn new(storage: Arc<dyn Storage>, clock: Arc<dyn Clock>) -> Self {
        Self {
            storage,
            looks: Looks::new(clock),
            clients: Shelf::default(),
            signing: Shelf::default(),
            bearing: Shelf::default(),
        }
    }

    /// The client with a key.
    pub(crate) async fn client(&self, key: &str) -> Result<Option<Arc<Client>>> {
        let epoch = self.epoch().await?;
        self.client_of(key, epoch).await
    }

    /// The holder of an access token; `None` without that, its client or its account.
    pub(crate) async fn signing(&self, token: &str) -> Result<Option<Arc<Signing>>> {
        let epoch = self.epoch().await?;
        if let Some(found) = epoch.and_then(|epoch| self.signing.find(token, epoch)) {
            return Ok(Some(found));
        }
        let Some(found) = self.storage.find_access_token(token).await? else {
            return Ok(None);
        };
        let (Some(client), Some(account)) = (
            self.client_of(&found.client, epoch).await?,
            self.storage.find_account(&found.user).await?,
        ) else {
            return Ok(None);
        };
        let signing = Arc::new(Signing {
            token: found.token.into(),
            secret: found.secret,
            client,
            account: Arc::new(account),
        });
        if let Some(epoch) = epoch {
            self.signing.keep(token, epoch, &signing);
        }
        Ok(Some(signing))
    }

    /// The holder of the bearer token with a digest, expired or not; `None` without that, its client or its
    /// account.
    pub(crate) async fn bearing(&self, digest: &str) -> Result<Option<Arc<Bearing>>> {
        let epoch = self.epoch().await?;
        if let Some(found) = epoch.and_then(|epoch| self.bearing.find(digest, epoch)) {
            return Ok(Some(found));
        }
        let Some(found) = self.storage.find_bearer_token(digest).await? else {
            return Ok(None);
        };
        let Some(client) = self.client_of(&found.client, epoch).await? else {
            return Ok(None);
        };
        let account = match &found.user {
            None => None,
            Some(user) => match self.storage.find_account(user).await? {
                None => return Ok(None),
                Some(account) => Some(Arc::new(account)),
            },
        };
        let bearing = Arc::new(Bearing {
            digest: found.digest.into(),
            scope: found.scope,
            expires: found.expires,
            client,
            account,
        });
        if let Some(epoch) = epoch {
            self.bearing.keep(digest, epoch, &bearing);
        }
        Ok(Some(bearing))
    }

    async fn client_of(&self, key: &str, epoch: Option<i64>) -> Result<Option<Arc<Client>>> {
        if let Some(found) = epoch.and_then(|epoch| self.clients.find(key, epoch)) {
            return Ok(Some(found));
        }
        let found = self.storage.find_client(key).await?.map(Arc::new);
        if let (Some(epoch), Some(client)) = (epoch, &found) {
            self.clients.keep(key, epoch, client);
        }
        Ok(found)
    }

    /// The epoch, as it was [`SOON`] ago or later; `None` if nothing is to be kept. To be asked before anything is
    /// read.
    async fn epoch(&self) -> Result<Option<i64>> {
        if self.storage.credentials_epoch().is_none() {
            return Ok(None);
        }
        let look = self.storage.look_at_credentials();
        self.looks.within(SOON, look).await?;
        Ok(self.storage.credentials_epoch())
    }
}

#[cfg(test)]
mod tests;
