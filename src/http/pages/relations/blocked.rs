//! `/main/settings/blocked` and `/main/settings/muted`: whom a person blocks or muted.

use askama::Template;
use axum::response::Response;

use crate::{
    app::texts::Language,
    http::{
        api::PageQuery,
        pages::{
            frame::Page,
            view::{Pager, Thing},
            visitor::Visitor,
        },
    },
    model::Filter,
    service::{
        Result,
        collections::{self, PersonFeed},
    },
};

#[derive(Template)]
#[template(path = "pages/blocked.html")]
struct BlockedPage<'a> {
    t: &'a Language,
    root: &'a str,
    /// Part of the settings: `blocked` or `muted`.
    tab: &'static str,
    path: &'a str,
    back: &'a str,
    others: Vec<Thing<'a>>,
    pager: Pager,
}

/// `GET /main/settings/blocked`.
pub(super) async fn blocked(visitor: Visitor, query: PageQuery) -> Result<Response> {
    show(&visitor, query, (PersonFeed::Blocked, "blocked")).await
}

/// `GET /main/settings/muted`.
pub(super) async fn muted(visitor: Visitor, query: PageQuery) -> Result<Response> {
    show(&visitor, query, (PersonFeed::Muted, "muted")).await
}

async fn show(
    visitor: &Visitor,
    query: PageQuery,
    (feed, tab): (PersonFeed, &'static str),
) -> Result<Response> {
    let nickname = visitor.account()?.nickname.as_str();
    let (ctx, t) = (&visitor.ctx, &*visitor.language);
    let request = query.of(Filter::default());
    let found = collections::person_collection(ctx, nickname, feed, &request).await?;
    let found = found.to_value();
    let title = t.say(tab);
    let main = BlockedPage {
        t,
        root: ctx.urls().path(),
        tab,
        path: visitor.uri.path(),
        back: &visitor.place(),
        others: Thing::new(&found, ctx.urls()).list("items"),
        pager: Pager::of(&found, &visitor.uri),
    };
    Ok(Page::new(&title, &main).render(visitor))
}
