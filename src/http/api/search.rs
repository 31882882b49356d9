//! Search, and feeds of hashtags.

use axum::{
    Extension,
    extract::{FromRequestParts, Path, RawQuery},
    http::{HeaderMap, request::Parts},
    response::{IntoResponse, Response},
};

use super::{
    answer::{ApiResult, JsonAnswer},
    arguments::{PageQuery, value},
    limits::Searches,
    syndication::{self, Format},
};
use crate::{
    Context,
    http::{extract::AnyRead, origin::client_address},
    model::PageRequest,
    service::{Error, Result, search},
};

/// A read that counts as a search; 429 after too many of them.
pub(super) struct SearchContext(Context);

impl FromRequestParts<AnyRead> for SearchContext {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, read: &AnyRead) -> Result<Self> {
        let AnyRead(ctx) = read;
        let searches = Extension::<Searches>::from_request_parts(parts, read).await;
        let searches = searches.map_err(Error::internal)?;
        searches.admit(ctx, client_address(parts, ctx.app()))?;
        Ok(Self(ctx.clone()))
    }
}

/// `q`, which must be there.
pub(super) struct SearchText(String);

impl<S: Sync> FromRequestParts<S> for SearchText {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self> {
        let text = value(parts.uri.query().unwrap_or_default(), "q");
        let text = text.ok_or_else(|| Error::bad_request("'q' must say what to search for"))?;
        Ok(Self(text))
    }
}

pub(super) async fn posts(
    SearchContext(ctx): SearchContext,
    SearchText(text): SearchText,
    PageQuery(page): PageQuery,
) -> ApiResult {
    search::posts(&ctx, &text, &page).await.map(JsonAnswer)
}

pub(super) async fn people(
    SearchContext(ctx): SearchContext,
    SearchText(text): SearchText,
    PageQuery(page): PageQuery,
) -> ApiResult {
    search::people(&ctx, &text, &page).await.map(JsonAnswer)
}

/// The posts with a hashtag, in the form that is asked for.
pub(super) async fn tag_feed(
    SearchContext(ctx): SearchContext,
    Path(name): Path<String>,
    PageQuery(page): PageQuery,
    headers: HeaderMap,
) -> Result<Response> {
    if let Some(format) = Format::of(&headers) {
        return syndicate(&ctx, &name, &page, "", format).await;
    }
    let feed = search::tag_feed(&ctx, &name, &page).await?;
    Ok(JsonAnswer(feed).into_response())
}

pub(super) async fn tag_atom(
    SearchContext(ctx): SearchContext,
    Path(name): Path<String>,
    PageQuery(page): PageQuery,
    RawQuery(query): RawQuery,
) -> Result<Response> {
    let query = query.unwrap_or_default();
    syndicate(&ctx, &name, &page, &query, Format::Atom).await
}

pub(super) async fn tag_json(
    SearchContext(ctx): SearchContext,
    Path(name): Path<String>,
    PageQuery(page): PageQuery,
) -> Result<Response> {
    syndicate(&ctx, &name, &page, "", Format::Json).await
}

async fn syndicate(
    ctx: &Context,
    name: &str,
    page: &PageRequest,
    query: &str,
    format: Format,
) -> Result<Response> {
    let feed = search::tag_syndication(ctx, name, page).await?;
    let address = feed.id.clone();
    syndication::respond(ctx, feed, &address, query, format).await
}
