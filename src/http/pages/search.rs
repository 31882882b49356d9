//! `/main/search`, and `/tag/NAME`: things by their words, and by a hashtag.

use askama::Template;
use axum::{Extension, extract::Path, response::Response};
use serde_json::Value;

use super::{
    frame::Page,
    limits::SearchLimiter,
    view::{Pager, Thing},
    visitor::Visitor,
};
use crate::{
    app::texts::Language,
    http::api::PageQuery,
    model::{Filter, Urls, fold_tag},
    service::{Result, search},
};

#[derive(Template)]
#[template(path = "pages/search.html")]
struct SearchPage<'a> {
    t: &'a Language,
    root: &'a str,
    title: &'a str,
    /// Path of the page.
    path: &'a str,
    /// Text that is looked for; `None` on the page of a tag, which has no form.
    query: Option<&'a str>,
    /// Things that were found; `None` if nothing was looked for.
    things: Option<Vec<Thing<'a>>>,
    pager: Pager,
}

/// `GET /main/search`: what a member may read and has the words of `q`.
pub(super) async fn search(
    visitor: Visitor,
    Extension(limits): Extension<SearchLimiter>,
    page: PageQuery,
) -> Result<Response> {
    let nickname = &visitor.account()?.nickname;
    let (query, title) = (visitor.query("q"), visitor.language.say("search-title"));
    let found = if query.trim().is_empty() {
        None
    } else {
        limits.admit(nickname)?;
        let page = page.of(Filter::default());
        let found = search::posts(&visitor.ctx, &query, &page).await?;
        Some(found.to_value())
    };
    Ok(show(&visitor, &title, Some(&query), found.as_ref(), None))
}

/// `GET /tag/NAME`: public things with a hashtag.
pub(super) async fn tag(
    visitor: Visitor,
    Path(name): Path<String>,
    page: PageQuery,
) -> Result<Response> {
    let page = page.of(Filter::default());
    let found = search::tag_feed(&visitor.ctx, &name, &page).await?;
    let (found, title) = (found.to_value(), format!("#{name}"));
    let folded = fold_tag(&name).unwrap_or(name);
    Ok(show(&visitor, &title, None, Some(&found), Some(&folded)))
}

fn show(
    visitor: &Visitor,
    title: &str,
    query: Option<&str>,
    found: Option<&Value>,
    tag: Option<&str>,
) -> Response {
    let urls = visitor.ctx.urls();
    let mut pager = found.map_or_else(Pager::default, |found| Pager::of(found, &visitor.uri));
    // Results are paged towards the older ones only.
    pager.newer = None;
    if let (Some(query), Some(older)) = (query, &mut pager.older) {
        let words = format!("q={}", Urls::encode(query));
        if !older.contains("q=") {
            *older = format!("{words}&{older}");
        }
    }
    let main = SearchPage {
        t: &visitor.language,
        root: urls.path(),
        title,
        path: &visitor.path(),
        query,
        things: found.map(|found| Thing::new(found, urls).list("items")),
        pager,
    };
    let page = Page {
        is_public: tag.is_some(),
        feed: tag.map(|tag| urls.tag_feed(tag)),
        canonical: tag.map(|tag| urls.tag(tag)),
        ..Page::new(title, &main)
    };
    page.render(visitor)
}
