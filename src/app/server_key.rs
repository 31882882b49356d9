//! The key pairs with which this server signs for all of its actors, kept in the store.

#![cfg_attr(
    not(feature = "web"),
    allow(dead_code, reason = "partly for the router only")
)]

use std::sync::Arc;

use parking_lot::Mutex;
use serde_json::{Map, Value};
use tokio::task::{JoinError, spawn_blocking};

use super::{App, freshness::SyncedStore};
use crate::{
    model::{SiteRecord, SiteRecordKind},
    protocol::{
        ed25519,
        http_signature::{PrivateKey, SignatureError, generate},
    },
    storage::{Bucket, CachedRead, Change, Expect, StorageError},
};

/// Id of the record of the key pairs.
const RECORD_ID: &str = "key server";

/// Property of the record with the private RSA key, as PKCS#8 in PEM.
const PRIVATE_KEY: &str = "privateKey";

/// Property of the record with the secret Ed25519 key, in multibase. Older records have none.
const ED25519_KEY: &str = "ed25519Key";

/// Reason why there are no key pairs.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ServerKeyError {
    /// The store failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// The key can't be made or read.
    #[error(transparent)]
    Key(#[from] SignatureError),
    /// The server stops.
    #[error(transparent)]
    Stopped(#[from] JoinError),
}

/// The key pairs of this server.
pub(crate) struct ServerKeys {
    /// The RSA key, with which requests are signed.
    pub(crate) rsa: PrivateKey,
    /// The Ed25519 key, with which activities are signed.
    pub(crate) ed25519: ed25519::SecretKey,
}

impl ServerKeys {
    /// Reads a record; `None` for one of an older version, which has only one of them.
    fn read(record: &SiteRecord) -> Result<Option<Self>, SignatureError> {
        let text = |name| record.body.get(name).and_then(Value::as_str);
        let Some(secret) = text(ED25519_KEY) else {
            return Ok(None);
        };
        let bad = SignatureError::BadKey("it is no Ed25519 key in multibase");
        Ok(Some(Self {
            rsa: PrivateKey::parse(text(PRIVATE_KEY).unwrap_or_default())?,
            ed25519: ed25519::SecretKey::parse(secret).ok_or(bad)?,
        }))
    }
}

/// The key pairs of a version of the record.
type Cached = CachedRead<(i64, Arc<ServerKeys>), [Bucket; 1]>;

/// The key pairs, as they were read last.
pub(super) struct ServerKey {
    store: Arc<SyncedStore>,
    cached: Mutex<Option<Cached>>,
    making: tokio::sync::Mutex<()>,
}

impl ServerKey {
    pub(super) fn new(store: Arc<SyncedStore>) -> Self {
        Self {
            store,
            cached: Mutex::default(),
            making: tokio::sync::Mutex::default(),
        }
    }

    /// Returns the stored key pairs. Changes of other nodes are seen as soon as the response cache
    /// sees them.
    async fn find(&self) -> Result<Option<Arc<ServerKeys>>, ServerKeyError> {
        let now = self.store.sync().await?;
        let cached = self.cached.lock().clone();
        if let (Some(now), Some(read)) = (now, &cached)
            && read.is_valid(now)
        {
            return Ok(Some(Arc::clone(&read.value.1)));
        }
        let storage = self.store.storage();
        let Some(record) = storage.find_site_record(RECORD_ID).await? else {
            return Ok(None);
        };
        let known = cached.map(|read| read.value);
        let keys = match known.filter(|(version, _)| *version == record.version) {
            Some((_, keys)) => keys,
            None => match ServerKeys::read(&record)? {
                Some(keys) => Arc::new(keys),
                None => return Ok(None),
            },
        };
        if let Some(now) = now {
            *self.cached.lock() = Some(CachedRead {
                value: (record.version, Arc::clone(&keys)),
                // Any will do: a change of the record invalidates all.
                buckets: [Bucket::of_object(RECORD_ID)],
                since: now.time(),
            });
        }
        Ok(Some(keys))
    }
}

impl App {
    /// Returns the key pairs of this server; makes those that are not there yet.
    pub(crate) async fn server_keys(&self) -> Result<Arc<ServerKeys>, ServerKeyError> {
        let cache = &self.0.server_key;
        if let Some(keys) = cache.find().await? {
            return Ok(keys);
        }
        let _making = cache.making.lock().await;
        loop {
            if let Some(keys) = cache.find().await? {
                return Ok(keys);
            }
            let present = self.storage().find_site_record(RECORD_ID).await?;
            let change = self.new_server_keys(present, true).await?;
            match self.storage().commit(vec![change]).await {
                // Another node may have been faster.
                Ok(()) | Err(StorageError::AlreadyExists(_) | StorageError::Conflict(_)) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// Returns the change that puts new key pairs in place of the present ones, if there are any.
    pub(crate) async fn server_key_rotation(&self) -> Result<Change, ServerKeyError> {
        let present = self.storage().find_site_record(RECORD_ID).await?;
        self.new_server_keys(present, false).await
    }

    /// Makes key pairs, off the runtime. An RSA key that is there may stay.
    async fn new_server_keys(
        &self,
        present: Option<SiteRecord>,
        keeps_rsa: bool,
    ) -> Result<Change, ServerKeyError> {
        let (expect, mut body) = match present {
            Some(record) => (Expect::Version(record.version), record.body),
            None => (Expect::Absent, Map::new()),
        };
        if !keeps_rsa || !body.contains_key(PRIVATE_KEY) {
            let app = self.clone();
            let making = spawn_blocking(move || generate(|bytes| app.entropy().fill(bytes)));
            body.insert(PRIVATE_KEY.into(), making.await??.into());
        }
        let secret = ed25519::generate(|bytes| self.entropy().fill(bytes));
        body.insert(ED25519_KEY.into(), secret.into());
        let record = SiteRecord {
            id: RECORD_ID.into(),
            kind: SiteRecordKind::Key,
            created: self.clock().now(),
            body,
            version: 0,
        };
        Ok(Change::PutSiteRecord { record, expect })
    }
}
