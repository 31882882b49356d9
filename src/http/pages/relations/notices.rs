//! `/main/notifications`: what a person is told of.

use std::collections::HashSet;

use askama::Template;
use axum::response::Response;

use crate::{
    app::texts::Language,
    http::{
        api::PageQuery,
        pages::{
            frame::Page,
            view::{Notice, Pager, Thing},
            visitor::Visitor,
        },
    },
    model::{Cursor, Filter},
    service::{Result, notices, timelines},
};

#[derive(Template)]
#[template(path = "pages/notifications.html")]
struct NotificationsPage<'a> {
    t: &'a Language,
    path: &'a str,
    notices: Vec<Notice<'a>>,
    pager: Pager,
}

/// `GET /main/notifications`: newest first. The newest page marks all of them as seen.
pub(super) async fn list(visitor: Visitor, query: PageQuery) -> Result<Response> {
    let nickname = visitor.account()?.nickname.to_string();
    let (ctx, t) = (&visitor.ctx, &*visitor.language);
    let request = query.of(Filter::default());
    let found = timelines::notices(ctx, &nickname, &request)
        .await?
        .to_value();
    let unseen: HashSet<String> = notices::unseen(ctx, request.count).await?;
    let asking = notices::asking(ctx).await?;
    let items = Thing::new(&found, ctx.urls()).list("items").into_iter();
    let notices = items.map(|item| Notice {
        t,
        root: ctx.urls().path(),
        viewer: ctx.person().unwrap_or_default(),
        is_new: unseen.contains(item.id()),
        is_request: item
            .get("actor")
            .is_some_and(|one| asking.contains(one.id())),
        activity: item,
    });
    let title = t.say("notifications-title");
    let main = NotificationsPage {
        t,
        path: visitor.uri.path(),
        notices: notices.collect(),
        pager: Pager::of(&found, &visitor.uri),
    };
    let page = Page {
        place: "notifications",
        ..Page::new(&title, &main)
    };
    if request.cursor != Cursor::Newest {
        return Ok(page.render(&visitor));
    }
    notices::mark_seen(ctx, !unseen.is_empty()).await?;
    let visitor = Visitor {
        unseen: 0,
        ..visitor.clone()
    };
    Ok(page.render(&visitor))
}
