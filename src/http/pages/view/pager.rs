//! Links to the next and previous page of a feed.

use axum::http::Uri;
use serde_json::Value;

/// The queries of the neighbours of a page.
#[derive(Default)]
pub(in crate::http::pages) struct Pager {
    pub(in crate::http::pages) older: Option<String>,
    pub(in crate::http::pages) newer: Option<String>,
}

impl Pager {
    /// Reads the links of a collection of the API, which have the queries that its page takes. The
    /// page that is asked for without a query is the newest.
    pub(in crate::http::pages) fn of(collection: &Value, asked: &Uri) -> Self {
        let query = |name: &str| {
            let href = collection.get("links")?.get(name)?.get("href")?.as_str()?;
            let (_, query) = href.split_once('?')?;
            Some(query.to_owned())
        };
        Self {
            older: query("next"),
            newer: query("prev").filter(|_| asked.query().is_some()),
        }
    }
}
