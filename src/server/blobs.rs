//! Where the bytes of uploads are kept: in the data folder, or in a store that speaks S3.

use std::{io, sync::Arc};

use futures_util::StreamExt;
use object_store::{
    ClientOptions, ObjectStore,
    aws::AmazonS3Builder,
    client::{HttpClient, HttpConnector},
    local::LocalFileSystem,
    prefix::PrefixStore,
};

use super::{StartError, data_dir};
use crate::{
    config::{Config, S3Bucket, UploadsSection},
    federation::tls,
};

/// Opens the store of uploads that the configuration names, and sees whether it answers.
pub(super) async fn open(config: &Config) -> Result<Arc<dyn ObjectStore>, StartError> {
    match &config.uploads.store {
        None => folder(config),
        Some(bucket) => {
            let store = remote(&config.uploads, bucket).map_err(StartError::Uploads)?;
            // A file that is not there says nothing of the bucket, but a list does.
            match store.list(None).next().await {
                Some(Err(error)) if !is_access_denied(&error) => Err(StartError::Uploads(error)),
                Some(Err(_)) => {
                    tracing::info!("the store of uploads answers, but its key may not list files");
                    Ok(Arc::new(store))
                }
                None | Some(Ok(_)) => Ok(Arc::new(store)),
            }
        }
    }
}

/// Returns whether a store knows the key but doesn't let it do this. Other refusals have codes of
/// their own, for which the client of the store has no errors.
fn is_access_denied(error: &object_store::Error) -> bool {
    format!("{error:?}").contains("<Code>AccessDenied</Code>")
}

fn folder(config: &Config) -> Result<Arc<dyn ObjectStore>, StartError> {
    let failed = |reason| StartError::DataDir {
        path: config.data_dir.clone(),
        reason,
    };
    let uploads = config.data_dir.join("uploads");
    data_dir::create(&uploads).map_err(failed)?;
    let store = LocalFileSystem::new_with_prefix(&uploads)
        .map_err(|error| failed(io::Error::other(error)))?
        // The name of an upload is synced to the disk, so the upload must be.
        .with_fsync(true);
    Ok(Arc::new(store))
}

fn remote(settings: &UploadsSection, bucket: &S3Bucket) -> object_store::Result<impl ObjectStore> {
    let mut builder = AmazonS3Builder::new()
        .with_bucket_name(&bucket.name)
        .with_region(&settings.s3_region)
        .with_access_key_id(&settings.s3_key_id)
        .with_secret_access_key(settings.s3_secret.expose())
        .with_http_connector(Connector);
    if !settings.s3_endpoint.is_empty() {
        let allow_http = settings.s3_endpoint.starts_with("http://");
        builder = builder
            .with_endpoint(settings.s3_endpoint.trim_end_matches('/'))
            .with_allow_http(allow_http);
    }
    Ok(PrefixStore::new(builder.build()?, bucket.prefix.as_str()))
}

/// The HTTP client of the store. It goes where it is told to, in the same network perhaps, and so
/// is none of those that are asked for by strangers.
#[derive(Debug)]
struct Connector;

impl HttpConnector for Connector {
    fn connect(&self, _: &ClientOptions) -> object_store::Result<HttpClient> {
        let failed = |source| object_store::Error::Generic {
            store: "S3",
            source,
        };
        let tls = tls().map_err(|error| failed(error.into()))?;
        let client = reqwest::Client::builder()
            .tls_backend_preconfigured(tls)
            .connect_timeout(std::time::Duration::from_secs(5))
            .read_timeout(std::time::Duration::from_secs(30))
            .no_proxy()
            .build()
            .map_err(|error| failed(error.into()))?;
        Ok(HttpClient::new(client))
    }
}
