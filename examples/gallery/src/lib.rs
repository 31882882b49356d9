//! A small photo gallery that was there before Hydraulics: it has tables, pages and a sign-in of
//! its own. Its people speak Pump all the same.
//!
//! [`host`] is what Hydraulics has to know of the tables, [`people`] of those who sign in, and
//! [`open`] puts it together. The rest is the gallery.

pub mod host;
mod pages;
pub mod people;

use std::{path::Path, sync::Arc};

use axum::{Router, middleware::from_fn_with_state};
use hydraulics::{
    App, AppParts, Hosted, Settings,
    federation::{Guard, HttpTransport},
    model::Urls,
    service,
    storage::sqlite::Sqlite,
};
use object_store::local::LocalFileSystem;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqliteSynchronous};

use host::Tables;

/// Anything that keeps the gallery from being opened.
pub type OpenError = Box<dyn std::error::Error + Send + Sync>;

/// The gallery, open.
#[derive(Clone)]
pub struct Gallery {
    /// Its own tables.
    pub db: SqlitePool,
    /// The Pump application.
    pub app: App,
}

/// Opens the gallery in a folder, which must be there, for the world to see at those URLs. Those
/// who were in its tables before are made known to Hydraulics, with their photos.
pub async fn open(folder: &Path, urls: Urls) -> Result<Gallery, OpenError> {
    let db = tables(&folder.join("gallery.sqlite")).await?;
    let host = Tables {
        db: db.clone(),
        urls: urls.clone(),
    };
    let rest = Arc::new(Sqlite::open(&folder.join("pump.sqlite")).await?);
    let mut settings = Settings::new(urls);
    settings.site = "The Gallery".into();
    settings.has_pages = false;
    let transport = HttpTransport::new(&settings.server_header, Guard::default())?;
    std::fs::create_dir_all(folder.join("pictures"))?;
    let pictures = LocalFileSystem::new_with_prefix(folder.join("pictures"))?.with_fsync(true);
    let mut parts = AppParts::new(
        Arc::new(Hosted::new(host, rest)),
        Arc::new(pictures),
        settings,
    );
    parts.transport = Arc::new(transport);
    let app = App::new(parts)
        .with_sign_in(Arc::new(people::Passwords(db.clone())))
        .with_page_layout(Arc::new(pages::Ours));
    let gallery = Gallery { db, app };
    people::make_all_known(&gallery).await?;
    Ok(gallery)
}

/// The gallery's own database.
pub async fn tables(file: &Path) -> Result<SqlitePool, sqlx::Error> {
    let options = SqliteConnectOptions::new()
        .filename(file)
        .create_if_missing(true)
        .foreign_keys(true)
        // Or who reads could make COMMIT fail, when the other database has committed already.
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full);
    let db = SqlitePool::connect_with(options).await?;
    sqlx::raw_sql(include_str!("../schema.sql"))
        .execute(&db)
        .await?;
    Ok(db)
}

/// The gallery's own pages, and the API behind them for whatever is none of these.
pub fn router(gallery: Gallery) -> Router {
    let pump = hydraulics::router(gallery.app.clone());
    let pump = pump.layer(from_fn_with_state(gallery.clone(), pages::sent_on));
    pages::routes(gallery).fallback_service(pump)
}

/// Runs the background tasks until `stop` resolves.
pub async fn upkeep(gallery: &Gallery, stop: impl Future<Output = ()>) {
    service::background::run(&gallery.app, stop).await;
}
