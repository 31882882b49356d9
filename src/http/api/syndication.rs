//! Published activities for feed readers.

use axum::{
    extract::{Path, RawQuery},
    http::{HeaderMap, header},
    response::{IntoResponse, Response},
};

use super::{
    arguments::PageQuery,
    representation::{Representation, render},
};
use crate::{
    Context,
    http::extract::AnyRead,
    model::PageRequest,
    protocol::syndication::{ATOM, JSON_FEED, SyndicationFeed},
    service::{Result, timelines},
};

/// A syndication format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    Atom,
    Json,
}

impl Format {
    /// The format that a request for a feed wants, if it is one of these.
    pub(super) fn of(headers: &HeaderMap) -> Option<Self> {
        match Representation::of_feed(headers) {
            Representation::Atom => Some(Self::Atom),
            Representation::JsonFeed => Some(Self::Json),
            Representation::Own | Representation::LinkedData | Representation::Activity => None,
        }
    }
}

pub(super) async fn atom(
    AnyRead(ctx): AnyRead,
    Path(nickname): Path<String>,
    PageQuery(page): PageQuery,
    RawQuery(query): RawQuery,
) -> Result<Response> {
    let query = query.unwrap_or_default();
    answer(&ctx, &nickname, &page, &query, Format::Atom).await
}

pub(super) async fn json(
    AnyRead(ctx): AnyRead,
    Path(nickname): Path<String>,
    PageQuery(page): PageQuery,
) -> Result<Response> {
    answer(&ctx, &nickname, &page, "", Format::Json).await
}

/// The feed, whichever address it was asked for at.
pub(super) async fn answer(
    ctx: &Context,
    nickname: &str,
    page: &PageRequest,
    query: &str,
    format: Format,
) -> Result<Response> {
    let feed = timelines::published(ctx, nickname, page).await?;
    let address = ctx.urls().absolute(&format!("/api/user/{nickname}/feed"));
    respond(ctx, feed, &address, query, format).await
}

/// The document of a feed, whose own address has the ending of its format.
pub(super) async fn respond(
    ctx: &Context,
    feed: SyndicationFeed,
    address: &str,
    query: &str,
    format: Format,
) -> Result<Response> {
    let address = |ending: &str| format!("{address}.{ending}");
    Ok(match format {
        Format::Atom => {
            let (address, query) = (address("atom"), of_page(query));
            let work = move || feed.to_atom(&address, &query);
            let body = render(ctx.app(), work).await?;
            ([(header::CONTENT_TYPE, ATOM)], body).into_response()
        }
        Format::Json => {
            let address = address("json");
            let body = render(ctx.app(), move || feed.to_json(&address)).await?;
            ([(header::CONTENT_TYPE, JSON_FEED)], body).into_response()
        }
    })
}

/// The arguments that are about the page, rather than about who asks.
fn of_page(query: &str) -> String {
    let arguments = form_urlencoded::parse(query.as_bytes());
    let about = ["count", "before", "since", "offset"];
    let arguments = arguments.filter(|(name, _)| about.contains(&&**name));
    form_urlencoded::Serializer::new(String::new())
        .extend_pairs(arguments)
        .finish()
}
