//! The key pair with which this server signs for all of its actors, kept in the store.

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
    protocol::http_signature::{PrivateKey, SignatureError, generate},
    storage::{Bucket, CachedRead, Change, Expect, StorageError},
};

/// Id of the record of the key pair.
const RECORD_ID: &str = "key server";

/// Property of the record with the private key, as PKCS#8 in PEM.
const PRIVATE_KEY: &str = "privateKey";

/// Reason why there is no key pair.
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

/// The key pair of a version of the record.
type Cached = CachedRead<(i64, Arc<PrivateKey>), [Bucket; 1]>;

/// The key pair, as it was read last.
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

    /// Returns the stored key pair. Changes of other nodes are seen as soon as the response cache
    /// sees them.
    async fn find(&self) -> Result<Option<Arc<PrivateKey>>, ServerKeyError> {
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
        let key = match known.filter(|(version, _)| *version == record.version) {
            Some((_, key)) => key,
            None => Arc::new(PrivateKey::parse(private_pem(&record))?),
        };
        if let Some(now) = now {
            *self.cached.lock() = Some(CachedRead {
                value: (record.version, Arc::clone(&key)),
                // Any will do: a change of the record invalidates all.
                buckets: [Bucket::of_object(RECORD_ID)],
                since: now.time(),
            });
        }
        Ok(Some(key))
    }
}

fn private_pem(record: &SiteRecord) -> &str {
    let pem = record.body.get(PRIVATE_KEY).and_then(Value::as_str);
    pem.unwrap_or_default()
}

impl App {
    /// Returns the key pair of this server; makes it, if there is none yet.
    pub(crate) async fn server_key(&self) -> Result<Arc<PrivateKey>, ServerKeyError> {
        let cache = &self.0.server_key;
        if let Some(key) = cache.find().await? {
            return Ok(key);
        }
        let _making = cache.making.lock().await;
        loop {
            if let Some(key) = cache.find().await? {
                return Ok(key);
            }
            let change = self.new_server_key(Expect::Absent).await?;
            match self.storage().commit(vec![change]).await {
                // Another node may have been faster.
                Ok(()) | Err(StorageError::AlreadyExists(_) | StorageError::Conflict(_)) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// Returns the change that puts a new key pair in place of the present one, if there is one.
    pub(crate) async fn server_key_rotation(&self) -> Result<Change, ServerKeyError> {
        let present = self.storage().find_site_record(RECORD_ID).await?;
        let expect = present.map_or(Expect::Absent, |record| Expect::Version(record.version));
        self.new_server_key(expect).await
    }

    /// Makes a key pair, off the runtime.
    async fn new_server_key(&self, expect: Expect) -> Result<Change, ServerKeyError> {
        let app = self.clone();
        let making = spawn_blocking(move || generate(|bytes| app.entropy().fill(bytes)));
        let pem = making.await??;
        let record = SiteRecord {
            id: RECORD_ID.into(),
            kind: SiteRecordKind::Key,
            created: self.clock().now(),
            body: Map::from_iter([(PRIVATE_KEY.into(), pem.into())]),
            version: 0,
        };
        Ok(Change::PutSiteRecord { record, expect })
    }
}
