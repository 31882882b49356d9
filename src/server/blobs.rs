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
        let tls = tls(Vec::new()).map_err(|error| failed(error.into()))?;
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

#[cfg(test)]
mod tests {
    use std::{collections::BTreeMap, sync::Mutex};

    use axum::{
        Router,
        body::{Body, Bytes},
        extract::{Request, State},
        response::{IntoResponse, Response},
    };
    use futures_util::TryStreamExt;
    use http::{HeaderMap, Method, StatusCode, header};
    use object_store::{GetOptions, ObjectStoreExt, path::Path};

    use super::*;
    use crate::{
        config::{Environment, Flags},
        server::build_app,
    };

    // A minimal S3 store in process.
    type Kept = Arc<Mutex<BTreeMap<String, Bytes>>>;

    async fn answer(State(kept): State<Kept>, request: Request) -> Response {
        let (parts, body) = request.into_parts();
        let signed = parts.headers.get(header::AUTHORIZATION);
        let signed = signed.is_some_and(|value| {
            value
                .to_str()
                .unwrap()
                .starts_with("AWS4-HMAC-SHA256 Credential=key-id/")
        });
        if !signed {
            return StatusCode::FORBIDDEN.into_response();
        }
        if parts
            .uri
            .query()
            .is_some_and(|query| query.contains("list-type"))
        {
            let empty = "<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>";
            let denied = "<Error><Code>AccessDenied</Code></Error>";
            let missing = "<Error><Code>NoSuchBucket</Code></Error>";
            return match parts.uri.path() {
                "/bucket" => empty.into_response(),
                "/unlisted" => (StatusCode::FORBIDDEN, denied).into_response(),
                _ => (StatusCode::NOT_FOUND, missing).into_response(),
            };
        }
        let bytes = axum::body::to_bytes(body, 1 << 20).await.unwrap();
        let path = parts.uri.path().to_owned();
        let mut kept = kept.lock().unwrap();
        match (parts.method, kept.get(&path).cloned()) {
            (Method::PUT, _) => {
                kept.insert(path, bytes);
                [(header::ETAG, "\"tag\"")].into_response()
            }
            (Method::POST, _) => {
                let text = String::from_utf8(bytes.to_vec()).unwrap();
                let key = text
                    .split_once("<Key>")
                    .unwrap()
                    .1
                    .split_once("</Key>")
                    .unwrap()
                    .0;
                kept.remove(&format!("/bucket/{key}"));
                format!("<DeleteResult><Deleted><Key>{key}</Key></Deleted></DeleteResult>")
                    .into_response()
            }
            (_, None) => StatusCode::NOT_FOUND.into_response(),
            (method, Some(bytes)) => file(&method, &parts.headers, &bytes),
        }
    }

    fn file(method: &Method, asked: &HeaderMap, bytes: &Bytes) -> Response {
        let range = asked.get(header::RANGE).map(|range| {
            let range = range.to_str().unwrap().strip_prefix("bytes=").unwrap();
            let (first, last) = range.split_once('-').unwrap();
            (
                first.parse::<usize>().unwrap(),
                last.parse::<usize>().unwrap(),
            )
        });
        let response = http::Response::builder()
            .header(header::ETAG, "\"tag\"")
            .header(header::LAST_MODIFIED, "Fri, 15 Jan 2027 08:00:00 GMT");
        let (response, part) = match range {
            Some((first, last)) => {
                let range = format!("bytes {first}-{last}/{}", bytes.len());
                let response = response.status(206).header(header::CONTENT_RANGE, range);
                (response, bytes.slice(first..=last))
            }
            None => (response, bytes.clone()),
        };
        let response = response.header(header::CONTENT_LENGTH, part.len());
        let body = if *method == Method::HEAD {
            Bytes::new()
        } else {
            part
        };
        response.body(Body::from(body)).unwrap()
    }

    /// The address of a store, and what is in it.
    async fn store() -> (String, Kept) {
        let kept = Kept::default();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let router = Router::new().fallback(answer).with_state(kept.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        (address, kept)
    }

    fn config(folder: &std::path::Path, endpoint: &str, key: &str) -> Config {
        config_of(folder, endpoint, key, "bucket")
    }

    fn config_of(folder: &std::path::Path, endpoint: &str, key: &str, bucket: &str) -> Config {
        let file = folder.join("hydraulics.toml");
        let text = format!(
            "database_url = 'sqlite::memory:'\ndata_dir = '{}'\n\
             [uploads]\nstore = 's3://{bucket}/some/prefix'\n\
             s3_endpoint = '{endpoint}'\ns3_key_id = '{key}'\ns3_secret = 'hush-hush'\n",
            folder.display()
        );
        std::fs::write(&file, text).unwrap();
        let flags = Flags {
            config: Some(file),
            ..Flags::default()
        };
        Config::load(&flags, &Environment::default()).unwrap()
    }

    #[tokio::test]
    async fn files_are_put_read_and_deleted_in_a_bucket() {
        let (endpoint, kept) = store().await;
        let folder = tempfile::tempdir().unwrap();
        let config = config(folder.path(), &endpoint, "key-id");
        let printed = config.to_commented_toml();
        assert!(
            !printed.contains("hush-hush") && printed.contains("s3_secret = \"REDACTED\""),
            "{printed}"
        );
        let app = build_app(&config, config.listen).await.unwrap();
        let path = Path::from("alice/2027/1/15/AAAAAA.png");
        app.blobs().put(&path, "picture".into()).await.unwrap();
        let names: Vec<String> = kept.lock().unwrap().keys().cloned().collect();
        assert_eq!(names, ["/bucket/some/prefix/alice/2027/1/15/AAAAAA.png"]);
        assert_eq!(app.blobs().head(&path).await.unwrap().size, 7);
        let options = GetOptions {
            range: Some((1..4).into()),
            ..GetOptions::default()
        };
        let part = app.blobs().get_opts(&path, options).await.unwrap();
        let part: Vec<Bytes> = part.into_stream().try_collect().await.unwrap();
        assert_eq!(part.concat(), b"ict");
        app.blobs().delete(&path).await.unwrap();
        assert!(kept.lock().unwrap().is_empty());
        assert!(!folder.path().join("uploads").exists());
    }

    #[tokio::test]
    async fn refused_access_to_the_store_is_reported_at_the_start() {
        let (endpoint, _) = store().await;
        let folder = tempfile::tempdir().unwrap();
        let config = config(folder.path(), &endpoint, "someone-else");
        let Err(error) = build_app(&config, config.listen).await else {
            panic!("the store refused us");
        };
        assert!(error.to_string().contains("store of uploads"), "{error}");
    }

    #[tokio::test]
    async fn key_without_the_right_to_list_is_enough() {
        let (endpoint, kept) = store().await;
        let folder = tempfile::tempdir().unwrap();
        let config = config_of(folder.path(), &endpoint, "key-id", "unlisted");
        let app = build_app(&config, config.listen).await.unwrap();
        let path = Path::from("file");
        app.blobs().put(&path, "bytes".into()).await.unwrap();
        assert!(
            kept.lock()
                .unwrap()
                .contains_key("/unlisted/some/prefix/file")
        );
    }

    #[tokio::test]
    async fn missing_bucket_is_reported_at_the_start() {
        let (endpoint, _) = store().await;
        let folder = tempfile::tempdir().unwrap();
        let config = config_of(folder.path(), &endpoint, "key-id", "nowhere");
        let Err(error) = build_app(&config, config.listen).await else {
            panic!("there is no such bucket");
        };
        assert!(error.to_string().contains("store of uploads"), "{error}");
    }
}
