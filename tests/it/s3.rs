//! Uploads in an S3 store, against a minimal store in process.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::{Request, State},
    response::{IntoResponse, Response},
};
use futures_util::TryStreamExt;
use http::{HeaderMap, Method, StatusCode, header};
use hydraulics::{
    config::{Config, Environment, Flags},
    server,
};
use object_store::{GetOptions, ObjectStoreExt, path::Path};

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
    let app = server::build_app(&config, config.listen).await.unwrap();
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
    let Err(error) = server::build_app(&config, config.listen).await else {
        panic!("the store refused us");
    };
    assert!(error.to_string().contains("store of uploads"), "{error}");
}

#[tokio::test]
async fn key_without_the_right_to_list_is_enough() {
    let (endpoint, kept) = store().await;
    let folder = tempfile::tempdir().unwrap();
    let config = config_of(folder.path(), &endpoint, "key-id", "unlisted");
    let app = server::build_app(&config, config.listen).await.unwrap();
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
    let Err(error) = server::build_app(&config, config.listen).await else {
        panic!("there is no such bucket");
    };
    assert!(error.to_string().contains("store of uploads"), "{error}");
}
