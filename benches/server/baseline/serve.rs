//! The process of the floor.

use std::{net::Ipv4Addr, path::Path, sync::Arc};

use anyhow::Result;
use axum::{
    Router,
    body::Bytes,
    extract::{Path as Segments, State},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use tokio::net::TcpListener;

use super::{Documents, pool::Pool};
use crate::fixture::USER_COUNT;

/// The owner of the outbox; inboxes are those of the users.
const OUTBOX: i64 = 1_000_000;

/// How many entries an inbox has: a page is the newest half of them.
const ENTRIES: usize = 40;

struct BaselineServer {
    pool: Pool,
    documents: Documents,
}

/// Fills a database with these documents and serves them.
pub(crate) async fn serve(database: &str, documents: &Path, port: u16) -> Result<()> {
    let documents: Documents = serde_json::from_slice(&std::fs::read(documents)?)?;
    let pool = Pool::open(database).await?;
    fill(&pool, &documents).await?;
    let router = Router::new()
        .route("/livez", get(async || "alive\n"))
        .route("/page/inbox/{owner}", get(inbox))
        .route("/page/outbox/{owner}", get(outbox))
        .route("/one/{kind}/{key}", get(one))
        .route("/post", post(keep))
        .with_state(Arc::new(BaselineServer { pool, documents }));
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
    axum::serve(listener, router).await?;
    Ok(())
}

async fn fill(pool: &Pool, documents: &Documents) -> Result<()> {
    let mut next = 0;
    let owners: Vec<i64> = (0..).take(USER_COUNT).collect();
    for (page, owners) in [
        (&documents.inbox, &owners[..]),
        (&documents.outbox, &[OUTBOX]),
    ] {
        let first = next;
        for item in &page.items {
            pool.put_document(next, item).await?;
            next += 1;
        }
        // The newest item is the last one that is filed.
        let ids: Vec<i64> = (first..next).rev().cycle().take(ENTRIES).collect();
        for owner in owners {
            pool.file(*owner, &ids).await?;
        }
    }
    let singles = [
        ("profile", &documents.profile),
        ("object", &documents.object),
        ("whoami", &documents.whoami),
        ("home", &documents.home_page),
        ("permalink", &documents.permalink),
        ("page", &documents.public_profile),
    ];
    for (kind, body) in singles {
        for key in 0..USER_COUNT {
            pool.put_single(&format!("{kind}/{key}"), body).await?;
        }
    }
    Ok(())
}

type Answer = Result<Response, StatusCode>;

async fn inbox(State(floor): State<Arc<BaselineServer>>, Segments(owner): Segments<i64>) -> Answer {
    let items = floor
        .pool
        .page(owner)
        .await
        .map_err(|error| failed(&error))?;
    Ok(json(floor.documents.inbox.joined(&items)))
}

async fn outbox(State(floor): State<Arc<BaselineServer>>) -> Answer {
    let items = floor
        .pool
        .page(OUTBOX)
        .await
        .map_err(|error| failed(&error))?;
    Ok(json(floor.documents.outbox.joined(&items)))
}

async fn one(
    State(floor): State<Arc<BaselineServer>>,
    Segments((kind, key)): Segments<(String, String)>,
) -> Answer {
    let body = floor.pool.one(&format!("{kind}/{key}")).await;
    Ok(json(body.map_err(|error| failed(&error))?))
}

/// Reads what is posted, and keeps and answers as many bytes as the server does.
async fn keep(State(floor): State<Arc<BaselineServer>>, _said: Bytes) -> Answer {
    let body = &floor.documents.post;
    floor
        .pool
        .post(body)
        .await
        .map_err(|error| failed(&error))?;
    Ok(json(body.clone()))
}

fn json(body: String) -> Response {
    let kind = [(header::CONTENT_TYPE, "application/json; charset=utf-8")];
    (kind, body).into_response()
}

fn failed(error: &sqlx::Error) -> StatusCode {
    eprintln!("{error}");
    StatusCode::INTERNAL_SERVER_ERROR
}
