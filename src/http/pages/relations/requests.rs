//! `/main/settings/requests`: who asks to follow a person, and whether they have to ask.

use askama::Template;
use axum::response::Response;

use super::finish;
use crate::{
    app::texts::Language,
    http::{
        api::PageQuery,
        pages::{
            frame::Page,
            submission::Submission,
            view::{Pager, Thing},
            visitor::Visitor,
        },
    },
    model::Filter,
    service::{
        Error, Result,
        collections::{self, PersonFeed},
        relations,
    },
};

#[derive(Template)]
#[template(path = "pages/requests.html")]
struct RequestsPage<'a> {
    t: &'a Language,
    root: &'a str,
    tab: &'static str,
    path: &'a str,
    back: &'a str,
    asks_first: bool,
    people: Vec<Thing<'a>>,
    pager: Pager,
}

/// `GET /main/settings/requests`.
pub(super) async fn list(visitor: Visitor, query: PageQuery) -> Result<Response> {
    let nickname = visitor.account()?.nickname.as_str();
    let (ctx, t) = (&visitor.ctx, &*visitor.language);
    let request = query.of(Filter::default());
    let feed = PersonFeed::Requests;
    let found = collections::person_collection(ctx, nickname, feed, &request).await?;
    let found = found.to_value();
    let title = t.say("requests");
    let main = RequestsPage {
        t,
        root: ctx.urls().path(),
        tab: "requests",
        path: visitor.uri.path(),
        back: &visitor.place(),
        asks_first: relations::asks_first(ctx).await?,
        people: Thing::new(&found, ctx.urls()).list("items"),
        pager: Pager::of(&found, &visitor.uri),
    };
    Ok(Page::new(&title, &main).render(&visitor))
}

/// `POST /main/settings/requests`: accepts or rejects one, or turns the switch.
pub(super) async fn decide(form: Submission) -> Response {
    let done = try_decide(&form).await;
    finish(&form, done)
}

async fn try_decide(form: &Submission) -> Result<()> {
    form.require_member()?;
    let (ctx, id) = (&form.visitor.ctx, form.get("id"));
    match form.get("do") {
        "accept" => relations::decide(ctx, id, true).await,
        "reject" => relations::decide(ctx, id, false).await,
        "switch" => relations::set_asks_first(ctx, !form.get("asks").is_empty()).await,
        _ => Err(Error::bad_request("That can't be done here.").phrased("failure-no-action")),
    }
}
